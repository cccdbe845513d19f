"""Socket mode where Slack opens no connection: said before anybody relies on it, and no traceback when it is begun."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from bot.checking import check
from bot.running import _socket_mode
from bot.settings import SettingsError
from tests.world import World


def test_check_tries_its_token(world: World) -> None:
    settings = world.bot.settings.model_copy(update={"slack_app_token": SecretStr("xapp-revoked")})

    told = [line for fine, line in check(settings) if not fine and "socket mode" in line]

    assert len(told) == 1
    assert "SLACK_APP_TOKEN" in told[0] and "connections:write" in told[0]
    assert not [line for _, line in check(world.bot.settings) if "socket mode" in line]


def test_a_token_that_slack_does_not_take_is_one_sentence(world: World) -> None:
    settings = world.bot.settings.model_copy(update={"slack_app_token": SecretStr("xapp-revoked")})

    with pytest.raises(SettingsError, match=r"no connection for socket mode.*SLACK_APP_TOKEN") as told:
        _socket_mode(world.bot, settings)

    assert "xapp-revoked" not in str(told.value)
