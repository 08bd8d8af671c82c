"""How tests are shared out among workers (`--dist loadgroup`)."""

from pathlib import Path

import pytest

INFRA = Path(__file__).parent / "infra"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A file stays on one worker, with its fixtures; all of infra too, for its one synthesis."""
    for item in items:
        together = "infra" if INFRA in item.path.parents else str(item.path)
        item.add_marker(pytest.mark.xdist_group(together))
