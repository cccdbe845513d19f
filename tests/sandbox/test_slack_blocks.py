"""Slack's rules for blocks and views, one line each: what is just allowed, and what is just not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.errors import SlackApiError
from slack_sdk.models.blocks import ActionsBlock, ButtonElement, ConfirmObject, HeaderBlock, SectionBlock
from slack_sdk.models.blocks.basic_components import MarkdownTextObject, PlainTextObject

from integrations.sandbox.slack_blocks import check_blocks, check_view
from tests.sandbox.slack_world import RELEASES, SlackWorld, actions, button, modal, plain, question, section

Json = dict[str, Any]


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def option(value: str = "a", text: str = "A") -> Json:
    return {"text": plain(text), "value": value}


def menu(count: int, **more: Any) -> Json:
    options = [option(str(i)) for i in range(count)]
    return {"type": "static_select", "action_id": "pick", "options": options, **more}


def overflow(count: int) -> Json:
    return {"type": "overflow", "action_id": "more", "options": [option(str(i)) for i in range(count)]}


def confirm(**more: Any) -> Json:
    words = {"title": plain("Sure?"), "text": mrkdwn("It sends"), "confirm": plain("Yes"), "deny": plain("No")}
    return button("go", confirm=words | more)


def header(text: Any) -> Json:
    return {"type": "header", "text": text}


def context(count: int) -> Json:
    return {"type": "context", "elements": [mrkdwn("x")] * count}


# what fits: (name, blocks); what does not: (name, blocks, code, pointer)
FITS = [
    ("fifty blocks", [section()] * 50),
    ("text of 3,000", [section("x" * 3000)]),
    ("ten fields of 2,000", [{"type": "section", "fields": [mrkdwn("x" * 2000)] * 10}]),
    ("header of 150", [header(plain("x" * 150))]),
    ("ten context elements", [context(10)]),
    ("25 buttons", [actions(*[button(f"b{i}") for i in range(25)])]),
    ("button label of 75, value of 2,000", [actions(button("go", "v" * 2000, "l" * 75))]),
    ("100 options", [actions(menu(100))]),
    ("five overflow entries", [section(accessory=overflow(5))]),
    ("same action_id in two blocks", [actions(button("go")), actions(button("go"))]),
    ("confirm of 100, 300, 30", [actions(confirm(title=plain("x" * 100), text=mrkdwn("x" * 300)))]),
    ("input in a message", [question("why")]),
    ("an image beside text", [{"type": "context", "elements": [{"type": "image", "image_url": "u", "alt_text": "a"}]}]),
]
BREAKS = [
    ("51 blocks", [section()] * 51, "too_many", ""),
    ("text of 3,001", [section("x" * 3001)], "too_long", "/0/text/text"),
    ("empty text", [section("")], "too_short", "/0/text/text"),
    ("section of nothing", [{"type": "section"}], "missing_field", "/0"),
    ("eleven fields", [{"type": "section", "fields": [mrkdwn("x")] * 11}], "too_many", "/0/fields"),
    ("field of 2,001", [{"type": "section", "fields": [mrkdwn("x" * 2001)]}], "too_long", "/0/fields/0/text"),
    ("header in mrkdwn", [header(mrkdwn("*x*"))], "invalid_type", "/0/text"),
    ("header of 151", [header(plain("x" * 151))], "too_long", "/0/text/text"),
    ("eleven context elements", [context(11)], "too_many", "/0/elements"),
    ("26 buttons", [actions(*[button(f"b{i}") for i in range(26)])], "too_many", "/0/elements"),
    ("no button", [actions()], "too_few", "/0/elements"),
    ("button label of 76", [actions(button("go", label="l" * 76))], "too_long", "/0/elements/0/text/text"),
    ("button label in mrkdwn", [actions(button("go") | {"text": mrkdwn("x")})], "invalid_type", "/0/elements/0/text"),
    ("button value of 2,001", [actions(button("go", "v" * 2001))], "too_long", "/0/elements/0/value"),
    ("a style of its own", [actions(button("go", style="green"))], "invalid_value", "/0/elements/0/style"),
    ("action_id of 256", [actions(button("a" * 256))], "too_long", "/0/elements/0/action_id"),
    ("action_id twice in a block", [actions(button("go"), button("go"))], "duplicate_action_id", "/0"),
    ("block_id twice", [section(block_id="b"), section(block_id="b")], "duplicate_block_id", ""),
    ("block_id of 256", [section(block_id="b" * 256)], "too_long", "/0/block_id"),
    ("no options", [actions(menu(0))], "too_few", "/0/elements/0/options"),
    ("101 options", [actions(menu(101))], "too_many", "/0/elements/0/options"),
    ("neither options nor groups", [actions({"type": "static_select"})], "missing_field", "/0/elements/0"),
    (
        "option value of 151",
        [actions(menu(1) | {"options": [option("v" * 151)]})],
        "too_long",
        "/0/elements/0/options/0/value",
    ),
    (
        "an initial option from elsewhere",
        [actions(menu(2, initial_option=option("z")))],
        "invalid_initial_option",
        "/0/elements/0",
    ),
    ("six overflow entries", [section(accessory=overflow(6))], "too_many", "/0/accessory/options"),
    (
        "confirm title of 101",
        [actions(confirm(title=plain("x" * 101)))],
        "too_long",
        "/0/elements/0/confirm/title/text",
    ),
    ("confirm text of 301", [actions(confirm(text=plain("x" * 301)))], "too_long", "/0/elements/0/confirm/text/text"),
    ("confirm deny of 31", [actions(confirm(deny=plain("x" * 31)))], "too_long", "/0/elements/0/confirm/deny/text"),
    (
        "placeholder of 151",
        [actions(menu(1, placeholder=plain("x" * 151)))],
        "too_long",
        "/0/elements/0/placeholder/text",
    ),
    (
        "datetimepicker beside a section",
        [section(accessory={"type": "datetimepicker", "action_id": "when"})],
        "invalid_element",
        "/0/accessory",
    ),
    ("text input among buttons", [actions({"type": "plain_text_input"})], "invalid_element", "/0/elements/0"),
    ("button as an input", [question("why") | {"element": button("x")}], "invalid_element", "/0/element"),
    ("alert in a message", [{"type": "alert", "text": mrkdwn("x")}], "unsupported_surface", "/0"),
    ("an unknown block", [{"type": "banner"}], "unsupported_block", "/0"),
    ("an unknown key", [section(colour="red")], "additional_property", "/0"),
    ("emoji in mrkdwn", [{"type": "section", "text": mrkdwn("x") | {"emoji": True}}], "additional_property", "/0/text"),
    ("image without alt text", [{"type": "image", "image_url": "u"}], "missing_field", "/0"),
    (
        "two tables",
        [{"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]]}] * 2,
        "only_one_table_allowed",
        "",
    ),
]


@pytest.mark.parametrize("blocks", [b for _, b in FITS], ids=[n for n, _ in FITS])
def test_what_slack_allows_is_allowed(blocks: list[Json]) -> None:
    assert check_blocks(blocks, "message").found == []


@pytest.mark.parametrize(("blocks", "code", "pointer"), [b[1:] for b in BREAKS], ids=[b[0] for b in BREAKS])
def test_what_slack_refuses_is_refused_and_the_place_is_named(blocks: list[Json], code: str, pointer: str) -> None:
    """Exactly one rule is broken, and the finding points at it."""
    assert [(code, pointer)] == [(f.code, f.pointer) for f in check_blocks(blocks, "message").found]


VIEWS = [
    ("title of 25", modal(title=plain("x" * 25)), "too_long", "/title/text"),
    ("submit of 25", modal(submit=plain("x" * 25)), "too_long", "/submit/text"),
    ("close of 25", modal(close=plain("x" * 25)), "too_long", "/close/text"),
    ("private_metadata of 3,001", modal(private_metadata="x" * 3001), "too_long", "/private_metadata"),
    ("callback_id of 256", modal(callback_id="x" * 256), "too_long", "/callback_id"),
    ("no title", {"type": "modal", "blocks": []}, "missing_field", ""),
    ("101 blocks", modal(*[section()] * 101), "too_many", "/blocks"),
    (
        "an input without submit",
        {"type": "modal", "title": plain("x"), "blocks": [question("why")]},
        "missing_field",
        "",
    ),
    ("markdown in a modal", modal({"type": "markdown", "text": "x"}), "unsupported_surface", "/blocks/0"),
    ("101 blocks at home", {"type": "home", "blocks": [section()] * 101}, "too_many", "/blocks"),
]


@pytest.mark.parametrize(("view", "code", "pointer"), [v[1:] for v in VIEWS], ids=[v[0] for v in VIEWS])
def test_views_have_limits_of_their_own(view: Json, code: str, pointer: str) -> None:
    assert [(code, pointer)] == [(f.code, f.pointer) for f in check_view(view).found]


def test_a_full_modal_and_a_full_home_fit() -> None:
    texts = {"title": plain("x" * 24), "submit": plain("x" * 24), "close": plain("x" * 24)}
    full = modal(*[section()] * 99, question("why"), private_metadata="x" * 3000, **texts)
    assert check_view(full).found == []
    assert check_view({"type": "home", "blocks": [section()] * 100}).found == []


def test_what_the_sdk_s_models_make_fits() -> None:
    """The SDK's own classes write nothing that the stand-in calls unknown."""
    sure = ConfirmObject(title="Sure?", text=MarkdownTextObject(text="It *sends*"), confirm="Yes", deny="No")
    hold = ButtonElement(text="Hold", action_id="hold", value="1", style="primary", confirm=sure)
    blocks = [
        HeaderBlock(text=PlainTextObject(text="Review", emoji=True)),
        SectionBlock(text=MarkdownTextObject(text="x", verbatim=True), accessory=hold),
        ActionsBlock(elements=[ButtonElement(text="Go", action_id="go", value="1")]),
    ]
    assert check_blocks([b.to_dict() for b in blocks], "message").found == []


def test_a_refused_message_names_its_errors_and_is_not_posted(world: SlackWorld) -> None:
    with pytest.raises(SlackApiError) as refused:
        world.post(header(mrkdwn("*x*")))

    answer = refused.value.response
    assert answer["error"] == "invalid_blocks"
    assert answer["errors"] == [
        {"pointer": "/0/text", "code": "invalid_type", "message": "must be a plain_text object"}
    ]
    assert answer["response_metadata"]["messages"] == [
        "[ERROR] must be a plain_text object [json-pointer:/blocks/0/text]"
    ]
    assert world.slack.messages(RELEASES) == []


def test_blocks_validate_needs_no_token_and_exactly_one_thing(world: SlackWorld) -> None:
    nobody = world.new_client(token="")
    assert nobody.blocks_validate(blocks=[section()])["ok"]
    with pytest.raises(SlackApiError, match="invalid_blocks"):
        nobody.blocks_validate(blocks=[section("")])
    with pytest.raises(SlackApiError, match="invalid_view"):
        nobody.blocks_validate(view=modal(title=plain("x" * 25)))
    with pytest.raises(SlackApiError, match="invalid_arguments"):
        nobody.blocks_validate(blocks=[section()], view=modal())


_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["type", "text", "value"]), inner),
    max_leaves=5,
)


def _places(thing: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    parts = thing.items() if isinstance(thing, dict) else enumerate(thing) if isinstance(thing, list) else ()
    return [at, *(place for key, part in parts for place in _places(part, (*at, key)))]


def _changed(thing: Any, at: tuple[Any, ...], new: Any) -> Any:
    if not at:
        return new
    copied = dict(thing) if isinstance(thing, dict) else list(thing)
    copied[at[0]] = _changed(copied[at[0]], at[1:], new)
    return copied


@given(data=st.data())
def test_whatever_is_sent_is_judged_and_never_breaks_the_judge(data: st.DataObject) -> None:
    """One part of a sound list of blocks is replaced by anything at all."""
    _, blocks = data.draw(st.sampled_from([*FITS, *((b[0], b[1]) for b in BREAKS)]))
    view = modal(*blocks[:3])
    place = data.draw(st.sampled_from(_places(view)))
    for finding in check_view(_changed(view, place, data.draw(_ANYTHING))).found:
        assert finding.message
