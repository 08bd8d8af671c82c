"""Roles for the tests: narrow ones, since these tests are also about what a role may not do."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

ACCOUNT = "000000000000"


def allow(*actions: str, on: str | list[str] = "*") -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": on}


# What Step Functions must be let to make before it waits for a job.
MANAGED_RULES = allow("events:DescribeRule", "events:PutRule", "events:PutTargets")


def make_role(client: Callable[[str], Any], service: str, *statements: dict[str, Any]) -> str:
    name = f"{service}-{uuid.uuid4().hex[:8]}"
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": f"{service}.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    iam = client("iam")
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
    if statements:
        document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document)
    return str(made["Role"]["Arn"])
