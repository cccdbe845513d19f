"""How a closure reads: the card, the thread, the follow-up packet, the word to the coordinator."""

from __future__ import annotations

from collections.abc import Callable

from bot.core.closure import folded
from bot.core.closure_facts import Closed, Delayed, Halted
from bot.core.people import Directory, Person, Weekly
from bot.ports import Unreachable
from bot.slack.messages.closure_card import closure_card
from bot.slack.messages.closure_halted import halted
from bot.slack.messages.closure_lines import lines, ready
from bot.slack.messages.closure_log import closure_log
from bot.slack.messages.closure_view import ClosureView
from bot.slack.messages.listing import listing
from tests.closing_runs import Run
from tests.closing_worlds import release
from tests.memory_closing import World
from tests.slack.identity_review import TO_CHOOSING, review
from tests.slack.printed import told

PEOPLE = Directory(
    people={
        id: Person(id=id, name=name, time_zone="America/New_York", working_hours=Weekly())
        for id, name in {"priya": "Priya Nair", "lee": "Lee Park", "dana": "Dana Osei"}.items()
    }
)
HOSTS = frozenset({"evidence.example.com", "change.example.com"})


def played(
    change: Callable[[World], None] = lambda world: None, watch: Callable[[Run], None] = lambda run: None
) -> Run:
    plan, world = release(1)
    change(world)
    run = Run(plan, world)
    watch(run)
    run.tell(run.event())
    run.go()
    return run


def view(run: Run, until: type[object] | None = None) -> ClosureView:
    """The closure as it ended, or as it stood after its first fact of that sort."""
    history = run.inner.closure_history("REL-77")
    last = next((e.version for e in history if until and isinstance(e.fact, until)), len(history))
    closure = folded("REL-77", history[:last])
    assert closure is not None
    return ClosureView(closure, history[:last], PEOPLE, "America/New_York", run.clock.now(), HOSTS)


def reopened_after_the_checklist(run: Run) -> None:
    def watch(call: str, when: str) -> None:
        if call == "checklist.close" and when == "after":
            run.world.source.update(state="in review")
            run.world.tracker.update(milestone={"title": "Identity <Next>"})

    run.world.watch = watch


def silent_tracker(run: Run) -> None:
    silence = iter([True] * 2)

    def watch(call: str, when: str) -> None:
        if call == "tracker.approve" and next(silence, False):
            raise Unreachable("GitHub did not answer.")

    run.world.watch = watch


def test_the_card_of_a_closed_one() -> None:
    assert (
        told(closure_card(view(played())))
        == """\
REL-77: Closed Tue 1 Dec 10:00 New York

*Closing · REL-77 Identity 5.1*
Closed Tue 1 Dec 10:00 New York
release identity-5.1 · review version 3 · record CHG0031042
readiness checklist: done · release tracker: done · evidence links: done · review queue: done · scheduler's intake: done
(Coordinator Priya Nair · what happened stands in the thread)
"""
    )


def test_the_card_while_a_target_is_down() -> None:
    assert (
        told(closure_card(view(played(watch=silent_tracker), Delayed)))
        == """\
REL-77: Waiting to set the release tracker to approved: GitHub did not answer. Tried again by itself

*Closing · REL-77 Identity 5.1*
Waiting to set the release tracker to approved: GitHub did not answer. Tried again by itself
release identity-5.1 · review version 3 · record CHG0031042
readiness checklist: done · release tracker: waiting · evidence links: to do · review queue: to do · scheduler's intake: to do
[Take over]
(Coordinator Priya Nair · what happened stands in the thread)
"""
    )


def test_the_follow_up_packet_says_what_was_expected_found_done_and_what_is_next() -> None:
    assert (
        told(halted(view(played(watch=reopened_after_the_checklist), Halted)))
        == """\
REL-77 is halted before it could set the release tracker to approved: one thing does not agree. Nothing was written after that was seen.

*REL-77 is halted before it could set the release tracker to approved: one thing does not agree. Nothing was written after that was seen.*
release identity-5.1 · review version 3 · record CHG0031042
• tracker example/identity#40, *milestone*: expected Identity 5.1, found Identity <Next>
Done: readiness checklist · Left: release tracker, evidence links, review queue, scheduler's intake
• Make the places say the same (or correct the closure's file), then try again.
[Try again] [Take over]
(Nothing is written while this is halted. *Try again* reads everything anew and leaves alone what is done.)
"""
    )


def test_the_coordinator_is_told_identifiers_and_links_alone() -> None:
    """C7."""
    assert (
        told(ready(view(played(), Closed)))
        == """\
REL-77 is closed: release identity-5.1 · review version 3 · record CHG0031042. It is ready for the next scheduled step.

REL-77 is closed: release identity-5.1 · review version 3 · record CHG0031042. It is ready for the next scheduled step.
rollback_notes-0.md
sign_off-1.md
final_packet-2.md
"""
    )


def test_the_thread_of_a_closing_in_order() -> None:
    run = played()
    whole = view(run)
    said = [told(line).split("\n\n")[0] for entry in whole.history for line in lines(whole, entry)]

    assert said == [
        "urn:change told that CHG0031042 was accepted (event e1).",
        "Source, archive and tracker agree: release identity-5.1 · review version 3 · record CHG0031042, three archived files, "
        "each present and unaltered.",
        "Readiness checklist example/identity#41: Readiness review accepted from open to done, checklist from open to closed.",
        "Release tracker example/identity#40: state from in review to approved.",
        "Evidence links example/identity#40: link rollback_notes-0.md attached, link sign_off-1.md attached, "
        "link final_packet-2.md attached.",
        "Review queue change_task/CTASK1: entry from waiting to cleared.",
        "Scheduler's intake: told.",
        "REL-77 is closed. release identity-5.1 · review version 3 · record CHG0031042. Five steps done.",
    ]


def test_what_somebody_had_done_already_is_told_as_theirs() -> None:
    run = played(lambda world: world.queue.update(present=False, release=None, review=None))
    whole = view(run)
    said = "\n".join(told(line) for entry in whole.history for line in lines(whole, entry))

    assert "Review queue change_task/CTASK1: it was so already, nothing was written." in said
    assert "Four steps done, one was so already." in said


def test_the_longest_packet_is_one_that_slack_takes() -> None:
    def change(world: World) -> None:
        world.checklist["items"] = {f"<!channel> {'long ' * 80}{n}": False for n in range(60)}

    printed = told(halted(view(played(change), Halted)))

    assert "40 more stand in the log." in printed
    assert "[Try again] [Take over]" in printed


def test_the_log_says_what_was_about_to_be_written_and_what_was() -> None:
    printed = told(closure_log(view(played()), "The chain holds."))

    assert "Release tracker: about to be written (state from in review to approved)." in printed
    assert "Release tracker example/identity#40: state from in review to approved." in printed


def test_the_list_has_a_line_for_each_review_that_is_being_closed() -> None:
    """What halted comes first: it waits for people. Below the meetings, or alone."""
    waits = view(played(watch=silent_tracker), Delayed)
    halts = view(played(watch=reopened_after_the_checklist), Halted)

    assert (
        told(listing([review(*TO_CHOOSING)], closures=[waits, halts]))
        == """\
One meeting is under way. One review is being closed, one closing halted.

*One meeting is under way.*
*CHG-1042 Identity 4.2 login flow and schema migration*
Choosing a time · asked by Priya · for Priya or Dana to approve  [Show]
*One review is being closed, one closing halted.*
*REL-77* Identity 5.1 · Halted: one thing does not agree. Priya Nair, Lee Park or Dana Osei must look
*REL-77* Identity 5.1 · Waiting to set the release tracker to approved: GitHub did not answer. Tried again by itself
"""
    )
    assert (
        told(listing([], closures=[halts], mine=True))
        == """\
No meeting waits for you or has you in it. One closing halted.

No meeting waits for you or has you in it. `/readiness-review` and the id of a record asks for one.
*One closing halted.*
*REL-77* Identity 5.1 · Halted: one thing does not agree. Priya Nair, Lee Park or Dana Osei must look
"""
    )
