"""Half-open spans of time, and the zones they are read in. Clock changes are understood here and nowhere else."""

from __future__ import annotations

import zoneinfo
from datetime import datetime, timedelta
from typing import NamedTuple

# Zones come from the pinned `tzdata` package, so that every machine gives the same answer.
zoneinfo.reset_tzpath(to=())


class Span(NamedTuple):
    """`[start, end)`: aware instants; an empty span meets nothing."""

    start: datetime
    end: datetime

    @property
    def duration(self) -> timedelta:
        return self.end - self.start

    def meets(self, other: Span) -> bool:
        """Whether the two share an instant."""
        return max(self.start, other.start) < min(self.end, other.end)

    def holds(self, other: Span) -> bool:
        """Whether `other` lies wholly inside."""
        return self.start <= other.start and other.end <= self.end


def zone(name: str) -> zoneinfo.ZoneInfo:
    """The IANA zone of that name, from the pinned data. Raises `zoneinfo.ZoneInfoNotFoundError` or `ValueError`."""
    return zoneinfo.ZoneInfo(name)
