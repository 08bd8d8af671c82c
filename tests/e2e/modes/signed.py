"""Requests to a function's URL as an application sends them: HTTP, signed with SigV4."""

import uuid
from dataclasses import dataclass
from typing import Any

import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from cli.demo.story import Story


@dataclass(frozen=True)
class Caller:
    """An application with a role of its own; without keys it does not sign."""

    session: requests.Session
    region: str
    keys: Credentials | None = None

    def send(self, request: requests.Request) -> requests.Response:
        """The request with a signature over what Lambda looks at."""
        prepared = self.session.prepare_request(request)
        if self.keys:
            signed = AWSRequest(
                prepared.method,
                prepared.url,
                data=prepared.body,
                headers={"Content-Type": prepared.headers.get("Content-Type", "")},
            )
            SigV4Auth(self.keys, "lambda", self.region).add_auth(signed)
            prepared.headers.update(dict(signed.headers))
        return self.session.send(prepared, timeout=30)

    def post(self, url: str, body: Any) -> requests.Response:
        return self.send(requests.Request("POST", url, json=body))


def assumed(story: Story, *policies: str) -> Credentials:
    """The keys of a new role with these managed policies."""
    iam, sts = story.aws("iam"), story.aws("sts")
    account = sts.get_caller_identity()["Account"]
    trust = (
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",'
        f' "Principal": {{"AWS": "arn:aws:iam::{account}:root"}}}}]}}'
    )
    name = f"application-{uuid.uuid4().hex[:8]}"
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    for policy in policies:
        iam.attach_role_policy(RoleName=name, PolicyArn=policy)
    found = sts.assume_role(RoleArn=role, RoleSessionName="application")["Credentials"]
    return Credentials(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"])
