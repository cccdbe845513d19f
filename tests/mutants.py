"""Each protection removed in turn, in a copy of the tree: a named test, or the torture, must notice.

`python -m tests.mutants [--only NAME …] [--torture] [--json]`. The tree itself is never touched.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TREE = Path(__file__).parents[1]
TESTS_SECONDS, TORTURE_SECONDS = 240, 420


@dataclass(frozen=True)
class Mutant:
    """One protection, how it is removed, and the test that says what it is for."""

    name: str
    file: str
    before: str
    after: str
    test: str
    tortured: tuple[str, ...] = ()  # how the torture looks for it, where it can

    def into(self, tree: Path) -> None:
        path = tree / self.file
        assert self.fits(tree), f"{self.name}: {self.file} has changed; write the mutant anew"
        path.write_text(path.read_text("utf-8").replace(self.before, self.after), "utf-8")

    def fits(self, tree: Path) -> bool:
        """Whether what it removes stands there, once."""
        return (tree / self.file).read_text("utf-8").count(self.before) == 1


SMALL = ("--database", "sqlite", "--meetings", "12", "--kills", "8", "--seconds-limit", "60")
SHARED = ("--database", "postgres", "--replicas", "2", "--meetings", "12", "--kills", "8", "--seconds-limit", "60")
SCENARIOS = "tests/scenarios"

MUTANTS = (
    Mutant(
        "the key of a hold is the same each time", "integrations/calendars/google_events.py",
        'digest = hashlib.sha256(f"{key}|{generation}".encode()).digest()',
        'digest = hashlib.sha256(f"{key}|{generation}|{object()}".encode()).digest()',
        "tests/contracts/test_google_calendar.py -k same_key_twice", SMALL,
    ),
    Mutant(
        "a message is looked up before it is posted again", "bot/slack/posting.py",
        "if kept and kept.unsure:", "if kept and kept.unsure and not kept.channel:",
        f"{SCENARIOS}/test_deliveries.py -k answer_was_lost", SMALL,
    ),
    Mutant(
        "a card that is found again is brought up to date", "bot/slack/posting.py",
        "self._memory.sent(key, found[0], 0)", "self._memory.sent(key, found[0], revision)",
        f"{SCENARIOS}/test_deliveries.py -k found_again", SMALL,
    ),
    Mutant(
        "a refusal undoes no sending but its own", "bot/store/slack_memory.py",
        "if kept is not None and not kept.ts and kept.sendings == number:", "if kept is not None and not kept.ts:",
        "tests/slack/test_posting.py -k does_not_hide",
    ),
    Mutant(
        "what two may have written is looked at once more", "bot/store/slack_memory.py",
        'if kept.state == "sending" and kind != "picture":', 'if kept.state == "sent" and kind != "picture":',
        "tests/slack/test_posting.py -k leaves_one_message", SHARED,
    ),
    Mutant(
        "of two who decide at once one decides again", "bot/store/transaction.py",
        "if found != expected_version:", "if found < expected_version:",
        "tests/store/test_races.py -k two_who_decide",
    ),
    Mutant(
        "nobody is held by two meetings", "bot/store/projections.py",
        "    if clashes:\n        raise ClaimTaken(clashes)\n", "",
        "tests/store/test_races.py -k held_twice",
    ),
    Mutant(
        "claims are looked at before a slot is chosen", "bot/flows/holding.py",
        "        if clashes:\n", "        if clashes and not slot.people:\n",
        f"{SCENARIOS}/test_many_reviews.py",
    ),
    Mutant(
        "a hold of unknown outcome is looked up before it is let go", "bot/flows/holding.py",
        "standing = placed_of(hold, plan) or calendar.look_up(self.request_for(meeting, hold, plan))",
        "standing = placed_of(hold, plan)",
        f"{SCENARIOS}/test_broken_calendars.py -k every_hold_is_taken_back", SMALL,
    ),
    Mutant(
        "what was placed of a failed set is taken back", "bot/core/owing.py",
        "        case f.SlotEnded():\n", '        case f.SlotEnded() if fact.why != "failed":\n',
        f"{SCENARIOS}/test_broken_calendars.py -k every_hold_is_taken_back",
    ),
    Mutant(
        "an invite that may be out is looked up before it is denied", "bot/flows/confirming.py",
        "if self._may_be_sent(meeting_id) else None", "if not self._may_be_sent(meeting_id) else None",
        f"{SCENARIOS}/test_approving.py -k never_denied",
    ),
    Mutant(
        "half done is not given up", "bot/engine/engine.py",
        "if not isinstance(trouble, Failure):", "if isinstance(trouble, (Failure, type(None))):",
        f"{SCENARIOS}/test_approving.py -k put_back_however",
    ),
    Mutant(
        "everything is read again at the approval", "bot/flows/confirming.py",
        "            if looked.changes:\n", "            if looked.changes and looked.calendars < 0:\n",
        f"{SCENARIOS}/test_approving.py -k older_record",
    ),
    Mutant(
        "a stopped approval looks for new times in the same breath", "bot/core/deeds.py",
        "return stopped, *expired, *again", "return stopped, *expired",
        "tests/core/test_meeting.py -k same_breath",
    ),
    Mutant(
        "a dead replica's work is taken over", "bot/engine/takeover.py",
        "lost = {id for id, owner in owners.items() if owner not in live}",
        "lost = {id for id, owner in owners.items() if owner not in live and not owner}",
        "tests/engine/test_crashes.py -k dead_replica", SHARED,
    ),
    Mutant(
        "a replica that thaws changes no row that others took", "bot/engine/owed.py",
        "return self._change(_held_by(self._executor), item, started=None, executor=None, **values)",
        "return self._change(_STARTED, item, started=None, executor=None, **values)",
        "tests/engine/test_owed.py -k taken_for_dead",
    ),
    Mutant(
        "a replica that thaws takes its doubled message back", "bot/slack/posting.py",
        "if counts != ts:", "if not counts:",
        "tests/slack/test_posting.py -k taken_back",
    ),
    Mutant(
        "an older card that came late is written over", "bot/slack/posting.py",
        "overtaken = now is not None and now.posted > revision", "overtaken = now is None",
        "tests/slack/test_posting.py -k older_rendering",
    ),
    Mutant(
        "one writer at a time in a lane", "bot/engine/owed.py",
        "        ~in_the_way,\n", "",
        "tests/engine/test_effects.py -k lane_keeps", SMALL,
    ),
    Mutant(
        "the same delivery twice is one act", "bot/slack/listening.py",
        'self._memory.hear(f"act:{key}",', 'self._memory.hear(f"act:{key}:{id(heard)}",',
        f"{SCENARIOS}/test_deliveries.py -k comes_twice",
    ),
    Mutant(
        "holds that nobody owns are swept away", "bot/flows/holding.py",
        "                if hold.key not in owned:\n", "                if hold.key not in owned and not hold.key:\n",
        "tests/flows/test_lessons_of_presses.py -k no_review_owns", SMALL,
    ),
    Mutant(
        "rights are asked again in the transaction", "bot/flows/rights.py",
        "chosen = warrant.refusal(m, self._real_now()) or choice(m, desk)", "chosen = choice(m, desk)",
        "tests/flows/test_rights_in_the_transaction.py",
    ),
    Mutant(
        "what nobody waits for any more is not done", "bot/back_pressure.py",
        "environ[WAITED] = math.inf if self._hung_up() else", "environ[WAITED] =",
        "tests/hostile/test_back_pressure.py -k hung_up",
    ),
    Mutant(
        "what waited too long is refused, and not kept", "bot/back_pressure.py",
        "request.environ.get(WAITED, 0.0) > LONGEST_WAITING", "request.environ.get(WAITED, 0.0) < 0",
        "tests/hostile/test_back_pressure.py -k not_kept",
    ),
    Mutant(
        "each entry vouches for the one before it", "bot/store/chain.py",
        '"prev":"{prev}",', '"prev":"",',
        "tests/store/test_ledger.py",
    ),
)  # fmt: skip


def noticed(mutant: Mutant, tortured: bool) -> dict[str, Any]:
    """Whether the named test fails in a copy with that protection removed, and which laws the torture finds broken."""
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        tree = _copy(Path(folder) / "tree")
        mutant.into(tree)
        test = _run(
            tree, ["-m", "pytest", "-q", "-x", "-n", "0", "-p", "no:cacheprovider", *_words(mutant.test)], TESTS_SECONDS
        )
        told = {"mutant": mutant.name, "test": mutant.test, "test_notices": test.returncode == 1}
        if tortured and mutant.tortured:
            ended = _run(tree, ["-m", "tests.torture", "--json", *mutant.tortured], TORTURE_SECONDS)
            last = json.loads(ended.stdout.splitlines()[-1]) if ended.stdout.strip() else {"examples": {"it broke": []}}
            told["torture_notices"] = sorted(last["examples"])
        return told


def _words(test: str) -> list[str]:
    path, _, expression = test.partition(" -k ")
    return [path, "-k", expression] if expression else [path]


def _copy(tree: Path) -> Path:
    for name in ("bot", "integrations", "tests", "docs"):
        shutil.copytree(TREE / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "manifest.yml", "constraints.txt"):
        shutil.copy(TREE / name, tree / name)
    return tree


def _run(tree: Path, arguments: list[str], seconds: float) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(tree)}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=tree,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
        timeout=seconds,
    )


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--only", nargs="*", default=(), help="parts of the names of mutants")
    parser.add_argument("--torture", action="store_true", help="let the torture look too, where it can")
    parser.add_argument("--json", action="store_true")
    told = parser.parse_args(arguments)
    chosen = [m for m in MUTANTS if not told.only or any(part in m.name for part in told.only)]
    table = []
    for mutant in chosen:
        row = noticed(mutant, told.torture)
        table.append(row)
        if not told.json:
            laws = f"; torture: {', '.join(row['torture_notices']) or 'nothing'}" if "torture_notices" in row else ""
            print(
                f"{'noticed' if row['test_notices'] else 'NOT NOTICED'}: {row['mutant']} ({row['test']}{laws})",
                flush=True,
            )
    unnoticed = [r["mutant"] for r in table if not r["test_notices"] and not r.get("torture_notices")]
    print(json.dumps({"mutants": len(table), "unnoticed": unnoticed, "table": table}))
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main())
