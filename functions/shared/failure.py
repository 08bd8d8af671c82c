"""What Step Functions says of a failure, as words: a Lambda's cause is JSON with a stack trace."""

import json
from collections.abc import Mapping

LONGEST = 1000


def words(error: Mapping[str, str]) -> str:
    """{"Error", "Cause"} -> `Error: message`."""
    try:
        said = json.loads(error.get("Cause", ""))["errorMessage"]
    except (ValueError, KeyError, TypeError):
        said = error.get("Cause", "")
    return f"{error.get('Error', 'error')}: {said}"[:LONGEST]
