"""An artifact is packed the same each time, and only what belongs to it is unpacked."""

import io
import tarfile
from pathlib import Path

import pytest
from trained import trained

from penstock import artifact
from penstock.errors import PenstockError

FILES = (*artifact.FILES, "model.ubj")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "model"
    made.mkdir()
    for name in FILES:
        (made / name).write_text(f"the content of {name}")
    return made


def test_the_same_files_make_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    first = artifact.pack(folder, tmp_path / "a.tar.gz")
    for name in FILES:
        (folder / name).touch()
    assert artifact.pack(folder, tmp_path / "another.tar.gz") == first
    (folder / "card.md").write_text("changed")
    assert artifact.pack(folder, tmp_path / "b.tar.gz") != first


@pytest.mark.parametrize("name", FILES)
def test_a_model_is_another_when_what_it_does_is_another(folder: Path, name: str) -> None:
    """Its lineage, card, metrics and native form tell of the training: they may differ."""
    before = artifact.identity(folder)
    (folder / name).write_text("changed")
    told = ("card.md", "lineage.json", "metrics.json", "model.ubj")
    assert (artifact.identity(folder) == before) is (name in told)


def test_what_was_packed_comes_out(folder: Path, tmp_path: Path) -> None:
    artifact.pack(folder, tmp_path / "a.tar.gz")
    out = artifact.unpack(tmp_path / "a.tar.gz", tmp_path / "out")
    assert {p.name: p.read_text() for p in out.iterdir()} == {
        name: f"the content of {name}" for name in FILES
    }


def test_a_missing_file_is_named(folder: Path, tmp_path: Path) -> None:
    (folder / "golden.jsonl").unlink()
    with pytest.raises(PenstockError, match=r"missing golden\.jsonl"):
        artifact.pack(folder, tmp_path / "a.tar.gz")


def test_the_native_model_is_one_and_tells_its_algorithm(folder: Path, tmp_path: Path) -> None:
    (folder / "linear.json").write_text("a second")
    with pytest.raises(PenstockError, match=r"native models: model\.ubj, linear\.json"):
        artifact.pack(folder, tmp_path / "a.tar.gz")
    (folder / "model.ubj").unlink()
    artifact.pack(folder, tmp_path / "a.tar.gz")
    found = artifact.native(artifact.unpack(tmp_path / "a.tar.gz", tmp_path / "out"))
    assert found == tmp_path / "out" / "linear.json"
    (folder / "linear.json").unlink()
    with pytest.raises(PenstockError, match="native models: none"):
        artifact.pack(folder, tmp_path / "a.tar.gz")


def test_what_is_no_tar_gz_is_refused_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "model.tar.gz").write_bytes(b"no archive")
    with pytest.raises(PenstockError, match=r"model\.tar\.gz; expected a model\.tar\.gz"):
        artifact.unpack(tmp_path / "model.tar.gz", tmp_path / "out")


def test_strangers_and_ways_out_stay_in_the_archive(folder: Path, tmp_path: Path) -> None:
    """Compiled code beside features.py, a path upwards, a link: none of them reaches the disk."""
    packed = tmp_path / "a.tar.gz"
    with tarfile.open(packed, "w:gz") as tar:
        for name in FILES:
            tar.add(folder / name, f"./{name}")  # as the tar command names them
        for name in ("__pycache__/features.cpython-312.pyc", "../escaped.txt", "/tmp/card.md"):
            tar.addfile(tarfile.TarInfo(name), io.BytesIO())
        link = tarfile.TarInfo("model.onnx")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    out = artifact.unpack(packed, tmp_path / "out")
    assert {p.name for p in out.rglob("*")} == set(FILES)
    assert not (out / "model.onnx").is_symlink()
    assert not (tmp_path / "escaped.txt").exists()


def test_the_card_tells_a_stranger_what_the_model_is() -> None:
    card = (trained("churn")[1] / "card.md").read_text()
    assert "retention@example.com" in card
    assert "Personal columns: `gender`, `senior_citizen`, `partner`, `dependents`" in card
    assert "| tenure | int | months | 0 to 240 |" in card
    assert "| roc_auc |" in card
    assert "0f1e2d3c4b5a6978" in card
