"""closures/ID.yaml and the policy's `closure` section: read as the guide says, and refused with the place and what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from bot import workspace_closing
from bot.adapters import Folder
from bot.checks import policy_check
from bot.closing_checking import closing_lines
from bot.core.closing_plan import ArchivePlace, Milestone, SourcePlace, TargetPlace
from bot.schema import schema
from bot.settings import read
from bot.workspace import NoSuchRecord, WorkspaceError, load
from bot.workspace_reading import Keys
from bot.workspace_yaml import read_yaml
from tests.closing_files import closing_workspace
from tests.test_workspace_check import objects
from tests.workspace_edits import FILES, copied, edit

FILE = "closures/REL-77.yaml"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return closing_workspace(tmp_path)


def test_the_guides_examples_are_read(root: Path) -> None:
    workspace = load(root)
    plan, policy = workspace.closure("REL-77"), workspace.policy.closure

    assert workspace.closure_ids() == ("REL-77",)
    assert plan.closers == ("priya", "lee", "dana")
    assert plan.milestone == Milestone(title="Identity 4.2", id="12")
    assert plan.source.record == "CHG0031042" and plan.source.fields["evidence"] == "u_evidence_sha256"
    assert plan.target("links") == TargetPlace(system="github", at="example/identity@v4.2")
    assert plan.archive == ArchivePlace(system="https", at="https://evidence.example.com/identity-4.2")
    assert policy is not None and policy.accepted == ("accepted",)
    assert policy_check(root)[1] == 0


def test_without_a_place_for_links_they_go_to_the_tracker_and_without_fields_none_are_renamed(root: Path) -> None:
    edit(root, FILE, "links: {system: github, at: example/identity@v4.2}", "#")
    edit(root, "policy.yaml", "    servicenow: {state: approval", "    github: {state: approval")
    plan = load(root).closure("REL-77")

    assert plan.links == plan.tracker
    assert plan.source == SourcePlace(system="servicenow", record="CHG0031042")


def test_the_three_sorts_of_evidence_are_always_demanded(root: Path) -> None:
    edit(root, "policy.yaml", "[rollback_notes, sign_off, final_packet]", "[other]")
    policy = load(root).policy.closure

    assert policy is not None
    assert policy.evidence == ("rollback_notes", "sign_off", "final_packet", "other")


def test_a_closure_that_is_not_there_is_said_with_the_nearest(root: Path) -> None:
    with pytest.raises(NoSuchRecord, match='there is no such closure; did you mean "REL-77"'):
        load(root).closure("rel-77")


# (what stands there, what is written instead, words of the complaint, whether a schema can see it)
MISTAKES = [
    ("id: REL-77", "id: REL-78", "is not the file's name", False),
    ("release: identity-4.2", "", "release: is missing", True),
    ("release: identity-4.2", "relase: identity-4.2", 'did you mean "release"', True),
    ("system: servicenow, record", "system: jira, record", '"jira" is not known', True),
    ("coordinator: priya", "coordinator: nobody", "there is no person", False),
    ("deciders: [dana]", "deciders: [nobody]", "there is no person", False),
    ("at: example/identity#41", "at: example/identity", "no address in github", False),
    ("at: example/identity#41", "at: ../identity#41", "no address in github", False),
    ("at: change_task/CTASK0010023", "at: incident/INC1", "no address in servicenow", False),
    ("https://evidence", "http://evidence", "no address of an archive", False),
    ("https://evidence", "https://me:pw@evidence", "no address of an archive", False),
    ("{system: https, at: https://evidence.example.com/identity-4.2}", "{system: folder, at: ../../etc}", "no address in folder", False),
    ('{title: Identity 4.2, id: "12"}', "Identity 4.2", "must be a mapping", True),
    ("queue: {system: servicenow, at: change_task/CTASK0010023}", "", "queue: is missing", True),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "words", "seen"), MISTAKES, ids=lambda v: str(v)[:40])
def test_a_mistake_names_its_file_its_line_and_what_to_do(
    root: Path, old: str, new: str, words: str, seen: bool
) -> None:
    edit(root, FILE, old, new)
    lines, code = policy_check(root)

    with pytest.raises(WorkspaceError, match=words):
        load(root).closure("REL-77")
    assert code == 2
    assert lines[0].startswith(f"{FILE}:") and words in lines[0]
    assert accepted(root, FILE, "closure") is not seen


def test_a_section_that_says_nothing_of_acceptance_is_an_error(root: Path) -> None:
    edit(root, "policy.yaml", "  accepted: [accepted]", "  #")
    with pytest.raises(WorkspaceError, match=r"closure\.accepted: is missing"):
        load(root)


def test_a_closure_without_the_policys_section_is_an_error(tmp_path: Path, root: Path) -> None:
    bare = copied(tmp_path / "bare")
    (bare / "closures").mkdir()
    (bare / FILE).write_text((root / FILE).read_text("utf-8"), "utf-8")

    assert any("policy.yaml has no closure section" in line for line in policy_check(bare)[0])


def test_a_link_that_leads_out_is_not_followed(root: Path) -> None:
    (root / FILE).unlink()
    (root / FILE).symlink_to(FILES / "policy.yaml")

    assert any("leads out of the workspace" in line for line in policy_check(root)[0])


def accepted(root: Path, file: str, name: str) -> bool:
    document = read_yaml(file, (root / file).read_bytes()).plain
    return bool(Draft202012Validator(schema()[name]).is_valid(document))


def test_the_schemas_accept_the_guides_examples(root: Path) -> None:
    assert accepted(root, FILE, "closure")
    assert accepted(root, "policy.yaml", "policy")


def test_every_list_of_keys_that_the_reader_knows_stands_in_a_schema() -> None:
    shapes: set[Any] = {
        (frozenset(part["properties"]), frozenset(part.get("required", ())))
        for whole in schema().values()
        for part in objects(whole)
        if "properties" in part
    }
    known = {name: keys for name, keys in vars(workspace_closing).items() if isinstance(keys, Keys)}

    assert {n for n, k in known.items() if (frozenset(k.all), frozenset(k.required)) not in shapes} == set()


def test_check_says_of_each_closure_what_is_not_connected(root: Path) -> None:
    said = list(closing_lines(read({"readiness_workspace": root}), Folder(root)))
    (root / FILE).write_text("id: [", "utf-8")
    broken = list(closing_lines(read({"readiness_workspace": root}), Folder(root)))
    shadow = list(closing_lines(read({"readiness_workspace": root, "readiness_shadow": True}), Folder(root)))

    assert next(line for fine, line in said if "REL-77" in line).startswith("Closing REL-77: ")
    assert (True, "Closing: nobody further is told, because READINESS_INTAKE_URL is not set.") in said
    assert any(not fine and "closures/REL-77.yaml" in line for fine, line in broken)
    assert shadow == [(True, "Closing: nothing is closed, because READINESS_SHADOW is on.")]
