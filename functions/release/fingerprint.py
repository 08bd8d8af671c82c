"""Is what would be released already live? One hash over everything that makes a version."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

# of the configuration, what decides how a request is answered; names and dates do not
_CONFIGURATION = (
    "Runtime", "Handler", "MemorySize", "Timeout", "Architectures", "Environment", "Role",
    "EphemeralStorage", "SnapStart", "VpcConfig", "TracingConfig",
)  # fmt: skip


def fingerprint(configuration: Mapping[str, Any], code_key: str, model_sha256: str) -> str:
    """sha256, hex, over GetFunctionConfiguration's answer, the code's asset and the model."""
    what = {name: configuration.get(name) for name in _CONFIGURATION}
    what["Layers"] = [layer["Arn"] for layer in configuration.get("Layers", [])]
    what["Code"] = code_key
    what["Model"] = model_sha256
    text = json.dumps(what, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
