"""Puts the local cloud together in one process and serves it on the loopback until told to end."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from typing import Any

from localcloud import admin, clock, json_service, recorded
from localcloud.config import ACCOUNT, HOST, REGION, Config, LocalCloudError
from localcloud.persistence import kept_state, resume
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
        SFTP_ENABLED="0",
        STATE_DIR=str(config.directory / "state"),
    )
    os.environ.pop("AWS_SESSION_TOKEN", None)


def gateway(application: Application, config: Config) -> Application:
    """In front of MiniStack: our own pages, no foreign web page, and a secure transport.

    The scheme is "https" because the request never leaves the machine: policies that demand
    `aws:SecureTransport` hold, as they do for every AWS endpoint.
    """
    own = {config.endpoint, f"http://localhost:{config.port}"}

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await application(scope, receive, send)
        origin = next((v.decode("latin-1") for k, v in scope["headers"] if k == b"origin"), None)
        if scope["type"] == "http" and origin is not None and origin not in own:
            refusal = {"error": f"a web page of {origin} may not call this"}
            return await admin.send_answer(send, admin.as_json(403, refusal))
        if admin.owns(scope):
            return await admin.serve(scope, receive, send)
        await application({**scope, "scheme": "https"}, receive, send)

    return serve


async def health(_: admin.Request) -> admin.Answer:
    from ministack import app

    ready = resume.done.is_set()
    document = {
        "ready": ready,
        "version": f"ministack {version('ministack')}",
        "services": sorted(app.SERVICE_HANDLERS),
        "owners": json_service.owners(),
        "recorded": [{"what": what, "why": why} for what, why in recorded.RECORDED],
    }
    return admin.as_json(200 if ready else 503, document)


def install(config: Config) -> None:
    """Plug every shim into MiniStack, then the services that it lacks."""
    from localcloud import (
        alarm_events,
        alarms,
        alias_routing,
        athena_rules,
        clock_page,
        custom_resources,
        emf,
        firehose_buffer,
        functions,
        lambda_invoke,
        lambda_limits,
        lambda_metrics,
        lambda_worker,
        log_delivery,
        log_search,
        managed_policies,
        page,
        parquet,
        s3_default_key,
        s3_events,
        s3_operations,
        s3_ranges,
        schedules,
        services,
        stack_events,
        steady,
    )
    from localcloud.access import setup as access

    admin.register("GET", "health", health)
    steady.install()
    clock_page.install()
    page.install()
    lambda_worker.install(config)
    lambda_invoke.install()
    lambda_metrics.install()
    alias_routing.install()  # around the metrics: they count what was invoked, by its alias
    lambda_limits.install()
    custom_resources.install()
    log_delivery.install()
    log_search.install()
    emf.install()
    parquet.install()
    athena_rules.install()
    firehose_buffer.install()
    alarm_events.install()
    alarms.install()
    schedules.install()
    stack_events.install()
    s3_events.install()
    s3_operations.install()
    s3_ranges.install()
    s3_default_key.install()
    managed_policies.install()
    services.install(config)
    functions.install(config)
    access.install()


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
        configure(config)
        import uvicorn
        from ministack import app

        keeper = kept_state.begin(config)
        clock.set_scale(config.time_scale)
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
            _server(uvicorn.Server, settings).run(sockets=[listener])
            if keeper is not None:
                keeper.save() or keeper.save()
        finally:
            _end_children()
        os._exit(0)  # MiniStack's own threads are not waited for: they would hold the port


def _server(base: Any, settings: Any) -> Any:
    """A uvicorn server that wakes what a restored state holds, once it answers."""

    class Server(base):  # type: ignore[misc]
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                await asyncio.to_thread(resume.run)

    return Server(settings)


def _end_children() -> None:
    from ministack.core import lambda_runtime

    lambda_runtime.reset()
    if os.getpgrp() == os.getpid():
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.killpg(os.getpid(), signal.SIGTERM)
