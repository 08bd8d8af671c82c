"""Ends what a session shared; here, so that one that runs no test itself knows of it too."""

import os

import pytest

import localcloud


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Whoever began the session ends the modes' cloud, after the last worker."""
    factory = getattr(session.config, "_tmp_path_factory", None)
    if factory is not None and "PYTEST_XDIST_WORKER" not in os.environ:
        localcloud.stop(factory.getbasetemp() / "modes" / "cloud")
