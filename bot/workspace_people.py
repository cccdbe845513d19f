"""people.yaml: people and their hours, calendars and delegates; teams, on-call rotas, customers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from functools import partial
from typing import Literal, get_args

from bot.core.people import (
    CalendarRef,
    Customer,
    Delegate,
    Directory,
    Person,
    Rota,
    Shift,
    Team,
    Weekly,
    Window,
)
from bot.workspace_holidays import holiday_code, holiday_dates
from bot.workspace_hours import weekly, window
from bot.workspace_problems import quoted
from bot.workspace_reading import (
    Keys,
    Place,
    Section,
    Unreadable,
    an_id,
    each,
    instant,
    keyed,
    known,
    one_of,
    span,
    span_in,
    text,
    time_zone,
)

PEOPLE_FILE = Keys(optional=("people", "teams", "rotas", "customers"))
PERSON = Keys(
    optional=(
        "name", "email", "slack", "time_zone", "working_hours", "holidays", "calendars", "protected", "roster",
        "languages", "delegates",
    )
)  # fmt: skip
CALENDAR = Keys(required=("provider",), optional=("id",))
DELEGATE = Keys(required=("person", "roles", "authority"), optional=("confirmed_by", "until"))
TEAM = Keys(required=("members",), optional=("slack", "channel"))
SHIFTS = Keys(required=("shifts",))
REMOTE = Keys(required=("provider", "schedule"))
SHIFT = Keys(required=("person", "start", "end"))
CUSTOMER = Keys(required=("time_zone",), optional=("holidays", "modality", "blackouts"))
PROVIDERS = get_args(CalendarRef.model_fields["provider"].annotation)
AUTHORITIES: tuple[Literal["confirmed", "unconfirmed"], ...] = ("confirmed", "unconfirmed")


class Household:
    """What one person's entry is read against: the policy's defaults, and who else there is."""

    def __init__(self, zone: str, hours: Weekly, people: Collection[str]) -> None:
        self.zone, self.hours, self.people = zone, hours, people


def directory(place: Place, zone: str, hours: Weekly) -> Directory:
    """The whole file; `zone` and `hours` are the policy's, for people who state none."""
    section = Section(place, PEOPLE_FILE)
    house = Household(zone, hours, _names(section))
    return Directory(
        people=section.read("people", keyed(partial(_person, house)), {}),
        teams=section.read("teams", keyed(partial(_team, house)), {}),
        rotas=section.read("rotas", keyed(partial(_rota, house)), {}),
        customers=section.read("customers", keyed(_customer), {}),
    )


def _names(section: Section) -> tuple[str, ...]:
    """Everybody, before anybody is read: delegates may be named before they appear."""
    place = section.values.get("people")
    value = place.node.value if place else {}
    return tuple(value) if isinstance(value, Mapping) else ()


def _person(house: Household, name: str, place: Place) -> Person:
    section = Section(place, PERSON)
    person = Person(
        id=name,
        name=section.read("name", text, name),
        email=section.maybe("email", text),
        slack=section.maybe("slack", text),
        time_zone=section.read("time_zone", time_zone, house.zone),
        working_hours=section.read("working_hours", weekly, house.hours),
        holidays=section.maybe("holidays", holiday_code),
        calendars=section.read("calendars", each(partial(_calendar, name)), ()),
        protected=section.read("protected", each(window), ()),
        roster=section.maybe("roster", each(_roster_entry)),
        languages=section.read("languages", each(text), ()),
        delegates=section.read("delegates", each(partial(_delegate, house, name)), ()),
    )
    # Put in afterwards: so everybody under one code shares one set, in place of a copy each.
    return person.model_copy(update={"holiday_dates": _dates(person.holidays)})


def _dates(code: str | None) -> frozenset[date]:
    return holiday_dates(code) if code else frozenset()


def _calendar(owner: str, place: Place) -> CalendarRef:
    section = Section(place, CALENDAR)
    provider = section.maybe("provider", one_of(*PROVIDERS))
    if provider == "files":
        return CalendarRef(provider="files", id=section.read("id", an_id, owner))
    if provider is None:
        raise Unreadable
    if provider != "none" and "id" not in section:
        which = "its name in READINESS_FEEDS" if provider == "ics" else "its address"
        raise place.refuse(f"does not say which {provider} calendar; add id: with {which}")
    return CalendarRef(provider=provider, id=section.read("id", text, ""))


def _roster_entry(place: Place) -> Window:
    return Window(span=span(place))


def _delegate(house: Household, owner: str, place: Place) -> Delegate:
    section = Section(place, DELEGATE)
    person = section.maybe("person", known("person", house.people))
    authority = section.maybe("authority", one_of(*AUTHORITIES))
    if person == owner:
        raise section.values["person"].refuse(f"{quoted(owner)} is their own delegate; name somebody else")
    if authority == "confirmed" and "confirmed_by" not in section:
        raise place.refuse("confirmed authority needs confirmed_by; say who confirmed it, or write unconfirmed")
    if person is None or authority is None:
        raise Unreadable
    return Delegate(
        person=person,
        roles=section.read("roles", each(an_id), ()),
        authority=authority,
        confirmed_by=section.maybe("confirmed_by", text),
        until=section.maybe("until", instant),
    )


def _team(house: Household, name: str, place: Place) -> Team:
    section = Section(place, TEAM)
    members = section.maybe("members", each(known("person", house.people))) or ()
    return Team(id=name, members=members, slack=section.maybe("slack", text), channel=section.maybe("channel", text))


def _rota(house: Household, name: str, place: Place) -> Rota:
    """Shifts that stand here, or the schedule of the service that knows them."""
    words = {word for word, _ in place.entries()}
    if not words & set(REMOTE.all):
        section = Section(place, SHIFTS)
        return Rota(id=name, shifts=section.read("shifts", each(partial(_shift, house)), ()))
    if "shifts" in words:
        raise place.refuse("has both shifts and a provider; keep the one that is true")
    section = Section(place, REMOTE)
    provider = section.maybe("provider", one_of("pagerduty"))
    schedule = section.maybe("schedule", text)
    if provider is None or schedule is None:
        raise Unreadable
    return Rota(id=name, remote=(provider, schedule))


def _shift(house: Household, place: Place) -> Shift:
    section = Section(place, SHIFT)
    person = section.maybe("person", known("person", house.people))
    on_call = span_in(section)
    if person is None:
        raise Unreadable
    return Shift(person=person, span=on_call)


def _customer(name: str, place: Place) -> Customer:
    section = Section(place, CUSTOMER)
    return Customer(
        id=name,
        time_zone=section.read("time_zone", time_zone, "UTC"),
        holidays=section.maybe("holidays", holiday_code),
        modality=section.maybe("modality", text),
        blackouts=section.read("blackouts", each(window), ()),
    )
