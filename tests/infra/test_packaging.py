"""Building what is uploaded: the same hash for the same content, and errors that say something."""

import os
import tarfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from infra import images
from infra.environments import ENVIRONMENTS, Environment, chosen
from infra.packaging import archive, functions, installer, pruning, training
from infra.packaging.target import named
from penstock.errors import PenstockError
from penstock.spec_file import load

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(archive, "BUILD", tmp_path / "build")
    return tmp_path / "build"


def test_an_archive_is_the_same_bytes_for_the_same_content(build: Path, tmp_path: Path) -> None:
    """Whatever the order, the clock and the modes of the files."""
    file = tmp_path / "b.py"
    file.write_text("b = 1\n")
    first = archive.zipped("x", {"a.py": b"a", "b.py": file})
    bytes_then = first.path.read_bytes()
    first.path.unlink()
    file.chmod(0o600)
    file.touch()
    second = archive.zipped("x", {"b.py": file, "a.py": b"a"})
    assert (second.sha256, second.path.read_bytes()) == (first.sha256, bytes_then)


def test_any_change_of_name_or_content_is_another_archive(build: Path) -> None:
    hashes = {
        archive.tarred("x", files).sha256
        for files in ({"a": b"1"}, {"a": b"2"}, {"b": b"1"}, {"a": b"1", "b": b""})
    }
    assert len(hashes) == 4


def test_a_file_that_was_not_finished_is_not_taken_for_one(build: Path) -> None:
    def interrupted(out: object, files: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        archive._build("x", ".zip", {"a": b"1"}, interrupted)
    assert not list(build.glob("*.zip"))


def test_what_nothing_has_used_for_an_hour_goes_when_its_kind_is_built_again(build: Path) -> None:
    old, used, other = (
        archive.zipped(name, {"a": content}).path
        for name, content in (("x", b"old"), ("x", b"used"), ("x-y", b"other"))
    )
    long_ago = time.time() - 2 * pruning.UNUSED_SECONDS
    for path in (old, used, other):
        os.utime(path, (long_ago, long_ago))
    assert archive.zipped("x", {"a": b"used"}).path == used
    assert old.exists(), "nothing new was built"
    new = archive.zipped("x", {"a": b"new"}).path
    assert sorted(build.glob("*.zip")) == sorted([used, other, new])
    assert archive.zipped("x", {"a": b"old"}).path.exists()


def test_what_one_synthesis_has_found_another_does_not_remove(build: Path) -> None:
    path = archive.zipped("x", {"a": b"found"}).path
    long_ago = time.time() - 2 * pruning.UNUSED_SECONDS

    def other(number: int) -> Path:
        return archive.zipped("x", {"a": f"other {number}".encode()}).path

    with ThreadPoolExecutor(1) as pool:
        others = [pool.submit(other, number) for number in range(200)]
        while not others[-1].done():
            with suppress(FileNotFoundError):
                os.utime(path, (long_ago, long_ago))
            archive.zipped("x", {"a": b"found"})
            assert path.exists()


def test_an_installer_that_fails_says_it_in_one_line() -> None:
    with pytest.raises(PenstockError) as caught:
        installer.run("building x", ("uv", "pip", "install", "--offline", "-r", "nowhere.txt"))
    message = str(caught.value)
    assert "building x failed" in message
    assert "nowhere.txt" in message
    assert "\n" not in message


def test_the_training_archive_has_what_the_toolkit_looks_for() -> None:
    folder = min((ROOT / "usecases").glob("*/usecase.yaml")).parent
    built = training.build(load(folder / "usecase.yaml"), folder, named("lambda"))
    with tarfile.open(built.path) as opened:
        names = opened.getnames()
        requirements = opened.extractfile("requirements.txt")
        assert requirements is not None
        pins = requirements.read().decode().splitlines()
    assert {"train.py", "training/__init__.py", "penstock/__init__.py", "usecase/features.py"} <= {
        *names
    }
    wheels = [name for name in names if name.startswith("wheels/")]
    projects = {name.split("/")[1].split("-")[0].lower().replace("_", "-") for name in wheels}
    assert projects == {pin.split("==")[0].lower() for pin in pins}
    assert {"setuptools", "wheel"} <= projects, "pip builds the code with these"
    compiled = [name for name in wheels if not name.endswith("-none-any.whl")]
    assert all("x86_64" in name for name in compiled)
    # pip refuses hashes beside `.`, which the toolkit installs in the same command
    assert not [pin for pin in pins if "--hash" in pin]


def test_images_are_those_of_the_sagemaker_sdk() -> None:
    from sagemaker.core import image_uris

    for region in images.XGBOOST_ACCOUNTS:
        expected = image_uris.retrieve("xgboost", region, version=images.XGBOOST_VERSION)
        assert images.xgboost(region) == expected


def test_an_unknown_region_is_refused_by_name() -> None:
    with pytest.raises(PenstockError, match="mars-1"):
        images.xgboost("mars-1")


def test_prod_approves_by_hand_and_a_contradiction_is_refused() -> None:
    assert not ENVIRONMENTS["prod"].auto_approve
    prod = ENVIRONMENTS["prod"]
    with pytest.raises(ValueError, match="approval"):
        Environment(**{**prod.__dict__, "auto_approve": True})


def test_an_unknown_platform_is_refused() -> None:
    with pytest.raises(PenstockError, match="windows"):
        named("windows")


def test_an_unknown_environment_is_refused() -> None:
    with pytest.raises(PenstockError, match="staging"):
        chosen("dev,staging")


def test_a_setting_that_predict_does_not_read_is_no_new_code_of_it(build: Path) -> None:
    """Else each change of a gate or of the mode of serving would begin a release, and a canary."""
    folder = ROOT / "usecases" / "triage"
    first, second = (load(folder / "usecase.yaml", mode=mode) for mode in ("lambda", "batch"))
    target = named("host")
    built = {
        stage: [functions.build(stage, usecase, folder, target) for usecase in (first, second)]
        for stage in ("predict", "release")
    }
    assert built["predict"][0].sha256 == built["predict"][1].sha256
    assert built["release"][0].sha256 != built["release"][1].sha256
