"""Why a candidate is not even measured."""

from penstock.errors import PenstockError


class ArtifactRefused(PenstockError):
    """The artifact is not the one that was named, or is of another contract."""


class HoldoutRefused(PenstockError):
    """The holdout lacks a column of the contract."""
