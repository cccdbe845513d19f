"""The audit of a whole review: what it read, what it ruled out, whom it held, who decided and why, and the same again."""

from __future__ import annotations

import json

import pytest

from bot.auditing import Page
from bot.core.audit import Audit
from bot.core.facts import Searched
from bot.core.sources import Sources
from bot.flows.searching import replayed
from bot.store.papers import papers_of
from tests.world import RELEASES, World, minutes


def page(world: World, names: bool = True) -> Page:
    store = world.bot.store
    papers = papers_of(store, "CHG-1042", store.verify())
    assert papers is not None
    return Page.of(papers, names)


def audit(world: World, names: bool = True) -> Audit:
    return page(world, names).audit


@pytest.fixture(scope="module")
def world(still_world: World) -> World:
    """One confirmed review; every test reads its audit."""
    still_world.makes_busy("noor", "2026-12-01T20:00:00+00:00", title="CANARY-TITLE")
    still_world.reviews()
    still_world.holds()
    still_world.passes(minutes(10))
    still_world.approves()
    return still_world


def test_the_audit_names_each_calendar_that_was_read_and_when_and_what_it_said_by_digest(world: World) -> None:
    """And the record's revision, the policy, the workspace's files and where it comes from who is on call."""
    [search] = audit(world).searches
    inputs = search.inputs
    assert inputs is not None

    assert {(c.provider, c.calendar, c.person) for c in inputs.calendars} >= {
        ("google", "dana@example.com", "dana"), ("microsoft", "lee@example.com", "lee"),
    }  # fmt: skip
    assert len(inputs.calendars) == inputs.calendars_read == 9
    assert {c.read_at for c in inputs.calendars} == {inputs.read_at}
    assert len({c.digest for c in inputs.calendars}) == 9
    assert (inputs.kept, inputs.revision, inputs.policy) == (True, "7", audit(world).policies[0])
    assert set(inputs.files) == {"people.yaml", "policy.yaml", "release-calendar.yaml"}
    assert [(o.role, o.rota) for o in inputs.on_call] == [("on_call_reliability_lead", "identity-primary")]


def test_what_was_ruled_out_is_as_many_starts_as_the_search_said(world: World) -> None:
    [search] = audit(world).searches

    assert sum(day.starts for day in search.ruled_out) == search.starts - search.feasible == 185


def test_why_somebody_cannot_come_is_named_to_those_involved_alone(world: World) -> None:
    """Ruth, who has no part in it, reads the roles; so does whoever gets the page without names."""
    to_priya = world.asks("/readiness-review audit CHG-1042", by="priya").words
    to_ruth = world.asks("/readiness-review audit CHG-1042", by="ruth").words

    assert "service owner: Lee Park is busy" in to_priya
    assert "service owner: busy" in to_ruth
    assert "is busy" not in to_ruth
    assert "lee@example.com" not in to_ruth


def test_the_audit_in_slack_reads_as_it_is(world: World) -> None:
    told = world.asks("/readiness-review audit CHG-1042", by="priya").words

    for words in (
        "Why a person had to decide, and who decided",
        "Confirmation is always a person's, and the policy says whose: the bot sends no invite by itself. Asked: Priya "
        "Nair or Dana Osei.",
        "Dana Osei approved the slot (theirs to decide by revision 7 of the record).",
        "google calendar of Dana Osei: event ",
        "replaced by the invite (today 09:12); off every calendar (today 09:12).",
        "The record, revision 7, content ",
        "185 of 190 starts, each in one line below, by day.",
        "10:15 (1): service owner: Lee Park is busy.",
        "One invite to 5 people (today 09:12): event ",
        "The log of CHG-1042, round 1",
    ):
        assert words in told


def test_the_invite_the_messages_and_the_holds_stand_in_it_with_their_ids(world: World) -> None:
    found = audit(world)

    [invite] = found.invites
    assert world.bot.journal.meeting("CHG-1042").confirmed.event_id == invite.event_id  # type: ignore[union-attr] # it is
    shown = [*world.messages(RELEASES), *world.slack.thread(RELEASES, world.messages(RELEASES)[-1]["ts"])]
    by_us = {m.ts for m in found.messages if m.channel == RELEASES}
    assert {m["ts"] for m in shown if not m.get("files")} <= by_us
    assert {file["id"] for m in shown for file in m.get("files", ())} <= by_us
    assert all(calendar.event_id for hold in found.holds for calendar in hold.calendars)


def test_recorded_inputs_give_the_same_again_and_older_ones_too(world: World) -> None:
    """Byte for byte; a search that was kept before its sources were is the same as well."""
    kept = world.bot.journal.kept
    [fact] = [each for each in world.review().facts if isinstance(each, Searched)]

    assert replayed(fact, kept) is True
    assert replayed(fact.model_copy(update={"sources": None, "policy": ""}), kept) is True
    assert replayed(fact.model_copy(update={"feasible": 6}), kept) is False
    assert replayed(fact.model_copy(update={"inputs": None}), kept) is None


def test_nothing_but_spans_and_addresses_is_kept_of_what_was_read(world: World) -> None:
    """No title of an event reaches the audit or what it is made of."""
    [fact] = [each for each in world.review().facts if isinstance(each, Searched)]

    document = world.bot.journal.kept(fact.sources or "")

    assert set(document) == set(Sources.model_fields)
    assert set(document["calendars"][0]) == {"provider", "calendar", "read_at", "digest", "unreadable"}
    assert "CANARY" not in json.dumps(page(world).papers.model_dump(mode="json"))
