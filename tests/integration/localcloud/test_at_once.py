"""Several stacks deployed at once: what one thread looks through, another may add to."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import pytest
from cloudformation_stacks import (
    ANSWER,
    Client,
    Stack,
    custom,
    function,
    of,
    own_stack,
    queue,
    role,
)
from conftest import LAMBDA_PYTHON, eventually, free_port
from localcloud_kept import TRUST

import localcloud
from localcloud.config import REGION, Config
from localcloud.process import server_environment
from localcloud.steady import Steady

STACKS, ROLES, SESSIONS = 4, 3, 60
# Threads change places as often as they can, as they rarely do and in the end once.
RESTLESS = """
import sys
from localcloud.__main__ import main
sys.setswitchinterval(1e-6)
sys.exit(main())
"""


@pytest.fixture
def restless(tmp_path: Path) -> Iterator[localcloud.Running]:
    """A cloud of its own in which a race that is possible is likely."""
    config = Config(free_port(), tmp_path, 60.0, {}, LAMBDA_PYTHON)
    (tmp_path / "tmp").mkdir()
    command = [sys.executable, "-c", RESTLESS, *config.arguments()]
    with (tmp_path / "server.log").open("wb") as log:
        subprocess.Popen(
            command, cwd=tmp_path, env=server_environment(config), stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip
    eventually(lambda: localcloud.find(tmp_path), 20)
    yield eventually(lambda: localcloud.find(tmp_path))
    localcloud.stop(tmp_path)


def callers(cloud: localcloud.Running) -> Client:
    keys = localcloud.credentials()
    session = boto3.Session(keys["AWS_ACCESS_KEY_ID"], keys["AWS_SECRET_ACCESS_KEY"], None, REGION)
    return lambda service: session.client(service, endpoint_url=cloud.endpoint)


def test_stacks_deployed_at_once_all_come_up(restless: localcloud.Running) -> None:
    """Their functions take sessions while callers assume roles, as the CDK CLI does all the time,
    and policies are added to roles that act."""
    client = callers(restless)
    iam, sts = client("iam"), client("sts")
    caller = iam.create_role(RoleName="caller", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]

    def assume(number: int) -> None:
        sts.assume_role(RoleArn=caller["Arn"], RoleSessionName=f"caller-{number}")

    def deploy(_: int) -> tuple[str, str]:
        stack = Stack(client)
        status = stack.create(of(**{k: v for n in range(ROLES) for k, v in parts(n).items()}))
        return status, stack.delete()

    with ThreadPoolExecutor(STACKS + 2) as pool:
        assumed = pool.map(assume, range(SESSIONS))
        ended = pool.map(deploy, range(STACKS))
        assert list(ended) == [("CREATE_COMPLETE", "DELETE_COMPLETE")] * STACKS
        list(assumed)
    assert "during iteration" not in restless.log.read_text()


def parts(n: int) -> dict[str, Any]:
    """A function under a role of its own, what it makes, and a policy that comes later."""
    statement = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    later = {"PolicyName": "later", "PolicyDocument": document, "Roles": [{"Ref": f"Role{n}"}]}
    return {
        f"Role{n}": role(),
        f"Provider{n}": function(ANSWER, "python3.13", f"Role{n}"),
        f"Thing{n}": custom(f"Provider{n}", Number=n),
        f"Policy{n}": {"Type": "AWS::IAM::Policy", "Properties": later},
    }


# In a process of its own, for MiniStack takes its settings when it is imported.
THREADS = """
import sys
from concurrent.futures import ThreadPoolExecutor
from localcloud import roles, steady
from ministack.services import cloudwatch_logs as logs

steady.install()
sys.setswitchinterval(1e-6)
logs._create_log_group({"logGroupName": "g"})

def one(thread):
    for n in range(100):
        roles.credentials(f"arn:aws:iam::000000000000:role/r-{thread}-{n}", "session")
        logs._create_log_stream({"logGroupName": "g", "logStreamName": f"s-{thread}-{n}"})
        logs._describe_log_groups({})

with ThreadPoolExecutor(8) as pool:
    list(pool.map(one, range(8)))
"""


def test_threads_take_their_roles_sessions_and_begin_their_logs_at_once(tmp_path: Path) -> None:
    """MiniStack looks through all sessions whenever one is added, and through all streams."""
    environment = server_environment(Config(free_port(), tmp_path))
    (tmp_path / "tmp").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", THREADS], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_a_resource_that_fails_leaves_its_traceback_in_the_log(
    cloud: localcloud.Running, client: Client
) -> None:
    with own_stack(client) as stack:
        assert stack.create(of(Negative=queue(VisibilityTimeout=-1))) == "ROLLBACK_COMPLETE"
    _, told, rest = cloud.log.read_text().partition("Failed to provision Negative")
    assert told
    assert "Traceback (most recent call last):" in rest
    assert ", in check\n" in rest, "who found it"


def test_what_is_added_while_one_looks_is_seen_the_next_time() -> None:
    store = Steady({0: "a", 1: "b"})
    for number in store.keys():  # noqa: SIM118 - the view, not the dict itself
        store[number + 10] = "c"
    for number, _ in store.items():
        store[number + 20] = "d"
    for letter in store.values():
        store[40] = letter
    assert set(store) == {0, 1, 10, 11, 20, 21, 30, 31, 40}
    assert dict(store) == {**store} == store.copy() == pickle.loads(pickle.dumps(store))
