"""An organisation's files are read to the letter, and every mistake is told with its line and what to do."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.people import CalendarRef, Rota, WallRange, Weekly
from bot.core.policy import Rule
from bot.core.record import Named
from bot.core.span import Span
from bot.workspace import NoSuchRecord, Workspace, WorkspaceError, WorkspaceFolder, load
from bot.workspace_hours import DAYS, wall_range
from bot.workspace_problems import Problem
from bot.workspace_reading import Place, Unreadable
from bot.workspace_yaml import LARGEST, Node, read_yaml
from tests.workspace_edits import FILES, MISTAKES, copied, edit


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return copied(tmp_path)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class TestTheContractsOwnDocuments:
    """What the workspace format shows is what the bot reads."""

    workspace = load(FILES)

    def test_the_policy(self) -> None:
        review = self.workspace.policy.kinds["release-readiness"]

        assert self.workspace.policy.grid == timedelta(minutes=15)
        assert list(review.roles)[:2] == ["release_manager", "service_owner"]
        assert review.roles["security_reviewer"].when_touches == ("authentication",)
        assert review.before == {"cutover": timedelta(hours=4), "rollback_checkpoint": timedelta(hours=6)}
        assert review.rules["freeze"] == Rule(strength="never")
        assert review.rules["protected"].approvers == ("release_owner", "release_leads")
        assert (review.hold_slots, review.hold_ttl, review.offer_count) == (2, timedelta(hours=4), 5)
        assert (review.escalation_to, review.disclosure) == ("release_leads", "full")

    def test_what_a_silent_policy_means(self, root: Path) -> None:
        for old in ("    holds: {slots: 1, ttl: 8h}\n", "    offers: {count: 3, per_day: 1}\n"):
            edit(root, "policy.yaml", old, "")
        edit(root, "policy.yaml", "busy_statuses: [busy, tentative, out_of_office]   # also", "# also")
        edit(root, "policy.yaml", "    escalation: {to: support_leadership, after: 30m}\n", "")
        policy = load(root).policy
        readout = policy.kinds["rca-readout"]

        assert policy.busy_statuses == {"busy", "tentative", "out_of_office"}
        assert (readout.hold_slots, readout.hold_ttl) == (1, timedelta(hours=4))
        assert (readout.offer_count, readout.offers_per_day) == (5, 2)
        assert (readout.escalation_to, readout.escalation_after) == (None, timedelta(minutes=30))

    def test_people(self) -> None:
        people = self.workspace.people.people
        dana = people["dana"]

        assert dict(dana.working_hours.days)["thu"] == (
            WallRange(start=510, end=720),
            WallRange(start=780, end=1050),
        )
        assert "fri" in dict(dana.working_hours.days)
        assert dana.calendars[1] == CalendarRef(provider="files", id="identity-team")
        assert people["priya"].calendars == (CalendarRef(provider="files", id="priya"),)
        assert people["priya"].working_hours == self.workspace.policy.working_hours
        assert people["priya"].time_zone == "America/New_York"
        assert dana.protected[0].hours is not None
        assert dana.protected[1].span == Span(utc("2026-12-02T15:00"), utc("2026-12-02T16:00"))
        assert dana.delegates[0].until == utc("2026-12-31T00:00")
        assert (dana.roster is not None, people["priya"].roster, people["sam"].roster) == (True, None, ())

    def test_holidays_become_dates(self) -> None:
        people = self.workspace.people.people

        assert {date(2026, 12, 25), date(2026, 2, 12)} <= people["dana"].holiday_dates  # Lincoln's, in Illinois
        assert date(2026, 2, 13) not in people["dana"].holiday_dates
        assert date(2026, 1, 26) in people["ravi"].holiday_dates
        assert people["priya"].holiday_dates == frozenset()

    def test_rotas_and_customers(self) -> None:
        directory = self.workspace.people

        assert directory.rotas["identity-primary"].shifts[0].person == "ravi"
        assert directory.rotas["payments-primary"] == Rota(id="payments-primary", remote=("pagerduty", "PABC123"))
        assert directory.customers["acme"].blackouts[1].name == "weekly CAB"
        assert directory.teams["release_leads"].members == ("dana", "priya")

    def test_the_release_calendar(self) -> None:
        freeze, blackout, booked = self.workspace.release_calendar.entries

        assert freeze.span == Span(utc("2026-12-23T05:00"), utc("2027-01-03T05:00"))
        assert (freeze.binds, booked.binds) == (("reviews", "cutovers"), ("reviews",))
        assert (blackout.services, blackout.binds) == (("identity",), ("cutovers",))
        assert blackout.hours == Weekly(days=(("fri", (WallRange(start=900, end=1440),)),))
        assert self.workspace.release_calendar.releases[0].depends_on == ("schema-77",)

    def test_a_change(self) -> None:
        change = self.workspace.record("CHG-1042")

        assert change.cutover == Span(utc("2026-12-04T00:00"), utc("2026-12-04T04:00"))
        assert change.roles["on_call_reliability_lead"] == Named(rota="identity-primary")
        assert change.roles["security_reviewer"].people == ("noor", "sam")
        assert (change.touches, change.revision) == (("authentication", "schema"), "7")
        assert change.evidence[0].ready_by == utc("2026-12-01T14:00")

    def test_an_escalation(self) -> None:
        escalation = self.workspace.record("ESC-2207")

        assert escalation.deciders["duty_manager"] == ("dario",)
        assert escalation.touches is None
        assert escalation.deadline is not None
        assert (escalation.deadline.start, escalation.deadline.closes_at) == (
            utc("2026-12-01T16:15"),
            "18:00",
        )
        assert "2026-12-25" in escalation.deadline.holiday_dates

    def test_what_is_there(self) -> None:
        assert self.workspace.record_ids() == ("CHG-1042", "ESC-2207")
        assert self.workspace.calendar_file("priya") is not None
        assert self.workspace.calendar_file("nobody") is None

    def test_the_answer_is_the_same_under_another_zone_and_hash_seed(self) -> None:
        code = (
            "from bot.workspace import load; w = load('tests/workspace_files'); print(w.policy_digest, w.people.teams)"
        )
        told = {
            subprocess.run(
                [sys.executable, "-c", code],
                env={**os.environ, "TZ": zone, "PYTHONHASHSEED": seed},
                cwd=FILES.parent.parent,
                capture_output=True,
                check=True,
            ).stdout
            for zone, seed in (("Asia/Tokyo", "1"), ("America/New_York", "2"))
        }

        assert len(told) == 1


class TestMistakes:
    """Each names the file, the line, the key and what to do."""

    @pytest.mark.parametrize(("file", "old", "new", "key", "words", "_"), MISTAKES, ids=lambda v: str(v)[:40])
    def test_each_mistake_is_told_where_it_is(
        self, root: Path, file: str, old: str, new: str, key: str, words: str, _: bool
    ) -> None:
        line = edit(root, file, old, new)
        problems = mistakes(root, file)

        assert [p.key for p in problems] == [key]
        assert words in problems[0].message
        told_of_parent = "missing" in words or "must be a list" in words or "both" in words or "add id" in words
        assert problems[0].line == line or told_of_parent
        assert "\n" not in str(problems[0])
        assert str(problems[0]).startswith(f"{file}:{problems[0].line}: {key}: ")

    def test_all_of_them_are_told_and_the_first_is_the_sentence(self, root: Path) -> None:
        edit(root, "policy.yaml", "grid: 15m", "grid: often")
        edit(root, "policy.yaml", "disclosure: minimal", "disclosure: none")
        edit(root, "people.yaml", "members: [dana, priya]", "members: [nobody, nowhere]")

        with pytest.raises(WorkspaceError) as refused:
            load(root)

        assert [p.key for p in refused.value.problems] == [
            "grid",
            "kinds.rca-readout.disclosure",
            "teams.release_leads.members[0]",
            "teams.release_leads.members[1]",
        ]
        assert str(refused.value) == str(refused.value.problems[0])

    def test_the_release_calendar_may_be_done_without_but_it_must_be_said(self, root: Path) -> None:
        (root / "release-calendar.yaml").unlink()
        with pytest.raises(WorkspaceError, match="release_calendar: none"):
            load(root)

        edit(root, "policy.yaml", "release_calendar: files", "release_calendar: none")
        assert load(root).release_calendar.entries == ()

    def test_with_none_the_file_is_not_read(self, root: Path) -> None:
        edit(root, "policy.yaml", "release_calendar: files", "release_calendar: none")
        (root / "release-calendar.yaml").write_text("rubbish: [")

        assert load(root).release_calendar.entries == ()

    def test_a_folder_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(WorkspaceError, match="there is no folder"):
            load(tmp_path / "nowhere")

    def test_coverage_as_a_rule_needs_coverage(self, root: Path) -> None:
        edit(root, "policy.yaml", "coverage:                              #", "#")
        edit(root, "policy.yaml", "  time_zone: America/Chicago\n", "")
        edit(root, "policy.yaml", '  hours: {mon-fri: ["08:00-18:00"]}\n', "")

        assert [p.key for p in mistakes(root, "policy.yaml")] == ["kinds.rca-readout.rules.coverage"]


def mistakes(root: Path, file: str) -> tuple[Problem, ...]:
    with pytest.raises(WorkspaceError) as refused:
        workspace = load(root)
        workspace.record(Path(file).stem)
    return refused.value.problems


class TestStrictYaml:
    """Text as written, one meaning, nothing hidden."""

    def told(self, content: str | bytes) -> list[str]:
        data = content.encode() if isinstance(content, str) else content
        with pytest.raises(WorkspaceError) as refused:
            read_yaml("x.yaml", data)
        return [str(p) for p in refused.value.problems]

    @pytest.mark.parametrize(
        ("content", "told"),
        [
            ("a: 1\nb: 2\na: 3\n", "x.yaml:3: a: stands twice (first in line 1); keep one of them"),
            ("a: {b: 1, b: 2}\n", "x.yaml:1: a.b: stands twice (first in line 1); keep one of them"),
            ("a: &x 1\nb: *x\n", "x.yaml:2: b: uses the alias *x; write the value out"),
            ("a: !!int 1\n", 'x.yaml:1: a: carries the tag "tag:yaml.org,2002:int"; remove it, every value is read as text'),
            ("? [a]\n: 1\n", "x.yaml:1: has a key that is a list or a mapping; keys are words"),
            ("", "x.yaml: is empty; see the workspace format for what belongs in it"),
            ("# nothing\n", "x.yaml: is empty; see the workspace format for what belongs in it"),
            ("a: 1\n---\nb: 1\n", "x.yaml:2: holds a second document; keep one document in a file (remove ---)"),
            (b"a: 1\nb: \xff\n", "x.yaml:2: is not UTF-8; save the file as UTF-8"),
            (b"a: " + b"x" * LARGEST, "x.yaml: is larger than 2 MiB; split it or remove what is not needed"),
            ('a: "\\0"\n', "x.yaml:1: a: holds an escape that is no printable character; remove it"),
        ],
    )  # fmt: skip
    def test_what_is_refused(self, content: str | bytes, told: str) -> None:
        assert self.told(content) == [told]

    @pytest.mark.parametrize(
        "content", ["a: [1\n", "a: b: c\n", "\tx", '"', "a: \x01", '"\\UFFFFFFFF"', "%YAML 9.9\n---\na"]
    )
    def test_what_is_not_yaml_is_said_in_a_sentence(self, content: str) -> None:
        (told,) = self.told(content)

        assert told.startswith("x.yaml")
        assert "\n" not in told

    def test_nesting_without_end_is_refused_at_once(self) -> None:
        assert "levels deep" in self.told("[" * 500_000)[0]

    @pytest.mark.parametrize(
        "word", ["NO", "yes", "18:00", "1e3", "0777", "null", "~", "2026-12-01", "1_000", ".inf", "0x1f", "="]
    )
    def test_every_scalar_stays_the_text_that_was_written(self, word: str) -> None:
        assert read_yaml("x", f"{word}: {word}\n".encode()).plain == {word: word}

    def test_a_mark_at_the_beginning_is_allowed(self) -> None:
        assert read_yaml("x", b"\xef\xbb\xbfa: b").plain == {"a": "b"}

    @given(
        st.recursive(
            st.text("abc019.-:é ", max_size=8),
            lambda t: st.lists(t, max_size=3) | st.dictionaries(st.text("ab", min_size=1), t, max_size=3),
        )
    )
    @settings(max_examples=150, deadline=None)
    def test_what_json_writes_is_read_back_word_for_word(self, value: object) -> None:
        import json

        assert read_yaml("x", json.dumps(value).encode()).plain == value

    @given(
        st.text(st.sampled_from(list("ab:[]{},&*!|>'\"%@`#?-~ \n\t0\\é\u2028")))
        | st.binary(max_size=60).map(lambda b: b.decode("latin-1"))
    )
    @settings(max_examples=300, deadline=None)
    def test_noise_is_never_a_traceback(self, text: str) -> None:
        try:
            read_yaml("x.yaml", text.encode())
        except WorkspaceError as told:
            assert all("\n" not in str(p) for p in told.problems)


class TestNoiseInAFile:
    """A file with anything in it is refused in sentences."""

    values = st.recursive(
        st.sampled_from(["", "x", "15m", "files", "never", "exception", "09:00-17:00", "2026-12-01T00:00:00Z", "US", "dana", "5"]),
        lambda t: st.lists(t, max_size=2) | st.dictionaries(st.sampled_from(
            ["kinds", "people", "x", "roles", "rules", "freeze", "hours", "mon-fri", "start", "end", "shifts", "delegates",
             "person", "authority", "deadline", "holidays", "calendars", "provider", "entries", "type", "holds", "teams"]), t, max_size=4),
        max_leaves=12,
    )  # fmt: skip

    @pytest.mark.parametrize("file", ["policy.yaml", "people.yaml", "release-calendar.yaml", "records/CHG-1042.yaml"])
    @given(value=values)
    @settings(max_examples=60, deadline=None)
    def test_it_is_told_in_sentences(self, tmp_path_factory: pytest.TempPathFactory, file: str, value: object) -> None:
        import json

        root = copied(tmp_path_factory.mktemp("noise"))
        (root / file).write_text(json.dumps(value))

        try:
            load(root).record("CHG-1042")
        except WorkspaceError as told:
            assert told.problems
            assert all("\n" not in str(p) for p in told.problems)


class TestHours:
    """Wall-clock ranges and days."""

    @given(st.integers(0, 1439), st.integers(0, 1440))
    def test_a_range_says_what_it_was_written_as(self, start: int, end: int) -> None:
        text = f"{start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}"
        place = Place("x", "k", Node(1, text, {}), [])
        if start == end:
            with pytest.raises(Unreadable):
                wall_range(place)
        else:
            assert wall_range(place) == WallRange(start=start, end=end)

    @given(st.integers(0, 6), st.integers(0, 6))
    @settings(max_examples=49)
    def test_days_wrap_around_the_week(self, first: int, last: int) -> None:
        expected = {DAYS[first]}
        day = first
        while day != last:
            day = (day + 1) % 7
            expected.add(DAYS[day])

        from bot.workspace_hours import weekly

        node = read_yaml("x", f'{DAYS[first]}-{DAYS[last]}: ["09:00-17:00"]'.encode())
        found = weekly(Place("x", "", node, []))

        assert {day for day, _ in found.days} == expected
        assert [day for day, _ in found.days] == sorted((d for d, _ in found.days), key=DAYS.index)


class TestRecords:
    """Ids are checked before anything is opened."""

    @pytest.mark.parametrize("bad", ["../policy", "", "a/b", ".CHG-1042", "CHG-1042\n", "CHG 1042", "é", "x" * 201])
    def test_an_id_that_is_none_opens_nothing(self, bad: str) -> None:
        with pytest.raises(NoSuchRecord, match="not a record's id"):
            load(FILES).record(bad)

    def test_a_record_that_is_not_there(self) -> None:
        with pytest.raises(NoSuchRecord, match='there is no such record; did you mean "CHG-1042"'):
            load(FILES).record("CHG-1043")

    def test_it_is_spelt_as_its_file_is(self) -> None:
        with pytest.raises(NoSuchRecord, match='did you mean "CHG-1042"'):
            load(FILES).record("chg-1042")

    def test_people_and_rotas_that_nobody_knows_are_no_mistake(self, root: Path) -> None:
        edit(root, "records/CHG-1042.yaml", "release_manager: [dana]", "release_manager: [stranger]")
        edit(root, "records/CHG-1042.yaml", "rota: identity-primary", "rota: nowhere")

        assert load(root).record("CHG-1042").roles["release_manager"].people == ("stranger",)


class TestLinks:
    """Nothing outside the workspace is read, whatever a link says."""

    def test_a_file_that_leads_out_is_refused(self, root: Path, tmp_path: Path) -> None:
        (root / "people.yaml").rename(tmp_path / "people.yaml")
        (root / "people.yaml").symlink_to(tmp_path / "people.yaml")

        with pytest.raises(WorkspaceError, match=r"people\.yaml: is a link that leads out of the workspace"):
            load(root)

    def test_a_record_a_folder_and_a_calendar_that_lead_out(self, root: Path, tmp_path: Path) -> None:
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "CHG-1.yaml").write_text("id: CHG-1")
        (tmp_path / "out" / "eva.ics").write_text("secret")
        (root / "records" / "CHG-1.yaml").symlink_to(tmp_path / "out" / "CHG-1.yaml")
        (root / "calendars" / "eva.ics").symlink_to(tmp_path / "out" / "eva.ics")

        with pytest.raises(WorkspaceError, match="leads out"):
            load(root).record("CHG-1")
        assert load(root).calendar_file("eva") is None

        (root / "records").rename(tmp_path / "records")
        (root / "records").symlink_to(tmp_path / "records")
        with pytest.raises(WorkspaceError, match="leads out"):
            load(root).record("CHG-1042")
        with pytest.raises(WorkspaceError, match="leads out"):
            load(root).record_ids()

    def test_links_inside_and_a_link_to_the_workspace_are_followed(self, root: Path, tmp_path: Path) -> None:
        (root / "calendars" / "eva.ics").symlink_to(root / "calendars" / "priya.ics")
        (tmp_path / "link").symlink_to(root)

        assert load(tmp_path / "link").calendar_file("eva") == load(root).calendar_file("priya")

    def test_a_circle_a_folder_and_a_pipe_are_sentences(self, root: Path) -> None:
        for name in ("a", "b", "c"):
            (root / "records" / f"{name}.yaml").unlink(missing_ok=True)
        (root / "records" / "a.yaml").symlink_to(root / "records" / "a.yaml")
        (root / "records" / "b.yaml").mkdir()
        os.mkfifo(root / "records" / "c.yaml")

        for name in ("a", "b", "c"):
            with pytest.raises(WorkspaceError, match=f"records/{name}.yaml: (cannot be read|is not a file)"):
                load(root).record(name)


class TestReadingAgain:
    """The workspace is re-read when it changes; a broken edit keeps the last good one."""

    def test_an_edit_is_seen(self, root: Path) -> None:
        folder = WorkspaceFolder(root)
        before = folder.current()
        assert folder.current() is before

        edit(root, "policy.yaml", "grid: 15m", "grid: 30m  #")

        assert folder.current().policy.grid == timedelta(minutes=30)
        assert folder.current().policy_digest != before.policy_digest

    def test_a_broken_edit_keeps_the_last_good_one_until_it_is_mended(self, root: Path) -> None:
        folder = WorkspaceFolder(root)
        good = folder.current()

        edit(root, "people.yaml", "members: [dana, priya]", "members: [dana, nobody]")
        assert folder.current() is good
        assert folder.trouble is not None
        assert "nobody" in str(folder.trouble)

        edit(root, "people.yaml", "members: [dana, nobody]", "members: [dana]")
        assert folder.current().people.teams["release_leads"].members == ("dana",)
        assert folder.trouble is None

    def test_since_when_an_edit_cannot_be_read_is_known_until_it_is_mended(self, root: Path) -> None:
        """Another mistake beside the first begins no new count."""
        hours = iter(range(9, 24))
        folder = WorkspaceFolder(root, lambda: datetime(2026, 12, 1, next(hours), tzinfo=UTC))
        folder.current()
        assert folder.troubled_since is None

        edit(root, "people.yaml", "members: [dana, priya]", "members: [dana, nobody]")
        folder.current()
        edit(root, "policy.yaml", "grid: 15m", "grid: never")
        folder.current()
        assert folder.troubled_since == datetime(2026, 12, 1, 9, tzinfo=UTC)

        edit(root, "policy.yaml", "grid: never", "grid: 15m")
        edit(root, "people.yaml", "members: [dana, nobody]", "members: [dana]")
        folder.current()
        assert folder.troubled_since is None

    def test_what_never_was_good_is_refused(self, root: Path) -> None:
        edit(root, "policy.yaml", "grid: 15m", "grid: never")
        folder = WorkspaceFolder(root)

        for _ in range(2):
            with pytest.raises(WorkspaceError, match="grid"):
                folder.current()

    def test_a_record_is_always_read_anew(self, root: Path) -> None:
        workspace: Workspace = WorkspaceFolder(root).current()
        assert workspace.record("CHG-1042").state == "approved"

        edit(root, "records/CHG-1042.yaml", "state: approved", "state: on_hold")

        assert workspace.record("CHG-1042").state == "on_hold"


class TestDigests:
    """A policy is known by what it says."""

    def test_comments_and_layout_do_not_matter_and_order_does(self, root: Path) -> None:
        before = load(root)
        edit(root, "policy.yaml", "grid: 15m ", "# a remark\ngrid:   '15m' ")
        same = load(root)
        edit(
            root,
            "policy.yaml",
            "      release_manager: {}\n      service_owner: {}\n",
            "      service_owner: {}\n      release_manager: {}\n",
        )
        other = load(root)

        assert before.policy_digest == same.policy_digest != other.policy_digest
        assert len(before.policy_digest) == 12
        assert before.digests["policy.yaml"] != same.digests["policy.yaml"]
        assert before.digests["people.yaml"] == other.digests["people.yaml"]
