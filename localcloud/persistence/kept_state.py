"""Begins persistence for one server, if it was asked for."""

from __future__ import annotations

from localcloud import admin
from localcloud.config import Config
from localcloud.persistence.keeper import Keeper


def begin(config: Config) -> Keeper | None:
    """Called once MiniStack is imported, before any shim looks at its stores."""
    if not config.keep_state:
        return None
    keeper = Keeper(config.kept)
    keeper.restore()
    keeper.start()

    async def state(_: admin.Request) -> admin.Answer:
        document = {"kept": str(config.kept), "restored": keeper.restored, "notes": keeper.notes}
        return admin.as_json(200, document)

    admin.register("GET", "state", state)
    return keeper
