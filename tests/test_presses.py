"""Random presses break no law; and where the code is broken on purpose, the laws notice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bot.core import agreeing, agreements, authority, deeds, warrant
from bot.core import holding as holding_rules
from bot.core.authority import Asker
from bot.core.refusals import Refusal
from bot.flows import confirming, holding
from tests.memory_journal import MemoryJournal
from tests.presses import Story, Told, many

SEED = 15


def test_no_order_of_presses_breaks_a_law() -> None:
    """Late, doubled, by anybody: nobody without authority gets anything confirmed, no exception outlives its slot, nobody
    is held twice. The long form is `python -m tests.presses`."""
    told = many(1500, seed=1, processes=2)

    assert sorted(set(told.violations)) == []
    assert told.sequences == 1500
    assert told.confirmed > 300
    assert {"reschedule.asked", "approval.stopped", "invite.cancelled", "agreement.answered"} <= set(told.facts)


def approves_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = agreeing._cannot

    def careless(m: Any, a: Any, by: str, point: int, deciders: Any, stand_ins: Any) -> Refusal | None:
        refusal = whole(m, a, by, point, deciders, stand_ins)
        own = refusal is not None and refusal.codes == ("own_request",) and by in (deciders or ())
        return None if own else refusal

    monkeypatch.setattr(agreeing, "_cannot", careless)


def lets_guests_in(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = authority._outsider

    def careless(asker: Asker) -> Refusal | None:
        return None if asker.standing == "guest" else whole(asker)

    monkeypatch.setattr(authority, "_outsider", careless)


def lets_all_involved_approve(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = authority.may

    def careless(act: Any, *known: Any) -> Refusal | None:
        return whole("hold" if act == "approve_and_send" else act, *known)

    monkeypatch.setattr(warrant, "may", careless)


def holds_before_all_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agreements.Agreement, "standing", property(lambda self: "granted"))


def waives_for_any_slot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agreements.Agreement, "waives", lambda self, slot: self.standing == "granted" and self.slot)


def keeps_what_was_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agreeing, "_resting", lambda meeting, agreement: ())


def looks_at_no_clashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MemoryJournal, "clashes", lambda *_: [])


def reads_nothing_again(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = confirming.Confirming._look
    monkeypatch.setattr(confirming.Confirming, "_look", lambda *known: whole(*known)._replace(changes=()))


def never_lets_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holding.Holding, "release", lambda *_: None)


def sends_a_second_invite(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = deeds._confirm

    def careless(meeting: Any, confirmed: Any) -> Any:
        first, *others = whole(meeting, confirmed)
        return first.model_copy(update={"replaces": None}), *others

    monkeypatch.setattr(deeds, "_confirm", careless)


def approves_what_ran_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holding_rules, "_lapsed", lambda hold, nothing, now: None)


@pytest.mark.parametrize(
    ("breaks", "law"),
    [
        (approves_their_own, "authority"), (lets_guests_in, "authority"), (lets_all_involved_approve, "authority"),
        (approves_what_ran_out, "authority"), (waives_for_any_slot, "exception"), (holds_before_all_agree, "exception"),
        (keeps_what_was_refused, "exception"), (reads_nothing_again, "exception"), (looks_at_no_clashes, "overlap"),
        (never_lets_go, "calendars"), (sends_a_second_invite, "invites"),
    ],
)  # fmt: skip
def test_the_laws_notice(
    breaks: Callable[[pytest.MonkeyPatch], None], law: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each way of being careless is found within a few hundred sequences, by the law that forbids it."""
    breaks(monkeypatch)
    told = Told()
    while not told.violations and told.sequences < 600:
        Story(SEED, told.sequences, told).runs()

    assert law in {broken for broken, _, _ in told.violations}
