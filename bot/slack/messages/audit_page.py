"""The audit of one review as Slack can show it: what was read, ruled out, held and decided, and why by a person; its log."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.core.audit import Audit, Quote
from bot.core.audit_words import Line, Section, sections_of
from bot.core.words import spoken
from bot.slack.blocks import Block, Message, message, modal, says, small
from bot.slack.limits import measure
from bot.slack.messages.entries import entry
from bot.slack.messages.view import ReviewView
from bot.slack.text import length, safe

AUDIT_DIALOG = "audit_dialog"
_MOST = 200
_A_BLOCK = 8
_PAGES = 3  # Slack takes five answers to one command; the log is one more
_BLOCK = 2800  # characters in one block, below what Slack takes
_PAGE = (40, 10_000)  # blocks and bytes of one message, below what Slack takes


def audit_pages(view: ReviewView, audit: Audit, chain: str) -> tuple[Message, ...]:
    """As private messages, the log of this round last. What does not fit is counted, and where the rest is said."""
    pages = list(_pages(_texts(view, sections_of(_of_newest(audit)))))
    shown, rest = pages[:_PAGES], pages[_PAGES:]
    messages = [_page(view, number, blocks) for number, blocks in enumerate(shown, 1)]
    if rest:
        left = small(f"{sum(map(len, rest))} more paragraphs do not fit here. {_elsewhere(view)}")
        messages[-1] = _page(view, len(shown), [*shown[-1], left])
    return (*messages, audit_page(view, chain))


def _of_newest(audit: Audit) -> Audit:
    """Only the newest search tells here what it ruled out, start by start."""
    bare = [s.model_copy(update={"ruled_out": (), "counted": ()}) for s in audit.searches[:-1]]
    return audit.model_copy(update={"searches": (*bare, *audit.searches[-1:])})


def _page(view: ReviewView, number: int, blocks: list[Block]) -> Message:
    more = small(
        f"Days and times in lists are those of {view.speech.place}; others in your own zone. {_elsewhere(view)}"
    )
    head = says(f"*The audit of {view.id}*" if number == 1 else f"*The audit of {view.id}*, page {number}")
    return message(f"The audit of {view.id}, page {number}.", head, *blocks, more)


def _elsewhere(view: ReviewView) -> str:
    return f"The whole of it, for operators: `readiness-bot audit {view.id}`."


def _texts(view: ReviewView, sections: Iterable[Section]) -> Iterator[str]:
    """Paragraphs, each as much as one block takes; a section begins its own."""
    for section in sections:
        text = f"*{safe(section.title, 120)}*"
        for line in section.lines:
            told = _line(view, line)
            if length(text) + length(told) > _BLOCK:
                yield text
                text = told
            else:
                text = f"{text}\n{told}"
        yield text


def _line(view: ReviewView, line: Line) -> str:
    words = spoken(safe(line.words, 1500), view.speech.name, view.speech.day_and_time, view.speech.clock)
    quote = f" {_quote(line.quote)}" if line.quote else ""
    return f"{'• ' if line.under else ''}{words}{quote}"


def _quote(quote: Quote) -> str:
    return f"“{safe(quote.text, 600)}”" if quote.text is not None else "_(the words were erased)_"


def _pages(texts: Iterable[str]) -> Iterator[list[Block]]:
    blocks: list[Block] = []
    for text in texts:
        block = says(text)
        if blocks and (len(blocks) >= _PAGE[0] or measure([*blocks, block]) > _PAGE[1]):
            yield blocks
            blocks = []
        blocks.append(block)
    if blocks:
        yield blocks


def audit_page(view: ReviewView, chain: str) -> Message:
    """The log alone, as a private message. `chain`: one sentence on the chain of the ledger, verified or not."""
    blocks = _blocks(view, chain, 60)
    return message(f"The log of {view.id}: {len(view.history)} entries. {view.speech.say(chain)}", *blocks)


def audit_dialog(view: ReviewView, chain: str) -> Block:
    return modal("Full log", AUDIT_DIALOG, _blocks(view, chain, _MOST), carries=view.carries())


def _blocks(view: ReviewView, chain: str, most: int) -> list[Block]:
    """The beginning and the end; where it is too long the middle is left to the command line."""
    lines = [f"{view.speech.day_and_time(e.at)} · {entry(view, e.fact)}" for e in view.history]
    if len(lines) > most:
        middle = f"_{len(lines) - most} entries in between: `readiness-bot audit {view.id}` prints them all._"
        lines = [*lines[: most // 2], middle, *lines[-(most // 2) :]]
    parts = ["\n".join(lines[i : i + _A_BLOCK]) for i in range(0, len(lines), _A_BLOCK)]
    return [
        says(f"*The log of {view.id}*, round {view.request.round}"),
        *(says(part) for part in parts),
        small(view.speech.say(chain), "Times are in your own zone. Nothing here can be changed afterwards."),
    ]
