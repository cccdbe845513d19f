"""The audit as sections of sentences, in the order in which a person reads them; who and when are still to be spoken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from bot.core.audit import (
    Audit,
    CalendarSeen,
    DecisionPoint,
    HoldAudit,
    Inputs,
    Quote,
    Range,
    RuledOutDay,
    SearchAudit,
)
from bot.core.explanation import bound_words
from bot.core.people import Frozen
from bot.core.words import clock, listed, role_words, when, who

SHORT = 12  # of a digest: enough to compare by eye; JSON lines have all of it
_ENDED: Mapping[str, str] = {
    "let_go": "let go by {by}", "rejected": "rejected by {by}", "vetoed": "taken off the calendar by {by}",
    "lost": "found to be gone from all calendars", "expired": "run out", "failed": "not placed", "superseded": "given up for another slot that was confirmed",
    "confirmed": "replaced by the invite", "cancelled": "ended with the review",
}  # fmt: skip


class Line(Frozen):
    """`words` are the core's; `quote` is what a person wrote, never to be read as the core's. `under` the line before."""

    words: str
    quote: Quote | None = None
    under: bool = False


class Section(Frozen):
    title: str
    lines: tuple[Line, ...]


def sections_of(audit: Audit) -> tuple[Section, ...]:
    """Everything but the entries of the ledger, which are told one by one elsewhere."""
    told = [
        Section(title="In brief", lines=tuple(_brief(audit))),
        Section(title="Why a person had to decide, and who decided", lines=tuple(_lines(map(_point, audit.points)))),
        Section(title="What was held", lines=tuple(_lines(map(_hold, audit.holds)))),
    ]
    for search in audit.searches:
        told.append(Section(title=f"What search {search.search} read and found", lines=tuple(_search(search))))
        if search.ruled_out or search.counted:
            told.append(Section(title=f"What search {search.search} ruled out", lines=tuple(_ruled_out(search))))
    told.append(Section(title="What the bot did", lines=tuple(_did(audit))))
    return tuple(section for section in told if section.lines)


def _lines(each: Iterable[Iterable[Line]]) -> Iterable[Line]:
    for lines in each:
        yield from lines


def short(digest: str | None) -> str:
    return digest[:SHORT] if digest else "not kept"


# In brief


def _brief(audit: Audit) -> Iterable[Line]:
    rounds = f", in {audit.rounds} rounds" if audit.rounds > 1 else ""
    yield Line(words=f"{who(audit.asked_by)} asked ({when(audit.asked_at)}){rounds}; {_standing(audit)}.")
    yield Line(words=_counts(audit))
    by_people = [d for p in audit.points for d in p.decisions if d.by != "bot"]
    if by_people:
        deciders = listed([who(by) for by in dict.fromkeys(d.by for d in by_people)])
        yield Line(words=f"{_counted(len(by_people), 'decision')} by people: {deciders}.")
    open_ = [p for p in audit.points if not p.decisions]
    if open_:
        yield Line(words=f"{_counted(len(open_), 'question')} that nobody answered, or that later events settled.")
    yield Line(words=chain_words(audit))


def _standing(audit: Audit) -> str:
    if audit.state == "confirmed" and audit.confirmed_at is not None:
        return f"confirmed ({when(audit.confirmed_at)})"
    return _STANDING.get(audit.state, audit.state)


_STANDING: Mapping[str, str] = {
    "searching": "a search is under way", "choosing": "times are offered, none is held", "blocked": "no time fits so far",
    "placing": "a hold is being placed", "held": "a slot is held and not yet confirmed",
    "confirming": "a slot was approved and is being read again", "cancelled": "called off",
}  # fmt: skip


def _counts(audit: Audit) -> str:
    starts = sum(s.starts for s in audit.searches)
    on = sum(len(h.calendars) for h in audit.holds)
    return (
        f"{_counted(len(audit.searches), 'search', 'searches')} of {starts} starts in all; {_counted(len(audit.holds), 'hold')} "
        f"on {_counted(on, 'calendar')}; {_counted(len(audit.invites), 'invite')} sent."
    )


def chain_words(audit: Audit) -> str:
    chain = audit.chain
    places = [e.seq for e in audit.entries]
    here = f"{_counted(len(places), 'entry', 'entries')} of it are this review's, from {places[0]} to {places[-1]}"
    if chain.whole:
        return f"The ledger's chain of {_counted(chain.entries, 'entry', 'entries')} is whole; {here}. Its head is {chain.head}."
    return f"The ledger's chain does NOT hold from entry {chain.first_bad} on ({chain.why}); {here}."


# Decisions


def _point(point: DecisionPoint) -> Iterable[Line]:
    deciders = f" Asked: {listed([who(d) for d in point.deciders], 'or')}." if point.deciders else ""
    quote = f", asked by {who(point.by)}" if point.sort == "agreement" else ""
    yield Line(words=f"{point.question}{quote}.".replace("..", "."), quote=point.quote)
    yield Line(words=f"Why a person: {point.why}{deciders}", under=True)
    for said in point.decisions:
        by = "" if said.by == "bot" else f"{who(said.by)} "
        on = f" (theirs to decide by revision {said.revision} of the record)" if said.revision else ""
        yield Line(words=f"{when(said.at)}: {by}{said.words.rstrip('.')}{on}.", quote=said.quote, under=True)
    if not point.decisions:
        yield Line(words="Nobody answered this, or something else settled it.", under=True)


# Holds


def _hold(hold: HoldAudit) -> Iterable[Line]:
    extended = " (extended once)" if hold.extended else ""
    yield Line(
        words=f"Hold {hold.set}, {when(hold.span.start)} to {clock(hold.span.end)}, chosen by {who(hold.by)} ({when(hold.chosen_at)}), to stand until "
        f"{when(hold.expires_at)}{extended}."
    )
    seats = [
        f"{role_words(role)} {who(person)}{' (delegate)' if standing == 'delegate' else ''}"
        for role, person, standing in hold.seats
    ]
    yield Line(words=f"Who would sit: {listed(seats)}.", under=True)
    for calendar in hold.calendars:
        placed = f"event {calendar.event_id}" if calendar.event_id else "not placed"
        yield Line(words=f"{calendar.provider} calendar of {who(calendar.person)}: {placed}.", under=True)
    for person, why in hold.not_held:
        yield Line(words=f"Not held: {who(person)} ({why}).", under=True)
    yield Line(words=_end(hold), under=True)


def _end(hold: HoldAudit) -> str:
    placed = f"Placed ({when(hold.placed_at)})" if hold.placed_at else "Never placed"
    if hold.ended is None or hold.ended_at is None:
        return f"{placed}; it stands."
    why = _ENDED[hold.ended].format(by=who(hold.ended_by or "bot"))
    gone = f"off every calendar ({when(hold.gone_at)})" if hold.gone_at else "not yet off every calendar"
    return f"{placed}; {why} ({when(hold.ended_at)}); {gone}."


# Searches


def _search(search: SearchAudit) -> Iterable[Line]:
    why = f" ({search.why})" if search.why else ""
    by = "" if search.by == "bot" else f", asked by {who(search.by)}"
    ended = f", ended {clock(search.ended_at)}" if search.ended_at else ""
    yield Line(words=f"Began {when(search.at)}{by}{why}{ended}: {search.words}")
    if search.opens and search.closes:
        yield Line(
            words=f"Its window: from {when(search.opens)} ({bound_words(search.opens_by)}) to {when(search.closes)} "
            f"({bound_words(search.closes_by)})."
        )
    if search.offers:
        yield Line(words=f"It offered {listed([when(offer.start) for offer in search.offers])}.")
    if search.inputs is not None:
        yield from _inputs(search.inputs)


def _inputs(inputs: Inputs) -> Iterable[Line]:
    kept = "they are kept and can be run again" if inputs.kept else "they are not kept, or cannot be read any more"
    yield Line(words=f"Its inputs, digest {short(inputs.digest)}: {kept}.")
    revision = f"revision {inputs.revision}" if inputs.revision else "of no revision that it tells"
    yield Line(words=f"The record, {revision}, content {short(inputs.record)}.", under=True)
    yield Line(words=f"The policy that the review was asked under, {short(inputs.policy)}.", under=True)
    if inputs.kept:
        parts = f"people {short(inputs.people)}, release calendar and booked slots {short(inputs.release_calendar)}"
        yield Line(words=f"From the workspace: {parts}.", under=True)
    if inputs.files:
        files = [f"{name} {short(digest)}" for name, digest in sorted(inputs.files.items())]
        yield Line(words=f"Its files: {listed(files)}.", under=True)
    for each in inputs.on_call:
        yield Line(words=f"On call as {role_words(each.role)}: rota {each.rota}, from {each.source}.", under=True)
    yield from _read(inputs)


def _read(inputs: Inputs) -> Iterable[Line]:
    if inputs.read_at is None:
        return
    unread = f"{inputs.unreadable} unreadable" if inputs.unreadable else "all readable"
    yield Line(
        words=f"{_counted(inputs.calendars_read, 'calendar')} read by {when(inputs.read_at)}, {unread}:", under=True
    )
    if not inputs.calendars and inputs.calendars_read:
        yield Line(words="which of them, and what each said, was not kept by the version that read them.", under=True)
    for seen in inputs.calendars:
        yield Line(words=_calendar(seen), under=True)


def _calendar(seen: CalendarSeen) -> str:
    role = role_words(seen.role) if seen.role else "in no role"
    whose = f"{seen.calendar}, {who(seen.person)} ({role})" if seen.person else role
    said = "could not be read" if seen.unreadable else f"said {short(seen.digest)}"
    return f"{seen.provider} {whose}: {said}, {when(seen.read_at)}."


def _ruled_out(search: SearchAudit) -> Iterable[Line]:
    out = search.starts - search.feasible
    if not search.ruled_out:
        yield Line(words=f"{out} starts, by what was kept of them:")
        for words, starts in search.counted:
            yield Line(words=f"{words}: {starts}.", under=True)
        return
    yield Line(words=f"{out} of {search.starts} starts, each in one line below, by day.")
    for day in search.ruled_out:
        yield from _day(day)


def _day(day: RuledOutDay) -> Iterable[Line]:
    yield Line(words=f"{day.day:%A} {day.day.day} {day.day:%B %Y}: {_counted(day.starts, 'start')}.")
    for each in day.ranges:
        yield Line(words=_range(each), under=True)


def _range(each: Range) -> str:
    """Both ends are starts: a meeting could begin at neither."""
    time = clock(each.first) if each.starts == 1 else f"{clock(each.first)} to {clock(each.last)}"
    return f"{time} ({each.starts}): {'; '.join(each.words)}."


# What the bot did


def _did(audit: Audit) -> Iterable[Line]:
    for sent in audit.invites:
        people = _counted(len(sent.invited), "person", "people")
        gone = f"; withdrawn from everybody ({when(sent.withdrawn_at)})" if sent.withdrawn_at else ""
        yield Line(words=f"One invite to {people} ({when(sent.at)}): event {sent.event_id}{gone}.")
    if audit.messages:
        yield Line(words=f"{_counted(len(audit.messages), 'message')} in Slack:")
    for message in sorted(audit.messages, key=lambda m: (m.ts is None, m.ts or "", m.key)):
        thing = "file" if message.kind == "picture" else "message"
        arrived = f"{thing} {message.ts}" if message.ts else "never arrived"
        gone = ", deleted there since" if message.state == "gone" else ""
        what = _MESSAGES.get(message.kind, message.kind.replace("_", " "))
        yield Line(words=f"{what}: channel {message.channel}, {arrived}{gone}.", under=True)
    if audit.deeds:
        yield Line(words=f"{_counted(len(audit.deeds), 'deed')} and deadlines; JSON lines have each with its key:")
    for (kind, state), count in sorted(Counter((d.kind, d.state) for d in audit.deeds).items()):
        what = _DEEDS.get(kind, kind.replace("_", " "))
        yield Line(words=f"{count} × {what}: {_STATES.get(state, state)}.", under=True)


_MESSAGES: Mapping[str, str] = {"line": "a line of the thread", "card": "the card", "direct": "a direct message",
                                "picture": "the picture of a search"}  # fmt: skip
_DEEDS: Mapping[str, str] = {
    "announce": "telling Slack what happened", "search": "a search", "place": "placing holds", "release": "taking holds off",
    "expire": "the end of a hold", "remind": "a reminder", "confirm": "reading again and sending the invite",
    "climb": "a rung of the ladder", "silence": "telling the ladder to stop", "unanswered": "the end of an approver's time",
    "withdraw": "withdrawing an invite",
}  # fmt: skip
_STATES: Mapping[str, str] = {
    "done": "done", "open": "still ahead", "withdrawn": "not needed any more", "failed": "given up",
}  # fmt: skip


def _counted(count: int, one: str, many: str | None = None) -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"
