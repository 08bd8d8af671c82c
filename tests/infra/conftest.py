"""One synthesis of everything for all infra tests: it costs half a minute."""

from pathlib import Path

import pytest
from synthesis import Assembly, synthesise


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """On one worker, or each would synthesise for itself."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("infra"))


@pytest.fixture(scope="session")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    return synthesise(tmp_path_factory.mktemp("assembly"))
