"""The release's named errors: the state machine retries or catches by these names."""

from penstock.errors import PenstockError


class Locked(PenstockError):
    """Another release of this use case is running. Retry."""


class AlarmStillOn(PenstockError):
    """The verdict alarm has not cleared: a canary begun now would be rolled back at once. Retry."""


class StillMoving(PenstockError):
    """A deployment has not ended, so what is live cannot be read yet. Retry."""


class Conflict(PenstockError):
    """Someone else kept writing the function's configuration. Retry."""


class ArtifactRefused(PenstockError):
    """The artifact is not the one that was registered, or carries other code. Final."""


class PackageTooLarge(PenstockError):
    """Code and model do not fit a function's package. Final."""


class SmokeFailed(PenstockError):
    """The new version does not give the golden answers. Final."""


class ReplayFailed(PenstockError):
    """In the shadow of the champion the new version answered otherwise, or too late. Final."""


class NoPredecessor(PenstockError):
    """There is nothing to go back to at once. Final."""
