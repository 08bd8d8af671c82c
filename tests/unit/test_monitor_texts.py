"""A window's texts are counted as training's were, here and in Athena, and what moved is said."""

import html
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from test_monitor_athena import Duck
from test_monitor_page import Checked
from text_world import BASELINE, COMMON, CONTRACT, KNOWN, columns, look, texts, wanted, write

from functions.monitor import athena, attribution, details, page, reading, reference
from functions.monitor.report import Report
from functions.monitor.sketch import merge
from penstock import bins, text
from penstock.errors import PenstockError

MEASURED = ("message, characters", "message, words", "message, unlisted words")
VOCABULARY = "message, vocabulary"


def said(found: Report) -> str:
    return "; ".join(trouble["what"] for trouble in found["troubles"])


def test_the_scan_counts_what_training_counts(tmp_path: Path) -> None:
    seen = columns(2000, 5)
    found = reading.read([write(tmp_path / "a.parquet", seen)], wanted()).sketch
    table, given = KNOWN.texts["message"], seen["message"].tolist()
    listed = table["vocabulary"]["words"]
    expected = {
        "characters": text.characters(given),
        "words": text.lengths(given),
        "unlisted words": text.unlisted(given, listed),
    }
    for measure, values in expected.items():
        kept = values if measure == "characters" else values[~np.isnan(values)]
        counted = found.fields[f"message, {measure}"].bins
        assert list(counted) == bins.counts(table[measure], kept), measure
    lengths = text.characters(seen["diary"].tolist())
    personal = KNOWN.texts["diary"]["characters"]
    assert list(found.fields["diary, characters"].bins) == bins.counts(personal, lengths)
    words = Counter(w for each in given for w in set(text.words(each)) if w in listed)
    assert found.words == {"message": words}
    assert {"שלום", "👍", "straße", "it", "s"} <= words.keys()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Moved, again, emoji and right to left, no text at all, texts that are very long."""
    folder = tmp_path_factory.mktemp("records")
    shares = COMMON + np.array([0, 0, 0, 0.3, 0, 0.3, 0, 0, 0, 0])
    odd = ["👍" * 50, "שלום עולם", "'; DROP TABLE x; --", "a\nb\tc\u00a0d", "\x01", "1.50"] * 5
    return [
        write(folder / "a.parquet", columns(700, 7, message=texts(700, 7, shares))),
        write(folder / "again.parquet", columns(700, 7, message=texts(700, 7, shares))),
        write(folder / "odd.parquet", columns(30, 8, message=odd), 2000),
        write(folder / "none.parquet", columns(30, 9, message=[""] * 30), 3000),
        write(folder / "long.parquet", columns(3, 9, message=["card " * 20_000] * 3), 4000),
    ]


def test_athena_counts_what_polars_counts(files: list[Path]) -> None:
    """The same texts whole, too, for what is explained."""
    duck = Duck(files)
    polars = reading.read(files, wanted(("amount", "message")))
    asked = athena.read(duck, wanted(("amount", "message")))
    assert asked.sketch == polars.sketch
    assert polars.sketch.rows == 763
    assert polars.sketch.words["message"]["refund"] > 150
    assert polars.sketch.fields["message, characters"].outside == 3
    assert asked.troubles == [t for t in polars.troubles if "files" not in t.what]
    assert sorted(asked.sample["message"].fill_null("")) == sorted(
        polars.sample["message"].fill_null("")
    )
    assert all(len(sql) < 262_144 for sql in duck.asked)


def test_partitions_merge_to_the_whole(files: list[Path]) -> None:
    once = files[1:]
    parts = [reading.read([file], wanted()).sketch for file in once]
    assert merge(parts) == reading.read(once, wanted()).sketch


def test_texts_as_in_training_have_not_drifted(tmp_path: Path) -> None:
    found = look(write(tmp_path / "a.parquet", columns(800, 11)))
    assert found["drifted"] == []
    assert said(found) == ""
    assert found["texts"] == {"message": [*MEASURED, VOCABULARY], "diary": ["diary, characters"]}


def test_a_word_that_became_common_is_found_and_named(tmp_path: Path) -> None:
    shares = COMMON + np.eye(len(COMMON))[3] * 0.15
    seen = columns(800, 12, message=texts(800, 12, shares))
    found = look(write(tmp_path / "a.parquet", seen))
    assert found["drifted"] == [VOCABULARY]
    assert (
        "refund: 1." in found["findings"][0]["why"] or "refund: 2." in found["findings"][0]["why"]
    )
    assert found["columns"][VOCABULARY]["kind"] == "vocabulary"
    rows = pl.read_parquet(details.to_parquet(found)).filter(pl.col("column") == VOCABULARY)
    refund = rows.row(by_predicate=pl.col("label") == "refund", named=True)
    given = [each for each in seen["message"] if each]
    assert refund["window_rows"] == sum("refund" in each for each in given)


def test_another_language_is_told_of_by_its_words_and_by_what_training_did_not_know(
    tmp_path: Path,
) -> None:
    other = ["mi tarjeta no funciona por favor", "he perdido mi tarjeta", "gracias"] * 200
    found = look(write(tmp_path / "a.parquet", columns(600, 13, message=other)))
    assert {"message, unlisted words", VOCABULARY} <= set(found["drifted"])


def test_longer_texts_of_a_person_are_told_of_without_a_word_of_theirs(tmp_path: Path) -> None:
    longer = [each and f"{each} {each} {each}" for each in texts(800, 14)]
    found = look(write(tmp_path / "a.parquet", columns(800, 14, diary=longer)))
    assert found["drifted"] == ["diary, characters"]


@pytest.mark.parametrize("message", [[""] * 500, ["x" * 20_000] * 500, ["👍"] * 500, ["?"] * 500])
def test_texts_that_are_all_missing_or_all_alike_have_drifted(
    tmp_path: Path, message: list[str]
) -> None:
    found = look(write(tmp_path / "a.parquet", columns(500, 15, message=message)))
    assert "message, characters" in found["drifted"]
    assert found["columns"]["amount"]["p_value"] > 0.001
    if len(message[0]) > 400:
        assert "message, characters: 500 values are infinite or not within any to 400" in said(
            found
        )
    if not message[0]:  # is one finding, not four
        assert found["drifted"] == ["message, characters"]
        assert found["columns"][VOCABULARY]["why"].startswith("not judged")


def test_a_text_column_of_numbers_is_named_and_the_rest_is_compared(tmp_path: Path) -> None:
    file = write(tmp_path / "a.parquet", columns(500, 16))
    pl.read_parquet(file).with_columns(message=pl.lit(5)).write_parquet(file)
    found = look(file)
    assert "message is Int32 in 1 of 1 files, not String" in said(found)
    assert found["drifted"] == ["message, characters"]


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (None, "the use case has it, the champion was trained without it"),
        (BASELINE["columns"]["amount"], "numeric when the champion was trained, text now"),
        ({"kind": "text"}, "its baseline has no characters"),
        (
            {"kind": "text", "characters": {"kind": "numeric"}},
            "its baseline has no edges, fractions, missing",
        ),
    ],
)
def test_a_baseline_of_another_version_is_told_of(
    tmp_path: Path, table: dict[str, Any] | None, words: str
) -> None:
    tables = {**BASELINE["columns"], "message": table}
    known = {**BASELINE, "columns": {n: t for n, t in tables.items() if t is not None}}
    found = look(write(tmp_path / "a.parquet", columns(500, 17)), known=known)
    assert f"message is not compared: {words}" in said(found)
    assert found["texts"] == {"diary": ["diary, characters"]}


def test_a_text_that_was_open_and_is_personal_now_is_compared_by_its_length_alone() -> None:
    """And the other way round: of a masked one the baseline has nothing else."""
    open_ = {**BASELINE["columns"], "diary": BASELINE["columns"]["message"]}
    found = reference.read({**BASELINE, "columns": open_}, CONTRACT, "s3://a/b")
    assert found.texts["diary"].keys() == {"kind", "characters", "personal"}
    shut = {**BASELINE["columns"], "message": BASELINE["columns"]["diary"]}
    found = reference.read({**BASELINE, "columns": shut}, CONTRACT, "s3://a/b")
    assert found.texts["message"] | {"personal": False} == found.texts["message"]
    assert found.texts["message"].keys() == {"kind", "characters", "personal"}


def test_a_use_case_of_texts_alone_is_watched() -> None:
    known = {**BASELINE, "columns": {"message": BASELINE["columns"]["message"]}}
    assert reference.read(known, CONTRACT, "s3://a/b").texts
    with pytest.raises(PenstockError, match="no baseline of this version"):
        reference.read({"columns": {}}, CONTRACT, "s3://a/b")


def test_a_text_is_as_important_as_its_column() -> None:
    known = {**BASELINE, "importance": {"message": 0.7, "amount": 0.3}}
    found = reference.read(known, CONTRACT, "s3://a/b").importance
    assert {found[name] for name in (*MEASURED, VOCABULARY)} == {0.7}


def test_the_page_shows_lengths_side_by_side_and_the_words_that_moved(tmp_path: Path) -> None:
    shares = COMMON + np.eye(len(COMMON))[5] * 0.4
    seen = columns(800, 18, message=texts(800, 18, shares))
    found = look(write(tmp_path / "a.parquet", seen))
    made = page.render(found)
    shown = Checked(made)
    assert shown.loads == []
    section = made[made.index('class="texts"') :]
    for name in found["texts"]["message"]:
        assert html.escape(name) in section
    assert '<span dir="auto">שלום</span>' in section
    assert section.index("שלום") < section.index(">card<")
    assert "2 columns that have not drifted" in made  # amount and score: the texts are above


def test_a_word_on_the_page_is_no_markup(tmp_path: Path) -> None:
    """No regular expression lets a < into a word; a baseline is a file that others may write."""
    table = BASELINE["columns"]["message"]
    vocabulary = table["vocabulary"] | {"words": {"<script>alert(1)</script>": 0.5, "card": 0.5}}
    known = BASELINE["columns"] | {"message": table | {"vocabulary": vocabulary}}
    file = write(tmp_path / "a.parquet", columns(300, 19))
    made = page.render(look(file, known={**BASELINE, "columns": known}))
    assert Checked(made).loads == []
    assert "<script" not in made


def test_of_very_long_texts_as_many_are_explained_as_one_call_carries() -> None:
    long = [{"message": "x" * 20_000}] * 500
    assert 200 < len(attribution.carried(long)) < 250
    assert len(attribution.carried(long[:10])) == 10
    assert len(attribution.carried([{"message": "👍" * 10**6}])) == 1


def test_a_page_without_texts_has_no_such_section(tmp_path: Path) -> None:
    found = look(write(tmp_path / "a.parquet", columns(100, 20)))
    assert 'class="texts"' not in page.render({**found, "texts": {}})
