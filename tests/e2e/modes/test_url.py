"""Mode `lambda` by the function's URL: who may call it, what HTTP says, and what fuzzing finds."""

import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import hypothesis
import outputs
import pytest
import requests
import schemathesis
import schemathesis.checks
from hypothesis import HealthCheck, Phase
from schemathesis import GenerationMode
from signed import Caller, assumed
from typer.testing import CliRunner

from cli import main, paths
from cli.demo.rows import wrong_request
from cli.demo.story import Story
from cli.instances import instance
from penstock import schema

# Each is an HTTP request; a whole run has 10,000, of which four in five break the document.
FUZZ = int(os.environ.get("PENSTOCK_FUZZ", "60"))
REGION = "us-east-1"


@pytest.fixture
def asked(stories: Mapping[str, Story]) -> Story:
    return stories["url"]


@pytest.fixture
def url(asked: Story) -> str:
    return outputs.of(asked)["PredictUrl"]


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


@pytest.fixture
def caller(asked: Story, session: requests.Session) -> Caller:
    """An application whose role has the policy that the stack offers, and nothing else."""
    return Caller(session, REGION, assumed(asked, outputs.of(asked)["PredictUrlCallers"]))


@pytest.fixture
def good(asked: Story) -> dict[str, Any]:
    return instance(asked.source.rows[0], asked.contract)


def test_who_has_the_policy_and_signs_gets_what_predict_says(
    asked: Story, caller: Caller, url: str, good: dict[str, Any]
) -> None:
    said = caller.post(url, {"instances": [good]})
    assert (said.status_code, said.headers["content-type"]) == (200, "application/json")
    stack = asked.deployed
    direct = asked.aws("lambda").invoke(
        FunctionName=stack.predict_function_name,
        Qualifier=stack.predict_alias,
        Payload=json.dumps({"instances": [good]}),
    )
    expected = json.loads(direct["Payload"].read())
    (prediction,), (other,) = said.json()["predictions"], expected["predictions"]
    assert {**prediction, "id": ""} == {**other, "id": ""}
    assert said.json()["model"] == expected["model"]


def test_the_command_line_asks_by_the_url_too(
    asked: Story, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "CLOUD", place / "cloud")
    done = CliRunner().invoke(main.app, ["invoke", asked.name, "--url", "--example"])
    assert done.exit_code == 0, f"{done.output}{done.exception}"
    assert '"predictions"' in done.stdout


def test_nobody_else_is_let_in(
    asked: Story, session: requests.Session, url: str, good: dict[str, Any]
) -> None:
    """Neither who does not sign, nor who has no policy."""
    known = assumed(asked)
    for caller in (Caller(session, REGION), Caller(session, REGION, known)):
        assert caller.post(url, {"instances": [good]}).status_code == 403


def test_the_policy_opens_the_url_and_no_other_door(asked: Story, caller: Caller) -> None:
    """A firewall or a log in front of the URL is not passed by with an Invoke."""
    keys, stack = caller.keys, asked.deployed
    assert keys is not None
    client = boto3.client(
        "lambda",
        endpoint_url=asked.place.endpoint,
        region_name=REGION,
        aws_access_key_id=keys.access_key,
        aws_secret_access_key=keys.secret_key,
        aws_session_token=keys.token,
    )
    for qualifier in (stack.predict_alias, "$LATEST"):
        with pytest.raises(client.exceptions.ClientError, match="AccessDenied"):
            client.invoke(FunctionName=stack.predict_function_name, Qualifier=qualifier)


def test_a_wrong_request_is_a_400_that_names_row_and_field(
    asked: Story, caller: Caller, url: str, good: dict[str, Any]
) -> None:
    said = caller.post(url, {"instances": [good, wrong_request(good, asked.contract)]})
    assert said.status_code == 400
    violations = said.json()["error"]["violations"]
    assert {v["row"] for v in violations} == {1}
    assert {v["field"] for v in violations} == {
        c.name for c in (asked.contract.columns[0], asked.contract.columns[-1])
    }


def test_more_than_lambda_carries_is_a_413(caller: Caller, url: str) -> None:
    large = requests.Request("POST", url, data=b"x" * (6 * 2**20 + 1))
    assert caller.send(large).status_code == 413


@pytest.mark.parametrize(
    ("mode", "share"), [(GenerationMode.NEGATIVE, 0.8), (GenerationMode.POSITIVE, 0.2)]
)
def test_fuzzing_finds_no_fault_and_no_word_that_the_document_does_not_say(
    asked: Story, caller: Caller, url: str, mode: GenerationMode, share: float
) -> None:
    """No 5xx; each answer is one of the document's; what it forbids is refused, all of it.

    What it allows may still be refused: that lists have one length, a schema cannot say.
    """
    operation = schemathesis.openapi.from_dict(schema.openapi(asked.usecase))["/"]["POST"]
    checks = schemathesis.checks
    statuses: Counter[int] = Counter()

    @hypothesis.settings(
        max_examples=int(FUZZ * share),
        deadline=None,
        database=None,
        derandomize="PENSTOCK_FUZZ" not in os.environ,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(operation.as_strategy(generation_mode=mode))
    def send(case: schemathesis.Case) -> None:
        said = caller.send(requests.Request(**case.as_transport_kwargs(base_url=url)))
        statuses[said.status_code] += 1
        case.validate_response(
            said,
            checks=[
                checks.not_a_server_error,
                checks.status_code_conformance,
                checks.content_type_conformance,
                checks.response_schema_conformance,
                checks.negative_data_rejection,
            ],
        )

    send()
    print(f"{mode.value}: {sum(statuses.values())} requests, {dict(statuses)}")
    assert set(statuses) <= {200, 400}
    assert sum(statuses.values()) >= FUZZ * share * 0.9
    assert statuses[200 if mode is GenerationMode.POSITIVE else 400] > 0
