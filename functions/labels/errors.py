"""Why a whole file of labels is refused; it leaves a report in rejected/ and stays as it is."""

from penstock.errors import PenstockError


class LabelsRefused(PenstockError):
    """No column says whose label it is, or which."""


class NoLabels(PenstockError):
    """No row."""
