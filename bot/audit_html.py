"""The audit as one HTML file: no scripts, nothing from elsewhere; it can be kept, printed, sent, and read on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from bot.auditing import Page
from bot.core.audit_words import Line, Section, chain_words, sections_of

_STYLE = """
:root{color-scheme:light dark;--ink:#1d1c1d;--dim:#5b5860;--rule:#d9d6dc;--paper:#fff;--quote:#f4f2f6}
@media (prefers-color-scheme:dark){:root{--ink:#eceaee;--dim:#aaa6b0;--rule:#3b383f;--paper:#18161a;--quote:#242127}}
*{box-sizing:border-box}
body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:0 auto;padding:1.5rem 1rem 3rem;color:var(--ink);
background:var(--paper);overflow-wrap:anywhere}
h1{font-size:1.4rem;line-height:1.25;margin:0 0 .25rem}
h2{font-size:1.1rem;margin:2rem 0 .5rem;padding-top:.75rem;border-top:1px solid var(--rule)}
p{margin:.6rem 0 .2rem}ul{margin:.1rem 0 .6rem;padding-left:1.2rem}li{margin:.1rem 0}
li,.dim,td:first-child,td:last-child{color:var(--dim)}
q{display:block;margin:.25rem 0;padding:.35rem .6rem;background:var(--quote);color:var(--ink);border-radius:.3rem}
q::before,q::after{content:none}
.broken{border:2px solid #b3261e;padding:.5rem .75rem;font-weight:600}
table{border-collapse:collapse;width:100%;font-size:.9rem}
th{text-align:left;font-weight:600;padding:.3rem .6rem .3rem 0;border-bottom:1px solid var(--rule)}
td{vertical-align:top;padding:.3rem .6rem .3rem 0;border-bottom:1px solid var(--rule)}
td:nth-child(2){white-space:nowrap;color:var(--dim)}td:last-child{font-family:ui-monospace,monospace;font-size:.8rem;white-space:nowrap}
@media (max-width:40rem){thead{display:none}tr,td{display:block;border:0;padding:0}
tr{padding:.4rem 0;border-bottom:1px solid var(--rule)}td:first-child,td:nth-child(2){display:inline;padding-right:.5rem}}
"""


def page_html(page: Page) -> str:
    title = escape(page.heading)
    body = "".join(_body(page))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Audit: {title}</title><style>{_STYLE}</style></head>\n<body>\n{body}</body></html>\n"
    )


def _body(page: Page) -> Iterator[str]:
    yield f'<h1>{escape(page.heading)}</h1>\n<p class="dim">{escape(page.times)}</p>\n'
    if not page.audit.chain.whole:
        yield f'<p class="broken">{escape(page.say(chain_words(page.audit)))}</p>\n'
    for section in sections_of(page.audit):
        yield f"<section><h2>{escape(section.title)}</h2>\n{''.join(_lines(page, section))}</section>\n"
    yield f"<section><h2>The ledger, entry by entry</h2>\n{''.join(_ledger(page))}</section>\n"


def _lines(page: Page, section: Section) -> Iterator[str]:
    """Each line is a paragraph; what stands under it is a list."""
    inside = False
    for line in section.lines:
        if line.under != inside:
            yield "<ul>" if line.under else "</ul>\n"
            inside = line.under
        tag = "li" if line.under else "p"
        yield f"<{tag}>{_line(page, line)}</{tag}>"
    yield "</ul>\n" if inside else "\n"


def _line(page: Page, line: Line) -> str:
    quote = f"<q>{escape(page.quote(line.quote))}</q>" if line.quote else ""
    return f"{escape(page.say(line.words))}{quote}"


def _ledger(page: Page) -> Iterator[str]:
    yield "<table><thead><tr><th>No.</th><th>When</th><th>What</th><th>Hash</th></tr></thead><tbody>\n"
    for entry, words in page.entries:
        cells = (str(entry.seq), page.speech.bare(entry.at), words, entry.hash[:12])
        yield f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>\n"
    yield "</tbody></table>\n"
