"""The AWS calls of the stream function."""

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from functions.shared import s3
from functions.stream.ask import Answered, Unanswered
from functions.stream.records import Poison
from functions.stream.settings import Settings
from penstock import layout
from penstock.events import ALIAS

_compact = json.JSONEncoder(separators=(",", ":")).encode

# Lambda refuses the request itself, whoever is asked: these never reach predict.
_REFUSED = {"InvalidRequestContentException": 400, "RequestTooLargeException": 413}


class Store:
    """Clients are made once an instance of the function, when they are first wanted."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def predict(self, request: bytes) -> Mapping[str, Any]:
        """What `live` answers; Unanswered where it does not, RuntimeError where it breaks."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            answer = self._lambda.invoke(
                FunctionName=self._settings.predict_function, Qualifier=ALIAS, Payload=request
            )
            said = answer["Payload"].read()
        except ClientError as error:
            if status := _REFUSED.get(error.response["Error"]["Code"]):
                return {"error": {"status": status, "message": str(error), "violations": []}}
            raise Unanswered(str(error)) from error
        except BotoCoreError as error:
            raise Unanswered(str(error)) from error
        if answer.get("FunctionError"):
            raise RuntimeError(f"predict failed: {said.decode()[:500]}")
        return json.loads(said)  # type: ignore[no-any-return]

    def put(self, answers: Sequence[Answered]) -> list[bool]:
        """Which of them are now on the output stream."""
        entries = [
            {
                "Data": _compact(answer.to_dict()).encode(),
                "PartitionKey": answer.row.record.partition_key,
            }
            for answer in answers
        ]
        done = self._kinesis.put_records(StreamName=self._settings.output_stream, Records=entries)
        return ["ErrorCode" not in record for record in done["Records"]]

    def set_apart(self, poison: Sequence[Poison]) -> str:
        """One object of JSON lines; a batch that comes again writes the same one again."""
        ordered = sorted(poison, key=lambda one: one.record.position)
        first, last = ordered[0].record, ordered[-1].record
        key = layout.poison_key(
            self._settings.usecase,
            first.arrived_at,
            first.shard,
            first.sequence_number,
            last.sequence_number,
        )
        lines = "".join(f"{_compact(one.to_dict())}\n" for one in ordered)
        return s3.write(self._settings.lake_bucket, key, lines.encode())

    @cached_property
    def _lambda(self) -> Any:
        import boto3  # not at the top: logic and its tests need no AWS
        from botocore.config import Config

        # Whoever asks twice after a time-out doubles the load that was too much.
        patience = self._settings.predict_timeout_seconds + 5
        config = Config(read_timeout=patience, retries={"total_max_attempts": 1})
        return boto3.client("lambda", config=config)

    @cached_property
    def _kinesis(self) -> Any:
        import boto3

        return boto3.client("kinesis")
