"""What only the release of an endpoint ends with."""

from penstock.errors import PenstockError


class EndpointFailed(PenstockError):
    """SageMaker did not bring the model into service. Final."""
