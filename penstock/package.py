"""A model package of the registry: what is said of it, and the number that people call it by."""

APPROVED, REJECTED, PENDING = "Approved", "Rejected", "PendingManualApproval"


def number(arn: str) -> str:
    """The last part of its ARN."""
    return arn.rsplit("/", 1)[-1]
