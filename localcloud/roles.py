"""Calls made in a role's name: real requests to our own gateway, so that its policies decide."""

from __future__ import annotations

import hashlib
import json
import threading
from typing import Any

from botocore.config import Config as ClientConfig
from botocore.session import Session
from botocore.session import get_session as new_session

from localcloud.config import REGION, Config
from localcloud.json_service import ServiceError

_endpoint = ""
_lock = threading.Lock()
_session: Session | None = None
_clients: dict[tuple[str, str, str], Any] = {}

_SETTINGS = ClientConfig(
    retries={"total_max_attempts": 1},  # who calls decides what is tried again, as on AWS
    connect_timeout=5,
    read_timeout=960,  # a Lambda may take 15 minutes
    max_pool_connections=32,
    s3={"addressing_style": "path"},
)


def configure(config: Config) -> None:
    global _endpoint
    _endpoint = config.endpoint


def endpoint() -> str:
    return _endpoint


def check_trust(role_arn: str, principal: str) -> None:
    """Refuse a role that does not exist or does not let the service `principal` assume it."""
    from ministack.services import iam

    role = iam._roles.get(role_arn.rsplit("/", 1)[-1])
    document = role and role.get("AssumeRolePolicyDocument", "{}")
    trust = json.loads(document) if isinstance(document, str) else document or {}
    statements = trust.get("Statement", [])
    for statement in [statements] if isinstance(statements, dict) else statements:
        services = (statement.get("Principal") or {}).get("Service", [])
        named = [services] if isinstance(services, str) else services
        if statement.get("Effect") == "Allow" and principal in named:
            return
    raise ServiceError(
        "ValidationException",
        f"Could not assume role {role_arn}. Please ensure that the role exists and allows "
        f"principal '{principal}' to assume the role.",
    )


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
    sts.register_session(
        pair["AWS_ACCESS_KEY_ID"],
        {
            "Arn": f"arn:aws:sts::{account}:assumed-role/{role}/{name}",
            "UserId": f"{role}:{name}",
            "SecretAccessKey": pair["AWS_SECRET_ACCESS_KEY"],
            "SessionToken": pair["AWS_SESSION_TOKEN"],
        },
    )
    return pair


def client(service: str, role_arn: str, session_name: str) -> Any:
    """A botocore client that acts as `role_arn`; made once for each service and session."""
    global _session
    keys = credentials(role_arn, session_name)
    index = (service, role_arn, session_name)
    with _lock:  # botocore's sessions are not safe to make clients from in two threads
        if index not in _clients:
            _session = _session or new_session()
            if len(_clients) > 256:
                _clients.clear()
            _clients[index] = _session.create_client(
                service,
                region_name=REGION,
                endpoint_url=_endpoint,
                aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
                aws_session_token=keys["AWS_SESSION_TOKEN"],
                config=_SETTINGS,
            )
        return _clients[index]
