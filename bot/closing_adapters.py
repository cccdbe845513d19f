"""From settings to what closing may touch: the record's source, archives, and five sorts of target."""

from __future__ import annotations

from bot.flows.closing_hands import ClosingAdapters
from bot.settings import Settings
from integrations.intake.http import HttpIntake


def closing_adapters(settings: Settings) -> ClosingAdapters:
    """What is configured. In shadow mode nothing is: the bot only looks on."""
    if settings.readiness_shadow:
        return ClosingAdapters()
    return ClosingAdapters(intake=_intake(settings))


def _intake(settings: Settings) -> HttpIntake | None:
    if settings.readiness_intake_url is None:
        return None
    secret = settings.readiness_intake_secret
    return HttpIntake(settings.readiness_intake_url, secret.get_secret_value() if secret else None)
