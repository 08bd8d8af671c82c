"""Free text as numbers and as a vocabulary: what is counted, what is kept, and when it moved."""

from typing import Any

import numpy as np
import pytest
from scipy import stats

from penstock import baseline, text, usual, vocabulary
from penstock.calibration import Look, Rules, Watched, evidence, findings
from penstock.calibration.tables import words
from penstock.contract import Column, Contract, TargetRule
from penstock.errors import PenstockError
from penstock.statistics.marks import Marks, largest_move

RNG = np.random.default_rng(1)
RULES = Rules(false_alarms_per_year=1, looks_per_year=8766, smallest_shift=0.1)
LISTED = [f"word{i}" for i in range(40)]
COMMON = 1 / np.arange(2, 42)  # the share of texts that hold each


def texts(n: int, rng: np.random.Generator, shares: Any = COMMON) -> list[str]:
    held = rng.random((n, len(shares))) < shares
    return [" ".join(w for w, is_in in zip(LISTED, row, strict=False) if is_in) for row in held]


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("My card was lost!", ["my", "card", "was", "lost"]),
        ("it's £1.50 (don't)", ["it", "s", "1", "50", "don", "t"]),
        ("a\tb\nc\u00a0d\u3000e—f", ["a", "b", "c", "d", "e", "f"]),
        ("¿Dónde está?", ["dónde", "está"]),
        ("שלום, עולם", ["שלום", "עולם"]),
        ("👍 ok", ["👍", "ok"]),
        ("... --- !!!", []),
        ("", []),
    ],
)
def test_a_word_is_letters_and_digits_of_any_script_and_emoji(given: str, found: list[str]) -> None:
    assert text.words(given) == found


def test_a_text_is_seen_by_its_length_and_by_the_words_that_training_knew() -> None:
    given = ["My card was lost", "my CARD, my card!", "", "¿Dónde está?", "..."]
    np.testing.assert_equal(text.characters(given), [16, 17, np.nan, 12, 3])
    np.testing.assert_equal(text.lengths(given), [4, 4, np.nan, 2, 0])
    np.testing.assert_equal(text.unlisted(given, ["my", "card"]), [0.5, 0, np.nan, 1, np.nan])


def test_a_vocabulary_holds_the_commonest_words_and_none_that_few_people_wrote() -> None:
    """In how many texts, not how often; a text that is missing is none."""
    given = ["card card card lost"] * 4 + ["card stolen"] * 6 + ["secret"] * 4 + ["", ""]
    made = vocabulary.table(given, k_anonymous=5, in_time=False)
    assert made["words"] == {"card": 10 / 14, "stolen": 6 / 14}
    assert made["rows"] == 14
    many = [" ".join(f"w{i}" for i in range(500))] * 9 + ["x" * 41] * 9
    made = vocabulary.table(many, k_anonymous=5, in_time=False)
    assert len(made["words"]) == vocabulary.WORDS
    assert "x" * 41 not in made["words"]


def column(personal: bool = False, values: list[str] | None = None, **more: Any) -> dict[str, Any]:
    """The baseline's table of one text column."""
    rules = Column("note", "text", nullable=True, personal=personal, max_length=500)
    only = Contract("shop", "id", (rules,), TargetRule("y", "1", "0"), 0.5)
    given = texts(400, RNG) if values is None else values
    columns = {"note": np.array(given, object)}
    made = baseline.build(columns, np.linspace(0, 1, len(given)), only, **more)
    found: dict[str, Any] = made["columns"]["note"]
    return found


def test_the_baseline_of_a_text_has_its_lengths_and_its_words() -> None:
    given = ["a b c"] * 30 + ["a b c d e f"] * 50 + [""] * 20
    made = column(values=given)
    assert made["characters"]["missing"] == 0.2
    assert (made["words"]["missing"], made["words"]["rows"]) == (0, 80)
    assert made["words"]["fractions"] == [30 / 80, 50 / 80]
    assert made["vocabulary"]["words"]["f"] == 50 / 80


def test_of_a_personal_text_nothing_is_kept_but_how_long_it_was() -> None:
    assert set(column(personal=True)) == {"kind", "personal", "characters"}


@pytest.mark.parametrize("given", [[""] * 50, ["!!!"] * 50, [f"only{i}" for i in range(50)]])
def test_texts_without_a_common_word_have_an_empty_vocabulary(given: list[str]) -> None:
    made = column(values=given, in_time=True)
    assert made["vocabulary"]["words"] == {}
    assert sum(made["words"]["fractions"]) == (1 if given[0] else 0)


def test_each_word_is_held_to_fishers_exact_test() -> None:
    before, now, rows = [300, 20, 5], [40, 9, 0], (1000, 100)
    tables = [[[w, 100 - w], [b, 1000 - b]] for b, w in zip(before, now, strict=True)]
    tails = [
        min(stats.fisher_exact(t, side)[1] for side in ("less", "greater"))
        for t in map(list, tables)
    ]
    found = evidence.weigh([Marks.of(before, now, rows)])[0]
    assert found.p_value == pytest.approx(min(1, 2 * min(tails) * 3), rel=1e-9)
    assert found.cut is not None
    assert found.cut.first == 0  # which moved most, and is what the shift is of


@pytest.mark.parametrize("rows", [30, 300, 3000])
def test_texts_of_the_same_kind_stay_within_the_level(rows: int) -> None:
    """Words of one text hang together and many are looked at: the level holds all the same."""
    rng = np.random.default_rng(rows)
    low = 0
    for _ in range(200):
        before = rng.binomial(2000, COMMON)
        now = rng.binomial(rows, COMMON)
        low += evidence.weigh([Marks.of(before, now, (2000, rows))])[0].p_value <= 0.1
    assert low / 200 <= 0.1


def test_a_word_that_has_become_common_is_found_and_named() -> None:
    table = vocabulary.table(texts(2000, RNG), k_anonymous=5, in_time=False)
    more = COMMON.copy()
    more[30] += 0.2
    still, moved = (_held(texts(400, RNG, shares)) for shares in (COMMON, more))
    quiet, found = (
        findings(Look(RULES, (words("note, vocabulary", table, held, 400),)))[0]
        for held in (still, moved)
    )
    assert not quiet.drifted
    assert found.drifted
    assert found.place is not None
    assert found.place.where == "word30"
    assert found.shift == pytest.approx(found.place.window - found.place.baseline)
    assert "of texts gained or lost a word (10.0% is worth knowing)" in found.why


def _held(given: list[str]) -> dict[str, int]:
    return {word: sum(word in each.split() for each in given) for word in LISTED}


def test_no_word_moves_further_than_the_texts_themselves_do() -> None:
    """So that one `smallest_shift` is held to both: each text has one word here, a bin each."""
    b, w = RNG.multinomial(1000, [0.2] * 5), RNG.multinomial(500, [0.4, 0.3, 0.1, 0.1, 0.1])
    moved = largest_move(Marks.of(b.tolist(), w.tolist(), (1000, 500)))
    assert moved <= np.abs(b / 1000 - w / 500).sum() / 2
    assert moved == pytest.approx(np.abs(b / 1000 - w / 500).max())


def test_a_side_without_texts_is_not_judged() -> None:
    for rows in ((0, 10), (10, 0)):
        marks = Marks.of([0], [0], rows)
        found = findings(Look(RULES, (Watched("x", marks, ("a",)),)))[0]
        assert not found.drifted
        assert found.why.startswith("not judged")


@pytest.mark.parametrize(
    ("before", "now"), [([1, 2], [1]), ([1], [-1]), ([1], [np.nan]), ([1], [11])]
)
def test_counts_that_are_no_texts_are_refused(before: list[float], now: list[float]) -> None:
    with pytest.raises(PenstockError, match="expected"):
        Marks.of(before, now, (10, 10))


def test_the_usual_move_of_words_is_the_largest_of_any_run() -> None:
    """By blocks of 32 rows; said again here row by row."""
    rng = np.random.default_rng(3)
    rows = 700
    given = texts(rows, rng, np.array([0.5, 0.05]))
    given[200:264] = [f"{each} word1" for each in given[200:264]]  # a busy afternoon
    given[5::9] = [""] * len(given[5::9])
    made = vocabulary.table(given, k_anonymous=5, in_time=True)
    held = np.array([[w in each.split() for w in made["words"]] for each in given], float)
    present = np.array([bool(each) for each in given])
    overall = held.sum(axis=0) / present.sum()
    for length, largest in made["usual"]:
        runs = [
            slice(i, i + int(length)) for i in range(0, rows - int(length) + 1, int(length) // 2)
        ]
        moves = [np.abs(held[r].sum(axis=0) / present[r].sum() - overall).max() for r in runs]
        assert largest == pytest.approx(max(moves))
    assert [length for length, _ in made["usual"]] == [64]
    assert made["usual"][0][1] > 0.5
    assert usual.runs_of_marks(np.empty((0, 2), np.intp), 0, present) == []
