"""Puts the local cloud together in one process and serves it on the loopback until told to end."""

from __future__ import annotations

import json
import os
import signal
import socket
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from typing import Any

from localcloud import clock, recorded
from localcloud.config import ACCOUNT, HOST, REGION, Config, LocalCloudError
from localcloud.process import claim, credentials

Scope = dict[str, Any]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

# What an unknown name in here would cost is a refusal; what is left out is refused as unsupported.
SERVICES = (
    "athena budgets cloudformation cloudtrail dynamodb dynamodbstreams ec2 ecr events firehose "
    "glue iam kinesis kms lambda logs monitoring pipes resource-groups s3 scheduler "
    "secretsmanager sns sqs ssm states sts tagging"
)


def configure(config: Config) -> None:
    """MiniStack reads its environment when it is imported; nothing else may reach it."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(credentials())
    os.environ.update(
        AUTH="true",
        BIND_HOST=HOST,
        DOCKER_HOST="unix:///nonexistent",
        GATEWAY_PORT=str(config.port),
        IOT_MTLS_ENABLED="0",
        LAMBDA_EXECUTOR="local",
        MINISTACK_ACCOUNT_ID=ACCOUNT,
        MINISTACK_HOST=HOST,
        MINISTACK_REGION=REGION,
        PERSIST_STATE="0",
        SERVICES=",".join(SERVICES.split()),
        SFN_WAIT_SCALE=f"{clock.real_seconds(1.0):.9f}",
        SFTP_ENABLED="0",
        STATE_DIR=str(config.directory / "state"),
    )
    os.environ.pop("AWS_SESSION_TOKEN", None)


def gateway(application: Application, config: Config) -> Application:
    """In front of MiniStack: our health page, no foreign web page, and a secure transport.

    The scheme is "https" because the request never leaves the machine: policies that demand
    `aws:SecureTransport` hold, as they do for every AWS endpoint.
    """
    own = {config.endpoint, f"http://localhost:{config.port}"}

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await application(scope, receive, send)
        origin = next((v.decode("latin-1") for k, v in scope["headers"] if k == b"origin"), None)
        if scope["type"] == "http" and origin is not None and origin not in own:
            return await _answer(send, 403, {"error": f"a web page of {origin} may not call this"})
        if scope["type"] == "http" and scope["path"] == "/_localcloud/health":
            return await _answer(send, 200, health())
        await application({**scope, "scheme": "https"}, receive, send)

    return serve


def health() -> dict[str, Any]:
    from ministack import app

    return {
        "ready": True,
        "version": f"ministack {version('ministack')}",
        "services": sorted(app.SERVICE_HANDLERS),
        "recorded": [{"what": what, "why": why} for what, why in recorded.RECORDED],
    }


async def _answer(send: Send, status: int, body: dict[str, Any]) -> None:
    data = json.dumps(body).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(data))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": data})


def install(config: Config) -> None:
    """Plug every shim into MiniStack, then the services that it lacks."""
    from localcloud import (
        alarm_events,
        alarms,
        alias_routing,
        custom_resources,
        emf,
        firehose_buffer,
        lambda_invoke,
        lambda_limits,
        lambda_metrics,
        lambda_worker,
        log_delivery,
        parquet,
        s3_events,
        schedules,
        services,
        stack_events,
    )

    lambda_worker.install(config)
    lambda_invoke.install()
    lambda_metrics.install()
    alias_routing.install()  # around the metrics: they count what was invoked, by its alias
    lambda_limits.install()
    custom_resources.install()
    log_delivery.install()
    emf.install()
    parquet.install()
    firehose_buffer.install()
    alarm_events.install()
    alarms.install()
    schedules.install()
    stack_events.install()
    s3_events.install()
    services.install(config)


def serve(config: Config) -> int:
    """Blocks until SIGTERM or SIGINT, then ends every process that was started from here."""
    config.directory.mkdir(parents=True, exist_ok=True)
    # The protocol is named so that asyncio sets TCP_NODELAY: 40 ms a request without it.
    tcp = (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    with claim(config), socket.socket(*tcp) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, config.port))
        except OSError as error:
            raise LocalCloudError(f"port {config.port} on {HOST} is in use") from error
        clock.set_scale(config.time_scale)
        configure(config)
        import uvicorn
        from ministack import app

        install(config)
        for ending in (signal.SIGTERM, signal.SIGINT):
            signal.signal(ending, lambda *_: None)  # uvicorn raises it again when it has shut down
        settings = uvicorn.Config(
            gateway(app.app, config),
            loop="asyncio",
            http="h11",
            lifespan="on",
            date_header=False,  # MiniStack sends one; a second breaks the CDK CLI
            server_header=False,
            access_log=False,
            log_config=None,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=1,
        )
        try:
            uvicorn.Server(settings).run(sockets=[listener])
        finally:
            _end_children()
        os._exit(0)  # MiniStack's own threads are not waited for: they would hold the port


def _end_children() -> None:
    from ministack.core import lambda_runtime

    lambda_runtime.reset()
    if os.getpgrp() == os.getpid():
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.killpg(os.getpid(), signal.SIGTERM)
