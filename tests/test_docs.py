"""What the documents say is so: commands, settings, links, rights and examples are held against the code."""

from __future__ import annotations

import ast
import re
import shlex
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from dotenv import dotenv_values
from pydantic.fields import FieldInfo

from bot.__main__ import main, parser
from bot.checks import policy_check
from bot.manifest import EVENTS, OPTIONAL_SCOPES, SCOPES, as_yaml, manifest
from bot.settings import Settings, SettingsError, read
from bot.slack.listening import COMMANDS, SHORTCUT
from bot.slack.messages.help import COMMANDS as COMMAND_NAMES
from bot.slack.messages.help import WORDS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
LISTENING = ROOT / "bot" / "slack" / "listening.py"

DEMO = "python3 -m venv .venv && .venv/bin/pip install -q -c constraints.txt -e . && .venv/bin/readiness-bot demo"
TESTS = "python3 -m venv .venv && .venv/bin/pip install -q -c constraints.txt -e '.[test]' && .venv/bin/pytest"

# What each Web API method needs, by Slack's documentation: one scope of each group is enough for one sort of channel.
METHODS: dict[str, set[str]] = {
    "auth_test": set(),
    "chat_delete": {"chat:write"},
    "chat_getPermalink": set(),
    "chat_postEphemeral": {"chat:write"},
    "chat_postMessage": {"chat:write"},
    "chat_update": {"chat:write"},
    "conversations_history": {"channels:history", "groups:history", "im:history"},
    "conversations_info": {"channels:read", "groups:read"},
    "conversations_open": {"im:write"},
    "conversations_replies": {"channels:history", "groups:history", "im:history"},
    "files_completeUploadExternal": {"files:write"},
    "files_getUploadURLExternal": {"files:write"},
    "users_info": {"users:read", "users:read.email"},
    "views_open": set(),
    "views_publish": set(),
}
EVENT_SCOPES: dict[str, set[str]] = {
    "app_home_opened": set(),
    "app_uninstalled": set(),
    "link_shared": {"links:read"},
    "member_joined_channel": {"channels:read", "groups:read"},
    "tokens_revoked": set(),
}


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def lines_of(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines()]


# -- the README's promises


@pytest.mark.parametrize("command", [DEMO, TESTS])
def test_the_readme_holds_its_commands_word_for_word_on_lines_of_their_own(command: str) -> None:
    assert lines_of(README).count(command) == 1


def test_the_script_for_every_check_finds_the_test_command() -> None:
    """`.ci/run` takes it out of the README by this very expression."""
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    pattern = r"^ *\(python3 -m venv \.venv .*&& \.venv\/bin\/pytest\)$"
    found = re.findall(r"^ *(python3 -m venv \.venv .*&& \.venv/bin/pytest)$", README, re.MULTILINE)

    assert pattern in script
    assert found == [TESTS]


def row(name: str, told: FieldInfo) -> str:
    default = told.default
    if isinstance(default, bool):
        return f"| `{name.upper()}` | {told.description} | {'on' if default else 'off'} |"
    shown = "" if default is None or default == frozenset() else f"`{default}`"
    return f"| `{name.upper()}` | {told.description} | {shown} |"


def test_the_settings_table_is_the_settings() -> None:
    """Every field with its meaning and its default, in order, and nothing else."""
    expected = [row(name, told) for name, told in Settings.model_fields.items()]
    actual = [line for line in README.splitlines() if re.match(r"\| `[A-Z][A-Z_]+` \|", line)]

    assert actual == expected


def test_the_readme_says_what_each_right_in_slack_is_for() -> None:
    told = set(re.findall(r"`([a-z]+(?::[a-z.]+)?)`", "".join(re.findall(r"(?m)^ *\| (`.*?) \|", README))))

    assert set(SCOPES) | set(OPTIONAL_SCOPES) <= told


# -- .env.example


def test_the_example_environment_names_every_setting_and_no_other() -> None:
    text = (ROOT / ".env.example").read_text("utf-8")
    found = re.findall(r"(?m)^(?:# )?([A-Z][A-Z_]+)=", text)

    assert sorted(found) == sorted(name.upper() for name in Settings.model_fields)


def test_a_copy_of_it_that_nobody_filled_in_is_told_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty value is none."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    shutil.copy(ROOT / ".env.example", tmp_path / ".env")
    assert dotenv_values(tmp_path / ".env")["SLACK_BOT_TOKEN"] == ""

    settings = read()

    assert [line.split()[0] for line in settings.missing_for_slack()] == ["SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET"]
    assert settings.readiness_shadow


def test_an_example_that_is_switched_on_whole_names_what_belongs_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each commented line can be uncommented: the settings then judge them together, and name what is still empty."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    text = re.sub(r"(?m)^# (?=[A-Z][A-Z_]+=)", "", (ROOT / ".env.example").read_text("utf-8"))
    (tmp_path / ".env").write_text(text + "MICROSOFT_CLIENT_ID=one\n", "utf-8")

    with pytest.raises(SettingsError, match="MICROSOFT_TENANT_ID"):
        read()


# -- the Slack app's manifest


def calls() -> set[str]:
    """Every Web API method that the code names: `….call("method")`, or a method of the client itself."""
    found: set[str] = set()
    for path in [*ROOT.glob("bot/slack/**/*.py"), *ROOT.glob("bot/*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                first = node.args[0] if node.args else None
                if node.func.attr == "call" and isinstance(first, ast.Constant):
                    found.add(str(first.value))
                elif re.match(
                    r"(auth|chat|conversations|users|views|usergroups|reactions|pins|files)_", node.func.attr
                ):
                    found.add(node.func.attr)
    return found


def test_every_call_to_slack_has_the_scopes_it_needs_and_every_scope_a_use() -> None:
    """Least rights: what no call, event or command needs is not asked for."""
    assert calls() == set(METHODS)
    needed = {scope for method in calls() for scope in METHODS[method]}
    needed |= {scope for event in EVENTS for scope in EVENT_SCOPES[event]}
    features = manifest()["features"]
    needed |= {"commands"} if features["slash_commands"] or features["shortcuts"] else set()

    assert needed == set(SCOPES) | set(OPTIONAL_SCOPES)
    assert not set(SCOPES) & set(OPTIONAL_SCOPES)


def test_only_looking_a_message_up_after_a_crash_is_optional() -> None:
    looking = ("conversations_history", "conversations_replies", "conversations_open")

    assert set(OPTIONAL_SCOPES) == {scope for method in looking for scope in METHODS[method]}


def test_the_events_are_those_that_somebody_listens_to() -> None:
    heard = {
        node.args[0].value
        for node in ast.walk(ast.parse(LISTENING.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "event"
        if isinstance(node.args[0], ast.Constant)
    }

    assert heard == set(EVENTS)


def test_the_command_and_the_shortcut_are_those_that_are_heard() -> None:
    features = manifest()["features"]

    assert [command["command"] for command in features["slash_commands"]] == list(COMMAND_NAMES)
    assert all(COMMANDS.match(name) for name in COMMAND_NAMES)
    assert [shortcut["callback_id"] for shortcut in features["shortcuts"]] == [SHORTCUT]
    assert manifest()["settings"]["interactivity"]["is_enabled"]


def test_the_manifest_in_the_folder_is_the_one_that_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["manifest"]) == 0
    printed = capsys.readouterr().out

    assert (ROOT / "manifest.yml").read_text("utf-8") == printed == as_yaml(manifest())


@pytest.mark.parametrize(
    ("option", "value"),
    [("--url", "foo"), ("--url", "http://bot.example.com"), ("--link-host", "https://x.example.com/y")],
)
def test_a_manifest_that_slack_would_refuse_is_not_printed(
    option: str, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["manifest", option, value]) == 2

    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"{option} is {value!r}. Write the ")


def test_a_manifest_for_an_address_names_it_everywhere_and_in_socket_mode_nowhere() -> None:
    told = yaml.safe_dump(manifest("https://hooks.example.com/", ("change.example.com",)))
    inside = yaml.safe_dump(manifest("https://hooks.example.com/", ("change.example.com",), socket_mode=True))

    assert told.count("https://hooks.example.com/slack/events") == 2 + len(COMMAND_NAMES)
    assert "hooks.example.com" not in inside
    assert "socket_mode_enabled: true" in inside


# -- all documents


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_every_link_leads_somewhere(document: Path) -> None:
    text = document.read_text("utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith(("https://", "mailto:")):
            continue
        path, _, heading = target.partition("#")
        there = (document.parent / path).resolve() if path else document
        assert there.exists(), f"{named(document)} links to {target}"
        if heading:
            assert heading in headings(there.read_text("utf-8")), f"{named(document)} links to {target}"


def headings(text: str) -> set[str]:
    """The anchors that a Markdown viewer makes of headings."""
    found = re.findall(r"(?m)^#+ (.+)$", text)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in found}


def quoted(document: Path, program: str) -> Iterator[str]:
    """Commands of a program in a document: in backticks, or on lines of their own."""
    text = document.read_text("utf-8")
    yield from re.findall(rf"`({re.escape(program)} [^`]+)`", text)
    yield from re.findall(rf"(?m)^ *({re.escape(program)} .+)$", "\n".join(fenced(text)))


def fenced(text: str) -> list[str]:
    return re.findall(r"(?ms)^ *```\w*\n(.*?)^ *```", text)


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_every_command_named_is_understood(document: Path) -> None:
    for command in quoted(document, "readiness-bot"):
        try:
            parser().parse_args(shlex.split(command)[1:])
        except SystemExit:
            pytest.fail(f"{named(document)}: {command}")


def test_the_readme_names_every_command() -> None:
    named_here = {shlex.split(command)[1] for command in quoted(ROOT / "README.md", "readiness-bot")}

    assert named_here == set(parser()._subparsers._group_actions[0].choices)  # type: ignore[union-attr,arg-type]  # argparse tells it nowhere else


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_every_word_of_the_slash_command_is_one_that_it_knows(document: Path) -> None:
    known = {word for word, _, _ in WORDS}
    for command in [each for name in COMMAND_NAMES for each in quoted(document, name)]:
        word = command.split()[1]
        assert word in known or re.fullmatch(r"[A-Z]+-\d+", word), f"{named(document)}: {command}"


@pytest.mark.parametrize("document", [*DOCUMENTS, *(ROOT / n for n in (".env.example", "Dockerfile"))], ids=named)
def test_the_project_speaks_of_itself_alone(document: Path) -> None:
    """No paths of one machine, no word of how it came about, no package registry, nothing that looks like a token."""
    text = document.read_text("utf-8")
    unwanted = (
        r"/work/|/root/|/home/|\bsessions?\b|\bagents?\b|\bAI\b|\bLLM\b|pypi|TODO|xox[abp]-\w|BEGIN .*PRIVATE KEY"
    )

    assert re.findall(unwanted, text, re.IGNORECASE) == []


def test_the_changelog_keeps_its_form() -> None:
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]

    assert text.startswith("# Changelog\n")
    assert re.findall(r"(?m)^## (.+)$", text)[:2] == ["[Unreleased]", f"[{version}]"]
    kinds = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert set(re.findall(r"(?m)^### (.+)$", text)) <= kinds


def test_decisions_are_numbered_and_have_question_choice_and_cost() -> None:
    decisions = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    numbers = [int(path.name[:4]) for path in decisions]

    assert numbers == list(range(1, len(numbers) + 1))
    for number, path in zip(numbers, decisions, strict=True):
        text = path.read_text("utf-8")
        assert text.startswith(f"# {number}. "), named(path)
        assert [word in text for word in ("**Question.**", "**Choice.**", "**Cost.**")] == [True] * 3, named(path)


def test_the_rooms_named_in_the_architecture_are_there() -> None:
    """A file that moves takes its sentence along."""
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    places = [ROOT, *(ROOT / "bot").rglob("."), *(ROOT / "integrations").rglob(".")]
    for name in re.findall(r"`([\w/]+\.py)`", text):
        assert any((place / name).exists() for place in places), name


# -- the workspace guide


def yaml_files(document: str) -> dict[str, str]:
    """The YAML examples of a document, by the name in their first line."""
    text = (ROOT / "docs" / document).read_text("utf-8")
    blocks = re.findall(r"(?ms)^```yaml\n# ([^\n]+)\n(.*?)^```", text)
    return dict(blocks)


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """The workspace of docs/workspace.md, as a reader would copy it."""
    for name, text in yaml_files("workspace.md").items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    (tmp_path / "calendars").mkdir()
    return tmp_path


def test_the_examples_of_the_guide_are_a_workspace_without_a_mistake(example: Path) -> None:
    lines, code = policy_check(example)

    assert (lines, code) == (("no errors, no warnings in the workspace with 1 readable record",), 0)


def test_the_guide_s_own_command_finds_what_it_says(example: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without credentials every remote calendar is unknown, so no time fits, and that is said."""
    code = main(["plan", "CHG-7", "--workspace", str(example), "--now", "2026-11-30T15:00:00Z"])

    assert code == 3
    assert "load test" in capsys.readouterr().out


def test_a_kind_of_meeting_is_yaml_alone(example: Path) -> None:
    [kind] = yaml_files("adding.md").values()
    with (example / "policy.yaml").open("a", encoding="utf-8") as policy:
        policy.writelines(f"  {line}\n" for line in kind.splitlines())
    record = (example / "records" / "CHG-7.yaml").read_text("utf-8")
    changed = record.replace("CHG-7", "CHG-8").replace("release-readiness", "hotfix-review")
    extra = "  service_owner: [omar]\n  on_call_reliability_lead: {rota: identity-primary}\n"
    (example / "records" / "CHG-8.yaml").write_text(changed + extra, "utf-8")

    lines, code = policy_check(example)

    assert code == 0, lines
    assert lines[-1].endswith("2 readable records")


# -- what is shipped


def test_the_picture_is_a_picture_of_a_fitting_size() -> None:
    content = (ROOT / "docs" / "images" / "held.png").read_bytes()
    width, height = (int.from_bytes(content[at : at + 4], "big") for at in (16, 20))

    assert content.startswith(b"\x89PNG")
    assert (width, height) == (1440, 900)
    assert len(content) < 400_000


def test_the_image_copies_what_the_package_needs_and_nothing_is_kept_from_it() -> None:
    """Whatever the Dockerfile copies is let through by .dockerignore, and is there."""
    copied = re.findall(r"(?m)^COPY (.+) \S+$", (ROOT / "Dockerfile").read_text("utf-8"))
    names = [name for line in copied for name in line.split()]
    let_through = {line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").split() if line.startswith("!")}

    assert set(names) == let_through
    assert all((ROOT / name).exists() for name in names)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["readme"] in names
