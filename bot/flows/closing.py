"""Closing an accepted review: read everything again, then one step after another, or halt with all that a person needs."""

from __future__ import annotations

from bot.closing_ports import Closed, Closings, ClosureJournal
from bot.core.authority import Asker, may_close
from bot.core.closing_found import Accepted, Link
from bot.core.closing_plan import STEPS, ClosingPlan, Step
from bot.core.closing_words import key_of, order_of
from bot.core.closure import (
    ASKED,
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
)
from bot.core.closure_facts import Disagreement, Event, Outcome
from bot.core.reconciling import Standing, at_source, changed_since, not_there, plan_changed, refused
from bot.core.refusals import Refusal, refuse
from bot.flows.closing_hands import Hands
from bot.flows.closing_steps import Steps, where_of
from bot.ports import Denied, Failure, Gone, Throttled, Unreachable


class Closing:
    """The playbook done: what is heard, what people ask, and each step under its key."""

    def __init__(
        self, closings: Closings, journal: ClosureJournal, hands: Hands, installation: str,
        shadow: bool = False,
    ) -> None:  # fmt: skip
        self._closings = closings
        self._journal = journal
        self._steps = Steps(hands, installation)
        self._installation = installation
        self._shadow = shadow

    # -- what begins it

    def heard(self, event: Event) -> str:
        """An acceptance was told. Nothing is believed of it but which record to read. Returns a word for operators."""
        if self._shadow or self._closings.policy is None:
            return "nothing is closed here"
        try:
            plans = [self._closings.plan(closure) for closure in self._closings.of_record(event.record)]
        except (Denied, Gone) as broken:  # it may be mended: the event waits for that and is not lost
            raise Unreachable(str(broken), service="workspace") from broken
        for plan in plans:
            self._begin(event, plan)
        return f"{', '.join(plan.id for plan in plans)} begun or joined" if plans else "no closure names that record"

    def close(self, asker: Asker, closure: str, press: str, run: int | None = None) -> Closed | Refusal:
        """`close ID` and *Try again* (of one run): a person's word begins anew. `press` names what was pressed: once each."""
        plan = self._plan(closure)
        if isinstance(plan, Refusal):
            return plan
        refusal = may_close(asker, plan)
        if refusal is not None:
            return refusal
        event = Event(source="slack", id=press, type=ASKED, record=plan.source.record)
        return self._begin(event, plan, by=asker.person or "", again=run)

    def take_over(self, asker: Asker, closure: str, run: int) -> Closed | Refusal:
        """A person does the rest by hand: nothing more is written."""
        plan = self._plan(closure)
        if isinstance(plan, Refusal):
            return plan
        refusal = may_close(asker, plan)
        return refusal or self._decide(plan.id, TakeOver(by=asker.person or "", run=run))

    def _plan(self, closure: str) -> ClosingPlan | Refusal:
        if self._closings.policy is None:
            return refuse("no_closing", "policy.yaml has no closure section, so nothing is closed here. Nothing changed. "
                          "Whoever keeps the workspace files can add one (docs/closures.md).")  # fmt: skip
        if self._shadow:
            return refuse("shadow", "This bot only looks on (READINESS_SHADOW), so nothing is closed. Nothing changed.")
        try:
            return self._spelt(closure)
        except Gone:
            return refuse(
                "no_closure", f"There is no closures/{closure}.yaml in the workspace. Nothing changed. Check the id."
            )
        except Denied as denied:
            return refuse("unreadable", f"{denied} Nothing changed. Put that right, then try again.")

    def _spelt(self, closure: str) -> ClosingPlan:
        """Under the id as typed, or in capitals."""
        try:
            return self._closings.plan(closure)
        except Gone:
            return self._closings.plan(closure.upper())

    def _begin(self, event: Event, plan: ClosingPlan, by: str = "bot", again: int | None = None) -> Closed | Refusal:
        policy = self._closings.policy
        assert policy is not None
        return self._decide(plan.id, Begin(event=event, plan=plan, policy=policy, by=by, again=again))

    # -- reading everything again

    def check(self, id: str, run: int) -> None:
        """Source, tracker and archive, field by field. Nothing has been written yet. May run again at any time."""
        closure = self._journal.closure(id)
        if closure is None or closure.run != run or closure.state != "checking":
            return
        try:
            self._decide(id, self._read(closure))
        except (Unreachable, Throttled) as failure:
            self._decide(id, Delay(run=run, step=None, words=str(failure)))
            raise

    def _read(self, closure: Closure) -> FinishReading:
        plan, policy = closure.plan, closure.policy
        try:
            source = self._steps.source(plan)
        except (Gone, Denied) as failure:
            broken = _broken(f"source {plan.source.record}", failure)
            return FinishReading(run=closure.run, source=None, links=(), disagreements=(broken,))
        links, wrong = self._bundle(closure, source)
        wrong = (*at_source(plan, policy, source), *wrong)
        for step in STEPS[:-1]:
            wrong += self._wrong_at(closure, step, source, links)
        return FinishReading(run=closure.run, source=source, links=links, disagreements=wrong)

    def _bundle(self, closure: Closure, source: Accepted) -> tuple[tuple[Link, ...], tuple[Disagreement, ...]]:
        try:
            return self._steps.bundle(closure, source)
        except (Gone, Denied) as failure:
            return (), (_broken(f"archive {closure.plan.archive.at}", failure),)

    def _wrong_at(
        self, closure: Closure, step: Step, source: Accepted, links: tuple[Link, ...]
    ) -> tuple[Disagreement, ...]:
        """What is wrong at one target; one that is missing does not hide the others."""
        try:
            return self._steps.standing(closure, step, source, links).wrong
        except (Gone, Denied) as failure:
            return (_broken(where_of(closure, step), failure),)

    # -- one step

    def step(self, id: str, run: int, step: Step) -> None:
        """Read, compare, write once, remember. May run again after a crash at any point; what it finds decides."""
        closure = self._journal.closure(id)
        if closure is None or closure.run != run or closure.state != "closing" or closure.next != step:
            return
        try:
            self._do(closure, step)
        except (Gone, Denied) as failure:
            self._decide(id, Halt(run=run, step=step, disagreements=(_broken(where_of(closure, step), failure),)))
        except (Unreachable, Throttled) as failure:
            self._decide(id, Delay(run=run, step=step, words=str(failure)))
            raise

    def give_up(self, id: str, run: int, step: Step | None, words: str) -> None:
        """It cannot be done, and nobody foresaw why: a person must look. It may be called again after a crash."""
        self._decide(id, Halt(run=run, step=step, disagreements=(refused("the bot itself", words),)))

    def _do(self, closure: Closure, step: Step) -> None:
        source = closure.source
        assert source is not None
        edited = self._edited(closure)
        if edited:
            self._halt(closure, step, edited)
            return
        # What is about to be linked must still be what was accepted.
        wrong = self._steps.bundle(closure, source)[1] if step == "links" else ()
        standing = self._steps.standing(closure, step, source, closure.links)
        wrong = (*wrong, *standing.wrong)
        if wrong:
            self._halt(closure, step, wrong)
        elif standing.settled:
            self._find_done(closure, step, source)
        else:
            self._bring_about(closure, step, source, standing)

    def _edited(self, closure: Closure) -> tuple[Disagreement, ...]:
        """Whether the workspace says otherwise by now. A broken edit is waited for: somebody is at it."""
        try:
            now = self._closings.plan(closure.id)
        except Denied as denied:
            raise Unreachable(f"The closure's file cannot be read: {denied}", service="workspace") from denied
        return tuple(plan_changed((closure.plan, closure.policy), (now, self._closings.policy)))

    def _find_done(self, closure: Closure, step: Step, source: Accepted) -> None:
        """It is as it should be: nothing is written, and the source must still say what it said."""
        changed = tuple(changed_since(source, self._steps.source(closure.plan)))
        if changed:
            self._halt(closure, step, changed)
        else:
            self._settle(closure, step, "already_done")

    def _bring_about(self, closure: Closure, step: Step, source: Accepted, standing: Standing) -> None:
        key = key_of(self._installation, closure, step)
        intend = Intend(run=closure.run, step=step, key=key, changes=standing.changes)
        if not _may_write(self._decide(closure.id, intend), closure.run, step):
            return  # a person took over meanwhile
        changed = tuple(changed_since(source, self._steps.source(closure.plan)))  # immediately before it is written
        if changed:
            self._halt(closure, step, changed)
            return
        self._steps.write(closure, step, order_of(key, closure, standing.version))
        self._settle(closure, step, "done")

    def _halt(self, closure: Closure, step: Step, wrong: tuple[Disagreement, ...]) -> None:
        self._decide(closure.id, Halt(run=closure.run, step=step, disagreements=wrong))

    def _settle(self, closure: Closure, step: Step, outcome: Outcome) -> None:
        """Done by us, if it was intended in this run before a crash or a silence; else somebody had done it already."""
        now = self._journal.closure(closure.id) or closure
        intended = now.run == closure.run and bool(now.steps) and now.step(step).intended
        changes = now.intent(key_of(self._installation, closure, step)) if intended else None
        settle = Settle(
            run=closure.run, step=step, outcome="done" if intended else outcome, where=where_of(closure, step),
            changes=changes or (), links=closure.links if step == "links" else (),
        )  # fmt: skip
        self._decide(closure.id, settle)

    def _decide(self, id: str, command: Command) -> Closed | Refusal:
        return self._journal.decide_closure(id, lambda closure: decide(closure, command))


def _may_write(outcome: Closed | Refusal, run: int, step: Step) -> bool:
    if isinstance(outcome, Refusal):
        return False
    closure = outcome.closure
    return closure.run == run and closure.state == "closing" and closure.next == step


def _broken(where: str, failure: Failure) -> Disagreement:
    return not_there(where, str(failure)) if isinstance(failure, Gone) else refused(where, str(failure))
