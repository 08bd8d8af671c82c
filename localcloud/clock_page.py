"""GET and POST /_localcloud/clock: look at the clock, step it, change its speed."""

from __future__ import annotations

import asyncio
import json

from localcloud import admin, clock, stepping
from localcloud.json_service import ServiceError


def install() -> None:
    admin.register("GET", "clock", show)
    admin.register("POST", "clock", change)


async def show(_: admin.Request) -> admin.Answer:
    document = {
        "scale": clock.scale(),
        "elapsed_seconds": clock.elapsed(),
        "stepped_seconds": clock.stepped(),
    }
    return admin.as_json(200, document)


async def change(request: admin.Request) -> admin.Answer:
    """{"advance_seconds": N} and/or {"scale": X}; answers when the step has been taken."""
    try:
        wanted = json.loads(request.body or b"{}")
        unknown = set(wanted) - {"advance_seconds", "scale"}
        if unknown or not wanted:
            raise ValueError('expected {"advance_seconds": seconds} or {"scale": number}')
        if "scale" in wanted:
            clock.set_scale(float(wanted["scale"]))
        if "advance_seconds" in wanted:
            await asyncio.to_thread(stepping.advance, float(wanted["advance_seconds"]))
    except (TypeError, ValueError) as error:
        raise ServiceError("ValidationException", str(error)) from error
    return await show(request)
