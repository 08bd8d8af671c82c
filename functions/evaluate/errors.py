"""Why a candidate is not even measured."""

from penstock.errors import PenstockError


class HoldoutRefused(PenstockError):
    """The holdout lacks a column of the contract."""
