"""The engine's tests run on both databases; an engine is started once for each file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.engine.bench import Bench
from tests.store.databases import KINDS, new_database, open_store


@pytest.fixture(params=KINDS, scope="module")
def bench(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    store = open_store(new_database(request.param, tmp_path_factory.mktemp("bench")))
    bench = Bench(store)
    bench.engine.launch()
    yield bench
    bench.engine.stop()
    store.close()
