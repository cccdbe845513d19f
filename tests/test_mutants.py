"""The mutants fit the program as it stands: one that does not removes nothing, and says nothing of the tests."""

from __future__ import annotations

import pytest

from tests.mutants import MUTANTS, TREE, Mutant


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: m.name)
def test_what_a_mutant_removes_is_there(mutant: Mutant) -> None:
    assert mutant.fits(TREE), f"{mutant.file} has changed; write the mutant anew"
    assert mutant.before != mutant.after
    assert (TREE / mutant.test.partition(" -k ")[0]).exists()
