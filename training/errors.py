"""A training that cannot be done, in one sentence for the job's failure reason."""

from penstock.errors import PenstockError


class TrainingError(PenstockError):
    """The data or the job's settings do not let a model be trained."""
