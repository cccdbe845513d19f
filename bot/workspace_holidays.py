"""Public holidays by country and subdivision, resolved into plain dates."""

from __future__ import annotations

import warnings
from datetime import date
from functools import cache

import holidays

from bot.workspace_problems import did_you_mean, quoted
from bot.workspace_reading import Place, text

# The years a meeting could be asked for. One set is shared by everybody who lives there.
FIRST_YEAR, LAST_YEAR = 2000, 2060


def holiday_code(place: Place) -> str:
    """A country, or country-subdivision, that the `holidays` package knows."""
    word = text(place)
    country, dash, subdivision = word.partition("-")
    countries = _countries()
    if country not in countries:
        raise place.refuse(f"{quoted(country)} is no country of the holidays package{_hint(country, countries)}")
    if dash and subdivision not in countries[country]:
        hint = _hint(subdivision, countries[country])
        raise place.refuse(f"{quoted(subdivision)} is no subdivision of {country} in the holidays package{hint}")
    return word


def _hint(word: str, known: dict[str, tuple[str, ...]] | tuple[str, ...]) -> str:
    same = next((name for name in known if name.lower() == word.lower()), None)
    if same:
        return f"; did you mean {quoted(same)}?"
    return did_you_mean(word, known) if isinstance(known, tuple) else "; write a code such as US or US-IL"


@cache
def _countries() -> dict[str, tuple[str, ...]]:
    listed = holidays.list_supported_countries(include_aliases=True)
    return {country: tuple(subdivisions) for country, subdivisions in listed.items()}


@cache
def holiday_dates(code: str, first: int = FIRST_YEAR, last: int = LAST_YEAR) -> frozenset[date]:
    """The public holidays of a code that `holiday_code` accepted, from the first year to the last, both included."""
    country, _, subdivision = code.partition("-")
    with warnings.catch_warnings():  # some countries publish fewer years, which the package warns of
        warnings.simplefilter("ignore")
        found = holidays.country_holidays(country, subdiv=subdivision or None, years=range(first, last + 1))
    return frozenset(found)
