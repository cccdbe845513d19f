"""Strict YAML: every value is the text that was written, every key stands once, and all of it has a line number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from bot.workspace_problems import Problem, WorkspaceError, quoted

LARGEST = 2 * 1024 * 1024  # bytes a file
DEEPEST = 30  # levels of nesting; the format needs eight

# The compiled reader where PyYAML has it: ten times faster on a directory of hundreds of people. Only its events are
# used, so nothing is ever resolved into numbers, dates or truth values.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Node:
    """A text, a list, or a mapping; `key_lines` says where each key of a mapping stands."""

    line: int
    value: str | tuple[Node, ...] | Mapping[str, Node]
    key_lines: Mapping[str, int]

    @property
    def plain(self) -> Any:
        """The same as nested lists and mappings of text, in file order."""
        if isinstance(self.value, str):
            return self.value
        if isinstance(self.value, tuple):
            return [item.plain for item in self.value]
        return {key: item.plain for key, item in self.value.items()}


def read_yaml(file: str, content: bytes) -> Node:
    """The document in `content`. Raises WorkspaceError with everything that is wrong with it as YAML."""
    return _Reading(file, _decoded(file, content)).document()


def _decoded(file: str, content: bytes) -> str:
    if len(content) > LARGEST:
        raise WorkspaceError([Problem(file, 0, "", "is larger than 2 MiB; split it or remove what is not needed")])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise WorkspaceError([Problem(file, line, "", "is not UTF-8; save the file as UTF-8")]) from error


class _Reading:
    """One pass over the parser's events."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text
        self.problems: list[Problem] = []
        self.events: Iterator[Any] = iter(())

    def document(self) -> Node:
        loader = None
        try:
            loader = _Loader(self.text)
            self.events = _events(loader)
            node = self._whole()
        except WorkspaceError:
            raise  # told already
        except yaml.YAMLError as error:
            self._stop(*_why(error))
        except (
            ValueError,
            OverflowError,
        ) as error:  # an escape such as \UFFFFFFFF, in the parser written in Python
            self._stop(
                1,
                f"holds an escape that is no character ({type(error).__name__}); write the character itself",
            )
        finally:
            if loader is not None:
                loader.dispose()
        if self.problems:
            raise WorkspaceError(self.problems)
        return node

    def _whole(self) -> Node:
        next(self.events)  # the stream begins
        if isinstance(next(self.events), yaml.StreamEndEvent):
            self._stop(0, "is empty; see the workspace format for what belongs in it")
        node = self._node(next(self.events), "", 0)
        next(self.events)  # the document ends
        after = next(self.events)
        if not isinstance(after, yaml.StreamEndEvent):
            self._stop(after.start_mark.line + 1, "holds a second document; keep one document in a file (remove ---)")
        return node

    def _node(self, event: Any, key: str, depth: int) -> Node:
        line = event.start_mark.line + 1
        if depth > DEEPEST:
            self._stop(line, f"is nested more than {DEEPEST} levels deep; write it flatter")
        if isinstance(event, yaml.AliasEvent):
            self._complain(line, key, f"uses the alias *{event.anchor}; write the value out")
            return Node(line, "", {})
        if event.tag is not None:
            self._complain(line, key, f"carries the tag {quoted(event.tag)}; remove it, every value is read as text")
        if isinstance(event, yaml.ScalarEvent):
            return Node(line, self._text(event.value, line, key), {})
        if isinstance(event, yaml.SequenceStartEvent):
            return self._list(line, key, depth)
        return self._mapping(line, key, depth)

    def _text(self, text: str, line: int, key: str) -> str:
        """Lone surrogates and NUL can be escaped in YAML but neither printed nor stored."""
        if "\0" in text or any("\ud800" <= c <= "\udfff" for c in text):
            self._complain(line, key, "holds an escape that is no printable character; remove it")
            return ""
        return text

    def _list(self, line: int, key: str, depth: int) -> Node:
        items: list[Node] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self._node(event, f"{key}[{len(items)}]", depth + 1))
        return Node(line, tuple(items), {})

    def _mapping(self, line: int, key: str, depth: int) -> Node:
        items: dict[str, Node] = {}
        lines: dict[str, int] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            at = event.start_mark.line + 1
            word = self._node(event, key, depth + 1).value
            if not isinstance(word, str):
                self._complain(at, key, "has a key that is a list or a mapping; keys are words")
                word = ""
            inside = dotted(key, word)
            value = self._node(next(self.events), inside, depth + 1)
            if word in items:
                self._complain(at, inside, f"stands twice (first in line {lines[word]}); keep one of them")
            else:
                items[word], lines[word] = value, at
        return Node(line, items, lines)

    def _complain(self, line: int, key: str, message: str) -> None:
        self.problems.append(Problem(self.file, line, key, message))

    def _stop(self, line: int, message: str) -> None:
        """Nothing after this can be understood."""
        raise WorkspaceError([*self.problems, Problem(self.file, line, "", message)])


def dotted(key: str, word: str) -> str:
    """The path of a key inside another; odd words are shown quoted so that the complaint stays on one line."""
    shown = word if word and len(word) <= 60 and word.isprintable() else quoted(word)
    return f"{key}.{shown}" if key else shown


def _events(loader: Any) -> Iterator[Any]:
    while loader.check_event():
        yield loader.get_event()


def _why(error: yaml.YAMLError) -> tuple[int, str]:
    """The line, and the parser's reason in one sentence."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    reason = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be parsed"
    line = mark.line + 1 if mark else 0
    reason = " ".join(str(reason).split())
    return line, f"is not YAML: {reason}; check the indentation, brackets and quotes here"
