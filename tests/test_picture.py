"""The picture of a search: what is drawn is what was found, the same each time, and of roles alone unless names are asked."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from dataclasses import replace
from functools import reduce
from operator import or_
from pathlib import Path
from unittest.mock import Mock

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFont

from bot.core.findings import Counts
from bot.core.people import Availability, Busy
from bot.core.release_calendar import Entry
from bot.core.roles import Standing
from bot.core.search import Found, search
from bot.core.span import Span, floor_second
from bot.core.starts import bits
from bot.core.study import Study
from bot.picture import picture
from bot.picture_drawing import with_bands_seen
from bot.picture_geometry import WIDTH, badges, columns, half_width
from bot.picture_layout import Layout, Piece, Row, cells, covers, layout, local_pieces
from bot.picture_words import LONGEST_ALT, alt, legend, notes, result
from bot.planning import instant, plan
from tests.core.random_workspace import random_problem

FILES = Path(__file__).parent / "workspace_files"
ORGANISATION = Path(__file__).parent.parent / "integrations" / "sandbox" / "organisation" / "workspace"
NOW = "2026-11-30T14:02:00Z"
seeds = st.integers(min_value=0, max_value=2**48)
law = settings(deadline=None, max_examples=20)


def searched(seed: int) -> Found:
    found = search(random_problem(seed))
    assume(found.study is not None)
    return found


def laid_out(found: Found, names: bool = False) -> Layout:
    told = layout(found, names)
    assert told is not None
    return told


def steps_of(found: Found, start: int) -> list[int]:
    """The steps of which the meeting that begins then is made."""
    assert found.study is not None
    step = cells(found).length
    return list(range(start, start + found.study.starts.length, step))


def states_at(row: Row, second: int, zone: str) -> set[str]:
    return {state for state, pieces in row.states.items() if covers(pieces, second, zone)}


def stands_against(study: Study, role: str, standing: Standing) -> int:
    masks = [mask for rule, mask in study.broken(role, standing).items() if study.binds(rule)]
    return reduce(or_, masks, 0)


@law
@given(seeds)
def test_a_start_breaks_a_rule_of_a_holder_where_one_of_its_drawn_steps_does(seed: int) -> None:
    """Neither more nor less is drawn than the search judged."""
    found = searched(seed)
    told, study = laid_out(found, names=True), found.study
    assert study is not None
    rows = iter(told.rows)
    row = next(rows)
    for chair in study.chairs:
        row = row if not row.person else next(rows)
        people: list[Row] = []
        for row in rows:
            if not row.person:
                break
            people.append(row)
        named = found.problem.record.roles[chair.role]
        for who in () if named.rota else dict.fromkeys(named.people):
            standing = Standing(who, "holder")
            drawn = next(r for r in people if r.label == found.problem.people.people[who].name)
            broken = stands_against(study, chair.role, standing)
            for k in bits(study.starts.every):
                seen = [states_at(drawn, second, told.zone) for second in steps_of(found, study.starts.times[k])]
                if broken >> k & 1:
                    assert any(states - {"free"} for states in seen)
                else:
                    assert all("free" in states for states in seen)


@law
@given(seeds)
def test_where_a_start_fits_every_role_is_free_and_the_line_says_so(seed: int) -> None:
    found = searched(seed)
    told = laid_out(found)
    for start in found.feasible:
        for second in steps_of(found, floor_second(start)):
            assert covers(told.fits, second, told.zone)
            assert all("free" in states_at(row, second, told.zone) for row in told.rows)


@law
@given(seeds)
def test_a_role_is_drawn_free_where_the_search_could_fill_it_without_leave(seed: int) -> None:
    """A delegate whose authority nobody confirmed makes no role free."""
    found = searched(seed)
    told, steps = laid_out(found), Study(found.problem, cells(found))
    for number, row in enumerate(told.rows):
        for k in bits(steps.starts.every):
            states = states_at(row, steps.starts.times[k], told.zone)
            assert states - {"free"} if steps.unfilled[number] >> k & 1 else "free" in states


@law
@given(seeds)
def test_every_number_stands_in_the_column_of_its_day(seed: int) -> None:
    """And its frame too; each offer is numbered once, on one of the days that are drawn."""
    found = searched(seed)
    told = laid_out(found)
    said: list[str] = []
    for panel in columns(told):
        for badge in badges(told, panel):
            day = next(d for d in panel.days if panel.column(d).left <= badge.box.left < panel.column(d).right)
            column = panel.column(day)
            assert column.left <= badge.box.left <= badge.box.right <= column.right + 0.01
            assert column.left <= badge.middle - half_width(badge.label) + 0.01
            assert badge.middle + half_width(badge.label) <= min(column.right + 0.01, WIDTH)
            said.extend(badge.label.split())  # on a repeated hour two may lie at one place
    if found.offers:
        assert sorted(said, key=int) == [str(i) for i in range(1, len(found.offers) + 1)]


@law
@given(seeds)
def test_without_names_nobody_can_be_told_from_the_picture(seed: int) -> None:
    problem = random_problem(seed)
    people = {key: each.model_copy(update={"name": f"Zq{key}"}) for key, each in problem.people.people.items()}
    problem = replace(problem, people=problem.people.model_copy(update={"people": people}))
    found = search(problem)
    assume(found.study is not None)
    told = laid_out(found)
    words = " ".join([alt(found, told), *(row.label for row in told.rows), *(band.words for band in told.bands)])

    assert "Zq" not in repr(told) + alt(found, told)
    assert not set(re.findall(r"\w+", words)) & set(people)
    named = any(chair.standings for chair in found.study.chairs) if found.study else False
    assert ("Zq" in repr(laid_out(found, names=True))) is named


@law
@given(seeds)
def test_what_is_unknown_is_never_drawn_free(seed: int) -> None:
    found = search(replace(random_problem(seed), availability={}))
    assume(found.study is not None)

    assert not [row for row in laid_out(found, names=True).rows if "free" in row.states]


@law
@given(seeds)
def test_the_alternative_text_fits(seed: int) -> None:
    found = searched(seed)

    assert 0 < len(alt(found, laid_out(found))) <= LONGEST_ALT


def demo(record: str = "CHG-1042") -> Found:
    return plan(record, FILES, instant(NOW))


def test_the_picture_is_a_png_of_a_phone_s_width_and_says_the_same_in_words() -> None:
    drawn = picture(demo())
    assert drawn is not None
    with Image.open(io.BytesIO(drawn.png)) as image:
        assert (image.format, image.width) == ("PNG", WIDTH)
    assert drawn.alt.startswith("Free and busy times for CHG-1042 · Release-readiness review, by role and day,")
    assert "Hours free within the window: release manager" in drawn.alt


@pytest.mark.parametrize("names", [False, True])
def test_offers_are_numbered_as_in_the_message(names: bool) -> None:
    found = demo()
    told = laid_out(found, names)

    assert [each.label for each in told.marked] == [str(i) for i in range(1, len(found.offers) + 1)]
    assert any(row.person for row in told.rows) is names


def test_the_legend_names_no_freeze_that_is_not_drawn() -> None:
    """The month-end freeze ends on Tuesday at 10:00, when the first hour that is shown begins. The others are lettered from
    a on, so that nobody looks for the one that is missing."""
    told = laid_out(plan("ESC-2207", ORGANISATION, instant(NOW)))
    freeze = "freeze: Month-end ledger freeze"

    assert told.hours[0] == 10
    assert freeze in [band.words for band in told.bands]
    seen = with_bands_seen(told, columns(told))
    assert freeze not in [band.words for band in seen.bands]
    assert [seen.letter_of(band) for band in seen.bands] == ["a", "b", "c", "d"]


@law
@given(seeds)
def test_only_hours_that_the_window_has_are_called_left_out(seed: int) -> None:
    found = searched(seed)
    told = laid_out(found)
    hours = [second // 3600 for piece in told.window for second in range(piece.begin, piece.end, 60)]
    outside = any(not told.hours[0] <= hour < told.hours[1] for hour in hours)

    assert any(note.startswith("Shown from") for note in notes(found, told)) is outside


def test_whoever_sits_by_a_roster_has_it_in_the_legend() -> None:
    said = [
        legend("outside", laid_out(plan(record, ORGANISATION, instant(NOW)))) for record in ("CHG-1042", "ESC-2207")
    ]

    assert said == ["outside working hours", "outside working hours or roster"]


@pytest.mark.parametrize(
    ("feasible", "words"), [(1, "1 of 190 starts fits everybody"), (5, "5 of 190 starts fit everybody")]
)
def test_one_start_fits_and_several_fit(feasible: int, words: str) -> None:
    found = Mock(outcome="viable", counts=Counts(starts=190, feasible=feasible))

    assert result(found) == words


def seconds(pieces: tuple[Piece, ...]) -> int:
    return sum(piece.end - piece.begin for piece in pieces)


def test_whoever_is_busy_outside_their_hours_is_drawn_as_outside_them() -> None:
    """A full night says nothing of the day."""
    problem = demo().problem
    [holder] = problem.record.roles["release_manager"].people
    day = Busy(instant("2026-12-01T00:00:00Z"), instant("2026-12-03T00:00:00Z"), "busy")
    told = [
        laid_out(search(replace(problem, availability={**problem.availability, holder: known}))).rows[0].states
        for known in (Availability(), Availability((day,)))
    ]

    assert told[0]["outside"] == told[1]["outside"]
    assert "busy" not in told[0]
    assert seconds(told[1]["busy"]) == seconds(told[0]["free"]) + seconds(told[0]["protected"])


@pytest.mark.parametrize("name", ["two\nlines\tand a tab", "W" * 5000, "word " * 500, "🚀 \u202e年末\x07", "\n"])
def test_whatever_somebody_called_a_freeze_or_a_meeting_it_is_drawn(name: str) -> None:
    problem = demo().problem
    freeze = Entry(
        type="freeze", name=name, span=Span(instant("2026-12-01T15:00:00Z"), instant("2026-12-01T20:00:00Z"))
    )
    kind = problem.kind.model_copy(update={"title": name})
    drawn = picture(search(replace(problem, entries=(freeze,), kind=kind)), names=True)

    assert drawn is not None
    assert len(drawn.alt) <= LONGEST_ALT


def test_nothing_is_drawn_where_nothing_was_searched() -> None:
    found = demo()
    incomplete = replace(found.problem, record=found.problem.record.model_copy(update={"roles": {}}))

    assert picture(search(incomplete)) is None


def test_the_same_search_gives_the_same_bytes_in_every_process() -> None:
    """Whatever order sets and dictionaries of a process happen to have."""
    code = (
        "import hashlib;from tests.test_picture import demo;from bot.picture import picture;"
        "print(hashlib.sha256(picture(demo(), True).png).hexdigest())"
    )
    root = Path(__file__).parent.parent
    told = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=root,
            check=True,
            capture_output=True,
        ).stdout
        for seed in ("1", "2")
    }

    assert len(told) == 1


@pytest.mark.parametrize("file", ["DejaVuSansCondensed.ttf", "DejaVuSansCondensed-Bold.ttf"])
def test_the_font_has_the_letters_of_people_s_names(file: str) -> None:
    font = ImageFont.truetype(Path("bot/picture.py").resolve().parent / "fonts" / file, 30)
    absent = bytes(font.getmask("\uffff"))

    assert all(bytes(font.getmask(letter)) != absent for letter in "ëñŁłżąÅøßçčΩЖщѝїґ–—…·►◄“”’")


def test_a_window_of_many_weeks_is_drawn_week_below_week() -> None:
    found = demo()
    kind = found.problem.kind.model_copy(update={"before": {}})
    record = found.problem.record.model_copy(
        update={"evidence": (), "evidence_cutoff": None, "cutover": None, "rollback_checkpoint": None, "deadline": None}
    )
    long = search(replace(found.problem, record=record, kind=kind))
    told = laid_out(long)

    assert len(told.panels) > 1
    assert all(len({day.isocalendar()[:2] for day in panel}) == 1 for panel in told.panels)
    assert list(told.days) == sorted(told.days)


def test_a_repeated_hour_is_one_place_and_a_skipped_one_is_none() -> None:
    """Days are drawn by the clock on the wall."""
    back = Span(instant("2026-10-25T00:00:00Z"), instant("2026-10-25T02:00:00Z"))  # 01:00 twice, in London
    ahead = Span(instant("2026-03-29T00:30:00Z"), instant("2026-03-29T01:30:00Z"))  # 01:00 to 02:00 is not

    def pieces(span: Span) -> list[Piece]:
        return list(local_pieces("Europe/London", floor_second(span.start), floor_second(span.end)))

    assert [(p.begin // 60, p.end // 60) for p in pieces(back)] == [(60, 120), (60, 120)]
    assert [(p.begin // 60, p.end // 60) for p in pieces(ahead)] == [(30, 60), (120, 150)]
