"""The audit as Slack shows it: within what Slack takes, in order, honest about what does not fit."""

from __future__ import annotations

from bot.core.audit import Range, RuledOutDay
from bot.core.auditing import audit_of
from bot.slack.limits import checked
from bot.slack.messages.audit_page import audit_pages
from tests.core.test_audit import papers
from tests.slack.identity_review import TO_CONFIRMED, TO_HELD, at, later, review
from tests.slack.printed import told


def test_a_small_audit_is_one_page_and_the_log() -> None:
    found = audit_of(papers(TO_CONFIRMED), names=True)
    assert found is not None

    page, log = audit_pages(review(*TO_CONFIRMED), found, "Chain verified: 9 entries.")

    assert told(page).startswith("""\
The audit of CHG-1042, page 1.

*The audit of CHG-1042*
*In brief*
Priya Nair asked (Mon 30 Nov 14:02 New York); confirmed (Mon 30 Nov 16:12 New York).
1 search of 190 starts in all; 1 hold on 4 calendars; 1 invite sent.
2 decisions by people: Priya Nair and Dana Osei.
The ledger's chain of 40 entries is whole; 9 entries of it are this review's, from 11 to 19. Its head is a1b2.
*Why a person had to decide, and who decided*
Whether to hold one of the 3 offers of search 1.
• Why a person: Several times may do, and it is people's time: the bot holds nothing by itself.
• Mon 30 Nov 14:04 New York: Priya Nair chose Tue 1 Dec 10:30 New York and asked for the hold.
Whether the slot of hold 1 is confirmed.
• Why a person: Confirmation is always a person's, and the policy says whose: the bot sends no invite by itself. \
Asked: Priya Nair or Dana Osei.
• Mon 30 Nov 16:12 New York: Dana Osei approved the slot.
• Mon 30 Nov 16:12 New York: everything was read again (9 calendars): nothing had changed.
• Mon 30 Nov 16:12 New York: one invite went to 5 people.
*What was held*
Hold 1, Tue 1 Dec 10:30 New York to 11:15, chosen by Priya Nair (Mon 30 Nov 14:04 New York), to stand until Mon 30 Nov \
18:02 New York.
""")
    assert told(log).startswith("The log of CHG-1042: 9 entries.")


def test_a_long_audit_goes_on_in_further_messages_and_says_what_is_left_out() -> None:
    """Never more than Slack takes as answers to one command, and each within its limits."""
    found = audit_of(papers(TO_HELD), names=True)
    assert found is not None
    each = Range(first=at(1, 9), last=at(1, 10), starts=5, words=("<!channel> " + "a reason in words " * 8,) * 5)
    days = tuple(RuledOutDay(day=later(days=n).date(), starts=100, ranges=(each,) * 20) for n in range(60))
    [search] = found.searches
    found = found.model_copy(update={"searches": (search.model_copy(update={"ruled_out": days}),)})

    pages = audit_pages(review(*TO_HELD), found, "Chain verified.")

    assert 2 < len(pages) <= 4
    assert all(checked(page.blocks, "message") for page in pages)
    assert "more paragraphs do not fit here" in told(pages[-2])
    assert "`readiness-bot audit CHG-1042`" in told(pages[-2])
    assert "<!channel>" not in "".join(str(page.blocks) + page.text for page in pages)
    assert told(pages[-1]).startswith("The log of CHG-1042")
