"""The real tables that `alarms.py` watches, and where each is known to drift.

Read from the folder that PENSTOCK_DATA names (the sources are named in its index).
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

Values = npt.NDArray[Any]


@dataclass(frozen=True)
class Stream:
    """Rows in order: those trained on, then quiet ones, then those from the drift's first row on.

    `window` rows are looked at every `step` rows; onset == quiet where nothing quiet is known.
    """

    columns: dict[str, Values]
    what: str
    trained: slice
    onset: int
    end: int
    window: int
    step: int

    @property
    def quiet(self) -> int:
        """The first row that nobody trained on."""
        return self.trained.stop  # type: ignore[no-any-return]


def _columns(table: pl.DataFrame, without: tuple[str, ...] = ()) -> dict[str, Values]:
    """Numbers as float64 with nan, all else as text with ""."""
    return {
        name: table[name].cast(pl.Float64).fill_null(np.nan).to_numpy().copy()
        if table[name].dtype.is_numeric()
        else table[name].cast(pl.String).str.strip_chars().fill_null("").to_numpy().astype(str)
        for name in table.columns
        if name not in without
    }


def _codes(table: pl.DataFrame, *names: str) -> pl.DataFrame:
    """Numbers that are codes, as text."""
    return table.with_columns(pl.col(names).cast(pl.String))


def telco_churn(data: Path) -> dict[str, Values]:
    table = pl.read_csv(data / "telco_churn" / "Telco-Customer-Churn.csv")
    return _columns(_codes(table, "SeniorCitizen"), ("customerID",))


def credit_card_default(data: Path) -> dict[str, Values]:
    table = pl.read_csv(data / "credit_card_default" / "UCI_Credit_Card.csv")
    late = [name for name in table.columns if name.startswith("PAY_") and len(name) == 5]
    coded = _codes(table, "SEX", "EDUCATION", "MARRIAGE", "default.payment.next.month", *late)
    return _columns(coded, ("ID",))


def adult(data: Path) -> dict[str, Values]:
    return _columns(_adult(data))


def _adult(data: Path) -> pl.DataFrame:
    table = pl.read_csv(data / "adult" / "adult-train.csv", has_header=False)
    table = table.filter(pl.col("column_1").is_not_null())  # the file ends with an empty line
    numbers = [f"column_{i}" for i in (2, 4, 10, 11, 12)]  # a blank after each comma
    return table.with_columns(pl.col(numbers).cast(pl.String).str.strip_chars().cast(pl.Float64))


def _bike(data: Path) -> pl.DataFrame:
    return pl.read_csv(data / "bike_sharing" / "hour.csv")


def bike_sharing(data: Path) -> dict[str, Values]:
    coded = _codes(_bike(data), "season", "yr", "mnth", "weekday", "weathersit")
    return _columns(coded, ("instant", "dteday"))


def bike_stream(data: Path) -> Stream:
    table = _bike(data)
    onset = int((table["yr"] == 0).sum())
    return Stream(
        _columns(table.select("cnt", "registered", "casual")),
        "demand, 2011 to 2012",
        slice(0, onset),
        onset,
        len(table),
        window=24 * 28,
        step=24 * 7,
    )


def elec2_stream(data: Path) -> Stream:
    """From the row where the market opens to the neighbour state: three columns come to life."""
    table = pl.read_csv(data / "elec2" / "electricity.csv")
    first = int((table["transfer"] != table["transfer"][0]).arg_max() or 0)
    columns = _columns(table, ("date", "day", "period"))
    fifth = len(table) // 5
    return Stream(
        columns,
        "prices, the market opens",
        slice(0, fifth),
        first,
        len(table),
        window=48 * 28,
        step=48 * 7,
    )


def weather_stream(data: Path) -> Stream:
    table = pl.read_csv(data / "noaa_weather" / "weather.csv")
    fifth = len(table) // 5
    return Stream(
        _columns(table), "weather over 40 years", slice(0, fifth), fifth, len(table), 730, 90
    )


def cta_stream(data: Path) -> Stream:
    name = "CTA_-_Ridership_-_Daily_Boarding_Totals.csv"
    table = pl.read_csv(data / "cta_ridership" / name).with_columns(
        pl.col("service_date").str.to_date("%m/%d/%Y")
    )
    table = table.unique("service_date").sort("service_date")
    days = table["service_date"]
    years = [int((days < day).sum()) for day in map(_day, ("2016-01-01", "2019-01-01"))]
    onset = int((days < _day("2020-03-16")).sum())
    columns = _columns(table, ("service_date",))
    return Stream(columns, "riders, March 2020", slice(*years), onset, onset + 365, 56, 7)


def _day(text: str) -> Any:
    return pl.Series([text]).str.to_date()[0]


SAME: dict[str, Callable[[Path], dict[str, Values]]] = {
    "telco_churn": telco_churn,
    "credit_card_default": credit_card_default,
    "adult": adult,
    "bike_sharing": bike_sharing,
}
STREAMS: dict[str, Callable[[Path], Stream]] = {
    "elec2": elec2_stream,
    "noaa_weather": weather_stream,
    "bike_sharing": bike_stream,
    "cta_ridership": cta_stream,
}
