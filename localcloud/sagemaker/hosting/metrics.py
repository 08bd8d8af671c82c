"""AWS/SageMaker metrics of a variant, where the alarms look for them."""

from __future__ import annotations

NAMESPACE = "AWS/SageMaker"


def record(
    endpoint: str, variant: str, status: int, model: float, overhead: float, instances: int
) -> None:
    """One invocation: the answer's status, seconds in the model and around it."""
    from ministack.services import cloudwatch

    dimensions = {"EndpointName": endpoint, "VariantName": variant}
    values = (
        ("Invocations", 1.0, "None"),
        ("InvocationsPerInstance", 1.0 / instances, "None"),
        ("Invocation4XXErrors", float(400 <= status < 500), "None"),
        ("Invocation5XXErrors", float(status >= 500), "None"),
        ("InvocationModelErrors", float(not 200 <= status < 300), "None"),
        ("ModelLatency", model * 1e6, "Microseconds"),
        ("OverheadLatency", overhead * 1e6, "Microseconds"),
    )
    for name, value, unit in values:
        cloudwatch.record_metric(NAMESPACE, name, value, unit, dimensions)
