"""Where the bot could not go on alone: each question that went to people, why it had to, and what they said."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.core import facts as f
from bot.core.audit import Decision, DecisionPoint, Entry, Papers, quoted
from bot.core.audit_searches import outcome_words
from bot.core.explanation import rule_words
from bot.core.words import listed, role_words, when, who

Say = Callable[[str], str]

# These ends of a hold are a person's decision, or the lack of one; the others follow from a decision told elsewhere.
_ENDS: Mapping[str, str] = {
    "let_go": "let the slot go", "rejected": "rejected the slot", "vetoed": "took the hold off their calendar",
    "lost": "the hold was gone from all calendars",
    "expired": "nobody decided before the hold ran out", "failed": "the slot could not be held",
}  # fmt: skip
_ESCALATED: Mapping[str, str] = {
    "search": "Policy gives no answer, and the bot overrules nothing by itself.",
    "placing": "The hold could not be placed on every calendar, and the bot leaves nobody out by itself.",
    "recheck": "What was offered did not hold when it was read again, and the bot replaces nothing by itself.",
    "unanswered": "Nobody who was asked has answered in the time that the policy gives.",
}
_OWN: Mapping[str, tuple[str, str, str]] = {
    "meeting.cancelled": ("Whether the review goes on", "cancelled the review", "The bot calls no review off by itself."),
    "reschedule.asked": ("Whether the confirmed slot still does", "asked for another slot", "The bot never moves a confirmed meeting by itself."),
    "reschedule.dropped": ("Whether another slot is wanted after all", "kept the confirmed slot", "The bot never moves a confirmed meeting by itself."),
}  # fmt: skip


def points_of(papers: Papers, say: Say) -> tuple[DecisionPoint, ...]:
    """`say` makes a sentence with people in it fit for whoever reads: by name, or by role."""
    told = _Told(papers, say)
    for entry in papers.entries:
        told.tell(entry)
    return tuple(told.points.values())


class _Told:
    """The points so far, by what they are about, in the order in which they arose."""

    def __init__(self, papers: Papers, say: Say) -> None:
        self.points: dict[str, DecisionPoint] = {}
        self._papers = papers
        self._say = say
        self._search = "slot:0"
        self._confirmers: tuple[str, ...] = ()
        self._delegates: dict[int, tuple[str, ...]] = {}

    def tell(self, entry: Entry) -> None:
        match entry.fact:
            case f.Requested():
                self._confirmers = entry.fact.confirmers
            case f.Searched() | f.SearchStopped():
                self._ask_for_a_slot(entry, entry.fact)
            case f.SlotChosen():
                self._chosen(entry, entry.fact)
            case f.SlotHeld():
                self._ask_to_confirm(entry, entry.fact)
            case f.AgreementAsked():
                self._ask_to_agree(entry, entry.fact)
            case f.Escalated():
                self._escalate(entry, entry.fact)
            case f.Cancelled() | f.RescheduleAsked() | f.RescheduleDropped():
                question, did, why = _OWN[entry.fact.tag]
                key = f"own:{entry.seq}"
                self._add(key, entry, "own", question, why)
                self._answer(key, entry, did, getattr(entry.fact, "reason", None))
            case f.Attested() | f.AttestationTakenBack():
                self._attested(entry, entry.fact)
            case _:
                self._answered(entry)

    def _attested(self, entry: Entry, fact: f.Attested | f.AttestationTakenBack) -> None:
        key = f"attested:{fact.person}"
        if key not in self.points:
            question = f"When {who(fact.person)} is free, whose calendar cannot be read"
            self._add(key, entry, "own", question, "What is not known is never free, and only a person can tell it.")
        spans = ", ".join(f"{when(w.start)} to {when(w.end)}" for w in getattr(fact, "windows", ()))
        did = f"stated that they are free {spans}" if spans else "took back what was stated"
        self._answer(key, entry, did, fact.source)

    def _answered(self, entry: Entry) -> None:
        match entry.fact:
            case f.SlotExtended(set=number, expires_at=until):
                self._answer(f"set:{number}", entry, f"extended the hold until {when(until)}")
            case f.Approved(set=number):
                self._answer(f"set:{number}", entry, "approved the slot")
            case f.Stopped(set=number, changes=changes):
                self._answer(f"set:{number}", entry, f"nothing was sent: {self._say(' '.join(changes))}")
            case f.Checked(set=number, calendars_read=calendars):
                self._answer(
                    f"set:{number}", entry, f"everything was read again ({calendars} calendars): nothing had changed"
                )
            case f.Confirmed(set=number, invited=invited):
                self._answer(f"set:{number}", entry, f"one invite went to {len(invited)} people", by="bot")
            case f.SlotEnded(set=number, why=why, reason=reason) if why in _ENDS:
                words = entry.fact.reason_words
                self._answer(f"set:{number}", entry, f"{_ENDS[why]}{f': {self._say(words)}' if words else ''}", reason)
            case f.AgreementAnswered(number=number, point=point, reason=reason):
                said = "agreed" if entry.fact.granted else "said no"
                self._answer(f"agreement:{number}:{point}", entry, said, reason)
            case f.EscalationAcknowledged(escalation=number):
                self._answer(f"escalation:{number}", entry, "took it on")
            case f.EscalationResolved(escalation=number):
                self._answer(f"escalation:{number}", entry, "it was settled")
            case _:
                pass

    def _add(self, key: str, entry: Entry, sort: str, question: str, why: str, deciders: tuple[str, ...] = (),
             reason: str | None = None) -> None:  # fmt: skip
        self.points[key] = DecisionPoint.model_validate(
            {"sort": sort, "seq": entry.seq, "at": entry.at, "by": entry.fact.by, "question": question, "why": why,
             "deciders": deciders, "quote": quoted(self._papers, reason)}
        )  # fmt: skip

    def _answer(self, key: str, entry: Entry, words: str, reason: str | None = None, by: str | None = None) -> None:
        """A decision on a question that nobody put (a hold that never stood) is still told: on a point of its own."""
        if key not in self.points:
            self._add(key, entry, "confirmation", "What becomes of the slot", "A person's own act.")
        revision = entry.fact.revision if isinstance(entry.fact, f.Decided) else None
        said = Decision(
            seq=entry.seq, at=entry.at, by=by or entry.fact.by, words=words, revision=revision,
            quote=quoted(self._papers, reason),
        )  # fmt: skip
        point = self.points[key]
        self.points[key] = point.model_copy(update={"decisions": (*point.decisions, said)})

    def _ask_for_a_slot(self, entry: Entry, fact: f.Searched | f.SearchStopped) -> None:
        self._search = f"slot:{entry.seq}"
        if isinstance(fact, f.SearchStopped):
            self._add(
                self._search,
                entry,
                "slot",
                f"What to do after search {fact.search}, which was stopped",
                self._say(fact.why),
            )
        elif fact.outcome == "viable":
            offers = "the one offer" if len(fact.offers) == 1 else f"one of the {len(fact.offers)} offers"
            why = "Several times may do, and it is people's time: the bot holds nothing by itself."
            self._add(self._search, entry, "slot", f"Whether to hold {offers} of search {fact.search}", why)
        else:
            self._add(self._search, entry, "slot", f"What to do after search {fact.search}", outcome_words(fact))

    def _chosen(self, entry: Entry, fact: f.SlotChosen) -> None:
        if self._search not in self.points:
            self._add(self._search, entry, "slot", "Which slot to hold", "The bot holds nothing by itself.")
        self._answer(self._search, entry, f"chose {when(fact.slot.span.start)} and asked for the hold")
        self._delegates[fact.set] = tuple(
            f"{who(seat.person)} sits in as {role_words(role)}"
            for role, seat in fact.slot.seats.items() if seat.standing == "delegate"
        )  # fmt: skip

    def _ask_to_confirm(self, entry: Entry, fact: f.SlotHeld) -> None:
        if f"set:{fact.set}" in self.points:
            return
        delegates = self._delegates.get(fact.set, ())
        why = "Confirmation is always a person's, and the policy says whose: the bot sends no invite by itself."
        if delegates:
            why += f" Here {listed(list(delegates))}, with confirmed authority."
        self._add(
            f"set:{fact.set}",
            entry,
            "confirmation",
            f"Whether the slot of hold {fact.set} is confirmed",
            why,
            self._confirmers,
        )

    def _ask_to_agree(self, entry: Entry, fact: f.AgreementAsked) -> None:
        for number, point in enumerate(fact.points):
            key = f"agreement:{fact.number}:{number}"
            self._add(
                key, entry, "agreement", _question(fact, point), _why_agree(fact, point), point.deciders, fact.reason
            )

    def _escalate(self, entry: Entry, fact: f.Escalated) -> None:
        question = f"Who takes it on, of {role_words(fact.to)}: {self._say(fact.cause)}"
        self._add(f"escalation:{fact.number}", entry, "escalation", question, _ESCALATED[fact.sort])


def _question(fact: f.AgreementAsked, point: f.AgreementPoint) -> str:
    need = point.need
    seat = f"{who(need.person)}{f' ({role_words(need.role)})' if need.role else ''}" if need.person else "The meeting"
    at = f" for {when(fact.slot.span.start)}" if fact.slot else ""
    if need.rule == "substitution":
        instead = f" instead of {who(fact.instead_of)}" if fact.instead_of else ""
        return f"Whether {who(need.person or '')} may sit as {role_words(need.role or '')}{instead}{at}"
    if fact.sort == "ask":
        return f"Whether {seat} can move what stands against it{at}"
    return f"Whether “{rule_words(need.rule)}” may be overruled once{at}: {seat}"


def _why_agree(fact: f.AgreementAsked, point: f.AgreementPoint) -> str:
    need = point.need
    if fact.sort == "ask":
        return "Only they can say: the bot sees that a calendar is taken, never by what."
    if point.own:
        return "It is their own time, so they are asked themselves; a no ends the request."
    if need.rule == "substitution":
        return "Nobody has confirmed that authority, and the bot replaces no required person by itself: the approvers decide."
    approvers = listed([role_words(a) for a in need.approvers], "or")
    return f"The policy lets {approvers or 'nobody'} overrule this rule, once and for this slot, and the bot never."
