"""The five steps: how each reads what stands at its target, and the one thing that it may do there."""

from __future__ import annotations

from collections.abc import Iterator

from bot.core.closing_found import Accepted, Change, Link, Measured, Order
from bot.core.closing_plan import STEPS, ClosingPlan, Step
from bot.core.closing_words import ready_event
from bot.core.closure import Closure
from bot.core.closure_facts import Disagreement
from bot.core.evidence import Manifest, manifest_of
from bot.core.reconciling import (
    Standing,
    checklist_standing,
    in_archive,
    links_standing,
    measured_as_listed,
    not_there,
    queue_standing,
    tracker_standing,
    undone,
)
from bot.flows.closing_hands import Hands
from bot.ports import Gone


class Steps:
    """Reading and doing; deciding is the playbook's."""

    def __init__(self, hands: Hands, installation: str) -> None:
        self._hands = hands
        self._installation = installation

    def source(self, plan: ClosingPlan) -> Accepted:
        return self._hands.reading.source(plan.source)

    def bundle(self, closure: Closure, source: Accepted) -> tuple[tuple[Link, ...], tuple[Disagreement, ...]]:
        """The archived files as links, and everything about the bundle that does not agree."""
        plan, reading = closure.plan, self._hands.reading
        manifest = manifest_of(reading.manifest(plan.archive))
        if isinstance(manifest, str):
            return (), (not_there(f"archive {plan.archive.at}", f"manifest.json {manifest}"),)
        wrong = list(in_archive(plan, closure.policy, source, manifest))
        wrong += measured_as_listed(plan, manifest, {f.path: self._measured(plan, f.path) for f in manifest.files})
        return self._links(plan, manifest), tuple(wrong)

    def _measured(self, plan: ClosingPlan, path: str) -> Measured | None:
        try:
            return self._hands.reading.measure(plan.archive, path)
        except Gone:
            return None

    def _links(self, plan: ClosingPlan, manifest: Manifest) -> tuple[Link, ...]:
        reading = self._hands.reading
        return tuple(Link(name=f.path, url=reading.link(plan.archive, f.path), sha256=f.sha256) for f in manifest.files)

    def standing(self, closure: Closure, step: Step, source: Accepted, links: tuple[Link, ...]) -> Standing:
        """What stands at a step's target now, against what it should be."""
        plan, hands = closure.plan, self._hands
        match step:
            case "checklist":
                return checklist_standing(plan, source, hands.checklist.read(plan.checklist))
            case "tracker":
                return tracker_standing(plan, closure.policy, source, hands.tracker.read(plan.tracker))
            case "links":
                return links_standing(plan, links, hands.links.read(plan.links))
            case "queue":
                return queue_standing(plan, source, hands.queue.read(plan.queue))
            case "notify":
                told = Change(what="intake", before="not told", after="told") if hands.tell else None
                return Standing(tuple(self._undone(closure, source, links)), False, (told,) if told else (), "")

    def _undone(self, closure: Closure, source: Accepted, links: tuple[Link, ...]) -> Iterator[Disagreement]:
        """Before anybody is told that all is ready, all of it is read once more."""
        for step in STEPS[:-1]:
            yield from undone(where_of(closure, step), self.standing(closure, step, source, links))

    def write(self, closure: Closure, step: Step, order: Order) -> None:
        """The one deed of a step."""
        plan, hands = closure.plan, self._hands
        match step:
            case "checklist":
                hands.checklist.close(plan.checklist, order, plan.ticks)
            case "tracker":
                hands.tracker.approve(plan.tracker, order, closure.policy.approved)
            case "links":
                hands.links.attach(plan.links, order, closure.links)
            case "queue":
                hands.queue.clear(plan.queue, order)
            case "notify" if hands.tell is not None:
                hands.tell(ready_event(self._installation, closure))


def where_of(closure: Closure, step: Step) -> str:
    place = closure.plan.target(step)
    return f"{step} {place.at}" if place else "intake"
