"""A dataset version is named by its parts' content and order, and by nothing else."""

from dataclasses import replace

from functions.ingest.dataset import Part, version, with_part

A = Part("parts/a", 10, "aa", "raw/a.csv", "v1")
B = Part("parts/b", 5, "bb", "raw/b.csv", "v1")


def test_the_first_part_makes_a_dataset() -> None:
    made = with_part(None, "demo", A, "now")
    assert made["rows"] == 10
    assert made["version"] == version(["aa"])
    assert len(made["version"]) == 16


def test_the_same_part_again_is_the_same_manifest() -> None:
    made = with_part(None, "demo", A, "now")
    assert with_part(made, "demo", replace(A, source_version_id="v2"), "later") is made


def test_a_part_that_changed_keeps_its_place() -> None:
    """The same raw file under a new contract: its rows must not win over newer files' now."""
    both = with_part(with_part(None, "demo", A, "now"), "demo", B, "now")
    changed = with_part(both, "demo", replace(A, sha256="a2", rows=9), "later")
    assert [p["sha256"] for p in changed["parts"]] == ["a2", "bb"]
    assert changed["rows"] == 14
    assert changed["version"] != both["version"]


def test_order_matters_because_the_last_row_of_an_id_wins() -> None:
    assert version(["aa", "bb"]) != version(["bb", "aa"])


def test_the_manifest_that_was_read_is_not_changed() -> None:
    made = with_part(None, "demo", A, "now")
    with_part(made, "demo", B, "now")
    assert len(made["parts"]) == 1
