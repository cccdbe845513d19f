"""Slack's text: how a typed line is escaped on its way to a bot, and how a message reads to one person."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from integrations.sandbox.slack_state import Json, SlackState

_LINK = re.compile(r"(?<![<|\w])(https?://[^\s<>|]+[^\s<>|.,;:!?)\]'\"”’])")
_PERSON = re.compile(r"(?<![\w<|])@([\w.\-]*\w)")
_PLACE = re.compile(r"(?<![\w<|&/])#([\w\-]+)")
_TOKEN = re.compile(r"<([^<>]+)>")
_MARKS = [re.compile(rf"(?<![\w{m}]){m}(?=\S)([^\n{m}]*?\S){m}(?![\w{m}])") for m in (r"\*", "_", "~", "`")]


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def typed(text: str, state: SlackState) -> str:
    """What Slack makes of a typed line (a command with `should_escape`, or a message): entities, mentions and links."""
    people = {u["name"]: u["id"] for u in state.users.values()}
    groups = {g["handle"]: g["id"] for g in state.groups.values()}
    places = {c.name: c for c in state.channels.values() if not c.partner}

    def person(found: re.Match[str]) -> str:
        name = found[1]
        if name in people:
            return f"<@{people[name]}|{name}>"
        return f"<!subteam^{groups[name]}|@{name}>" if name in groups else found[0]

    def place(found: re.Match[str]) -> str:
        channel = places.get(found[1])
        if channel is None:
            return found[0]
        return f"<#{channel.id}|{'' if channel.is_private else channel.name}>"

    # Links first and out of the way: an @ or # inside an address is not a mention.
    pieces = _LINK.split(escaped(text))
    for i, piece in enumerate(pieces):
        pieces[i] = f"<{piece}>" if i % 2 else _PLACE.sub(place, _PERSON.sub(person, piece))
    return "".join(pieces)


def links(text: str, domains: list[str]) -> list[Json]:
    """The links of a typed message whose host is one of the app's unfurl domains, or below one."""
    found = []
    for url in dict.fromkeys(_LINK.findall(text)):
        host = re.sub(r"^https?://(?:[^/@]*@)?", "", url).split("/")[0].split(":")[0].lower()
        if domain := next((d for d in domains if host == d or host.endswith("." + d)), None):
            found.append({"domain": domain, "url": url})
    return found


class Reader:
    """One person's eyes: times in their zone, mentions as names."""

    def __init__(self, state: SlackState, user: str | None = None) -> None:
        self._state = state
        self._zone: tzinfo = ZoneInfo(state.user(user)["tz"]) if user else UTC

    def mrkdwn(self, text: str) -> str:
        plain = _TOKEN.sub(self._token, text)
        for mark in _MARKS:
            plain = mark.sub(r"\1", plain)
        return unescaped(plain)

    def _token(self, found: re.Match[str]) -> str:
        body, _, label = found[1].partition("|")
        if body.startswith("!date^"):
            return self._date(body.split("^"), label)
        if body.startswith("@"):
            return f"@{self._state.users.get(body[1:], {}).get('real_name', label or body[1:])}"
        if body.startswith("#"):
            channel = self._state.channels.get(body[1:])
            return "#" + (channel.name if channel else label or body[1:])
        if body.startswith("!subteam^"):
            return f"@{self._state.groups.get(body[9:], {}).get('handle', label.lstrip('@') or body[9:])}"
        if body.startswith("!"):
            return "@" + body[1:]
        return label or body

    def _date(self, parts: list[str], fallback: str) -> str:
        try:
            moment = datetime.fromtimestamp(int(parts[1]), UTC).astimezone(self._zone)
            return re.sub(r"\{(\w+)\}", lambda t: self._date_part(moment, t[1]), parts[2])
        except (ValueError, IndexError, KeyError, OverflowError):
            return fallback

    def _date_part(self, moment: datetime, token: str) -> str:
        day = self._relative_day(moment) if token.endswith("_pretty") else ""
        month, number = moment.strftime("%B"), moment.day
        ending = "th" if 11 <= number <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
        year = "" if abs((moment - self._state.clock.now()).days) < 183 else f", {moment.year}"
        shown = {
            "date_num": f"{moment:%Y-%m-%d}",
            "date": f"{month} {number}{ending}{year}",
            "date_short": f"{month[:3]} {number}{year}",
            "date_long": f"{moment:%A}, {month} {number}{ending}{year}",
            "time": f"{moment:%H:%M}",
            "time_secs": f"{moment:%H:%M:%S}",
            "ago": self._ago(moment),
        }
        shown["date_pretty"] = day or shown["date"]
        shown["date_short_pretty"] = day or shown["date_short"]
        shown["date_long_pretty"] = day or shown["date_long"]
        return shown[token]

    def _relative_day(self, moment: datetime) -> str:
        today = self._state.clock.now().astimezone(self._zone).date()
        return {-1: "yesterday", 0: "today", 1: "tomorrow"}.get((moment.date() - today).days, "")

    def _ago(self, moment: datetime) -> str:
        minutes = round((moment - self._state.clock.now()).total_seconds() / 60)
        size = abs(minutes)
        words = (
            f"{size} min"
            if size < 120
            else f"{round(size / 60)} hours"
            if size < 2880
            else f"{round(size / 1440)} days"
        )
        return f"in {words}" if minutes > 0 else f"{words} ago"

    # -- blocks

    def text(self, thing: Json | None) -> str:
        if not thing:
            return ""
        return self.mrkdwn(thing["text"]) if thing.get("type") == "mrkdwn" else str(thing.get("text", ""))

    def message(self, message: Json) -> str:
        """The message as lines: its blocks if it has any, its text otherwise; then its unfurls."""
        blocks = message.get("blocks") or []
        lines = [line for block in blocks for line in self.block(block)]
        if not blocks:
            lines = [self.mrkdwn(message.get("text", ""))]
        for attached in message.get("attachments") or []:
            lines += [line for block in attached.get("blocks", []) for line in self.block(block)]
            lines += [self.mrkdwn(attached[k]) for k in ("title", "text") if attached.get(k)]
        lines += [f"(picture: {file['alt_txt'] or file['title']})" for file in message.get("files") or []]
        return "\n".join(lines)

    def view(self, view: Json) -> str:
        lines = [self.text(view["title"])] if view.get("title") else []
        lines += [line for block in view.get("blocks", []) for line in self.block(block)]
        foot = " ".join(f"[{self.text(view[k])}]" for k in ("submit", "close") if view.get(k))
        return "\n".join([*lines, foot] if foot else lines)

    def block(self, block: Json) -> Iterator[str]:
        kind = block.get("type")
        if kind == "section":
            yield from self._section(block)
        elif kind == "context":
            yield " · ".join(self._element(e) for e in block.get("elements", []))
        elif kind == "actions":
            yield " ".join(self._element(e) for e in block.get("elements", []))
        elif kind == "divider":
            yield "———"
        elif kind == "input":
            yield f"{self.text(block.get('label'))}: {self._element(block.get('element', {}))}"
        elif kind == "rich_text":
            yield "".join(self._rich(e) for e in block.get("elements", []))
        elif kind == "image":
            yield f"(picture: {block.get('alt_text', '')})"
        elif kind == "table":
            for row in block.get("rows", []):
                yield " | ".join(self._rich(cell) for cell in row)
        else:  # header, markdown, alert and whatever else carries a text
            text = block.get("text", "")
            yield self.text(text) if isinstance(text, dict) else str(text)

    def _section(self, block: Json) -> Iterator[str]:
        accessory = self._element(block["accessory"]) if block.get("accessory") else ""
        head = "  ".join(p for p in (self.text(block.get("text")), accessory) if p)
        if head:
            yield head
        yield from (self.text(f) for f in block.get("fields", []))

    def _element(self, element: Json) -> str:
        kind = element.get("type", "")
        if kind in ("mrkdwn", "plain_text"):
            return self.text(element)
        if kind == "image":
            return f"(picture: {element.get('alt_text', '')})"
        if kind == "button":
            return f"[{self.text(element.get('text'))}]"
        if kind == "overflow":
            return "[⋯ " + " / ".join(self.text(o["text"]) for o in element.get("options", [])) + "]"
        chosen = element.get("initial_option") or {}
        shown = self.text(chosen.get("text")) or element.get("initial_value") or element.get("initial_date")
        return f"[{shown or self.text(element.get('placeholder')) or kind}]"

    def _rich(self, part: Json) -> str:
        kind = part.get("type", "")
        if kind in ("text", "raw_text"):
            return str(part["text"])
        if kind == "user":
            return self._token_text(f"<@{part['user_id']}>")
        if kind == "usergroup":
            return self._token_text(f"<!subteam^{part['usergroup_id']}>")
        if kind == "channel":
            return self._token_text(f"<#{part['channel_id']}>")
        if kind == "link":
            return str(part.get("text") or part["url"])
        if kind == "emoji":
            return f":{part['name']}:"
        if kind == "date":
            return self._date(["", str(part["timestamp"]), part["format"]], part.get("fallback", ""))
        inner = [self._rich(e) for e in part.get("elements", [])]
        return "\n".join(f"• {i}" for i in inner) + "\n" if kind == "rich_text_list" else "".join(inner)

    def _token_text(self, token: str) -> str:
        return _TOKEN.sub(self._token, token)
