"""One synthesis of everything for all infra tests: it costs half a minute."""

import pytest
from synthesis import Assembly, synthesise


@pytest.fixture(scope="session")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    return synthesise(tmp_path_factory.mktemp("assembly"))
