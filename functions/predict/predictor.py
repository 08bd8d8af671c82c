"""From a request to an answer. It imports numpy and onnxruntime, nothing else of weight."""

import json
import math
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import Any, Self

from functions.predict import answer, request
from functions.predict.capture import Capture, new_ids
from functions.predict.settings import Settings
from penstock.errors import ContractError, PenstockError
from penstock.scorer import Scorer

# Of the predictions, what was asked, and Lambda's context; it writes into the predictions.
Explain = Callable[[list[answer.Answer], Mapping[str, Any], Any], None]


def _print(text: str) -> None:
    sys.stdout.write(text)


def _explain(
    function: str,
    released: Mapping[str, str],
    predictions: list[answer.Answer],
    asked: Mapping[str, Any],
    context: Any,
) -> None:
    from functions.predict import explain  # only who asks for it pays for it

    explain.add(predictions, asked, function=function, model=released, context=context)


def _packed(asked: Any, scorer: Scorer, model: dict[str, str]) -> answer.Answer:
    from functions.predict import packed  # only our own batch asks so

    return packed.reply(asked, scorer, model)


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
    limit_bytes: int = answer.LIMIT_BYTES
    explain: Explain = field(default=partial(_explain, "", {}))

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
        explain = partial(_explain, settings.explain_function, said)
        return cls(scorer, capture, model, explain=explain)

    def answer(self, event: Any, context: Any) -> dict[str, Any]:
        """A Lambda's event to its answer: bare, or as HTTP where it came so."""
        http = request.is_http(event)
        by = Invocation.of(context)
        if not by.is_traffic and request.is_packed(event):
            model = {"version": by.version, **self.model}
            return _packed(event[request.PACKED], self.scorer, model)
        said = self.reply(lambda: request.body(event), by, http=http, context=context)
        return answer.wrapped(said, http=http)

    def reply(
        self, read: Callable[[], Any], by: Invocation, *, http: bool = False, context: Any = None
    ) -> dict[str, Any]:
        """Predictions, or an error that names what is wrong; only our own faults raise.

        `read` gives what was asked, or raises ContractError.
        """
        began = time.perf_counter()
        try:
            asked = read()
            columns, row_ids = request.parse(asked, self.scorer.contract)
        except ContractError as why:
            self._refuse(f"400 {self._public(why)}", by, began)
            return answer.refused(why)
        scores = self.scorer.score(columns).tolist()
        if not all(map(math.isfinite, scores)):  # its record would be a line that no filter reads
            raise PenstockError(
                "the model gave a score that is no number",
                where=f"version {by.version}",
                expected="a probability",
            )
        labels = [self.scorer.label(score) for score in scores]
        ids = new_ids(len(scores), time.time())
        model = {"version": by.version, **self.model}
        said = answer.predictions(ids, scores, labels, model)
        said = answer.fitted(said, http=http, limit=self.limit_bytes)
        if "error" in said:
            self._refuse("413 the answer is too large", by, began)
            return said
        if by.is_traffic:
            lines = self.capture.lines(
                columns, row_ids, ids, scores, labels,
                version=by.version, alias=by.qualifier, latency_ms=_ms_since(began),
            )  # fmt: skip
            self.write("\n".join(lines) + "\n")
        if request.explains(asked):  # after the record, whose latency is of the prediction
            self.explain(said["predictions"], asked, context)
            if answer.size_of(said, http=http) > self.limit_bytes:
                answer.unexplain(said["predictions"], "they are larger than an answer may be")
        return said

    def _refuse(self, reason: str, by: Invocation, began: float) -> None:
        if by.is_traffic:
            line = self.capture.refusal(
                reason, version=by.version, alias=by.qualifier, latency_ms=_ms_since(began)
            )
            self.write(line + "\n")

    def _public(self, why: ContractError) -> str:
        """The reason without what was sent: it may be a person's, also an unknown field's name."""
        first = why.violations[0]
        known = {c.name for c in self.scorer.contract.columns} | {"", "body", *request.KEYS}
        name = first.field if first.field in known else "an unknown field"
        return f"{name}: expected {first.expected} ({len(why.violations)} in all)"


def _ms_since(began: float) -> float:
    return round((time.perf_counter() - began) * 1000, 3)
