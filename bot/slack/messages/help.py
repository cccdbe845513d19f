"""What can be asked, with examples to copy."""

from __future__ import annotations

from bot.slack.blocks import Message, message, says, small

WORDS: tuple[tuple[str, str, str], ...] = (
    ("CHG-1042", "", "look for a time for that record; a link to it does as well"),
    ("status", "CHG-1042", "how its review stands"),
    ("list", "", "every review that is under way"),
    ("mine", "", "what waits for you, and what you attend"),
    ("why", "CHG-1042 Tue 13:00", "why that time does not fit"),
    ("audit", "CHG-1042", "everything that happened, in order"),
    ("note", "CHG-1042 the runbook changed", "add a note to the thread and the log"),
    ("reschedule", "CHG-1042", "look for another slot; the confirmed one is kept until then"),
    ("keep", "CHG-1042", "keep the confirmed slot after all"),
    ("cancel", "CHG-1042", "call the review off"),
    ("metrics", "", "how long it takes, how often it goes smoothly, what went wrong"),
    ("help", "", "this text"),
)


def help_text(command: str = "/readiness-review") -> Message:
    lines = [
        f"`{' '.join(part for part in (command, word, example) if part)}`  {what}" for word, example, what in WORDS
    ]
    return message(
        f"{command} and the id of a record looks for a time; also {', '.join(word for word, _, _ in WORDS[1:])}.",
        says(
            "I find the time for the review that a change needs, and say why. People decide: nothing is sent before "
            "somebody with the right to it presses *Approve and send*."
        ),
        says("\n".join(lines)),
        small("In a thread, where commands do not work, use the message menu: *Schedule the review*."),
    )
