"""Every library that an installation brings along, with its version and licence: `python -m tests.dependencies` prints the document."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageMetadata, metadata, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
DOCUMENT = ROOT / "docs" / "dependencies.md"
HEAD = """# Dependencies

Made by `python -m tests.dependencies > docs/dependencies.md` from what is installed; a test holds it against `constraints.txt`. Licences are
those that each package states of itself. A known weakness in one of them is mended by raising its pin in `constraints.txt`: look them up
with `pip-audit -r constraints.txt` wherever that reaches the list of advisories.
"""
_LICENCES = {
    "Apache": "Apache-2.0", "Apache 2.0": "Apache-2.0", "Apache Software License": "Apache-2.0", "BSD": "BSD", "BSD License": "BSD",
    "BSD 2-Clause License": "BSD-2-Clause", "3-Clause BSD License": "BSD-3-Clause", "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0", "Python Software Foundation License": "PSF-2.0", "ZPL 2.1": "ZPL-2.1",
    "GNU General Public License (GPL)": "GPL-3.0", "GNU GPL v3": "GPL-3.0", "PSFL": "PSF-2.0",
    "BSD 3-Clause OR Apache-2.0": "BSD-3-Clause OR Apache-2.0", "Dual License": "Apache-2.0 OR BSD-3-Clause",
}  # fmt: skip


def pins() -> dict[str, tuple[str, str]]:
    """Name and version as `constraints.txt` writes them, by canonical name."""
    lines = (ROOT / "constraints.txt").read_text("utf-8").split()
    return {canonicalize_name(name): (name, version) for name, _, version in (line.partition("==") for line in lines)}


def licence(told: PackageMetadata) -> str:
    stated = told.get("License-Expression") or told.get("License") or ""
    if not stated or len(stated) > 60:
        classes = [
            c.rpartition("::")[2].strip() for c in told.get_all("Classifier") or [] if c.startswith("License ::")
        ]
        stated = " AND ".join(classes)
    return _LICENCES.get(stated, stated) or "not stated"


def needed(wanted: list[str]) -> frozenset[str]:
    """Canonical names of everything that these requirements bring along, extras included."""
    found: set[str] = set()
    asked = [(Requirement(each), "") for each in wanted]
    seen: set[tuple[str, str]] = set()
    while asked:
        requirement, extra = asked.pop()
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(requirement.name)
        found.add(name)
        for each in ("", *requirement.extras):
            if (name, each) not in seen:
                seen.add((name, each))
                asked += [(Requirement(line), each) for line in requires(name) or ()]
    return frozenset(found)


def project() -> tuple[list[str], list[str]]:
    told = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return told["dependencies"], told["optional-dependencies"]["test"]


def table(names: frozenset[str]) -> Iterator[str]:
    yield "| library | version | licence |"
    yield "|---|---|---|"
    for name, (written, version) in sorted(pins().items()):
        if name in names:
            yield f"| {written} | {version} | {re.sub(r'[|]', '/', licence(metadata(written)))} |"


def document() -> str:
    running, testing = project()
    served = needed(running)
    parts = ("## What runs", "", *table(served), "", "## What only the tests use", "", *table(needed(testing) - served))
    return "\n".join((HEAD, *parts, ""))


if __name__ == "__main__":
    sys.stdout.write(document())
