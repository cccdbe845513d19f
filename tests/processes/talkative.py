"""The bot with every logger at DEBUG, whatever it sets itself, and with little patience for calendars that do not answer."""

from __future__ import annotations

import logging
import sys

from bot.__main__ import main
from integrations.calendars.google import GoogleCalendar
from integrations.calendars.microsoft_wire import MicrosoftGraph

SECONDS = 0.7


def talks() -> None:
    logging.basicConfig(level=logging.DEBUG)
    logging.Logger.isEnabledFor = lambda self, level: True  # type: ignore[method-assign] # nobody is silenced
    for adapter in (GoogleCalendar, MicrosoftGraph):
        defaults = adapter.__init__.__kwdefaults__
        assert defaults and "timeout" in defaults
        defaults["timeout"] = SECONDS


if __name__ == "__main__":
    talks()
    sys.exit(main())
