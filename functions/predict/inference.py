"""What SageMaker's toolkit imports in an endpoint's container; the rest lies beside the model.

The toolkit pip-installs this file alone, so that it must be told where the model is. numpy is the
image's own: the toolkit has imported it long before.
"""

import sys
from pathlib import Path
from typing import Any


def model_fn(model_dir: str) -> Any:
    """The loaded model; `package` and `libraries` are ours, packed with it by the release."""
    sys.path[:0] = [f"{model_dir}/package", f"{model_dir}/libraries"]
    from functions.predict.container import Container

    return Container.load(Path(model_dir))


def transform_fn(model: Any, content: str | bytes, content_type: str, accept: str) -> Any:
    """JSON in and out, whatever the headers say, as the predict function does."""
    return model.answer(content)
