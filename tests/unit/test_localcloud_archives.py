"""An archive is unpacked into its folder and nowhere else, on every Python that we run on."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from localcloud.sagemaker import archives


def packed(*members: tarfile.TarInfo) -> tarfile.TarFile:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as archive:
        for member in members:
            archive.addfile(member, io.BytesIO(b"x" * member.size))
    raw.seek(0)
    return tarfile.open(fileobj=raw)


def file(name: str) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size = 3
    return member


def link(name: str, target: str) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = tarfile.SYMTYPE, target
    return member


@pytest.fixture(params=["as it is", "before 3.11.4"])
def python(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param != "as it is":
        monkeypatch.delattr(tarfile, "data_filter", raising=False)


@pytest.mark.usefixtures("python")
def test_files_come_out_where_they_belong(tmp_path: Path) -> None:
    archives.extract(packed(file("model.bin"), file("code/inference.py")), tmp_path)
    assert (tmp_path / "code" / "inference.py").read_text() == "xxx"


@pytest.mark.usefixtures("python")
@pytest.mark.parametrize("member", [file("../out"), link("in", "/etc/passwd")])
def test_what_leads_out_is_refused(tmp_path: Path, member: tarfile.TarInfo) -> None:
    with pytest.raises(tarfile.TarError):
        archives.extract(packed(member), tmp_path / "folder")
    assert not (tmp_path / "out").exists()
