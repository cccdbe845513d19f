"""Releases whose review was accepted, made by number: the same number, the same release."""

from __future__ import annotations

import hashlib
import json
import random
from typing import Any

from bot.core.closing_plan import (
    ArchivePlace,
    ClosingPlan,
    ClosingPolicy,
    Milestone,
    SourcePlace,
    TargetPlace,
)
from tests.memory_closing import World

ACCEPTED = "Readiness review accepted"


def policy() -> ClosingPolicy:
    return ClosingPolicy(accepted=("accepted",), awaiting=("in review",), approved="approved", channel="C0RELEASES")


def release(seed: int) -> tuple[ClosingPlan, World]:
    """A plan and a world in which everything agrees."""
    chance = random.Random(seed)
    name, review = f"identity-{4 + seed % 3}.{seed % 10}", str(chance.randint(1, 9))
    milestone = {"title": f"Identity {name[9:]}", "id": str(chance.randint(10, 99)) if seed % 2 else None}
    files, manifest = _bundle(chance, name, review, milestone)
    links_apart = seed % 3 == 0
    common = {"release": name, "version": chance.randint(1, 50)}
    world = World(
        source={**common, "record": "CHG0031042", "state": "accepted", "review": review, "milestone": milestone, "url": "https://change.example.com/CHG0031042",
                "evidence": hashlib.sha256(manifest).hexdigest()},
        checklist={**common, "at": "example/identity#41", "review": chance.choice([None, review]), "closed": False,
                   "items": {"Runbook read": True, "Load test": True, **({ACCEPTED: False} if seed % 2 else {})}},
        tracker={**common, "at": "example/identity#40", "review": review, "milestone": milestone, "state": "in review", "approved_review": None},
        links={**common, "at": "example/identity@v4" if links_apart else "example/identity#40", "links": _others(chance)},
        queue={**common, "at": "change_task/CTASK1", "review": chance.choice([None, review]), "present": True},
        files=files,
    )  # fmt: skip
    tracker = TargetPlace(system="github", at="example/identity#40")
    plan = ClosingPlan(
        id="REL-77", release=name, title=f"Identity {name[9:]}", source=SourcePlace(system="servicenow", record="CHG0031042"),
        milestone=Milestone(**milestone), coordinator="priya", owner="lee", deciders=("dana",),
        checklist=TargetPlace(system="github", at="example/identity#41"), tracker=tracker,
        links=TargetPlace(system="github", at="example/identity@v4") if links_apart else tracker,
        queue=TargetPlace(system="servicenow", at="change_task/CTASK1"), archive=ArchivePlace(system="folder", at="identity"),
        ticks=(ACCEPTED,),
    )  # fmt: skip
    return plan, world


def _others(chance: random.Random) -> list[dict[str, str]]:
    """Links that other people attached: they stay."""
    digest = hashlib.sha256(b"theirs").hexdigest()
    return [{"name": "theirs.md", "url": "https://wiki.example.com/x", "sha256": digest}] * chance.randint(0, 1)


def _bundle(
    chance: random.Random, name: str, review: str, milestone: dict[str, str | None]
) -> tuple[dict[str, bytes], bytes]:
    sorts = ["rollback_notes", "sign_off", "final_packet", *(["other", "sign_off"][: chance.randint(0, 2)])]
    files = {f"{sort}-{n}.md": chance.randbytes(chance.randint(1, 200)) for n, sort in enumerate(sorts)}
    listed = [
        {"path": path, "kind": sort, "sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
        for (path, content), sort in zip(files.items(), sorts, strict=True)
    ]
    document = {"version": 1, "release": name, "review": review, "milestone": milestone, "files": listed}
    manifest = json.dumps(document).encode()
    return {**files, "manifest.json": manifest}, manifest


def remake_manifest(world: World, change: Any) -> None:
    """Change the manifest, and let the source name the changed one: only its content is wrong then."""
    document = json.loads(world.files["manifest.json"])
    change(document)
    world.files["manifest.json"] = json.dumps(document).encode()
    world.source["evidence"] = hashlib.sha256(world.files["manifest.json"]).hexdigest()
