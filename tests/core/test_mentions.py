"""Which record a line means, however it was typed; and which known word is nearest."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.core.mentions import nearest, plain, record_meant, words_of
from bot.core.refusals import Refusal

HOSTS = frozenset({"change.example.com"})


@pytest.mark.parametrize(
    ("text", "id"),
    [
        ("CHG-1042", "CHG-1042"),
        ("chg-1042.", "chg-1042"),
        ("please: (CHG-1042)!", "CHG-1042"),
        ("“CHG-1042”", "CHG-1042"),
        ("CHG\u20131042", "CHG-1042"),
        ("CHG-\u200b1042", "CHG-1042"),
        ("ＣＨＧ－1042", "CHG-1042"),
        ("\u00a0CHG-1042\u00a0", "CHG-1042"),
        ("look at https://change.example.com/changes/CHG-1042 now", "CHG-1042"),
        ("<https://change.example.com/changes/CHG-1042|the change>", "CHG-1042"),
        ("<https://change.example.com/changes/CHG-1042/>", "CHG-1042"),
        ("https://CHANGE.example.com/x/CHG-1042?a=1&amp;b=2#top", "CHG-1042"),
        ("https://change.example.com/CHG%2D1042", "CHG-1042"),
        ("https://change.example.com/changes/CHG-1042.", "CHG-1042"),
        ("https://change.example.com/changes/CHG-1042)", "CHG-1042"),
    ],
)
def test_an_id_is_found(text: str, id: str) -> None:
    assert record_meant(text, HOSTS) == id


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "no_id"),
        ("hello there", "no_id"),
        ("CHG", "no_id"),
        ("https://change.example.com/changes/", "link_without_id"),
        ("https://evil.example.net/CHG-1042", "unknown_host"),
        ("http://change.example.com/CHG-1042", "unknown_host"),
        ("https://change.example.com@evil.example.net/CHG-1042", "unknown_host"),
        ("https://user@change.example.com/CHG-1042", "unknown_host"),
        ("https://change.example.com.evil.example.net/CHG-1042", "unknown_host"),
        ("https://[::1/CHG-1042", "bad_link"),
    ],
)
def test_what_names_no_record_is_refused_with_what_to_do(text: str, code: str) -> None:
    refusal = record_meant(text, HOSTS)

    assert isinstance(refusal, Refusal)
    assert refusal.codes == (code,)
    assert "CHG-1042" in refusal.words


@given(st.text(max_size=60))
@example("https://[")
@example("<https://change.example.com/1|x")
def test_any_text_has_an_answer(text: str) -> None:
    found = record_meant(text, HOSTS)

    assert isinstance(found, Refusal) or any(c.isdigit() for c in found)
    assert plain(plain(text)) == plain(text)
    words_of(text)


@given(st.from_regex(r"[A-Z]{2,5}-[0-9]{1,6}", fullmatch=True), st.sampled_from("'\"().,;:!?*_`“”‘’…«»"))
def test_marks_around_an_id_do_not_matter(id: str, mark: str) -> None:
    assert record_meant(f"{mark}{id}{mark}", HOSTS) == id


def test_the_first_word_is_told_apart_from_the_rest() -> None:
    assert words_of("  STATUS,  CHG-1042  now ") == ("status", "CHG-1042  now")
    assert words_of("") == ("", "")


def test_the_nearest_word_is_guessed_only_when_it_is_near() -> None:
    known = ("help", "status", "list", "mine", "why", "audit", "note", "cancel")

    assert nearest("statsu", known) == "status"
    assert nearest("CANCLE", known) == "cancel"
    assert nearest("xyzzy", known) is None
