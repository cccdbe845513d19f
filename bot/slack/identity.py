"""Who presses: a Slack user becomes a person by id, then by e-mail; guests, strangers and bots stay what they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from bot.core.authority import Asker, Standing
from bot.core.people import Directory
from bot.core.span import is_zone
from bot.core.warrant import fresh
from bot.ports import Gone, Organisations, SlackMemory
from bot.slack.posting import Posting


class Identity:
    """Slack users as people. What Slack says of a user is at most 60 s old when something is decided by it."""

    def __init__(
        self, posting: Posting, memory: SlackMemory, organisations: Organisations, real_now: Callable[[], datetime],
        team: Callable[[], str],
    ) -> None:  # fmt: skip
        self._posting = posting
        self._memory = memory
        self._organisations = organisations
        self._real_now = real_now
        self._team = team

    def asker(self, user: str, team: str) -> Asker:
        """Raises Unreachable or Throttled when Slack must be asked and does not answer: then nothing is decided."""
        told, seen_at = self._told(user, team)
        standing = standing_of(told, self._team(), team)
        person = self._person(user, told, standing)
        return Asker(slack=user, person=person, standing=standing, team=team, seen_at=seen_at)

    def again(self, asker: Asker) -> Asker:
        """The same Slack user as they are known now: when what was told of them may have grown too old to decide by."""
        return self.asker(asker.slack, asker.team)

    def _told(self, user: str, team: str) -> tuple[Mapping[str, Any], datetime]:
        """What Slack says of them, and when it was asked at the latest."""
        kept, asked_at = self._memory.user(user, team), self._real_now()
        if kept is not None and fresh(kept.seen_at, asked_at):
            return kept.body, kept.seen_at
        try:
            answer = self._posting.call("users_info", user=user)["user"]
        except Gone:
            answer = {"id": user, "deleted": True}
        told = _allowed(answer)
        self._memory.keep_user(user, team, told)
        return told, asked_at

    def _person(self, user: str, told: Mapping[str, Any], standing: Standing) -> str | None:
        if standing != "member":
            return None
        return person_of(user, told.get("email"), self._organisations.current().people)

    def zone(self, asker: Asker) -> str:
        """The zone in which they read times: their Slack's, as it told last; else that of people.yaml."""
        organisation, kept = self._organisations.current(), self._memory.user(asker.slack, asker.team)
        person = organisation.people.people.get(asker.person or "")
        told = kept.body.get("tz") if kept else None
        if isinstance(told, str) and is_zone(told):
            return told
        return person.time_zone if person else organisation.policy.time_zone

    def onlooker(self, user: str, team: str) -> Asker:
        """Who wants to see something, from the newest copy however old it is: for showing, never for deciding. Slack is
        asked only about somebody never seen who is in no file by their Slack id; that may raise as `asker` does."""
        kept = self._memory.user(user, team)
        if kept is not None:
            standing = standing_of(kept.body, self._team(), team)
            person = self._person(user, kept.body, standing)
            return Asker(slack=user, person=person, standing=standing, team=team, seen_at=kept.seen_at)
        person = person_of(user, None, self._organisations.current().people)
        return (
            Asker(slack=user, person=person, team=team) if person and team == self._team() else self.asker(user, team)
        )


def _allowed(user: Mapping[str, Any]) -> dict[str, Any]:
    """What we keep of a Slack user: enough to decide, nothing of their profile beside the address."""
    names = ("id", "team_id", "deleted", "is_bot", "is_restricted", "is_ultra_restricted", "is_stranger", "tz")
    kept = {name: user.get(name) for name in names if name in user}
    return {**kept, "email": (user.get("profile") or {}).get("email")}


def standing_of(told: Mapping[str, Any], home: str, team: str) -> Standing:
    if told.get("deleted"):
        return "deactivated"
    if told.get("is_bot"):
        return "bot"
    if (
        told.get("is_stranger")
        or (home and team and team != home)
        or (home and told.get("team_id") not in (None, home))
    ):
        return "stranger"
    if told.get("is_restricted") or told.get("is_ultra_restricted"):
        return "guest"
    return "member"


def person_of(user: str, email: str | None, people: Directory) -> str | None:
    """By Slack id; then by e-mail, where exactly one person has that address and no other Slack id."""
    by_id = [p.id for p in people.people.values() if p.slack == user]
    if by_id:
        return by_id[0]
    address = (email or "").lower()
    by_mail = [p.id for p in people.people.values() if address and (p.email or "").lower() == address and not p.slack]
    return by_mail[0] if len(by_mail) == 1 else None
