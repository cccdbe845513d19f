"""`audit`: what happened to one review, from the ledger alone, as text, HTML or JSON lines; and whether the chain holds."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator

from bot.slack.messages.audit_summary import audit_summary
from bot.slack.messages.closure_card import state_line
from bot.slack.messages.closure_lines import told as closure_entry
from bot.slack.messages.closure_view import ClosureView
from bot.slack.messages.entries import entry
from bot.slack.messages.view import ReviewView
from bot.slack.text import unmarked
from bot.store import StoredFact, Verified


def json_lines(facts: list[StoredFact]) -> Iterator[str]:
    """The ledger's own entries, in order: nothing is told twice, nothing is left out."""
    for fact in facts:
        told = {
            "seq": fact.seq, "stream": fact.stream, "version": fact.version, "at": fact.at.isoformat(),
            "actor": fact.actor, "tag": fact.tag, "format": fact.format, "body": fact.body, "hash": fact.hash,
        }  # fmt: skip
        yield json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def chain_line(verified: Verified) -> str:
    if verified.ok:
        return f"chain: whole, {verified.entries} entries, head {verified.head}"
    return f"chain: BROKEN from entry {verified.first_bad}: {verified.why}"


def rows(view: ReviewView) -> list[tuple[str, str]]:
    """(when, what) of each entry, in the organisation's zone."""
    return [(view.speech.plain(e.at), unmarked(entry(view, e.fact))) for e in view.history]


def text(view: ReviewView, verified: Verified) -> str:
    lines = [f"{view.request.title} · {view.request.record} {view.request.record_title}", ""]
    lines.extend(f"{at}  {what}" for at, what in rows(view))
    lines.extend(["", unmarked(audit_summary(view).text), chain_line(verified)])
    return "\n".join(lines)


def closure_rows(view: ClosureView) -> list[tuple[str, str]]:
    """The same for a closure."""
    told = [(view.speech.plain(e.at), closure_entry(view, e)) for e in view.history]
    return [(at, unmarked(words)) for at, words in told if words]


def closure_text(view: ClosureView, verified: Verified) -> str:
    lines = [f"Closing · {view.closure.id} {view.closure.plan.title}", ""]
    lines.extend(f"{at}  {what}" for at, what in closure_rows(view))
    return "\n".join([*lines, "", unmarked(state_line(view)), chain_line(verified)])


def closure_page(view: ClosureView, verified: Verified) -> str:
    title = f"Closing · {view.closure.id} {view.closure.plan.title}"
    return _page(title, unmarked(state_line(view)), closure_rows(view), verified)


_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem;color:#1d1c1d}"
    "table{border-collapse:collapse;width:100%}td{padding:.35rem .75rem .35rem 0;vertical-align:top;"
    "border-bottom:1px solid #ddd}td:first-child{white-space:nowrap;color:#555}footer{margin-top:1.5rem;color:#555}"
)


def page(view: ReviewView, verified: Verified) -> str:
    """One page without scripts: it can be kept, printed and sent."""
    title = f"{view.request.title} · {view.request.record} {view.request.record_title}"
    return _page(title, unmarked(audit_summary(view).text), rows(view), verified)


def _page(title: str, summary: str, told: list[tuple[str, str]], verified: Verified) -> str:
    title, summary = html.escape(title), html.escape(summary)
    body = "".join(f"<tr><td>{html.escape(at)}</td><td>{html.escape(what)}</td></tr>" for at, what in told)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style></head>'
        f"<body><h1>{title}</h1><p>{summary}</p><table>{body}</table>"
        f"<footer>{html.escape(chain_line(verified))}</footer></body></html>\n"
    )
