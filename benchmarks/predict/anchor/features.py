"""Features of the anchor: the columns as they are, so that what is measured is the road itself."""

from penstock.contract import Columns


def features(columns: Columns) -> Columns:
    return columns
