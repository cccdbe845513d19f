"""Once, on joining a channel: what this does, one example, what it can see, and who decides."""

from __future__ import annotations

from bot.slack.blocks import Message, message, says, small


def greeting(example: str = "CHG-1042", command: str = "/readiness-review") -> Message:
    asked = f"`{command} {example}`"
    return message(
        f"Hello. I find times for the meetings that records demand: {command} {example}.",
        says(
            "Hello. I find the time for the meeting that a record demands, hold it, and send one invite once a person with "
            f"the right to it has approved. Type {asked}, or paste the link to a record."
        ),
        says(
            "*What I can see:* when people are free or busy, never what their events are about; the records; the release "
            "calendar.\n*Who decides:* people. The policy of your organisation says who may approve, and I send nothing "
            "without them."
        ),
        small(f"Everything I do here stands in a log that anybody may read: `{command} audit {example}`."),
    )
