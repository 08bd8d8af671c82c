"""From a request to an answer. It imports numpy and onnxruntime, nothing else of weight."""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Self

from functions.predict import answer, request
from functions.predict.capture import Capture, new_ids
from functions.predict.settings import Settings
from penstock.errors import ContractError
from penstock.scorer import Scorer


def _print(text: str) -> None:
    sys.stdout.write(text)


@dataclass(frozen=True)
class Invocation:
    """Which version answers, and through what it was asked."""

    version: str
    qualifier: str

    @classmethod
    def of(cls, context: Any) -> "Invocation":
        return _invocation(context.invoked_function_arn, context.function_version)

    @cached_property
    def is_traffic(self) -> bool:
        """By alias only; a bare version number is how a release tries what is not live."""
        return self.qualifier not in ("", "$LATEST") and not self.qualifier.isdigit()


@lru_cache(maxsize=8)
def _invocation(arn: str, version: str) -> Invocation:
    """Asked again and again by the same few names."""
    parts = arn.split(":")
    return Invocation(version, parts[7] if len(parts) > 7 else "")


@dataclass(frozen=True)
class Predictor:
    """A loaded model and how it is recorded; made once an instance of the function."""

    scorer: Scorer
    capture: Capture
    model: dict[str, str]
    write: Callable[[str], object] = field(default=_print)

    @classmethod
    def load(cls, model_dir: Path, settings: Settings) -> Self:
        """Everything that a request needs, read before the first one comes."""
        scorer = Scorer(model_dir, features_sha256=settings.features_sha256)
        said = json.loads((model_dir / "release.json").read_text(encoding="utf-8"))
        model = {
            "model_package": said["model_package_arn"],
            "dataset_version": said["dataset_version"],
        }
        key = bytes.fromhex(said["hmac_key"]) if "hmac_key" in said else None
        capture = Capture(scorer.contract, settings.environment, settings.capture_rate, model, key)
        return cls(scorer, capture, model)

    def answer(self, event: Any, context: Any) -> dict[str, Any]:
        """Predictions, or an error that names what is wrong; only our own faults raise."""
        began, by, http = time.perf_counter(), Invocation.of(context), request.is_http(event)
        try:
            columns, row_ids = request.parse(request.body(event), self.scorer.contract)
        except ContractError as why:
            said = answer.refused(why)
            self._refuse(f"400 {self._public(why)}", by, began)
            return answer.wrapped(said, http=http)
        scores = self.scorer.score(columns).tolist()
        labels = [self.scorer.label(score) for score in scores]
        ids = new_ids(len(scores), time.time())
        model = {"version": by.version, **self.model}
        said = answer.fitted(answer.predictions(ids, scores, labels, model), http=http)
        if "error" in said:
            self._refuse("413 the answer is too large", by, began)
        elif by.is_traffic:
            lines = self.capture.lines(
                columns, row_ids, ids, scores, labels,
                version=by.version, alias=by.qualifier, latency_ms=_ms_since(began),
            )  # fmt: skip
            self.write("\n".join(lines) + "\n")
        return answer.wrapped(said, http=http)

    def _refuse(self, reason: str, by: Invocation, began: float) -> None:
        if by.is_traffic:
            line = self.capture.refusal(
                reason, version=by.version, alias=by.qualifier, latency_ms=_ms_since(began)
            )
            self.write(line + "\n")

    def _public(self, why: ContractError) -> str:
        """The reason without what was sent: it may be a person's, also an unknown field's name."""
        first = why.violations[0]
        known = {c.name for c in self.scorer.contract.columns} | {"", *request.FORMS, "body"}
        name = first.field if first.field in known else "an unknown field"
        return f"{name}: expected {first.expected} ({len(why.violations)} in all)"


def _ms_since(began: float) -> float:
    return round((time.perf_counter() - began) * 1000, 3)
