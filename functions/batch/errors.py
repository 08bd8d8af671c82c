"""Why a job, or a file of it, is refused."""

from penstock.errors import PenstockError


class NoInput(PenstockError):
    """Nothing lies where the job was sent."""


class NoModel(PenstockError):
    """No release has put a model live yet."""


class FileRefused(PenstockError):
    """A file that no row can be read of."""


class FilesRefused(PenstockError):
    """Everything else is done; these files are not, and somebody has to know."""


class PredictFailed(PenstockError):
    """A function that scores did not answer; asked again, it may."""


class ContractsDiffer(PenstockError):
    """The live model refuses what the deployed contract allows: a release is due."""


class RuntimesDiffer(PenstockError):
    """The native model of the released version scores otherwise than that version itself."""


class Incomplete(PenstockError):
    """More or fewer rows came out than went in."""
