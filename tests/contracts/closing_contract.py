"""What places of a closure owe us: they are read without a trace, compared before they are written, and written once.

Sign by inheriting; the fixture `deed` is one place with its one deed, `line` adds how its line breaks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

from bot.core.closing_found import Link, Order
from bot.ports import Conflict, Denied, Failure, Gone, Throttled, Unreachable

RELEASE, REVIEW = "identity-4.2", "3"
TICK = "Readiness review accepted"
SHA = "ab" * 32
THEIRS = Link(name="theirs.md", url="https://wiki.example.com/x", sha256="cd" * 32)
OURS = (
    Link(name="rollback notes.md", url="https://evidence.example.com/i/rollback%20notes.md", sha256=SHA),
    Link(name="sign-off/dana.pdf", url="https://evidence.example.com/i/sign-off/dana.pdf", sha256="ef" * 32),
)


def order(version: str, key: str = "test|REL-77|identity-4.2|3|step") -> Order:
    words = f"REL-77: release {RELEASE}, review version {REVIEW}, record CHG0031042."
    return Order(key=key, closure="REL-77", release=RELEASE, review=REVIEW, version=version, words=words)


@dataclass
class Deed:
    """`standing` is all that stands outside; `touch` is somebody else's change of what this deed rests on."""

    read: Callable[[], Any]
    do: Callable[[Order], None]
    settled: Callable[[Any], bool]
    standing: Callable[[], Any]
    touch: Callable[[], None]
    nowhere: Callable[[], Any]


@dataclass
class Line:
    """`breaks(writing, kind, **more)` lets the next request of that sort suffer; `words` counts what was left for people."""

    breaks: Callable[..., None]
    words: Callable[[], int]
    secrets: tuple[str, ...]


class DeedContract:
    """One place, one deed."""

    def test_reading_leaves_no_trace_and_tells_the_same_twice(self, deed: Deed) -> None:
        before = deed.standing()

        assert deed.read() == deed.read()
        assert deed.standing() == before

    def test_it_says_which_release_it_is_about(self, deed: Deed) -> None:
        assert deed.read().release == RELEASE

    def test_the_deed_brings_it_about(self, deed: Deed) -> None:
        assert not deed.settled(deed.read())

        deed.do(order(deed.read().version))

        assert deed.settled(deed.read())

    def test_the_same_order_twice_is_one_deed(self, deed: Deed) -> None:
        asked = order(deed.read().version)
        deed.do(asked)
        after = deed.standing()

        deed.do(asked)

        assert deed.standing() == after

    def test_what_stands_as_ordered_is_left_alone_whatever_the_version(self, deed: Deed) -> None:
        deed.do(order(deed.read().version))
        after = deed.standing()

        deed.do(order("of long ago", key="another"))

        assert deed.standing() == after

    def test_what_changed_since_it_was_read_is_not_written(self, deed: Deed) -> None:
        read = deed.read().version
        deed.touch()
        before = deed.standing()

        with pytest.raises(Conflict):
            deed.do(order(read))

        assert deed.standing() == before
        assert deed.read().version != read

    def test_with_what_is_read_then_it_is_done(self, deed: Deed) -> None:
        deed.touch()

        deed.do(order(deed.read().version))

        assert deed.settled(deed.read())

    def test_a_place_that_is_not_there_is_gone(self, deed: Deed) -> None:
        with pytest.raises(Gone):
            deed.nowhere()


class ChecklistContract(DeedContract):
    def test_its_items_are_told_by_name(self, deed: Deed) -> None:
        assert {item.name: item.done for item in deed.read().items} == {"Runbook read": True, TICK: False}

    def test_closed_everything_in_it_is_done(self, deed: Deed) -> None:
        deed.do(order(deed.read().version))

        assert all(item.done for item in deed.read().items)


class TrackerContract(DeedContract):
    def test_it_tells_state_review_and_milestone(self, deed: Deed) -> None:
        found = deed.read()

        assert (found.state, found.review, found.milestone.title) == ("in review", REVIEW, "Identity 4.2")
        assert found.approved_review is None

    def test_approving_notes_for_which_review_and_moves_nothing_else(self, deed: Deed) -> None:
        before = deed.read()

        deed.do(order(before.version))

        after = deed.read()
        assert (after.state, after.approved_review) == ("approved", REVIEW)
        assert (after.release, after.review, after.milestone) == (before.release, before.review, before.milestone)


class LinksContract(DeedContract):
    def test_links_of_others_stay(self, deed: Deed) -> None:
        assert deed.read().links == (THEIRS,)

        deed.do(order(deed.read().version))

        assert deed.read().links == (THEIRS, *OURS)


class QueueContract(DeedContract):
    def test_an_entry_that_was_cleared_is_not_there(self, deed: Deed) -> None:
        assert deed.read().present

        deed.do(order(deed.read().version))

        assert not deed.read().present


@contextmanager
def fails(kind: type[Failure], line: Line) -> Iterator[pytest.ExceptionInfo[Failure]]:
    """Exactly that kind; neither it nor what lies under it tells a secret."""
    with pytest.raises(kind) as raised:
        yield raised
    assert type(raised.value) is kind
    assert raised.value.__context__ is None or isinstance(raised.value.__context__, KeyError | TypeError | ValueError)
    for secret in line.secrets:
        assert secret not in str(raised.value)


class LineContract:
    """The same over a line that breaks. Sign beside one of the others, where the deed is asked over a network."""

    words_of_a_deed: ClassVar[int] = 1

    @pytest.mark.parametrize("kind", ["drop_before", "status"])
    def test_what_certainly_or_perhaps_failed_was_not_written(self, deed: Deed, line: Line, kind: str) -> None:
        read, before = deed.read().version, deed.standing()
        line.breaks(True, kind, status=503)

        with fails(Unreachable, line):
            deed.do(order(read))

        assert deed.standing() == before
        deed.do(order(deed.read().version))
        assert deed.settled(deed.read())
        assert line.words() == self.words_of_a_deed

    def test_an_answer_that_got_lost_does_not_make_it_two(self, deed: Deed, line: Line) -> None:
        read = deed.read().version
        line.breaks(True, "drop_after")

        with fails(Unreachable, line):
            deed.do(order(read))
        if not deed.settled(found := deed.read()):
            deed.do(order(found.version))

        assert deed.settled(deed.read())
        assert line.words() == self.words_of_a_deed

    @pytest.mark.parametrize("writing", [False, True])
    def test_a_pause_that_is_asked_for_is_told_in_seconds(self, deed: Deed, line: Line, writing: bool) -> None:
        read, before = deed.read().version, deed.standing()
        line.breaks(writing, "status", status=429, retry_after=7)

        with fails(Throttled, line) as raised:
            deed.do(order(read))

        assert raised.value.retry_after == 7.0
        assert deed.standing() == before

    @pytest.mark.parametrize(
        ("status", "kind"),
        [(401, Denied), (403, Denied), (422, Denied), (302, Denied), (404, Gone), (500, Unreachable)],
    )
    def test_every_refusal_is_one_of_the_five(self, deed: Deed, line: Line, status: int, kind: type[Failure]) -> None:
        line.breaks(False, "status", status=status)

        with fails(kind, line):
            deed.read()
