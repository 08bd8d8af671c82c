"""What a caller gets: predictions or one error, bare or as HTTP."""

import json
from typing import Any

from penstock.errors import ContractError

# Lambda's limit for a synchronous answer is 6 MB; some of it is Lambda's own wrapping
LIMIT_BYTES = 6 * 1024 * 1024 - 4096
MAX_VIOLATIONS = 100
# an upper bound of a prediction's JSON, so that only a large answer is measured
_PREDICTION_BYTES = 200

Answer = dict[str, Any]
_compact = json.JSONEncoder(separators=(",", ":")).encode


def predictions(
    ids: list[str], scores: list[float], labels: list[str], model: dict[str, str]
) -> Answer:
    rows = [
        {"id": id_, "score": score, "label": label}
        for id_, score, label in zip(ids, scores, labels, strict=True)
    ]
    return {"predictions": rows, "model": model}


def unexplain(predictions: list[Answer], why: str) -> None:
    """The predictions stand, and say why they are not explained."""
    for prediction in predictions:
        prediction |= {"explanation": None, "explanation_error": f"not explained: {why}"}


def error(status: int, message: str, violations: list[dict[str, Any]] | None = None) -> Answer:
    return {"error": {"status": status, "message": message, "violations": violations or []}}


def refused(why: ContractError) -> Answer:
    """400 with each broken rule, up to a hundred of them: the message says how many there are."""
    found = [violation.to_dict() for violation in why.violations]
    message = str(why)
    if len(found) > MAX_VIOLATIONS:
        message += f"; {len(found)} in all, the first {MAX_VIOLATIONS} are listed"
    return error(400, message, found[:MAX_VIOLATIONS])


def size_of(answer: Answer, *, http: bool) -> int:
    """Bytes, as they go over the wire."""
    return len(json.dumps(_compact(answer) if http else answer))


def fitted(answer: Answer, *, http: bool, limit: int = LIMIT_BYTES) -> Answer:
    """The answer, or 413 where what carries it (Lambda, SageMaker) would not."""
    rows = answer.get("predictions", ())
    if len(rows) * _PREDICTION_BYTES < limit:
        return answer
    size = size_of(answer, http=http)
    if size <= limit:
        return answer
    return error(
        413,
        f"the answer to {len(rows)} instances is {size / 1e6:.1f} MB "
        f"(expected at most {limit / 1e6:.1f} MB: ask for fewer at once)",
    )


def wrapped(answer: Answer, *, http: bool) -> Answer:
    """As the function's URL wants it; a direct invocation gets the bare answer."""
    if not http:
        return answer
    return {
        "statusCode": answer["error"]["status"] if "error" in answer else 200,
        "headers": {"content-type": "application/json"},
        "body": _compact(answer),
    }
