"""`readiness-bot schema`: JSON Schemas of the five kinds of file, for editors that help while one writes.

The reader in `bot/workspace*.py` is the judge; these say what a schema can say. Every value is read as the text that
was written, so where an editor sees a number or a truth value, the schema accepts it.
"""

from __future__ import annotations

from typing import Any, get_args

from bot.core.people import CalendarRef
from bot.core.policy import ALWAYS_NEVER
from bot.workspace_closing import ARCHIVES, FIELDS, SORTS, SOURCES, TARGETS
from bot.workspace_policy import BENDABLE, BUSY_STATUSES, RECORD_FACTS

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_ID = "^[A-Za-z0-9][A-Za-z0-9._-]*$"
_DAY = "(mon|tue|wed|thu|fri|sat|sun)"


def schema() -> dict[str, Schema]:
    """By file: policy, people, release-calendar, record."""
    return {
        "policy": _file("policy.yaml: what each kind of meeting demands", _policy()),
        "people": _file("people.yaml: people, teams, on-call rotas, customers", _people()),
        "release-calendar": _file("release-calendar.yaml: freezes, blackouts, booked slots, releases", _releases()),
        "record": _file("records/ID.yaml: a governing record", _record()),
        "closure": _file("closures/ID.yaml: how the accepted review of a release is closed", _closure()),
    }


def _file(title: str, body: Schema) -> Schema:
    return {"$schema": DIALECT, "title": title, **body, "$defs": _words()}


def _object(description: str, required: tuple[str, ...] = (), **properties: Schema) -> Schema:
    known = {name.rstrip("_"): value for name, value in properties.items()}
    return {
        "type": "object",
        "description": description,
        "properties": known,
        "required": list(required),
        "additionalProperties": False,
    }


def _use(word: str, description: str = "") -> Schema:
    return {"$ref": f"#/$defs/{word}"} | ({"description": description} if description else {})


def _list(of: Schema, description: str = "", *, filled: bool = False) -> Schema:
    found: Schema = {"type": "array", "items": of}
    return found | ({"description": description} if description else {}) | ({"minItems": 1} if filled else {})


def _by_id(of: Schema, description: str) -> Schema:
    return {
        "type": "object",
        "description": description,
        "propertyNames": {"pattern": _ID},
        "additionalProperties": of,
    }


def _text(description: str, pattern: str) -> Schema:
    return {"type": "string", "description": description, "pattern": pattern}


def _words() -> Schema:
    """The values that every file is made of."""
    duration = "A whole number and m, h or d (a day is 24 h)"
    return {
        "text": {
            "type": ["string", "number", "boolean"],
            "minLength": 1,
            "description": "Read as it is written",
        },
        "id": {"type": ["string", "number", "boolean"], "pattern": _ID, "description": "An id or a key"},
        "instant": _text(
            "ISO 8601 with an offset or Z", r"^[0-9][0-9W-]*T[0-9][0-9:.,]*(Z|[+-][0-9]{2}(:?[0-9]{2})?)$"
        ),
        "duration": _text(f"{duration}, not zero", "^0*[1-9][0-9]*(m|h|d)$"),
        "duration_or_none": _text(f"{duration}; may be zero", "^[0-9]+(m|h|d)$"),
        "count": {
            "anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "pattern": "^0*[1-9][0-9]*$"}],
            "description": "A whole number from 1 on",
        },
        "yes_or_no": {"enum": [True, False, "true", "false"]},
        "time_zone": _text("An IANA zone such as America/New_York", "^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$"),
        "holidays": _text("country[-subdivision] of the `holidays` package, such as US-IL", "^[A-Z]{2,3}(-.+)?$"),
        "weekly": _weekly(),
        "span": _span(),
        "window": _window(),
    }


def _weekly() -> Schema:
    clock = "([01][0-9]|2[0-3]):[0-5][0-9]"
    ranges = _list(_text('"09:00-17:00"; may cross midnight', f"^{clock}-({clock}|24:00)$"))
    return {
        "type": "object",
        "description": "Days or ranges of days, each with its wall-clock ranges",
        "patternProperties": {f"^{_DAY}(-{_DAY})?$": ranges},
        "additionalProperties": False,
    }


def _span() -> Schema:
    return _object("From start up to, not including, end", ("start", "end"), start=_use("instant"), end=_use("instant"))


def _either_form(body: Schema) -> Schema:
    """Weekly hours, or one span."""
    weekly = {"required": ["hours"], "not": {"anyOf": [{"required": ["start"]}, {"required": ["end"]}]}}
    once = {"required": ["start", "end"], "not": {"required": ["hours"]}}
    return body | {"oneOf": [weekly, once]}


def _window() -> Schema:
    body = _object(
        "Weekly hours, or one span",
        hours=_use("weekly"),
        start=_use("instant"),
        end=_use("instant"),
        name=_use("text", "What people call it"),
    )
    return _either_form(body)


def _policy() -> Schema:
    return _object(
        "What each kind of meeting demands",
        ("time_zone", "grid", "working_hours", "release_calendar", "kinds"),
        time_zone=_use("time_zone", "The grid and plain-text times are read in it"),
        grid=_use("duration", "Candidate starts sit on this grid of local time, from local midnight"),
        working_hours=_use("weekly", "For people whose hours nobody states"),
        busy_statuses=_list({"enum": list(BUSY_STATUSES)}, "What counts as busy in a calendar"),
        release_calendar={
            "enum": ["files", "none"],
            "description": "Having no release calendar must be said",
        },
        coverage=_object(
            "Published support coverage, for kinds whose rules name coverage",
            ("time_zone", "hours"),
            time_zone=_use("time_zone"),
            hours=_use("weekly"),
        ),
        kinds=_by_id(_kind(), "The kinds of meeting"),
        closure=_closing(),
    )


def _kind() -> Schema:
    names = _list(_use("id"), "Roles of the record (release_owner is its owner) or teams", filled=True)
    return _object(
        "A sort of meeting and what it demands",
        ("title", "duration", "notice", "horizon", "roles", "confirmed_by"),
        title=_use("text"),
        duration=_use("duration", "How long the meeting lasts"),
        notice=_use("duration_or_none", "No start earlier than now + notice"),
        horizon=_use("duration", "No end later than now + horizon"),
        before=_object(
            "The meeting ends at least this long before; only what is named here binds",
            cutover=_use("duration_or_none"),
            rollback_checkpoint=_use("duration_or_none"),
        ),
        requires=_list({"enum": list(RECORD_FACTS)}, "Facts that the record must state"),
        states=_list(_use("text"), "The record must be in one of these", filled=True),
        roles=_by_id(_role(), "The required roles, in order"),
        rules=_rules(),
        holds=_object("Tentative holds", slots=_use("count"), ttl=_use("duration_or_none", "How long they live")),
        offers=_object("How many slots are shown", count=_use("count"), per_day=_use("count")),
        confirmed_by=names,
        substitutes_approved_by=names,
        escalation=_object("Who is asked when nobody answers", ("to",), to=_use("id"), after=_use("duration")),
        channel=_use("text", "The Slack channel of this kind's cards"),
        disclosure={
            "enum": ["full", "minimal"],
            "description": "minimal: invites keep the record's title out",
        },
    )


def _role() -> Schema:
    return _object(
        "When the role is required; always, if nothing is said",
        when_touches=_list(_use("text"), "The record touches one of these"),
        when_language=_use("yes_or_no", "The record asks for a language"),
    )


def _rules() -> Schema:
    approvers = _list(_use("id"), "Roles of the record or teams", filled=True)
    strength = {"enum": ["never", "exception", "prefer"]}
    long = _object("A strength and who may grant an exception", ("strength",), strength=strength, approvers=approvers)
    long |= {"if": {"properties": {"strength": {"const": "exception"}}}, "then": {"required": ["approvers"]}}
    bendable: Schema = {"anyOf": [{"enum": ["never", "prefer"]}, long]}
    fixed: Schema = {
        "anyOf": [
            {"const": "never"},
            _object("", ("strength",), strength={"const": "never"}, approvers=approvers),
        ]
    }
    rules = dict.fromkeys(map(str, BENDABLE), bendable) | dict.fromkeys(sorted(ALWAYS_NEVER), fixed)
    return _object("A rule not named is never (coverage, customer_blackout: not applied)", (), **rules)


def _people() -> Schema:
    return _object(
        "Who there is",
        people=_by_id(_person(), "Everybody, by id"),
        teams=_by_id(
            _object(
                "Some people",
                ("members",),
                members=_list(_use("id")),
                slack=_use("text"),
                channel=_use("text"),
            ),
            "Teams that decide or are asked",
        ),
        rotas=_by_id(_rota(), "Who is on call when"),
        customers=_by_id(
            _object(
                "A customer",
                ("time_zone",),
                time_zone=_use("time_zone"),
                holidays=_use("holidays", "For the deadline and for people to see"),
                modality=_use("text"),
                blackouts=_list(_use("window"), "When they cannot meet, in their zone"),
            ),
            "Customers, by id",
        ),
    )


def _person() -> Schema:
    return _object(
        "One human",
        name=_use("text"),
        email=_use("text"),
        slack=_use("text", "The Slack user id"),
        time_zone=_use("time_zone", "Without it: the policy's"),
        working_hours=_use("weekly", "Without them: the policy's"),
        holidays=_use("holidays", "No working hours on those local dates"),
        calendars=_list(_calendar(), "All count for free-busy; holds are written to the first"),
        protected=_list(_use("window"), "Hand-off and focus windows that the team publishes"),
        roster=_list(_use("span"), "If present, the person can be booked only inside these"),
        languages=_list(_use("text"), "es covers es-MX; es-MX covers neither es nor es-ES"),
        delegates=_list(_delegate(), "Somebody named beforehand for some roles"),
    )


def _calendar() -> Schema:
    providers = get_args(CalendarRef.model_fields["provider"].annotation)
    body = _object(
        "One calendar",
        ("provider",),
        provider={"enum": list(providers)},
        id=_use(
            "text",
            "An address; for ics its name in READINESS_FEEDS; for files the name of calendars/ID.ics, by default the person's id",
        ),
    )
    without = {"enum": ["files", "none"]}
    files = {
        "if": {"properties": {"provider": {"const": "files"}}},
        "then": {"properties": {"id": _use("id")}},
    }
    return body | {"anyOf": [{"properties": {"provider": without}}, {"required": ["id"]}], "allOf": [files]}


def _delegate() -> Schema:
    body = _object(
        "A delegate",
        ("person", "roles", "authority"),
        person=_use("id"),
        roles=_list(_use("id")),
        authority={"enum": ["confirmed", "unconfirmed"]},
        confirmed_by=_use("text", "Who confirmed the authority"),
        until=_use("instant", "Past this the authority is unconfirmed"),
    )
    confirmed = {"properties": {"authority": {"const": "confirmed"}}}
    return body | {"if": confirmed, "then": {"required": ["confirmed_by"]}}


def _rota() -> Schema:
    shift = _object(
        "A shift", ("person", "start", "end"), person=_use("id"), start=_use("instant"), end=_use("instant")
    )
    remote = _object(
        "Known by a service", ("provider", "schedule"), provider={"const": "pagerduty"}, schedule=_use("text")
    )
    return {"oneOf": [_object("Shifts that stand here", ("shifts",), shifts=_list(shift)), remote]}


def _releases() -> Schema:
    entry = _object(
        "A freeze, a blackout or a booked slot",
        ("type",),
        type={"enum": ["freeze", "blackout", "booked"]},
        start=_use("instant"),
        end=_use("instant"),
        hours=_use("weekly"),
        time_zone=_use("time_zone", "Of the hours; without it: the policy's"),
        name=_use("text"),
        services=_list(_use("text"), "Binds only records that share one; without: all"),
        binds=_list({"enum": ["reviews", "cutovers"]}, "Without it: both; booked: reviews", filled=True),
    )
    release = _object(
        "A planned release",
        ("id",),
        id=_use("text"),
        services=_list(_use("text")),
        environments=_list(_use("text")),
        cutover=_use("span"),
        record=_use("id"),
        depends_on=_list(_use("text"), "Other releases"),
    )
    return _object("The release calendar", entries=_list(_either_form(entry)), releases=_list(release))


def _record() -> Schema:
    people = _list(_use("id"), "People, in order of preference")
    rota = _object("Whoever is on call", ("rota",), rota=_use("id"))
    return _object(
        "A change or an escalation",
        ("id", "kind", "title", "state", "owner", "roles"),
        id=_use("id", "The file's name"),
        kind=_use("id", "A kind of policy.yaml"),
        title=_use("text"),
        url=_use("text"),
        state=_use("text"),
        revision=_use("text"),
        services=_list(_use("text")),
        touches=_list(_use("text"), "What the change touches; may be [], which is not the same as absent"),
        owner=_use("id"),
        cutover=_use("span"),
        rollback_checkpoint=_use("instant"),
        evidence_cutoff=_use("instant", "When evidence for the review closes"),
        evidence=_list(_evidence(), "Used for timing only"),
        customer=_use("id", "A customer of people.yaml"),
        language=_use("text"),
        deadline=_deadline(),
        deciders=_by_id(people, "Who else decides, by the name the policy uses"),
        roles=_by_id({"anyOf": [people, rota]}, "Who fills each role"),
    )


def _evidence() -> Schema:
    return _object(
        "A piece of evidence",
        ("name",),
        name=_use("text"),
        ready_by=_use("instant", "The review starts after it"),
        valid_until=_use("instant", "The review ends before it"),
    )


def _deadline() -> Schema:
    return _object(
        "A contractual deadline in business days",
        ("from", "business_days", "time_zone", "closes_at"),
        from_=_use("instant"),
        business_days=_use("count"),
        time_zone=_use("time_zone"),
        holidays=_use("holidays"),
        closes_at=_text("Local time on the last day", "^([01][0-9]|2[0-3]):[0-5][0-9]$"),
    )


def _closing() -> Schema:
    words = _list(_use("text"), "In the words of the system itself", filled=True)
    columns = _object("Which column means what", (), **{word: _use("text") for word in FIELDS.optional})
    return _object(
        "How accepted reviews are closed",
        ("accepted", "awaiting"),
        accepted=words,
        awaiting=words,
        approved=_use("text", "What the tracker is set to; without it: approved"),
        evidence=_list(
            {"enum": list(SORTS)}, "Sorts of evidence that a bundle must list, beside the usual three", filled=True
        ),
        channel=_use("text", "The Slack channel of the closures' cards"),
        fields=_object("By system", (), **dict.fromkeys(SOURCES, columns)),
    )


def _closure() -> Schema:
    target = _object("Where to write", ("system", "at"), system={"enum": list(TARGETS)}, at=_use("text"))
    archive = _object("Where the bundle lies", ("system", "at"), system={"enum": list(ARCHIVES)}, at=_use("text"))
    source = _object("The governance record", ("system", "record"), system={"enum": list(SOURCES)}, record=_use("text"))
    return _object(
        "The bookkeeping of one release's accepted review",
        (
            "id",
            "release",
            "title",
            "source",
            "milestone",
            "coordinator",
            "owner",
            "checklist",
            "tracker",
            "queue",
            "archive",
        ),
        id=_use("id", "The file's name"),
        release=_use("text", "What every place must call the release"),
        title=_use("text", "What people call it"),
        source=source,
        milestone=_object("The release's milestone", ("title",), title=_use("text"), id=_use("text")),
        coordinator=_use("id", "Who hears of it, and of what halts"),
        owner=_use("id"),
        deciders=_list(_use("id"), "Who may close it too"),
        checklist=target,
        tracker=target,
        links=target,
        queue=target,
        archive=archive,
        ticks=_list(_use("text"), "Items that the acceptance itself fulfils"),
        channel=_use("text"),
    )
