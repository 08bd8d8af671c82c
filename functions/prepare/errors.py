"""Why there is no training; the state machine tells them apart by name, none is worth a retry."""

from penstock.errors import PenstockError


class CoolingDown(PenstockError):
    """The last training is too recent for another one that nobody asked for."""


class MonthlyCap(PenstockError):
    """There were as many trainings that nobody asked for as a month may have."""


class LoopPaused(PenstockError):
    """Training again and again made nothing better: a person has to look."""


class NoDataset(PenstockError):
    """The dataset version is not there, or nothing was ingested yet."""


class DatasetDamaged(PenstockError):
    """A part is not what its manifest says, or is of an older contract."""


class OneClassTarget(PenstockError):
    """All rows, or all of one side, have the same target."""


class EmptySplit(PenstockError):
    """A side of the split has no row."""


class UnknownTrigger(PenstockError):
    """The execution does not say what started it."""
