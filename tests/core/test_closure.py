"""Laws of the playbook: in no order of commands is anything written that should not be, and the facts tell it all."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from bot.core import closure_facts as c
from bot.core.closing_found import Accepted
from bot.core.closing_plan import STEPS, Milestone
from bot.core.closure import (
    ASKED,
    At,
    Begin,
    Closure,
    Command,
    Delay,
    FinishReading,
    Halt,
    Intend,
    Settle,
    TakeOver,
    decide,
    evolve,
    folded,
)
from bot.core.closure_owing import closure_owed
from bot.core.evidence import Manifest, is_path, manifest_of
from bot.core.refusals import Refusal
from tests.closing_worlds import policy, release

NOW = datetime(2026, 12, 1, tzinfo=UTC)
PLAN, _ = release(1)
WRONG = c.Disagreement(sort="stale", code="x", where="source", field="state", expected="a", found="b")


def source(review: str) -> Accepted:
    return Accepted(
        record="CHG1", state="accepted", release=PLAN.release, review=review, milestone=Milestone(title="M"),
        evidence="0" * 64, revision="1",
    )  # fmt: skip


def event(number: int, type: str) -> c.Event:
    return c.Event(source="s", id=f"e{number}", type=type, record="CHG1")


runs, steps = st.integers(1, 3), st.sampled_from(STEPS)
commands: st.SearchStrategy[Command] = st.one_of(
    st.builds(
        lambda n, by: Begin(event=event(n, "t" if by == "bot" else ASKED), plan=PLAN, policy=policy(), by=by),
        st.integers(1, 4), st.sampled_from(["bot", "priya"]),
    ),
    st.builds(lambda r, v, w: FinishReading(run=r, source=source(v), links=(), disagreements=(WRONG,) if w else ()),
              runs, st.sampled_from(["3", "4"]), st.booleans()),
    st.builds(lambda r, s: Intend(run=r, step=s, key=f"k{s}", changes=()), runs, steps),
    st.builds(lambda r, s, o: Settle(run=r, step=s, outcome=o, where="w"), runs, steps, st.sampled_from(["done", "already_done"])),
    st.builds(lambda r, s: Delay(run=r, step=s, words="down"), runs, steps | st.none()),
    st.builds(lambda r, s: Halt(run=r, step=s, disagreements=(WRONG,)), runs, steps),
    st.builds(lambda r: TakeOver(by="priya", run=r), runs),
)  # fmt: skip


@given(st.lists(commands, max_size=40))
def test_whatever_comes_in_whatever_order(orders: list[Command]) -> None:
    """Steps settle in their order and once a run; nothing is intended unless it is that step's turn; what halted or was
    taken over stays so until something begins anew; replaying the facts gives the same closure."""
    closure: Closure | None = None
    entries: list[At] = []
    for command in orders:
        before = closure
        chosen = decide(closure, command)
        if isinstance(chosen, Refusal):
            assert "Nothing changed" in chosen.words
            continue
        for fact in chosen:
            entries.append(At(version=len(entries) + 1, at=NOW, fact=fact))
            closure = evolve(closure, entries[-1], "REL-77")
        if closure is None or not chosen:
            continue
        _lawful(before, closure, chosen)
        keys = [owed.key for owed in closure_owed(closure, chosen, NOW)]
        assert len(keys) == len(set(keys))

    assert folded("REL-77", entries) == closure


def _lawful(before: Closure | None, after: Closure, facts: tuple[c.AnyClosureFact, ...]) -> None:
    settled = [s.state in ("done", "already_done") for s in after.steps]
    assert settled == sorted(settled, reverse=True), "a later step is settled before an earlier one"
    for fact in facts:
        match fact:
            case c.StepIntended():
                assert before is not None and (before.state, before.next) == ("closing", fact.step)
            case c.StepSettled():
                assert before is not None and before.next == fact.step
                assert before.state == "closing" or (before.state == "taken_over" and before.step(fact.step).intended)
            case c.Closed():
                assert all(settled) and after.state == "closed"
            case c.Begun():
                assert before is None or before.state in ("closed", "halted", "taken_over")
                assert before is None or before.state != "taken_over" or fact.by != "bot"
            case _:
                pass


class TestManifests:
    @given(st.binary(max_size=200))
    def test_any_bytes_are_a_manifest_or_a_reason(self, content: bytes) -> None:
        assert isinstance(manifest_of(content), Manifest | str)

    @given(st.text(max_size=40))
    def test_a_path_leads_down_or_is_none(self, path: str) -> None:
        if is_path(path):
            assert (
                not path.startswith(("/", "."))
                and ".." not in path.split("/")
                and "\\" not in path
                and "\0" not in path
            )

    def test_too_large_or_too_many_is_said(self) -> None:
        assert manifest_of(b" " * (1024 * 1024 + 1)) == "is larger than 1 MiB"
        assert "understood" in str(manifest_of(b'{"version": 1}'))
