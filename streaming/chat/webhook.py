"""Chat from another program, by signed HTTP POST to ``/rooms/{room}/chat`` of the front door.

As with ``web``, nothing is received here: the front door checks the signature and calls
``RoomPort.hear(user, text, "webhook")``. The supervisor asks :func:`secret` for the shared secret and
gives it to ``streaming.web.server.create(webhook_secrets=…)``; the source itself only waits.

    chat:
      - webhook: {secret_env: TEA_WEBHOOK_SECRET}
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from engine.errors import ConfigError
from engine.ports import ChatSource

SHORTEST = 16


def create(settings: Mapping[str, Any]) -> ChatSource:
    """``settings``: ``secret_env``, the environment variable that holds the secret.

    Raises:
        ConfigError: see :func:`secret`.
    """
    secret(settings)
    return _Elsewhere()


def secret(settings: Mapping[str, Any]) -> str:
    """The shared secret. It is read from the environment: config files get copied and shown.

    Raises:
        ConfigError: the setting is missing or misspelt, the variable is empty, the secret is short.
    """
    unknown = sorted(set(settings) - {"secret_env"})
    if unknown:
        raise ConfigError(f"chat source webhook knows no setting {unknown[0]!r}", fix="it knows secret_env")
    name = settings.get("secret_env")
    if not isinstance(name, str) or not name:
        raise ConfigError("chat source webhook needs secret_env", fix="name an environment variable")
    value = os.environ.get(name, "")
    if len(value) < SHORTEST:
        raise ConfigError(
            f"the environment variable {name} holds no secret of at least {SHORTEST} characters",
            fix="for example: openssl rand -hex 32",
        )
    return value


class _Elsewhere:
    """A source whose words come another way."""

    async def run(self, put: Callable[[str, str], Awaitable[None]]) -> None:
        await asyncio.get_running_loop().create_future()
