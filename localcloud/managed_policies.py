"""AWS's own managed policies, with what is in them: moto carries them all.

MiniStack knows a few dozen; a role with another one would be denied everything that it gives.
Upstream: more of `iam._seed_aws_managed_policies`.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from ministack.services import iam


def install() -> None:
    lookup = iam._lookup_policy

    def found(arn: str, *rest: Any, **named: Any) -> Any:
        if iam._is_aws_managed_arn(arn) and arn not in iam._aws_managed_policies:
            name = arn.removeprefix(iam._AWS_MANAGED_POLICY_PREFIX)
            policy = _policies().get(name.rpartition("/")[2])
            if policy and policy.get("Path", "/") == f"/{name}".rpartition("/")[0] + "/":
                document = json.dumps(policy["Document"])
                iam._aws_managed_policies[arn] = iam._make_aws_managed_record(name, document)
        return lookup(arn, *rest, **named)

    iam._lookup_policy = found


@cache
def _policies() -> dict[str, Any]:
    """1,600 of them, read (0.3 s) when the first is asked for that MiniStack has not."""
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    read: dict[str, Any] = json.loads(aws_managed_policies_data)
    return read
