"""The documents of docs/closures.md as a workspace: what the guide says is what is read."""

from __future__ import annotations

import re
from pathlib import Path

from tests.workspace_edits import copied

GUIDE = Path(__file__).parent.parent / "docs" / "closures.md"


def examples() -> tuple[str, str]:
    """The policy's section and the closure, as the guide shows them."""
    section, closure, *_ = re.findall(r"```yaml\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    return section, closure


def closing_workspace(folder: Path) -> Path:
    """The contract's workspace with the guide's examples."""
    root = copied(folder)
    section, closure = examples()
    policy = root / "policy.yaml"
    policy.write_text(policy.read_text("utf-8") + section, "utf-8")
    (root / "closures").mkdir()
    (root / "closures" / "REL-77.yaml").write_text(closure, "utf-8")
    return root
