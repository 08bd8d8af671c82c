"""A text file is cut between records, whatever its values hold and however its bytes arrive."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.batch.lines import Cut, cuts, records

CELL = st.text(alphabet='ab,"\n\r é', max_size=5).filter(lambda text: "\r" not in text)
ROW = st.tuples(st.just("k"), CELL)


def written(rows: list[tuple[str, str]], end: str, blanks: list[int]) -> bytes:
    """As a CSV writer writes them, with blank lines before some."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator=end)
    for i, row in enumerate(rows):
        text.write(end * (i in blanks))
        writer.writerow(row)
    return text.getvalue().encode()


@given(
    st.lists(ROW, max_size=12),
    st.sampled_from(["\n", "\r\n"]),
    st.lists(st.integers(0, 12)),
    st.integers(1, 9),
    st.integers(1, 5),
    st.booleans(),
)
def test_the_parts_together_are_the_rows_that_a_csv_reader_reads(
    rows: list[tuple[str, str]], end: str, blanks: list[int], block: int, most: int, open_end: bool
) -> None:
    data = written(rows, end, blanks)
    data = data.removesuffix(end.encode()) if open_end else data
    found = list(cuts([data[i : i + block] for i in range(0, len(data), block)], most, quoted=True))
    assert [cut.rows for cut in found[:-1]] == [most] * len(found[:-1])
    parts = [data[cut.start : cut.end].decode() for cut in found]
    read = [[r for r in csv.reader(io.StringIO(part, newline="")) if r] for part in parts]
    assert [len(some) for some in read] == [cut.rows for cut in found]
    assert [tuple(row) for some in read for row in some] == rows
    assert len(records(data, quoted=True)) == len(rows)


def test_the_beginning_is_left_to_who_read_it_and_the_end_to_the_end_of_the_file() -> None:
    data = b"head\n1\n2\n\n3"
    assert list(cuts([data[5:]], 2, quoted=True, start=5)) == [Cut(5, 9, 2), Cut(9, 11, 1)]


@pytest.mark.parametrize("data", [b"", b"\n", b"\r\n\r\n", b"\r"])
def test_blank_lines_alone_are_no_records(data: bytes) -> None:
    assert list(cuts([data], 5, quoted=True)) == []
    assert records(data, quoted=True) == []


def test_a_quote_means_nothing_where_lines_are_json() -> None:
    data = b'{"a": "x\\"y"}\n{"a": 1}\n'
    assert [cut.rows for cut in cuts([data], 1, quoted=False)] == [1, 1]
    assert records(data, quoted=False) == data.splitlines()
