"""A ledger changed behind the product's back, again and again: `python -m tests.ledger_mutations --mutations 10000`.

The thief has the SQLite file, knows how it is made, has dropped its guards and can compute hashes. A change that `audit
--verify` does not find is missed; one that rewrites everything after it, head included, must be found by a head that was
noted before. The last line of output is one JSON object: `mutations`, `missed`, and how many of each sort.
"""

from __future__ import annotations

import argparse
import json
import random
import sqlite3
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bot.core.people import Frozen
from bot.store import Archive, NewFact
from bot.store.chain import BEGINNING, seal
from tests.store.databases import MONDAY, open_store

ENTRIES = 24
COLUMNS = ("seq", "stream", "version", "at", "actor", "tag", "format", "body", "prev_hash", "hash")
NUMBERS = {"seq", "version", "format"}

Row = list[Any]


class Robbed(Frozen):
    """What one theft came to."""

    sort: str
    told: str
    found: bool


class Thief:
    """All rights on one file. Each theft is put back before the next one."""

    def __init__(self, path: Path, chance: random.Random) -> None:
        self._chance = chance
        self._file = sqlite3.connect(path, isolation_level=None)
        self._file.execute("PRAGMA synchronous = OFF")
        self._take_the_guards_away()
        self.rows: list[Row] = [list(row) for row in self._file.execute("SELECT * FROM ledger ORDER BY seq")]
        self.head: tuple[Any, Any] = self._file.execute("SELECT seq, hash FROM ledger_head").fetchone()

    def _take_the_guards_away(self) -> None:
        """Triggers and constraints: nothing but the hashes is left to tell."""
        columns = ", ".join(f"{c} {'INTEGER' if c in NUMBERS else 'TEXT'}" for c in COLUMNS)
        self._file.executescript(
            f"CREATE TABLE bare ({columns}); INSERT INTO bare SELECT {', '.join(COLUMNS)} FROM ledger;"
            "DROP TABLE ledger; ALTER TABLE bare RENAME TO ledger; DROP TRIGGER ledger_head_stays;"
        )

    def leaves(self, rows: Sequence[Row], head: tuple[Any, Any] | None) -> None:
        """The file as the thief leaves it. Text that is no text goes in as the bytes it is, under the name of text."""
        self._file.execute("BEGIN")
        self._file.execute("DELETE FROM ledger")
        casts = ", ".join("?" if c in NUMBERS else "CAST(? AS TEXT)" for c in COLUMNS)
        self._file.executemany(f"INSERT INTO ledger VALUES ({casts})", rows)  # constants
        self._file.execute("DELETE FROM ledger_head")
        if head is not None:
            self._file.execute("INSERT INTO ledger_head VALUES (1, ?, CAST(? AS TEXT))", head)
        self._file.execute("COMMIT")

    def close(self) -> None:
        self._file.close()

    # -- the sorts of theft: rows, head, and what was done in words

    def flips_a_bit(self) -> tuple[list[Row], Any, str]:
        rows, number, column = self._copy(), self._any_row(), self._chance.randrange(len(COLUMNS))
        rows[number][column] = self._flipped(rows[number][column])
        return rows, self.head, f"{COLUMNS[column]} of entry {number + 1}"

    def flips_a_bit_of_the_head(self) -> tuple[list[Row], Any, str]:
        head = list(self.head)
        which = self._chance.randrange(2)
        head[which] = self._flipped(head[which])
        return self._copy(), tuple(head), f"head {head}"

    def removes_a_row(self) -> tuple[list[Row], Any, str]:
        rows, number = self._copy(), self._any_row()
        del rows[number]
        return rows, self.head, f"entry {number + 1} is gone"

    def removes_the_last_row(self) -> tuple[list[Row], Any, str]:
        return self._copy()[:-1], self.head, "the last entry is gone"

    def removes_the_head(self) -> tuple[list[Row], Any, str]:
        return self._copy(), None, "no head"

    def inserts_a_row(self) -> tuple[list[Row], Any, str]:
        """Well made, sealed with the hash before it; those after it move up by one."""
        rows, number = self._copy(), self._chance.randrange(len(self.rows) + 1)
        before = rows[number - 1][9] if number else BEGINNING
        new = self._sealed([number + 1, "CHG-X", 1, self.rows[0][3], "mallory", "noted", 1, '{"n":0}', before, ""])
        for later in rows[number:]:
            later[0] += 1
        return [*rows[:number], new, *rows[number:]], self.head, f"an entry more at {number + 1}"

    def swaps_two_rows(self) -> tuple[list[Row], Any, str]:
        rows = self._copy()
        one, other = self._chance.sample(range(len(rows)), 2)
        rows[one], rows[other] = rows[other], rows[one]
        rows[one][0], rows[other][0] = one + 1, other + 1
        return rows, self.head, f"entries {one + 1} and {other + 1} in each other's place"

    def seals_one_row_anew(self) -> tuple[list[Row], Any, str]:
        rows, number = self._copy(), self._any_row()
        rows[number][4] = "mallory"
        rows[number] = self._sealed(rows[number])
        return rows, self.head, f"entry {number + 1} by another hand, sealed anew"

    def cuts_the_end_off(self) -> tuple[list[Row], Any, str]:
        """With the head set back: whole in itself, and only a head noted elsewhere tells."""
        rows = self._copy()[: self._chance.randrange(len(self.rows))]
        return rows, (len(rows), rows[-1][9] if rows else BEGINNING), f"the end from {len(rows) + 1} on is cut off"

    def rewrites_from_a_row_on(self) -> tuple[list[Row], Any, str]:
        rows, first = self._copy(), self._any_row()
        rows[first][4] = "mallory"
        for number in range(first, len(rows)):
            rows[number][8] = rows[number - 1][9] if number else BEGINNING
            rows[number] = self._sealed(rows[number])
        return rows, (len(rows), rows[-1][9]), f"all from entry {first + 1} on is another story"

    # --

    def _copy(self) -> list[Row]:
        return [list(row) for row in self.rows]

    def _any_row(self) -> int:
        return self._chance.randrange(len(self.rows))

    def _flipped(self, value: Any) -> Any:
        if isinstance(value, int):
            return value ^ 1 << self._chance.randrange(62)
        content = bytearray(str(value).encode())
        content[self._chance.randrange(len(content))] ^= 1 << self._chance.randrange(8)
        return bytes(content)

    def _sealed(self, row: Row) -> Row:
        seq, stream, version, at, actor, tag, form, body, before = row[:9]
        return [*row[:9], seal(seq, stream, version, at, actor, tag, form, body, before)]


SORTS: dict[str, Callable[[Thief], tuple[list[Row], Any, str]]] = {
    name: getattr(Thief, name)
    for name in (
        "flips_a_bit", "flips_a_bit_of_the_head", "removes_a_row", "removes_the_last_row", "removes_the_head",
        "inserts_a_row", "swaps_two_rows", "seals_one_row_anew", "cuts_the_end_off", "rewrites_from_a_row_on",
    )
}  # fmt: skip
WHOLE_IN_THEMSELVES = {"cuts_the_end_off", "rewrites_from_a_row_on"}
OFTEN = [*SORTS, *["flips_a_bit"] * 9]  # there are more bits than rows


def ledger(folder: Path) -> Path:
    """A small ledger of several streams, in a file that nobody else has open."""
    path = folder / "ledger.db"
    store = open_store(f"sqlite:///{path}")
    chance = random.Random(7)  # it spreads sizes and guards nothing
    for number in range(ENTRIES):
        with store.transaction() as tx:
            stream, body = f"CHG-{number % 4}", {"n": number, "why": "Größe »ok« " * chance.randrange(6)}
            tx.append(stream, number // 4, [NewFact("noted", body, "priya")], MONDAY)
    store.close()
    return path


def rob(mutations: int, seed: int) -> list[Robbed]:
    chance = random.Random(seed)  # it chooses what to change and guards nothing
    with tempfile.TemporaryDirectory(prefix="readiness-ledger-") as folder:
        path = ledger(Path(folder))
        thief, archive = Thief(path, chance), Archive(f"sqlite:///{path}")
        try:
            thief.leaves(thief.rows, thief.head)
            assert archive.verify().ok, "it is whole before anything is stolen"
            assert archive.vouches(thief.head[1], ENTRIES) == ENTRIES
            return [_theft(thief, archive, chance.choice(OFTEN)) for _ in range(mutations)]
        finally:
            archive.close()
            thief.close()


def _theft(thief: Thief, archive: Archive, sort: str) -> Robbed:
    rows, head, told = SORTS[sort](thief)
    thief.leaves(rows, head)
    verified = archive.verify()
    if sort in WHOLE_IN_THEMSELVES:
        assert verified.ok, f"the thief is clumsy: {told}: {verified}"
        return Robbed(sort=sort, told=told, found=archive.vouches(thief.head[1], ENTRIES) is None)
    return Robbed(sort=sort, told=told, found=not verified.ok)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.ledger_mutations", description=__doc__)
    parser.add_argument("--mutations", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print nothing but the JSON object")
    asked = parser.parse_args(arguments)
    robbed = rob(asked.mutations, asked.seed)
    missed = [theft for theft in robbed if not theft.found]
    for theft in missed[:10]:
        print(f"missed: {theft.sort}: {theft.told}", file=sys.stderr)
    if not asked.json:
        print(f"{len(robbed)} changes, {len(missed)} missed")
    sorts = dict(sorted(Counter(theft.sort for theft in robbed).items()))
    print(json.dumps({"mutations": len(robbed), "missed": len(missed), "sorts": sorts}, sort_keys=True))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
