"""What can be asked, with examples to copy."""

from __future__ import annotations

from bot.slack.blocks import Message, message, says, small

# The names under which the one command stands in Slack, each with a record to show. Which kind of meeting it comes to is
# never in the name: the record says its kind.
COMMANDS: dict[str, str] = {"/readiness-review": "CHG-1042", "/rca-readout": "ESC-2207"}
WORDS: tuple[tuple[str, str, str], ...] = (
    ("CHG-1042", "", "look for a time for that record; a link to it does as well"),
    ("status", "CHG-1042", "how its meeting stands"),
    ("list", "", "every meeting that is under way, and every review that is being closed"),
    ("mine", "", "what waits for you, what you attend, and what you close"),
    ("why", "CHG-1042 Tue 13:00", "why that time does not fit"),
    ("audit", "CHG-1042", "everything that happened, in order"),
    ("note", "CHG-1042 the runbook changed", "add a note to the thread and the log"),
    ("reschedule", "CHG-1042", "look for another slot; the confirmed one is kept until then"),
    ("keep", "CHG-1042", "keep the confirmed slot after all"),
    ("cancel", "CHG-1042", "call the meeting off"),
    ("close", "REL-77", "close that release's accepted review: checklist, tracker, evidence links, queue, notice"),
    ("metrics", "", "how long it takes, how often it goes smoothly, what went wrong"),
    ("help", "", "this text"),
)


def how_to_ask(command: str = "/readiness-review") -> str:
    """Every word of the command, a line each, with a record such as its name suggests."""
    example = COMMANDS.get(command, "CHG-1042")
    asked = [(" ".join(part for part in (command, word, rest) if part), what) for word, rest, what in WORDS]
    return "\n".join(f"`{line.replace('CHG-1042', example)}`  {what}" for line, what in asked)


def other_names(command: str = "/readiness-review") -> str:
    """`/rca-readout ESC-2207` is the same command under its own name."""
    asked = [f"`{name} {example}`" for name, example in COMMANDS.items() if name != command]
    return f"{' and '.join(asked)} {'is' if len(asked) == 1 else 'are'} the same command under another name."


def help_text(command: str = "/readiness-review") -> Message:
    return message(
        f"{command} and the id of a record looks for a time; also {', '.join(word for word, _, _ in WORDS[1:])}.",
        says(
            "I find the time for the meeting that a record demands, and say why. People decide: nothing is sent before "
            "somebody with the right to it presses *Approve and send*."
        ),
        says(how_to_ask(command)),
        small(other_names(command)),
        small("In a thread, where commands do not work, use the message menu: *Schedule the meeting*."),
    )
