"""The home tab of one person: what waits for them, their meetings, the week's release calendar, connections, how to ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.core.meeting import Hold
from bot.core.release_week import Week
from bot.slack.blocks import Block, buttons, divider, heading, home_view, says, small, within
from bot.slack.limits import BLOCKS
from bot.slack.messages import presses
from bot.slack.messages.agreement_asked import reason, request_words
from bot.slack.messages.card import expiry
from bot.slack.messages.closure_card import closure_row
from bot.slack.messages.closure_view import ClosureView
from bot.slack.messages.connections import Connection, connections
from bot.slack.messages.help import how_to_ask, other_names
from bot.slack.messages.listing import row
from bot.slack.messages.points import Waiting, answer_buttons, own_line
from bot.slack.messages.release_week import release_week
from bot.slack.messages.view import ReviewView
from bot.slack.speech import Speech
from bot.slack.text import safe

MOST = 12


@dataclass(frozen=True)
class HomeView:
    """`waiting`: held, and this person may approve. `mine`: they asked, own or attend. `lapsing`: each hold that is
    about to run out. `decisions`: points of agreements that wait for them. `more`: meetings of theirs beside `mine`. `speech`: in the
    zone in which they read times; `now`: when the page is drawn."""

    speech: Speech
    now: datetime
    week: Week
    connections: Sequence[Connection]
    waiting: Sequence[ReviewView] = ()
    mine: Sequence[ReviewView] = ()
    lapsing: Sequence[tuple[ReviewView, Hold]] = ()
    command: str = "/readiness-review"
    decisions: Sequence[Waiting] = ()
    more: int = 0
    closures: Sequence[ClosureView] = ()  # those of this person that are not at their end


def home(of: HomeView) -> Block:
    """Where it is too much for Slack, what is the same for everybody stays whole: their own lists say what is left out."""
    own, common = _own(of), _common(of)
    return home_view([*within(own, BLOCKS["home"] - len(common)), *common])


def _own(of: HomeView) -> list[Block]:
    blocks = [
        heading("Waiting for you"),
        *_decisions(of.decisions),
        *_waiting(of.waiting, of.decisions),
        *_closures(of.closures),
        divider(),
        heading("Your meetings"),
        *_rows(of.mine, f"You are in no meeting. `{of.command} CHG-1042` asks for one.", of.more),
        divider(),
        heading("Holds about to lapse"),
        *_lapsing(of.lapsing),
    ]
    return [block for block in blocks if block is not None]


def _common(of: HomeView) -> list[Block]:
    return [
        divider(),
        heading("Release calendar: the next seven days"),
        *release_week(of.week, of.speech),
        divider(),
        heading("Connections"),
        *connections(of.connections, of.speech, of.now),
        divider(),
        heading("How to ask"),
        says(how_to_ask(of.command)),
        small(other_names(of.command)),
    ]


def unknown_home(slack: str) -> Block:
    """For somebody whom people.yaml does not know."""
    return home_view(
        [
            heading("I do not know you yet"),
            says(
                "people.yaml has neither your Slack id nor your e-mail address, so nothing can wait for you here. Ask "
                f"whoever keeps the workspace files to add you (Slack id {safe(slack, 40)})."
            ),
        ]
    )


def outsider_home() -> Block:
    """For guests and people of other workspaces, whatever people.yaml says of them."""
    return home_view(
        [
            heading("For members of this workspace"),
            says(
                "Guests and people of other workspaces see and decide nothing here. Ask your contact in this workspace."
            ),
        ]
    )


def _decisions(waiting: Sequence[Waiting]) -> list[Block | None]:
    blocks: list[Block | None] = []
    for one in waiting[:MOST]:
        words = " ".join([request_words(one.view, one.agreement), *reason(one.view, one.agreement)])
        blocks += [says(f"*{one.view.id}* {words}\n{own_line(one.view, one.agreement, one.point)}"),
                   answer_buttons(one.view, one.agreement, one.point)]  # fmt: skip
    return [*blocks, _more(waiting)]


def _waiting(views: Sequence[ReviewView], decisions: Sequence[Waiting]) -> list[Block | None]:
    if not views:
        return [] if decisions else [says("Nothing waits for you.")]
    blocks: list[Block | None] = []
    for view in views[:MOST]:
        blocks.append(row(view))
        for hold in (held := _held(view)):
            which = f"*{view.speech.span(hold.slot.span)}*. " if len(held) > 1 else ""
            blocks += [
                small(f"{which}{expiry(view, hold)}"),
                buttons(presses.approve(view, hold), presses.reject(view, hold)),
            ]
    return [*blocks, _more(views)]


def _closures(views: Sequence[ClosureView]) -> list[Block | None]:
    """Accepted reviews that are being closed: what halted has its buttons here too."""
    if not views:
        return []
    blocks: list[Block | None] = [divider(), heading("Closing")]
    for view in views[:MOST]:
        blocks.append(closure_row(view))
        if view.closure.state == "halted":
            blocks.append(buttons(view.again, view.take_over))
    return [*blocks, _more(views)]


def _rows(views: Sequence[ReviewView], nothing: str, more: int) -> list[Block | None]:
    return [*(row(view) for view in views[:MOST]), _more(views, more)] if views else [says(nothing)]


def _lapsing(holds: Sequence[tuple[ReviewView, Hold]]) -> list[Block | None]:
    if not holds:
        return [says("No hold runs out soon.")]
    lines = [f"*{v.id}* {v.speech.span(hold.slot.span)}. {expiry(v, hold)}" for v, hold in holds[:MOST]]
    return [says("\n".join(lines)), _more(holds)]


def _held(view: ReviewView) -> tuple[Hold, ...]:
    """The newest first, as on the card."""
    return view.meeting.live_holds[::-1] if view.meeting.state == "held" else ()


def _more(views: Sequence[object], more: int = 0) -> Block | None:
    left = max(0, len(views) - MOST) + more
    return small(f"{left} more are not shown here.") if left else None
