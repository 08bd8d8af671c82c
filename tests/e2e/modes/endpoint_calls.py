"""An endpoint's callers: the demo's traffic, which speaks to a function, led to SageMaker."""

import io
import json
import re
from typing import Any

from cli.demo.story import Story
from cli.demo.traffic import Traffic
from cli.instances import instance

# requests a second while somebody judges by them
RATE = 40.0
_MODEL = re.compile(r"penstock-[a-z0-9-]+-[0-9a-f]{8}-\d{12}")


class EndpointCalls:
    """In the place of Lambda's client. Who answered is the model that the answer names."""

    def __init__(self, runtime: Any) -> None:
        self._runtime = runtime

    def invoke(self, *, FunctionName: str, Qualifier: str, Payload: bytes) -> dict[str, Any]:
        try:
            answer = self._runtime.invoke_endpoint(
                EndpointName=FunctionName, ContentType="application/json", Body=Payload
            )
        except self._runtime.exceptions.ModelError as error:
            return self._failed(str(error))
        body = json.loads(answer["Body"].read())
        return self._said(body, body["model"]["version"])

    def _failed(self, text: str) -> dict[str, Any]:
        named = _MODEL.search(text)
        return self._said({"error": text}, named[0] if named else "?")

    def _said(self, body: dict[str, Any], version: str) -> dict[str, Any]:
        return {"Payload": io.BytesIO(json.dumps(body).encode()), "ExecutedVersion": version}


def callers(story: Story) -> Traffic:
    """Use as a context; its calls are there afterwards."""
    client = EndpointCalls(story.place.client("sagemaker-runtime", max_pool_connections=10))
    pool = [instance(row, story.contract) for row in story.source.rows]
    return Traffic(client, story.deployed.endpoint_name, "", pool, story.timeline.now, RATE)
