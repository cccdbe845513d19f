"""`audit REL-77`: one closure from the ledger alone, as text, HTML or JSON lines. People stand by id: no other file is read."""

from __future__ import annotations

import json
from html import escape

from bot.auditing import Form
from bot.core.closure import folded
from bot.core.closure_facts import STREAM
from bot.core.people import Directory
from bot.slack.messages.closure_card import state_line
from bot.slack.messages.closure_lines import told
from bot.slack.messages.closure_view import ClosureView
from bot.slack.text import unmarked
from bot.store import StoredFact
from bot.store.archive import Archive
from bot.store.closure_journal import closure_entry


def found(archive: Archive, id: str) -> ClosureView | None:
    """Under the id as typed or in capitals; None when nothing was ever closed under it."""
    for spelling in dict.fromkeys((id, id.upper())):
        history = tuple(map(closure_entry, archive.facts(STREAM + spelling)))
        closure = folded(spelling, history)
        if closure is not None:
            return ClosureView(closure, history, Directory(people={}), "UTC", history[-1].at)
    return None


def tell(view: ClosureView, form: Form, archive: Archive) -> None:
    facts = archive.facts(STREAM + view.closure.id)
    match form:
        case "json":
            for fact in facts:
                print(line(fact))
        case "html":
            print(page(view), end="")
        case "text":
            print(
                "\n".join(
                    [heading(view), unmarked(state_line(view)), "", *(f"{at}  {what}" for at, what in rows(view))]
                )
            )


def heading(view: ClosureView) -> str:
    return f"Closing · {view.closure.id} {view.closure.plan.title}"


def rows(view: ClosureView) -> list[tuple[str, str]]:
    """(when, what) of each entry that says something."""
    return [(view.speech.plain(e.at), unmarked(words)) for e in view.history if (words := told(view, e))]


def line(fact: StoredFact) -> str:
    """One entry of the ledger as one JSON object: nothing is left out."""
    entry = {
        "line": "fact", "seq": fact.seq, "stream": fact.stream, "version": fact.version, "at": fact.at.isoformat(),
        "actor": fact.actor, "tag": fact.tag, "format": fact.format, "body": fact.body, "hash": fact.hash,
    }  # fmt: skip
    return json.dumps(entry, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def page(view: ClosureView) -> str:
    """Without scripts: it can be kept, printed and sent."""
    title = escape(heading(view))
    body = "".join(f"<tr><td>{escape(at)}</td><td>{escape(what)}</td></tr>\n" for at, what in rows(view))
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>\n<body><h1>{title}</h1>'
        f"<p>{escape(unmarked(state_line(view)))}</p><table>\n{body}</table></body></html>\n"
    )
