"""Why there is no explanation."""

from penstock.errors import PenstockError


class TooMany(PenstockError):
    """More rows than one call explains."""


class NotAdditive(PenstockError):
    """Base and contributions do not give the score: they are not of the model that answered."""
