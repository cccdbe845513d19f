"""The page in a real browser: what a newcomer types, presses and sees, with a bot that only notes what it hears."""

from __future__ import annotations

import itertools
import json
import smtplib
import urllib.request
from datetime import datetime
from typing import Any

from playwright.sync_api import Page, expect

from integrations.sandbox.calendar_book import BookEvent
from integrations.sandbox.sandbox import Sandbox
from tests.sandbox_page.conftest import NotingBot, tell

RELEASES = "C0RELEASES"


def words(text: str, kind: str = "plain_text") -> dict[str, str]:
    return {"type": kind, "text": text}


def button(text: str, action: str, **more: Any) -> dict[str, Any]:
    return {"type": "button", "text": words(text), "action_id": action, "value": "1", **more}


def post(sandbox: Sandbox, *blocks: dict[str, Any], **more: Any) -> str:
    said = tell(sandbox, "chat.postMessage", channel=RELEASES, text="card", blocks=list(blocks), **more)
    return str(said["ts"])


def hold(sandbox: Sandbox, person: str = "mei") -> None:
    start, end = (datetime.fromisoformat(f"2026-12-01T{at}:00Z") for at in ("15:30", "16:15"))
    tags = (("installation", "demo"),)
    sandbox.book.put(
        BookEvent(f"hold-{person}", f"{person}@example.com", start, end, "Hold", show_as="tentative", tags=tags)
    )


def act_as(page: Page, user: str) -> None:
    page.click(".switcher summary")
    page.click(f"[data-user={user}]")


def test_the_page_opens_on_the_story_and_asks_nobody_else_for_anything(page: Page, sandbox: Sandbox) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()

    expect(page.locator("#place-name")).to_have_text("#releases")
    expect(page.locator(".switcher summary")).to_contain_text("Priya Nair")
    expect(page.locator(".calendar-row")).to_have_count(len(sandbox.story["watch"]))
    assert [url for url in asked if not url.startswith(sandbox.urls["page"])] == []


def test_enter_sends_a_command_and_the_private_answer_is_marked(page: Page, bot: NotingBot) -> None:
    bot.answers["command"] = {"response_type": "ephemeral", "text": "Looking at *five* roles."}
    page.fill("#composer textarea", "/readiness-review CHG-1042")
    page.keyboard.press("Enter")

    expect(page.locator(".message.ephemeral")).to_contain_text("Only you can see this")
    expect(page.locator(".message.ephemeral strong", has_text="five")).to_be_visible()
    heard = bot.heard[0]
    assert (heard["command"], heard["text"], heard["user_id"], heard["channel_id"]) == (
        "/readiness-review",
        "CHG-1042",
        "U0PRIYA",
        RELEASES,
    )


def test_shift_and_enter_only_makes_a_new_line(page: Page, bot: NotingBot) -> None:
    page.fill("#composer textarea", "one")
    page.keyboard.press("Shift+Enter")

    expect(page.locator("#composer textarea")).to_have_value("one\n")
    expect(page.locator(".message")).to_have_count(0)


def test_a_posted_card_is_drawn_and_its_button_reaches_the_bot(page: Page, sandbox: Sandbox, bot: NotingBot) -> None:
    post(
        sandbox,
        {"type": "header", "text": words("Readiness review")},
        {"type": "section", "text": words("*bold* <https://change.example.com/1|the change>", "mrkdwn")},
        {"type": "actions", "elements": [button("Hold", "hold", style="primary")]},
    )
    expect(page.locator(".message h3")).to_have_text("Readiness review")
    expect(page.locator(".message a")).to_have_attribute("href", "https://change.example.com/1")
    page.click("button:has-text('Hold')")

    expect(page.locator(".waiting")).to_have_count(0)
    assert bot.presses() == [("U0PRIYA", "hold")]


def test_what_people_and_bots_write_is_never_markup(page: Page, sandbox: Sandbox) -> None:
    evil = "<img src=x onerror=alert(1)> <script>alert(2)</script>"
    sandbox.slack.command("U0DANA", RELEASES, evil)
    post(sandbox, {"type": "section", "text": words("<javascript:alert(1)|click> &lt;b&gt;", "mrkdwn")})

    expect(page.locator(".message").first).to_contain_text(evil)
    expect(page.locator(".message").last).to_contain_text("click <b>")
    assert page.locator(".message a, .message img, .message script, .message b").count() == 0


def test_line_breaks_in_rich_and_plain_text_are_kept(page: Page, sandbox: Sandbox) -> None:
    line = {"type": "text", "text": "Agenda:\n- evidence"}
    post(
        sandbox,
        {"type": "rich_text", "elements": [{"type": "rich_text_quote", "elements": [line]}]},
        {"type": "section", "text": words("one\ntwo")},
    )
    page.wait_for_selector(".message blockquote")

    assert page.locator(".message blockquote").inner_text() == "Agenda:\n- evidence"
    assert page.locator(".message .section-text").inner_text() == "one\ntwo"


def test_a_confirm_dialog_stands_between_finger_and_deed(page: Page, sandbox: Sandbox, bot: NotingBot) -> None:
    confirm = {
        "title": words("Sure?"),
        "text": words("Five people."),
        "confirm": words("Send"),
        "deny": words("No"),
    }
    post(sandbox, {"type": "actions", "elements": [button("Approve", "approve", confirm=confirm)]})
    page.click("button:has-text('Approve')")
    page.click("dialog button:has-text('No')")
    expect(page.locator("dialog")).to_have_count(0)
    assert bot.presses() == []

    page.click("button:has-text('Approve')")
    page.click("dialog button:has-text('Send')")
    expect(page.locator(".waiting")).to_have_count(0)
    assert bot.presses() == [("U0PRIYA", "approve")]


def test_a_menu_says_what_was_chosen(page: Page, sandbox: Sandbox, bot: NotingBot) -> None:
    options = [{"text": words("Tuesday"), "value": "tue"}, {"text": words("Wednesday"), "value": "wed"}]
    menu = {
        "type": "static_select",
        "action_id": "day",
        "placeholder": words("Another day"),
        "options": options,
    }
    post(sandbox, {"type": "actions", "elements": [menu]})
    page.get_by_label("Another day").select_option("wed")

    assert bot.hears()
    assert bot.heard[0]["actions"][0]["selected_option"]["value"] == "wed"


REASON: dict[str, Any] = {
    "type": "modal",
    "title": words("Reject this slot"),
    "submit": words("Reject"),
    "blocks": [
        {
            "type": "input",
            "block_id": "reason",
            "label": words("Reason"),
            "element": {"type": "plain_text_input", "action_id": "text"},
        }
    ],
}


def test_a_modal_shows_slacks_complaint_then_the_bots_then_closes(page: Page, sandbox: Sandbox, bot: NotingBot) -> None:
    bot.views["reject"] = REASON
    bot.answers["view_submission"] = {"response_action": "errors", "errors": {"reason": "Say more."}}
    post(sandbox, {"type": "actions", "elements": [button("Reject…", "reject")]})
    page.click("button:has-text('Reject…')")
    submit, error = page.locator("dialog button[type=submit]"), page.locator("dialog .input-error")

    submit.click()
    expect(error).to_have_text("Please complete this required field.")
    page.get_by_label("Reason").fill("too early")
    submit.click()
    expect(error).to_have_text("Say more.")
    expect(page.get_by_label("Reason")).to_have_value("too early")
    bot.answers.clear()
    submit.click()
    expect(page.locator("dialog")).to_have_count(0)
    assert bot.heard[-1]["view"]["state"]["values"]["reason"]["text"]["value"] == "too early"


def test_a_long_modal_is_read_from_its_beginning(page: Page, sandbox: Sandbox, bot: NotingBot) -> None:
    reasons = [{"type": "section", "text": words(f"{n}: busy\n" * 12)} for n in range(8)]
    bot.views["why"] = {**REASON, "blocks": [*reasons, *REASON["blocks"]]}
    post(sandbox, {"type": "actions", "elements": [button("Why not…", "why")]})
    page.click("button:has-text('Why not…')")
    blocks = page.locator(".modal-blocks")

    expect(page.get_by_label("Reason")).to_be_focused()
    assert blocks.evaluate("b => [b.scrollTop, b.scrollHeight > b.clientHeight]") == [0, True]


def test_a_press_on_a_card_that_just_changed_is_delivered_as_it_was_shown(
    page: Page, sandbox: Sandbox, bot: NotingBot
) -> None:
    ts = post(sandbox, {"type": "actions", "elements": [button("Hold", "hold")]})
    old = page.wait_for_selector("button:has-text('Hold')")
    fresh = [{"type": "section", "text": words("Held by Dana")}]
    tell(sandbox, "chat.update", channel=RELEASES, ts=ts, text="Held by Dana", blocks=fresh)
    expect(page.locator(".message")).to_contain_text("Held by Dana")
    assert old is not None
    old.evaluate("button => button.click()")  # the finger was already on its way

    assert bot.hears()
    assert bot.presses() == [("U0PRIYA", "hold")]


def test_somebody_else_sees_neither_anothers_private_lines_nor_their_channels(page: Page, sandbox: Sandbox) -> None:
    tell(sandbox, "chat.postEphemeral", channel=RELEASES, user="U0PRIYA", text="for Priya alone")
    expect(page.locator(".message.ephemeral")).to_have_count(1)
    expect(page.locator(".place", has_text="release-leads")).to_have_count(1)
    act_as(page, "U0RAVI")

    expect(page.locator(".switcher summary")).to_contain_text("Ravi Shah")
    expect(page.locator(".message.ephemeral")).to_have_count(0)
    expect(page.locator(".place", has_text="release-leads")).to_have_count(0)


def test_times_stand_in_the_readers_own_zone(page: Page, sandbox: Sandbox) -> None:
    moment = int(datetime.fromisoformat("2026-12-01T15:30:00Z").timestamp())
    fallback = "Tue 10:30 New York"
    text = f"<!date^{moment}^{{date_short_pretty}} {{time}}|{fallback}>"
    post(sandbox, {"type": "section", "text": words(text, "mrkdwn")})

    expect(page.locator(".message .date")).to_have_text("tomorrow 10:30")
    act_as(page, "U0RAVI")
    expect(page.locator(".message .date")).to_have_text("tomorrow 15:30")


def test_a_thread_opens_beside_the_channel_and_takes_replies(page: Page, sandbox: Sandbox) -> None:
    root = post(sandbox, {"type": "section", "text": words("the card")})
    post(sandbox, {"type": "section", "text": words("the offers")}, thread_ts=root)
    page.click(".thread-summary")
    expect(page.locator("#thread .message")).to_have_count(2)
    page.fill("#thread textarea", "I can move that")
    page.keyboard.press("Enter")

    expect(page.locator("#thread .message").last).to_contain_text("I can move that")
    expect(page.locator("#messages .thread-summary")).to_contain_text("2 replies")
    page.keyboard.press("Escape")
    expect(page.locator("#thread")).to_be_hidden()


def test_the_menu_of_a_message_offers_the_shortcut(page: Page, sandbox: Sandbox, bot: NotingBot) -> None:
    sandbox.slack.command("U0DANA", RELEASES, "see CHG-1042")
    page.hover(".message")
    page.click(".message-menu summary")
    page.click("text=Schedule the meeting")

    assert bot.hears()
    assert (bot.heard[0]["type"], bot.heard[0]["user"]["id"]) == ("message_action", "U0PRIYA")


def test_the_home_tab_shows_what_the_bot_published_for_this_person(
    page: Page, sandbox: Sandbox, bot: NotingBot
) -> None:
    view = {"type": "home", "blocks": [{"type": "header", "text": words("What waits for you")}]}
    tell(sandbox, "views.publish", user_id="U0PRIYA", view=view)
    page.click("[data-place=home]")

    expect(page.locator(".home-view h3")).to_have_text("What waits for you")
    assert bot.hears()
    assert bot.heard[0]["event"]["type"] == "app_home_opened"


def test_a_command_that_the_bot_does_not_answer_says_so_where_it_was_typed(page: Page, sandbox: Sandbox) -> None:
    url, sandbox.bot_url = sandbox.bot_url, "http://127.0.0.1:9"
    page.fill("#composer textarea", "/readiness-review help")
    page.keyboard.press("Enter")

    expect(page.locator(".message.error")).to_contain_text("dispatch_failed")
    sandbox.bot_url = url


def test_a_hold_appears_by_itself_on_its_day_and_its_owner_may_delete_it(page: Page, sandbox: Sandbox) -> None:
    expect(page.locator(".calendar-summary")).to_contain_text("No hold")
    page.click("[data-date='2026-12-03']")
    hold(sandbox)
    bar = page.locator("[data-calendar='mei@example.com'] .bar.hold")

    expect(bar).to_have_attribute("aria-label", "Mei Tan: Hold 10:30 – 11:15, Hold")
    expect(page.locator(".calendar-summary")).to_contain_text(
        f"Hold Tue 1 Dec 10:30 – 11:15 on 1 of {len(sandbox.book.calendars)} calendars: Mei"
    )
    bar.click()
    page.click("dialog button:has-text('Delete the hold')")
    expect(bar).to_have_count(0)
    assert sandbox.book.events("mei@example.com", live=False)[-1].calendar == "mei@example.com"
    assert sandbox.book.get("mei@example.com", "hold-mei").cancelled  # type: ignore[union-attr]  # it is there


def test_an_invite_is_told_apart_from_a_hold_without_colour(page: Page, sandbox: Sandbox) -> None:
    start, end = (datetime.fromisoformat(f"2026-12-01T{at}:00Z") for at in ("15:30", "16:15"))
    guests = (("mei@example.com", "needsAction"),)
    sandbox.book.put(BookEvent("i1", "mei@example.com", start, end, "Review", attendees=guests))
    hold(sandbox, "dana")

    expect(page.locator("[data-calendar='mei@example.com'] .bar.invite")).to_have_text("✓")
    expect(page.locator("[data-calendar='dana@example.com'] .bar.hold")).to_have_text("H")


def test_somebody_can_be_made_busy(page: Page, sandbox: Sandbox) -> None:
    page.click("text=Make somebody busy")
    page.locator("#busy-who").select_option("priya@example.com")
    page.click("button:has-text('Make busy')")
    expect(page.get_by_label("Priya Nair: Busy 10:30 – 11:00, Something came up")).to_be_visible()

    made = [e for e in sandbox.book.events("priya@example.com") if e.title == "Something came up"]
    assert [e.start.isoformat() for e in made] == ["2026-12-01T15:30:00+00:00"]


def test_the_clock_moves_for_everybody(page: Page, sandbox: Sandbox) -> None:
    page.click("[data-tab=clock]")
    expect(page.locator(".clock-face")).to_contain_text("09:02")
    page.click("text=+4 h")

    expect(page.locator(".clock-face")).to_contain_text("13:02")
    with urllib.request.urlopen(sandbox.urls["clock"], timeout=5) as answer:
        assert json.load(answer)["now"] == "2026-11-30T18:02:00.000000Z"


def wake(sandbox: Sandbox, key: str, action: str = "trigger") -> None:
    said: dict[str, Any] = {"routing_key": "sandbox-routing-key", "event_action": action, "dedup_key": key}
    if action == "trigger":
        said["payload"] = {"summary": f"Nobody answers {key}", "source": "readiness", "severity": "error"}
        said["links"] = [{"href": "https://larkmoor.slack.com/archives/C0RELEASES/p1"}]
    request = urllib.request.Request(f"{sandbox.urls['pagerduty_events']}/v2/enqueue", json.dumps(said).encode())
    urllib.request.urlopen(request, timeout=5).close()


def write(sandbox: Sandbox) -> None:
    host, _, port = sandbox.urls["smtp"].partition(":")
    text = "Subject: CHG-1042 needs you\r\nMessage-ID: <1@example.com>\r\n\r\n<b>Nobody</b> answered.\r\n"
    with smtplib.SMTP(host, int(port), "test", 5) as line:
        line.sendmail("readiness@example.com", ["dana@example.com"], text)


def test_pages_and_mails_are_seen_as_they_come(page: Page, sandbox: Sandbox) -> None:
    tab, told = page.locator("[data-tab=paging]"), page.locator(".told li")
    expect(page.locator(".calendar-row")).to_have_count(
        len(sandbox.story["watch"])
    )  # what was there at the beginning is no news
    wake(sandbox, "CHG-1042")
    expect(tab).to_have_attribute("aria-label", "Pages and mails, something new")
    tab.click()
    expect(tab).to_have_attribute("aria-label", "Pages and mails")
    expect(told).to_contain_text(["Nobody answers CHG-1042Open · error · paged Mon 30 Nov 09:02"])
    expect(told.locator("a")).to_have_attribute("href", "https://larkmoor.slack.com/archives/C0RELEASES/p1")
    wake(sandbox, "CHG-1042", "resolve")
    for _ in range(2):
        write(sandbox)

    expect(page.locator(".told li[data-state=resolved]")).to_have_count(1)
    expect(told.nth(1)).to_contain_text("to dana@example.com · 2 copies of one mail")
    page.click("text=Read it")
    expect(told.nth(1).locator("pre")).to_have_text("<b>Nobody</b> answered.\n")
    sandbox.reset()
    expect(told).to_have_count(0)
    expect(page.locator("text=Nobody was paged.")).to_be_visible()


def test_the_panel_s_head_has_room_for_every_tab(page: Page) -> None:
    for width, thread in itertools.product((1440, 1280, 1024), (False, True)):
        page.set_viewport_size({"width": width, "height": 800})
        if page.locator("#panel").is_hidden():
            page.click("#panel-toggle")
        beside_a_thread = "428px" if thread else ""
        page.evaluate("(width) => { document.querySelector('#panel').style.maxWidth = width; }", beside_a_thread)
        page.evaluate("() => document.querySelector('#tab-paging').classList.add('news')")
        page.wait_for_function(  # a new width is laid out a moment after it is set
            """() => {
                const tabs = [...document.querySelectorAll("#tabs button")];
                const words = (tab) => { const all = document.createRange(); all.selectNodeContents(tab); return all; };
                const end = tabs.at(-1).getBoundingClientRect().right;
                const reset = document.querySelector("#reset").getBoundingClientRect();
                const edge = document.querySelector("#panel").getBoundingClientRect().right;
                const inside = reset.left - end >= 4 && reset.right <= edge - 4;
                return inside && tabs.every((tab) => words(tab).getClientRects().length === 1);
            }"""
        )


def test_a_switch_breaks_something_until_it_is_mended(page: Page, sandbox: Sandbox) -> None:
    page.click("[data-tab=break]")
    page.click("[data-preset=mei-unreadable]")
    expect(page.locator("[data-preset=mei-unreadable]")).to_have_attribute("aria-checked", "true")
    assert [f["match"] for f in sandbox.faults.shown()] == ["mei@example.com"]
    page.click("text=Mend everything")

    expect(page.locator("[data-preset=mei-unreadable]")).to_have_attribute("aria-checked", "false")
    assert sandbox.faults.shown() == []


def test_a_switch_goes_out_when_its_fault_is_used_up_and_keeps_the_focus(page: Page, sandbox: Sandbox) -> None:
    page.click("[data-tab=break]")
    switch = page.locator("[data-preset=press-lost]")
    switch.click()
    expect(switch).to_have_attribute("aria-checked", "true")
    sandbox.faults.take("slack", "deliver.action")

    expect(switch).to_have_attribute("aria-checked", "false")
    expect(switch).to_be_focused()


def test_reset_brings_back_monday_morning_and_tells_who_else_must_forget(page: Page, sandbox: Sandbox) -> None:
    forgotten: list[bool] = []
    sandbox.on_reset.append(lambda: forgotten.append(True))
    sandbox.slack.command("U0DANA", RELEASES, "hello")
    hold(sandbox)
    expect(page.locator(".bar.hold")).to_have_count(1)
    expect(page.locator(".message")).to_have_count(1)
    page.click("#reset")
    page.click("dialog button:has-text('Reset')")

    expect(page.locator(".message")).to_have_count(0)
    expect(page.locator(".bar.hold")).to_have_count(0)
    assert forgotten == [True]


def test_the_guide_becomes_the_person_and_types_for_them(page: Page) -> None:
    act_as(page, "U0DANA")
    page.click("[data-tab=guide]")
    page.click("button:has-text('Type it as Priya') >> nth=0")

    expect(page.locator(".switcher summary")).to_contain_text("Priya Nair")
    expect(page.locator("#composer textarea")).to_have_value("/readiness-review CHG-1042")


def test_on_a_small_screen_the_panel_waits_behind_a_button(page: Page) -> None:
    page.set_viewport_size({"width": 1024, "height": 768})
    expect(page.locator("#panel")).to_be_hidden()
    page.click("#panel-toggle")

    expect(page.locator("#panel")).to_be_visible()
    assert page.evaluate("() => document.documentElement.scrollWidth") == 1024


def test_every_control_has_a_name(page: Page, sandbox: Sandbox) -> None:
    post(sandbox, {"type": "actions", "elements": [button("Hold", "hold")]})
    page.wait_for_selector(".message .slack-button")
    nameless = page.evaluate(
        """() => [...document.querySelectorAll("button, input, select, textarea, summary")]
        .filter((e) => !(e.getAttribute("aria-label") || e.textContent.trim() || e.labels?.length))
        .map((e) => e.outerHTML)"""
    )
    assert nameless == []


def test_a_step_of_another_story_leads_to_its_own_channel(page: Page, sandbox: Sandbox) -> None:
    """Who is in none of the first story's channels is not sent there."""
    step = next(step for step in sandbox.story["steps"] if step.get("channel"))
    page.get_by_role("tab", name="Guide").click()

    page.get_by_role("button", name="Type it as Paula").click()

    expect(page.locator("#place-name")).to_contain_text("support-leadership")
    expect(page.locator("#composer textarea")).to_have_value(step["type"])


def test_the_second_story_is_watched_and_disturbed(page: Page, sandbox: Sandbox, bot: NotingBot) -> None:
    """What others do to board and archive is seen at once, and undone by the same switch."""
    page.get_by_role("tab", name="Closing").click()
    archive, board = (page.locator(f"[data-part={name}]") for name in ("Archive", "Board"))
    expect(archive).to_contain_text("whole")

    page.get_by_role("switch", name="Alter a file in the archive").click()
    page.get_by_role("switch", name="Rename the milestone").click()

    expect(archive).to_contain_text("rollback-notes.md: altered")
    expect(board).to_contain_text("Identity 4.2 (moved)")
    page.get_by_role("switch", name="Alter a file in the archive").click()
    expect(archive).not_to_contain_text("altered")
    sandbox.closing.github.change("example/identity", 41, state="closed")
    expect(page.locator("[data-part=Checklist]")).to_have_class("closing-part done")
    page.click("[data-deed=accept]")
    expect(page.get_by_text("The bot answered: Noted.")).to_be_visible()
