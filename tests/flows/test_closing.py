"""Closing an accepted review: exactly five deeds, each once; or a halt that says field by field what does not agree."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from bot.closing_adapters import closing_adapters
from bot.closing_ports import Archive, Checklists, EvidenceLinks, Intake, Queues, Source, Trackers
from bot.core.authority import Asker
from bot.core.closing_plan import STEPS, ClosingPlan
from bot.core.closure_facts import Delayed, EventHeard, StepSettled
from bot.core.refusals import Refusal
from bot.flows.closing_hands import hands
from bot.ports import Denied, Unreachable
from bot.settings import read
from tests.closing_runs import Run
from tests.closing_worlds import ACCEPTED, release, remake_manifest
from tests.closure_matrix import cases, main, played
from tests.memory_closing import World, adapters

PRIYA = Asker(slack="U0PRIYA", person="priya")


def begun(seed: int = 1, change: Callable[[ClosingPlan, World], None] | None = None) -> Run:
    plan, world = release(seed)
    if change is not None:
        change(plan, world)
    run = Run(plan, world)
    run.tell(run.event())
    run.go()
    return run


class TestTheMatrix:
    """The short form of `python -m tests.closure_matrix`."""

    @pytest.mark.parametrize("place", ("check", *STEPS))
    def test_whatever_happens_at_a_step_it_ends_as_if_nothing_had_or_halts(self, place: str) -> None:
        ended = [played(case) for case in cases(6) if case.place == place]

        assert [(e.case, e.violations) for e in ended if e.violations] == []
        assert {e.state for e in ended} >= {"closed", "halted"}

    def test_the_command_counts_on_its_last_line(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("sys.argv", ["closure_matrix", "--json", "--variations", "2", "--stored", "0"])
        code = main()
        told = json.loads(capsys.readouterr().out.splitlines()[-1])

        assert (code, told["runs"], told["violations"]) == (0, 84, 0)
        assert told["halted"] + told["closed"] == 84


def _source(**values: Any) -> Callable[[ClosingPlan, World], None]:
    return lambda plan, world: world.source.update(values)


def _tracker(**values: Any) -> Callable[[ClosingPlan, World], None]:
    return lambda plan, world: world.tracker.update(values)


def _place(name: str, **values: Any) -> Callable[[ClosingPlan, World], None]:
    return lambda plan, world: getattr(world, name).update(values)


def _document(**values: Any) -> Callable[[ClosingPlan, World], None]:
    return lambda plan, world: remake_manifest(world, lambda document: document.update(values))


def _without(sort: str) -> Callable[[ClosingPlan, World], None]:
    def change(document: dict[str, Any]) -> None:
        document["files"] = [f for f in document["files"] if f["kind"] != sort]

    return lambda plan, world: remake_manifest(world, change)


def _first_file(**values: Any) -> Callable[[ClosingPlan, World], None]:
    return lambda plan, world: remake_manifest(world, lambda document: document["files"][0].update(values))


def _lost(plan: ClosingPlan, world: World) -> None:
    del world.files[sorted(world.files)[-1]]


def _altered(plan: ClosingPlan, world: World) -> None:
    path = sorted(p for p in world.files if p != "manifest.json")[0]
    world.files[path] = bytes([world.files[path][0] ^ 1]) + world.files[path][1:]


def _manifest(content: Callable[[bytes], bytes]) -> Callable[[ClosingPlan, World], None]:
    def change(plan: ClosingPlan, world: World) -> None:
        world.files["manifest.json"] = content(world.files["manifest.json"])

    return change


def _other_link(plan: ClosingPlan, world: World) -> None:
    path = sorted(p for p in world.files if p != "manifest.json")[0]
    world.links["links"].append({"name": path, "url": "https://elsewhere.example.com/x", "sha256": "0" * 64})


def _other_milestone(plan: ClosingPlan, world: World) -> None:
    world.tracker["milestone"] = {"title": plan.milestone.title, "id": "1"}
    assert plan.milestone.id is not None, "the sorts are dealt out so that this one meets releases with an id"


def _twice(plan: ClosingPlan, world: World) -> None:
    remake_manifest(world, lambda document: document["files"].append(document["files"][0]))


# What does not agree, and the code under which it is told.
INCONSISTENT: dict[str, tuple[Callable[[ClosingPlan, World], None], str]] = {
    "reopened": (_source(state="in review"), "not_accepted"),
    "withdrawn": (_source(state="canceled"), "not_accepted"),
    "source of another release": (_source(release="identity-9"), "release"),
    "source without release": (_source(release=None), "not_stated"),
    "source without review version": (_source(review=None), "not_stated"),
    "newer version at the source": (_source(review="77"), "review_version"),
    "source without bundle": (_source(evidence=None), "not_stated"),
    "another bundle": (_source(evidence="0" * 64), "other_bundle"),
    "milestone renamed at the source": (_source(milestone={"title": "Identity Next"}), "milestone_title"),
    "source without milestone": (_source(milestone=None), "not_stated"),
    "milestone renamed at the tracker": (_tracker(milestone={"title": "Identity Next"}), "milestone_title"),
    "another milestone of that name": (_other_milestone, "milestone_id"),
    "tracker of another release": (_tracker(release="identity-9"), "release"),
    "tracker of an older review": (_tracker(review="0"), "review_version"),
    "tracker in an unknown state": (_tracker(state="blocked"), "tracker_state"),
    "approved for another review": (_tracker(state="approved", approved_review="0"), "approved_for_another"),
    "tracker gone": (_tracker(gone=True), "not_there"),
    "source gone": (_source(gone=True), "not_there"),
    "checklist of another release": (_place("checklist", release="identity-9"), "release"),
    "checklist of an older review": (_place("checklist", review="0"), "review_version"),
    "an open item": (_place("checklist", items={"Load test": False}), "open_item"),
    "closed with an open item": (_place("checklist", items={"Load test": False}, closed=True), "open_item"),
    "checklist gone": (_place("checklist", gone=True), "not_there"),
    "queue entry of another release": (_place("queue", release="identity-9"), "release"),
    "queue entry of another review": (_place("queue", review="0"), "review_version"),
    "links of another release": (_place("links", release="identity-9"), "release"),
    "a link that leads elsewhere": (_other_link, "other_link"),
    "archive of another release": (_document(release="identity-9"), "release"),
    "archive of an older review": (_document(review="0"), "review_version"),
    "archive of another milestone": (_document(milestone={"title": "Identity Next"}), "milestone_title"),
    "no rollback notes": (_without("rollback_notes"), "not_listed"),
    "no sign-off": (_without("sign_off"), "not_listed"),
    "no final packet": (_without("final_packet"), "not_listed"),
    "a file is missing": (_lost, "file_missing"),
    "a file was altered": (_altered, "file_altered"),
    "a size that is not so": (_first_file(size=9999), "file_size"),
    "a path that leads out": (_first_file(path="../secret"), "not_there"),
    "a file stands twice": (_twice, "not_there"),
    "the manifest was exchanged": (_manifest(lambda text: text + b"\n"), "other_bundle"),
    "the manifest is no JSON": (_manifest(lambda text: text[:-2]), "not_there"),
    "the manifest has a key twice": (_manifest(lambda text: b'{"version": 1,' + text[1:]), "not_there"),
    "the manifest is of a later format": (_document(version=2), "not_there"),
}


class TestPackages:
    def test_two_hundred_inconsistent_packages_are_all_caught_and_nothing_is_written(self) -> None:
        sorts = list(INCONSISTENT)
        seen = set()
        for seed in range(210):
            sort = sorts[seed % len(sorts)]
            change, code = INCONSISTENT[sort]
            plan, world = release(seed)
            change(plan, world)
            before, run = world.state(), Run(plan, world)
            run.tell(run.event())
            run.go()
            codes = {d.code for d in run.closure.disagreements}
            seen |= codes

            assert (run.closure.state, world.writes) == ("halted", []), sort
            assert code in codes, (sort, codes)
            assert world.state() == before, sort
        assert len(seen) >= 12

    def test_two_hundred_consistent_packages_all_close(self) -> None:
        for seed in range(200):
            run = begun(seed)

            assert (run.closure.state, run.world.writes) == ("closed", list(STEPS)), seed

    def test_packages_that_people_have_finished_in_part_close_too_and_say_so(self) -> None:
        for seed in range(100):
            chance = random.Random(seed)

            def partly(plan: ClosingPlan, world: World, chance: random.Random = chance) -> None:
                if chance.random() < 0.5:
                    world.checklist.update(items=dict.fromkeys(world.checklist["items"], True), closed=True)
                if chance.random() < 0.5:
                    world.tracker.update(
                        state="approved", approved_review=chance.choice([None, world.source["review"]])
                    )
                if chance.random() < 0.5:
                    world.queue.update(present=False, release=None, review=None)

            run = begun(seed, partly)
            done = [s.step for s in run.closure.steps if s.state == "done"]

            assert run.closure.state == "closed"
            assert run.world.writes == done


class TestHalts:
    def test_every_disagreement_is_told_not_only_the_first(self) -> None:
        def change(plan: ClosingPlan, world: World) -> None:
            world.source["state"] = "in review"
            world.tracker["milestone"] = {"title": "Identity Next"}
            _lost(plan, world)

        run = begun(1, change)

        assert {d.code for d in run.closure.disagreements} >= {"not_accepted", "milestone_title", "file_missing"}
        assert all(d.where and d.field and (d.expected or d.found) for d in run.closure.disagreements)

    def test_an_open_item_that_acceptance_does_not_fulfil_halts_and_one_that_it_does_is_ticked(self) -> None:
        assert begun(1).world.checklist["items"][ACCEPTED] is True
        run = begun(1, _place("checklist", items={"Load test": False, ACCEPTED: False}))

        assert [(d.code, d.field) for d in run.closure.disagreements] == [("open_item", "Load test")]

    def test_try_again_reads_everything_anew_and_leaves_alone_what_is_done(self) -> None:
        plan, world = release(1)
        run = Run(plan, world)
        reopened = {"tracker.approve": lambda: world.source.update(state="in review")}
        world.watch = lambda call, when: reopened.get(call, lambda: None)() if when == "after" else None
        run.tell(run.event())
        run.go()
        halted, written = run.closure, list(world.writes)
        world.watch = lambda call, when: None
        world.source["state"] = "accepted"
        again = run.closing.close(PRIYA, "REL-77", "press-1")
        run.go()

        assert (halted.state, halted.halted_at, written) == ("halted", "links", ["checklist", "tracker"])
        assert not isinstance(again, Refusal)
        assert run.closure.state == "closed"
        assert [s.state for s in run.closure.steps] == ["already_done", "already_done", "done", "done", "done"]
        assert world.writes == list(STEPS)

    def test_the_same_press_twice_tries_once(self) -> None:
        run = begun(1, _source(state="in review"))
        run.closing.close(PRIYA, "REL-77", "press-1")
        run.go()
        run.closing.close(PRIYA, "REL-77", "press-1")
        run.go()

        assert run.closure.run == 2

    def test_who_takes_over_stops_the_bot_and_events_begin_nothing_more(self) -> None:
        run = begun(1, _source(state="in review"))
        run.closing.take_over(PRIYA, "REL-77", run.closure.run)
        run.world.source["state"] = "accepted"
        run.tell(run.event(2))
        run.go()

        assert (run.closure.state, run.closure.taken_over_by, run.world.writes) == ("taken_over", "priya", [])
        assert len([e for e in run.inner.closure_history("REL-77") if isinstance(e.fact, EventHeard)]) == 2

    def test_taking_over_between_the_intent_and_the_write_prevents_the_write(self) -> None:
        plan, world = release(1)
        run = Run(plan, world)

        def press(call: str, when: str) -> None:
            if run.deed == "tracker" and call == "journal" and when == "before" and run.closure.state == "closing":
                world.watch = lambda call, when: None
                run.closing.take_over(PRIYA, "REL-77", 1)

        world.watch = press
        run.tell(run.event())
        run.go()

        assert (run.closure.state, world.writes) == ("taken_over", ["checklist"])

    def test_what_refuses_us_halts_and_says_so(self) -> None:
        plan, world = release(1)
        run = Run(plan, world)

        def refuse(call: str, when: str) -> None:
            if call == "queue.clear":
                raise Denied("GitHub refuses: the token lacks issues:write.")

        world.watch = refuse
        run.tell(run.event())
        run.go()

        assert (run.closure.state, run.closure.halted_at) == ("halted", "queue")
        assert "issues:write" in run.closure.disagreements[0].found

    def test_what_was_undone_meanwhile_is_seen_before_anybody_is_told(self) -> None:
        plan, world = release(1)
        run = Run(plan, world)
        reopen = {"queue.clear": lambda: world.checklist.update(closed=False)}
        world.watch = lambda call, when: reopen.get(call, lambda: None)() if when == "after" else None
        run.tell(run.event())
        run.go()

        assert (run.closure.state, run.closure.halted_at) == ("halted", "notify")
        assert [d.code for d in run.closure.disagreements] == ["undone"]
        assert world.told == {}

    def test_a_place_that_is_missing_does_not_hide_what_is_wrong_elsewhere(self) -> None:
        def change(plan: ClosingPlan, world: World) -> None:
            world.tracker["gone"] = True
            del world.files["manifest.json"]
            world.queue["release"] = "identity-9"

        found = {(d.where.partition(" ")[0], d.code) for d in begun(1, change).closure.disagreements}

        assert found == {("archive", "not_there"), ("tracker", "not_there"), ("queue", "release")}

    def test_a_mapping_that_is_renamed_in_the_workspace_meanwhile_halts_before_the_next_write(self) -> None:
        plan, world = release(1)
        run = Run(plan, world)

        def rename(call: str, when: str) -> None:
            if call == "checklist.close" and when == "after":
                renamed = plan.model_copy(update={"milestone": plan.milestone.model_copy(update={"title": "Next"})})
                run.closings.plans["REL-77"] = renamed

        world.watch = rename
        run.tell(run.event())
        run.go()

        assert (run.closure.state, world.writes) == ("halted", ["checklist"])
        assert [(d.code, d.field, d.found.split()[0]) for d in run.closure.disagreements] == [
            ("plan_changed", "milestone", "Next")
        ]


class TestWaiting:
    def test_a_target_that_is_down_delays_its_step_visibly_and_it_goes_on_by_itself(self) -> None:
        plan, world = release(1)
        run = Run(plan, world)
        silence = iter([True] * 30)
        seen: list[list[str]] = []

        def down(call: str, when: str) -> None:
            if call == "links.read" and run.deed == "links" and next(silence, False):
                raise Unreachable("GitHub did not answer.")

        world.watch = down
        run.tell(run.event())
        run.go(lambda: seen.append([s.state for s in run.closure.steps]))

        assert ["done", "done", "waiting", "to_do", "to_do"] in seen
        assert run.closure.state == "closed" and world.writes == list(STEPS)
        assert len([e for e in run.inner.closure_history("REL-77") if isinstance(e.fact, Delayed)]) == 1

    def test_a_source_that_is_down_is_said_before_anything_is_written(self) -> None:
        plan, world = release(1)
        run = Run(plan, world)
        silence = iter([True] * 3)

        def down(call: str, when: str) -> None:
            if call == "source.read" and next(silence, False):
                assert run.world.writes == []
                raise Unreachable("ServiceNow did not answer.")

        world.watch = down
        run.tell(run.event())
        run.go()

        assert run.closure.state == "closed"


class TestEvents:
    def test_nothing_is_believed_of_an_event_but_which_record_to_read(self) -> None:
        run = begun(1, _source(state="in review"))

        assert run.closure.state == "halted"

    def test_a_record_that_no_closure_names_begins_nothing(self) -> None:
        run = begun(1)
        said = run.closing.heard(run.event(2).model_copy(update={"record": "CHG9"}))

        assert said == "no closure names that record"

    def test_a_newer_review_of_what_is_closed_begins_anew(self) -> None:
        run = begun(1)
        world = run.world
        world.source.update(review="99")
        run.tell(run.event(2))
        run.go()

        assert (run.closure.state, run.closure.run) == ("halted", 2)
        assert world.writes == list(STEPS)

    def test_the_trace_says_what_changed_from_what_to_what(self) -> None:
        run = begun(1)
        settled = {e.fact.step: e.fact for e in run.inner.closure_history("REL-77") if isinstance(e.fact, StepSettled)}

        assert [(c.what, c.before, c.after) for c in settled["tracker"].changes] == [("state", "in review", "approved")]
        assert [link.sha256 for link in settled["links"].links] == [link.sha256 for link in run.closure.links]
        assert run.closure.events == (run.event(),)


class TestAuthority:
    @pytest.mark.parametrize("person", ["priya", "lee", "dana"])
    def test_coordinator_owner_and_deciders_may_close(self, person: str) -> None:
        plan, world = release(1)
        run = Run(plan, world)

        assert not isinstance(run.closing.close(Asker(slack="U1", person=person), "rel-77", "p"), Refusal)

    def test_others_may_neither_close_nor_take_over_and_are_told_who_may(self) -> None:
        run = begun(1, _source(state="in review"))
        noor = Asker(slack="U0NOOR", person="noor")
        for refusal in (run.closing.close(noor, "REL-77", "p"), run.closing.take_over(noor, "REL-77", 1)):
            assert isinstance(refusal, Refusal)
            assert refusal.codes == ("not_yours",)
            assert "coordinator" in refusal.words and "Nothing changed" in refusal.words
        assert run.closure.run == 1

    @pytest.mark.parametrize("standing", ["guest", "stranger", "bot", "deactivated"])
    def test_who_decides_nothing_closes_nothing(self, standing: Any) -> None:
        run = begun(1, _source(state="in review"))
        asker = Asker(slack="U0PRIYA", person="priya", standing=standing)

        assert isinstance(run.closing.close(asker, "REL-77", "p"), Refusal)


class TestProhibitions:
    """The closing worker cannot deploy, change scope or change the decision: nothing that it is given can."""

    def test_the_worker_holds_five_deeds_and_ways_to_read(self) -> None:
        given = hands(adapters(release(1)[1]))
        reach = {
            f"{part}.{name}" if name else part
            for part in _public(given)
            for name in (_public(getattr(given, part)) if part != "tell" else [""])
        }

        assert reach == {
            "reading.source", "reading.manifest", "reading.measure", "reading.link",
            "checklist.read", "checklist.close", "tracker.read", "tracker.approve", "links.read", "links.attach",
            "queue.read", "queue.clear", "tell",
        }  # fmt: skip

    def test_no_hand_leads_to_an_adapter(self) -> None:
        given = hands(adapters(release(1)[1]))
        for part in _public(given):
            held = getattr(given, part)
            found = [held] if part == "tell" else [getattr(held, name) for name in _public(held)]

            assert all(not hasattr(each, "__self__") for each in found)
            assert not hasattr(held, "__dict__") or part == "tell"

    def test_the_ports_have_the_verbs_of_the_playbook_and_no_other(self) -> None:
        """Every adapter that is registered is held against its port; a verb more anywhere is seen here."""
        verbs = {name: {v for v in vars(port) if not v.startswith("_")} for name, port in PORTS.items()}

        assert verbs == {
            "sources": {"read"}, "checklists": {"read", "close"}, "trackers": {"read", "approve"}, "links": {"read", "attach"},
            "queues": {"read", "clear"}, "archives": {"manifest", "measure", "link"}, "intake": {"tell"},
        }  # fmt: skip

    def test_no_configured_adapter_has_a_public_verb_beyond_its_port(self) -> None:
        everything = {
            "readiness_intake_url": "https://scheduler.example.com/intake", "github_token": "any", "servicenow_url": "https://x.example.com",
            "servicenow_user": "any", "servicenow_password": "any", "readiness_boards": "boards", "readiness_archive": "archive",
            "readiness_archive_hosts": "evidence.example.com",
        }  # fmt: skip
        given = closing_adapters(read(everything))
        found = [(name, each) for name in PORTS for each in _adapters(getattr(given, name))]

        assert len(found) == 5 * 3 + 2 + 1
        for name, adapter in found:
            verbs = {v for v in vars(PORTS[name]) if not v.startswith("_")}
            assert set(_public(adapter)) - {"system", "close_connections"} <= verbs, adapter


PORTS: dict[str, Any] = {
    "sources": Source, "checklists": Checklists, "trackers": Trackers, "links": EvidenceLinks, "queues": Queues,
    "archives": Archive, "intake": Intake,
}  # fmt: skip


def _adapters(configured: Any) -> list[Any]:
    return list(configured.values()) if isinstance(configured, dict) else [configured] if configured else []


def _public(value: Any) -> list[str]:
    return [name for name in dir(value) if not name.startswith("_")]
