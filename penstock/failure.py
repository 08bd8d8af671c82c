"""What Step Functions says of a failure, as words: a Lambda's cause is JSON with a stack trace."""

import json
from collections.abc import Mapping
from typing import Any

LONGEST = 1000


def words(failed: Mapping[str, Any]) -> str:
    """`{"Error", "Cause"}` of a state, or the same in lower case of an execution, in one line."""
    error, cause = (failed.get(name) or failed.get(name.lower()) for name in ("Error", "Cause"))
    try:
        said = json.loads(cause or "")["errorMessage"]
    except (ValueError, KeyError, TypeError):
        said = cause or ""
    return f"{error or 'error'}: {said}"[:LONGEST]
