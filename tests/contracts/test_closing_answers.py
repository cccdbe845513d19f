"""`check` says of each tracker whether it lets us in, and names what to look at when it does not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.closing_answering import answering
from bot.settings import Settings, SettingsError, read
from tests.contracts.closing_grounds import PASSWORD, TOKEN, USER, github_ground, servicenow_ground


def settings(github: str, servicenow: str, **more: object) -> Settings:
    given = {
        "github_token": TOKEN, "github_api_url": github, "servicenow_url": servicenow, "servicenow_user": USER,
        "servicenow_password": PASSWORD,
    }  # fmt: skip
    return read({**given, **more})


@pytest.fixture(scope="module")
def at() -> Iterator[tuple[str, str]]:
    with contextmanager(github_ground)() as github, contextmanager(servicenow_ground)() as servicenow:
        yield github.url, servicenow.url


def test_who_lets_us_in_and_who_does_not(tmp_path: Path, at: tuple[str, str]) -> None:

    fine = list(answering(settings(*at, readiness_boards=tmp_path)))
    wrong = list(answering(settings(*at, github_token="x", servicenow_password="y", readiness_archive=tmp_path / "no")))

    assert fine == [(True, f"GitHub: {at[0]} lets us in."), (True, f"ServiceNow: {at[1]} lets us in.")]
    assert [ok for ok, _ in wrong] == [False, False, False]
    for words, (_, said) in zip(("check GITHUB_TOKEN", "SERVICENOW_PASSWORD", "READINESS_ARCHIVE"), wrong, strict=True):
        assert words in said
        assert PASSWORD not in said
        assert TOKEN not in said


@pytest.mark.parametrize(
    ("given", "words"),
    [({"servicenow_url": "https://a.example.com"}, "set SERVICENOW_USER too"), ({"servicenow_user": "a"}, "set SERVICENOW_URL too"),
     ({"github_api_url": "http://github.example.com"}, "begin it with https://"), ({"readiness_archive_token": "a"}, "set READINESS_ARCHIVE_HOSTS")],
)  # fmt: skip
def test_settings_that_belong_together_are_asked_for_together(given: dict[str, str], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        read(given)
