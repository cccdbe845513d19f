"""The command line: demo, serve, plan, audit, holds, effects, backup, person, policy, schema, check, manifest."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

from bot.settings import SettingsError

FINE, FAILED, BAD_INPUT = 0, 1, 2


def main(arguments: list[str] | None = None) -> int:
    """Returns the exit code: 0 fine, 1 not as it should be, 2 bad input (3 from `plan`: not viable)."""
    told = parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = told.run
    try:
        return run(told)
    except SettingsError as error:
        return _complain(*error.lines)
    except KeyboardInterrupt:
        return FINE
    except BrokenPipeError:  # whoever read on (`head`, `less`) has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FINE
    except _bad_input() as error:
        return _complain(str(error))


def _bad_input() -> tuple[type[Exception], ...]:
    """What is the user's to mend: one line, no traceback."""
    from bot.planning import PlanError
    from bot.ports import Failure
    from bot.workspace import NoSuchRecord, WorkspaceError

    return (PlanError, WorkspaceError, NoSuchRecord, Failure)


def _complain(*lines: str) -> int:
    for line in lines:
        print(" ".join(line.split()), file=sys.stderr)
    return BAD_INPUT


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="readiness-bot", description="Schedules the meetings that change governance requires."
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, help: str, more: str = "") -> argparse.ArgumentParser:
        described = f"{help[0].upper()}{help[1:]}. {more}".strip()
        return commands.add_parser(name, help=help, description=described)

    _demo(command("demo", "try everything in a browser, without an account", "Ctrl-C ends it and leaves nothing."))
    _serve(command("serve", "run the bot for a real Slack workspace", "Reads the settings; see the README's table."))
    _plan(
        command(
            "plan", "which times fit, and why the others do not", "Reads files alone. Exit 0: a time fits, 3: none."
        )
    )
    _audit(
        command("audit", "what happened to a review, from the ledger", "Reads the database alone and changes nothing.")
    )
    _holds(command("holds", "our holds on every calendar", "Asks the calendars, not Slack and not the database."))
    _effects(
        command("effects", "what is owed and does not get done", "Works beside a running bot, which sees it at once.")
    )
    _backup(command("backup", "copy the SQLite database while the bot runs", "For PostgreSQL use pg_dump."))
    _person(command("person", "what is kept of a person: all of it in one file, or erased"))
    _policy(
        command("policy", "check an organisation's files", "Exit 2 when there is an error; warnings are only told.")
    )
    command("schema", "print JSON Schemas of the YAML files, for editors").set_defaults(run=_run_schema)
    command("check", "test each connection and right", "Exit 1 when one is missing.").set_defaults(run=_run_check)
    _manifest(command("manifest", "print the Slack app's manifest for your address"))
    return top


def _demo(own: argparse.ArgumentParser) -> None:
    own.add_argument(
        "--port", type=int, default=8080, metavar="PORT", help="the page's port (default: 8080; 0 takes a free one)"
    )
    own.add_argument(
        "--script",
        nargs="?",
        const="review",
        choices=["review", "readout"],
        metavar="STORY",
        help="play a story without a browser and print the transcript: review (the main one) or readout",
    )
    own.set_defaults(run=_run_demo)


def _serve(own: argparse.ArgumentParser) -> None:
    own.set_defaults(run=_run_serve)


def _plan(own: argparse.ArgumentParser) -> None:
    own.add_argument("record", help="the record's id, such as CHG-1042")
    own.add_argument(
        "--workspace", type=Path, required=True, metavar="DIR", help="the folder with policy.yaml and the others"
    )
    own.add_argument("--now", metavar="INSTANT", help="ISO 8601 with an offset or Z (default: this moment)")
    own.add_argument("--json", action="store_true", help="print one JSON object, for programs")
    own.add_argument(
        "--picture", type=Path, metavar="FILE", help="draw it too, as a PNG: roles by rows, days by columns"
    )
    own.add_argument("--names", action="store_true", help="with --picture: the people below their roles")
    own.set_defaults(run=_run_plan)


def _audit(own: argparse.ArgumentParser) -> None:
    own.add_argument("record", nargs="?", help="the record's id, such as CHG-1042")
    own.add_argument(
        "--json", action="store_true", help="for programs: one JSON object a line, the ledger's entries too"
    )
    own.add_argument("--html", action="store_true", help="one file that can be kept and sent; reasons by role")
    own.add_argument("--names", action="store_true", help="with --html: reasons by name, as the other forms have them")
    own.add_argument("--verify", action="store_true", help="read the whole chain; exit 1 when it does not hold")
    own.add_argument(
        "--head",
        metavar="HASH[@N]",
        help="with --verify: a head noted earlier, from the daily digest; exit 1 when the chain does not go through it",
    )
    own.add_argument("--replay", action="store_true", help="run the recorded inputs of its searches again and compare")
    own.set_defaults(run=_run_audit)


def _holds(own: argparse.ArgumentParser) -> None:
    own.add_argument("what", choices=["list", "release"], help="show them, or take them off")
    own.add_argument("record", nargs="?", help="only this record's; without it, `list` shows all")
    own.add_argument("--all", action="store_true", help="release the holds of every record")
    own.set_defaults(run=_run_holds)


def _effects(own: argparse.ArgumentParser) -> None:
    verbs = own.add_subparsers(dest="what", required=True, metavar="list|retry|cancel")
    verbs.add_parser("list", help="what is overdue or was given up, by lane; exit 1 when something was given up")
    retry = verbs.add_parser("retry", help="try it again now")
    retry.add_argument("key", nargs="?", help="as `effects list` shows it")
    retry.add_argument("--all", action="store_true", help="all that it shows")
    cancel = verbs.add_parser("cancel", help="call it off for good; whom it concerns is told")
    cancel.add_argument("key", help="as `effects list` shows it")
    cancel.add_argument("--reason", required=True, metavar="TEXT", help="why; it is kept with your user's name")
    own.set_defaults(run=_run_effects)


def _backup(own: argparse.ArgumentParser) -> None:
    own.add_argument("file", type=Path, metavar="FILE", help="a file that is not there yet; for its owner alone")
    own.set_defaults(run=_run_backup)


def _person(own: argparse.ArgumentParser) -> None:
    own.add_argument("what", choices=["export", "erase"], help="print it as JSON, or erase what may be erased")
    own.add_argument("id", help="the person's id in people.yaml, such as dana")
    own.add_argument("--slack", metavar="ID", help="their Slack user id, where people.yaml does not say it (any more)")
    own.set_defaults(run=_run_person)


def _policy(own: argparse.ArgumentParser) -> None:
    own.add_argument(
        "what", choices=["check"], help="every error with its line, every decision that hangs on one person"
    )
    own.add_argument("folder", type=Path, metavar="DIR", help="the folder with policy.yaml and the others")
    own.set_defaults(run=_run_policy)


def _manifest(own: argparse.ArgumentParser) -> None:
    own.add_argument("--url", default="https://bot.example.com", help="where Slack reaches the bot (https)")
    own.add_argument(
        "--link-host",
        action="append",
        metavar="HOST",
        help="a host whose links name records; may be repeated, up to five times",
    )
    own.add_argument("--socket-mode", action="store_true", help="for an installation without an open port")
    own.set_defaults(run=_run_manifest)


# Each command's imports stand in it: `plan` must not wait for Slack's library, nor `schema` for anything.


def _run_demo(told: argparse.Namespace) -> int:
    from bot import demo

    return demo.script(told.script) if told.script else demo.run(told.port)


def _run_serve(told: argparse.Namespace) -> int:
    from bot import running

    return running.serve()


def _run_plan(told: argparse.Namespace) -> int:
    from bot import planning

    if told.names and told.picture is None:
        return _complain("plan --names: it says who stands in the picture; add --picture FILE. Nothing was searched.")
    return planning.command(told.record, told.workspace, told.now, told.json, told.picture, told.names)


def _run_audit(told: argparse.Namespace) -> int:
    from bot import running
    from bot.auditing import Form, Noted

    noted = Noted.read(told.head) if told.head is not None else None
    if told.head is not None and (noted is None or not told.verify):
        return _complain(
            "audit --head: give it with --verify, as the digest prints it: 64 hexadecimal digits, or these and @N. "
            "Nothing was read."
        )
    if told.record is None and not told.verify:
        return _complain("audit: name a record, such as `audit CHG-1042`, or use --verify for the whole ledger.")
    if told.replay and told.record is None:
        return _complain("audit --replay: name the record whose searches to run again.")
    if told.json and told.html:
        return _complain("audit: --json or --html, not both. Nothing was read.")
    if told.replay:
        return running.replay(told.record)
    form: Form = "json" if told.json else "html" if told.html else "text"
    return running.audit(told.record, form, told.verify, told.names or form != "html", noted)


def _run_holds(told: argparse.Namespace) -> int:
    from bot import running

    if told.what == "release" and not (told.all or told.record):
        return _complain("holds release: name a record, or say --all. Nothing was released.")
    return running.holds(told.what == "release", told.record)


def _run_effects(told: argparse.Namespace) -> int:
    from bot import effects

    match told.what:
        case "list":
            return effects.effects_list()
        case "retry":
            if not (told.key or told.all):
                return _complain("effects retry: name a key, or say --all. Nothing was changed.")
            return effects.effects_retry(told.key)
        case _:
            return effects.effects_cancel(told.key, told.reason)


def _run_backup(told: argparse.Namespace) -> int:
    from bot import backup

    return backup.command(told.file)


def _run_person(told: argparse.Namespace) -> int:
    from bot import personal

    return personal.export(told.id, told.slack) if told.what == "export" else personal.erase(told.id, told.slack)


def _run_policy(told: argparse.Namespace) -> int:
    from bot.checks import policy_check

    lines, code = policy_check(told.folder)
    print("\n".join(lines))
    return code


def _run_schema(told: argparse.Namespace) -> int:
    import json

    from bot.schema import schema

    print(json.dumps(schema(), indent=2, ensure_ascii=False))
    return FINE


def _run_check(told: argparse.Namespace) -> int:
    from bot.checking import check
    from bot.settings import read

    lines = list(check(read()))
    for fine, words in lines:
        print(f"{'ok     ' if fine else 'MISSING'}  {words}")
    return FINE if all(fine for fine, _ in lines) else FAILED


def _run_manifest(told: argparse.Namespace) -> int:
    from bot.manifest import LINK_HOST, as_yaml, faults, manifest

    hosts = tuple(told.link_host or [LINK_HOST])
    wrong = list(faults(told.url, hosts))
    if wrong:
        return _complain(*wrong)
    print(as_yaml(manifest(told.url, hosts, told.socket_mode)), end="")
    return FINE


if __name__ == "__main__":
    sys.exit(main())
