"""Calls made in a role's name: real requests to our own gateway, so that its policies decide."""

from __future__ import annotations

import hashlib
import json
import threading
from typing import Any

from botocore.config import Config as ClientConfig
from botocore.session import Session
from botocore.session import get_session as new_session

from localcloud.config import ACCOUNT, REGION, Config
from localcloud.json_service import ServiceError
from localcloud.process import credentials as administrators_keys

_endpoint = ""
_lock = threading.Lock()
_session: Session | None = None
_clients: dict[tuple[str, str, str], Any] = {}

_SETTINGS = ClientConfig(
    retries={"total_max_attempts": 1},  # who calls decides what is tried again, as on AWS
    connect_timeout=5,
    read_timeout=960,  # a Lambda may take 15 minutes
    max_pool_connections=32,
    inject_host_prefix=False,  # StartSyncExecution would go to "sync-127.0.0.1"
    s3={"addressing_style": "path"},
)


def configure(config: Config) -> None:
    global _endpoint
    _endpoint = config.endpoint


def endpoint() -> str:
    return _endpoint


def check_trust(role_arn: str, principal: str) -> None:
    """Refuse a role that does not exist or does not let the service `principal` assume it."""
    if not trusts(role_arn, principal):
        raise ServiceError(
            "ValidationException",
            f"Could not assume role {role_arn}. Please ensure that the role exists and allows "
            f"principal '{principal}' to assume the role.",
        )


def trusts(role_arn: str, principal: str, source_arn: str = "") -> bool:
    """Whether the role lets the service assume it, for the resource `source_arn` if that is known.

    Conditions on `aws:SourceArn` hold when no resource is given: it has no ARN yet."""
    from ministack.services import iam

    role = iam._roles.get(role_arn.rsplit("/", 1)[-1])
    document = role and role.get("AssumeRolePolicyDocument", "{}")
    trust = json.loads(document) if isinstance(document, str) else document or {}
    given = trust.get("Statement", [])
    statements = [given] if isinstance(given, dict) else given
    held = [s["Effect"] for s in statements if _holds(s, principal, source_arn)]
    return "Allow" in held and "Deny" not in held


def _holds(statement: dict[str, Any], principal: str, source_arn: str) -> bool:
    from ministack.core import iam_evaluator

    who = statement.get("Principal") or {}
    named = who if isinstance(who, str) else who.get("Service", [])
    services = [named] if isinstance(named, str) else named
    actions = statement.get("Action", [])
    if not {principal, "*"} & set(services) or not iam_evaluator._action_matches(
        "sts:AssumeRole", [actions] if isinstance(actions, str) else actions, []
    ):
        return False
    source = {"aws:sourcearn": source_arn} if source_arn else {}
    context = iam_evaluator.EvalContext(
        principal_arn="*",
        principal_type="Service",
        principal_account="",
        action="sts:AssumeRole",
        resource_arn="*",
        region=REGION,
        secure_transport=True,
        service_context={"aws:sourceaccount": ACCOUNT, **source},
    )
    conditions = {
        operator: {k: v for k, v in block.items() if source_arn or k.lower() != "aws:sourcearn"}
        for operator, block in (statement.get("Condition") or {}).items()
    }
    return bool(iam_evaluator._conditions_met(conditions, context))


def credentials(role_arn: str, session_name: str) -> dict[str, str]:
    """A registered session of the role, in the names of the SDK's environment variables."""
    from ministack.services import sts

    name = session_name[:64]
    account, role = role_arn.split(":")[4], role_arn.rsplit("/", 1)[-1]
    digest = hashlib.sha256(f"{role_arn}:{name}".encode()).hexdigest()
    pair = {
        "AWS_ACCESS_KEY_ID": f"ASIA{digest[:16].upper()}",
        "AWS_SECRET_ACCESS_KEY": hashlib.sha256(f"secret:{digest}".encode()).hexdigest(),
        "AWS_SESSION_TOKEN": hashlib.sha256(f"token:{digest}".encode()).hexdigest(),
    }
    if pair["AWS_ACCESS_KEY_ID"] not in sts._sessions:  # which looks at every session there is
        session = {
            "Arn": f"arn:aws:sts::{account}:assumed-role/{role}/{name}",
            "UserId": f"{role}:{name}",
            "SecretAccessKey": pair["AWS_SECRET_ACCESS_KEY"],
            "SessionToken": pair["AWS_SESSION_TOKEN"],
        }
        sts.register_session(pair["AWS_ACCESS_KEY_ID"], session)
    return pair


def client(service: str, role_arn: str, session_name: str) -> Any:
    """A botocore client that acts as `role_arn`; made once for each service and session."""
    return _client((service, role_arn, session_name), credentials(role_arn, session_name))


def administrator(service: str) -> Any:
    """For what AWS does itself, after the policies that it must ask were asked."""
    return _client((service, "", ""), administrators_keys())


def _client(index: tuple[str, str, str], keys: dict[str, str]) -> Any:
    global _session
    with _lock:  # botocore's sessions are not safe to make clients from in two threads
        if index not in _clients:
            _session = _session or new_session()
            if len(_clients) > 256:
                _clients.clear()
            _clients[index] = _session.create_client(
                index[0],
                region_name=REGION,
                endpoint_url=_endpoint,
                aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
                aws_session_token=keys.get("AWS_SESSION_TOKEN"),
                config=_SETTINGS,
            )
        return _clients[index]
