"""Two searches of one review, compared by what they read: only what changed has another digest."""

from __future__ import annotations

from bot.core.audit_searches import searches_of
from bot.store.papers import papers_of
from tests.world import World


def test_a_calendar_that_said_something_else_has_another_digest(world: World) -> None:
    """And only that one; the files have theirs when one of them was edited."""
    world.reviews()
    world.asks("/readiness-review cancel CHG-1042", by="priya")
    world.makes_busy("noor", "2026-12-01T15:30:00+00:00")
    world.edits("people.yaml", "name: Noor Haddad", "name: Noor B. Haddad")
    world.starts_again()  # what was read up to a minute ago is forgotten
    world.reviews()

    store = world.bot.store
    papers = papers_of(store, "CHG-1042", store.verify())
    assert papers is not None
    before, after = (search.inputs for search in searches_of(papers, names=True))
    assert before is not None
    assert after is not None
    moved = [b.calendar for b, a in zip(before.calendars, after.calendars, strict=True) if b.digest != a.digest]

    assert moved == ["noor@example.com"]
    assert [name for name in before.files if before.files[name] != after.files[name]] == ["people.yaml"]
