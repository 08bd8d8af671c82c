"""Puts these checks into MiniStack, in the order in which they stand around each other."""

from __future__ import annotations

from localcloud.access import (
    calls,
    decisions,
    firehose_role,
    judge,
    key_use,
    missing_keys,
    passing,
    policies,
    rule_targets,
    templates,
    wires,
)


def install() -> None:
    """After every other shim: these ask before any of them delivers."""
    from ministack import app

    policies.install()
    judge.install()
    decisions.install()
    rule_targets.install()
    firehose_role.install()
    wires.install()
    templates.install()
    for service in {*passing.SERVICES, *key_use.SERVICES} - passing.ELSEWHERE:
        checks: list[calls.Check] = []
        if service in passing.SERVICES:
            checks.append(passing.passed)
        if service in key_use.SERVICES:
            checks.append(key_use.SERVICES[service])
        refusal = passing.untrusting if service in passing.SERVICES else _nothing
        handle = app.SERVICE_HANDLERS[service]
        app.SERVICE_HANDLERS[service] = calls.checked(service, handle, checks, refusal)

    app.SERVICE_HANDLERS["s3"] = missing_keys.hidden(app.SERVICE_HANDLERS["s3"])


def _nothing(_: calls.Call) -> None:
    return None
