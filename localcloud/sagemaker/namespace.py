"""Gives one program its own /opt/ml and /etc/hosts, by a mount namespace of Linux, and becomes it.

Works as root, and as any user where the kernel lets users have namespaces of their own. Runs alone:
the standard library only.
"""

from __future__ import annotations

import ctypes
import functools
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

_NEW_MOUNTS, _NEW_USER = 0x00020000, 0x10000000
_BIND, _MOVE, _RECURSIVE, _PRIVATE = 0x1000, 0x2000, 0x4000, 0x40000
_DEATH_SIGNAL = 1


@functools.cache
def supported() -> bool:
    """Tried once, on a directory of its own."""
    if sys.platform != "linux" or not Path("/opt").is_dir():
        return False
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        (root / "opt/ml").mkdir(parents=True)
        (root / "opt/ml/here").touch()
        words = wrap(root, root / "opt/ml", ["test", "-e", "/opt/ml/here"])
        try:
            return subprocess.run(words, capture_output=True, timeout=10).returncode == 0
        except (OSError, subprocess.TimeoutExpired):
            return False


def wrap(root: Path, cwd: Path, words: list[str]) -> list[str]:
    """The command that runs `words` with `root`/opt/ml as /opt/ml and, if it is there,
    `root`/etc/hosts as /etc/hosts."""
    return [sys.executable, "-S", "-E", __file__, str(root), str(cwd), *words]


def main(root: Path, cwd: str, words: list[str]) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    _unshare(libc)
    _mount(libc, None, Path("/"), None, _RECURSIVE | _PRIVATE)
    _give_opt_ml(libc, root)
    hosts = root / "etc/hosts"
    if hosts.exists() and Path("/etc/hosts").exists():
        _mount(libc, hosts, Path("/etc/hosts"), None, _BIND)
    libc.prctl(_DEATH_SIGNAL, signal.SIGKILL)  # it does not outlive its supervisor
    os.chdir(cwd)
    os.execvp(words[0], words)


def _unshare(libc: ctypes.CDLL) -> None:
    if libc.unshare(_NEW_MOUNTS) == 0:
        return
    user, group = os.getuid(), os.getgid()
    if libc.unshare(_NEW_USER | _NEW_MOUNTS) != 0:
        raise OSError(ctypes.get_errno(), "this user may have no namespace of its own")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")


def _give_opt_ml(libc: ctypes.CDLL, root: Path) -> None:
    """/opt is this machine's own, but for `ml`; the machine itself sees no difference."""
    own, opt = root / "opt/ml", Path("/opt")
    if not (opt / "ml").is_dir():
        stage = root / "opt-of-the-host"
        stage.mkdir(exist_ok=True)
        _mount(libc, Path("tmpfs"), stage, "tmpfs", 0)
        for entry in opt.iterdir():
            place = stage / entry.name
            if entry.is_symlink():
                place.symlink_to(entry.readlink())
            elif entry.is_dir():
                place.mkdir()
                _mount(libc, entry, place, None, _BIND | _RECURSIVE)
            elif entry.is_file():
                place.touch()
                _mount(libc, entry, place, None, _BIND)
        (stage / "ml").mkdir()
        _mount(libc, stage, opt, None, _MOVE)
    _mount(libc, own, opt / "ml", None, _BIND | _RECURSIVE)


def _mount(
    libc: ctypes.CDLL, source: Path | None, target: Path, kind: str | None, flags: int
) -> None:
    words = [None if word is None else str(word).encode() for word in (source, target, kind)]
    if libc.mount(*words, ctypes.c_ulong(flags), None) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{os.strerror(code)}: mounting {source} at {target}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])
