"""`policy check` tells every mistake and every regret; `schema` helps editors, and agrees with the reader."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from bot import workspace_people, workspace_policy, workspace_records, workspace_releases
from bot.checks import policy_check
from bot.schema import schema
from bot.workspace_reading import Keys
from bot.workspace_yaml import read_yaml
from tests.workspace_edits import FILES, MISTAKES, copied, edit

SCHEMAS = schema()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return copied(tmp_path)


def regrets(root: Path) -> list[str]:
    lines, code = policy_check(root)
    assert code == 0, lines
    return [line for line in lines if line.startswith("warning: ")]


class TestPolicyCheck:
    """All errors, all warnings, one line each."""

    def test_the_contracts_documents_are_sound_but_one_duty_manager_is_few(self) -> None:
        lines, code = policy_check(FILES)

        assert code == 0
        assert lines == (
            *(
                f"warning: policy.yaml: kinds.rca-readout.rules.{rule}: for ESC-2207 only dario can decide (duty_manager); "
                "name a second role or a team, so that an absence does not stop the review"
                for rule in ("coverage", "working_hours", "protected")
            ),
            "no errors, 3 warnings in the workspace with 2 readable records",
        )

    def test_a_feeds_address_in_a_file_is_regretted_and_not_repeated(self, root: Path) -> None:
        edit(
            root,
            "people.yaml",
            "{provider: google, id: dana@example.com}",
            "{provider: ics, id: https://example.com/a-key}",
        )

        [told] = [line for line in regrets(root) if "feed" in line]

        assert told == (
            "warning: people.yaml: dana's feed stands here with its address, and whoever has that can read the calendar; write a name "
            "here and the address into READINESS_FEEDS (it is not read from here)"
        )

    def test_a_feed_without_a_name_is_told_where_its_name_comes_from(self, root: Path) -> None:
        edit(root, "people.yaml", "{provider: google, id: dana@example.com}", "{provider: ics}")

        lines, code = policy_check(root)

        assert code == 2
        assert any("add id: with its name in READINESS_FEEDS" in line for line in lines)

    def test_errors_of_every_file_are_listed(self, root: Path) -> None:
        edit(root, "policy.yaml", "grid: 15m", "grid: often")
        edit(root, "people.yaml", "members: [dana, priya]", "members: [dana, nobody]")
        edit(root, "release-calendar.yaml", "type: booked", "type: taken")
        edit(root, "records/CHG-1042.yaml", "owner: priya", "owner: the boss")
        edit(root, "records/ESC-2207.yaml", "customer: acme", "customer: acne")
        (root / "records" / "no id.yaml").write_text("")
        (root / "records" / "CHG-2.yaml").write_text("a: [")
        (root / "records" / "README.md").write_text("not a record")

        lines, code = policy_check(root)

        assert code == 2
        assert [line.split(": ")[0] for line in lines if not line.startswith("warning")] == [
            "policy.yaml:2",
            "people.yaml:38",
            "release-calendar.yaml:4",
            "records/CHG-1042.yaml:9",
            "records/CHG-2.yaml:2",
            "records/ESC-2207.yaml:7",
            "records/no id.yaml",
            "7 errors, 1 warning in the workspace with no readable records",
        ]

    def test_a_policy_that_cannot_be_read_does_not_hide_the_rest(self, root: Path) -> None:
        (root / "policy.yaml").write_text("grid: [")
        edit(root, "people.yaml", "members: [dana, priya]", "members: [dana, nobody]")

        lines, code = policy_check(root)

        assert code == 2
        assert [line.split(": ")[0] for line in lines[:-1]] == ["policy.yaml:2", "people.yaml:38"]

    def test_a_folder_that_is_not_there_is_said(self, tmp_path: Path) -> None:
        lines, code = policy_check(tmp_path / "nowhere")

        assert code == 2
        assert "there is no folder" in lines[0]

    def test_a_second_decider_is_enough(self, root: Path) -> None:
        edit(root, "records/ESC-2207.yaml", "duty_manager: [dario]", "duty_manager: [dario, eva]")

        assert regrets(root) == []

    def test_a_decision_that_nobody_can_take_is_told(self, root: Path) -> None:
        edit(root, "records/ESC-2207.yaml", ", duty_manager: [dario]", "")

        assert "for ESC-2207 nobody can decide (duty_manager)" in regrets(root)[0]

    def test_without_records_teams_are_counted(self, root: Path) -> None:
        for record in (root / "records").iterdir():
            record.unlink()
        edit(root, "people.yaml", "members: [dana, priya]", "members: [dana]")

        assert regrets(root) == [
            "warning: policy.yaml: kinds.release-readiness.escalation.to: only dana can decide (release_leads); "
            "name a second role or a team, so that an absence does not stop the review"
        ]

    def test_a_rota_counts_with_its_shifts_and_a_remote_one_is_not_guessed(self, root: Path) -> None:
        edit(
            root,
            "policy.yaml",
            "    confirmed_by: [release_owner, release_manager]",
            "    confirmed_by: [on_call_reliability_lead]",
        )
        assert "only ravi can decide (on_call_reliability_lead)" in regrets(root)[0]

        edit(root, "records/CHG-1042.yaml", "rota: identity-primary", "rota: payments-primary")
        assert not any("CHG-1042" in line for line in regrets(root))

    def test_strangers_are_told(self, root: Path) -> None:
        edit(root, "records/CHG-1042.yaml", "service_owner: [lee]", "service_owner: [stranger]")
        edit(root, "records/CHG-1042.yaml", "rota: identity-primary", "rota: nowhere")
        edit(root, "records/CHG-1042.yaml", "owner: priya", "owner: boss")
        edit(root, "people.yaml", "confirmed_by: priya", "confirmed_by: somebody")
        told = "\n".join(regrets(root))

        assert "roles.service_owner: stranger is not in people.yaml; the record is incomplete" in told
        assert "people.yaml has no rota nowhere" in told
        assert "boss may decide but is not in people.yaml" in told
        assert "dana's delegate omar is confirmed by 'somebody', who is not in people.yaml" in told


def kind_of(file: str) -> str:
    return "record" if file.startswith("records/") else file.removesuffix(".yaml")


def accepted(root: Path, file: str) -> bool:
    document = read_yaml(file, (root / file).read_bytes()).plain
    return bool(Draft202012Validator(SCHEMAS[kind_of(file)]).is_valid(document))


class TestSchema:
    """What a schema can say, it says as the reader does."""

    @pytest.mark.parametrize("name", sorted(SCHEMAS))
    def test_each_is_a_schema_of_the_declared_dialect_with_descriptions(self, name: str) -> None:
        Draft202012Validator.check_schema(SCHEMAS[name])
        json.dumps(SCHEMAS[name])

        assert SCHEMAS[name]["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        assert all("description" in part for part in objects(SCHEMAS[name]) if part.get("properties"))

    @pytest.mark.parametrize(
        "file",
        [
            "policy.yaml",
            "people.yaml",
            "release-calendar.yaml",
            "records/CHG-1042.yaml",
            "records/ESC-2207.yaml",
        ],
    )
    def test_the_contracts_documents_are_accepted(self, file: str) -> None:
        assert accepted(FILES, file)

    @pytest.mark.parametrize(("file", "old", "new", "_key", "_words", "seen"), MISTAKES, ids=lambda v: str(v)[:40])
    def test_a_mistake_that_a_schema_can_see_is_seen(
        self, root: Path, file: str, old: str, new: str, _key: str, _words: str, seen: bool
    ) -> None:
        edit(root, file, old, new)

        assert accepted(root, file) is not seen

    def test_numbers_and_truth_values_as_editors_see_them_are_accepted(self) -> None:
        document = read_yaml("p", (FILES / "policy.yaml").read_bytes()).plain
        review = document["kinds"]["release-readiness"]
        review["holds"]["slots"] = 2
        document["kinds"]["rca-readout"]["roles"]["interpreter"]["when_language"] = True

        assert Draft202012Validator(SCHEMAS["policy"]).is_valid(document)

    @pytest.mark.parametrize("room", [workspace_policy, workspace_people, workspace_releases, workspace_records])
    def test_every_list_of_keys_that_the_reader_knows_stands_in_a_schema(self, room: Any) -> None:
        """So that neither can learn a word without the other."""
        shapes = {
            (frozenset(part["properties"]), frozenset(part.get("required", ())))
            for whole in SCHEMAS.values()
            for part in objects(whole)
            if "properties" in part
        }
        known = {name: keys for name, keys in vars(room).items() if isinstance(keys, Keys)}

        assert known
        assert {
            name for name, keys in known.items() if (frozenset(keys.all), frozenset(keys.required)) not in shapes
        } == set()


def objects(part: Any) -> list[dict[str, Any]]:
    """Every mapping in a schema that describes a mapping."""
    if isinstance(part, list):
        return [found for item in part for found in objects(item)]
    if not isinstance(part, dict):
        return []
    below = [found for item in part.values() for found in objects(item)]
    return [part, *below] if part.get("type") == "object" else below
