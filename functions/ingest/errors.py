"""Why a whole file is refused; each leaves a report in rejected/ and the raw file as it is."""

from penstock.errors import PenstockError


class HeaderRefused(PenstockError):
    """The header lacks a column, or has one that the contract does not know."""


class EmptyDataset(PenstockError):
    """Rows, but not one that keeps the contract."""


class CatalogueBusy(PenstockError):
    """Other files kept changing the dataset; Lambda's retry comes back to it."""
