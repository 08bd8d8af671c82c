"""What CloudWatch counted of an endpoint's variant."""

from datetime import datetime

from functions.release.endpoint.context import EndpointRelease

REQUESTS, FAILURES = "Invocations", "Invocation5XXErrors"


def total(
    release: EndpointRelease, metric: str, variant: str, begin: datetime, end: datetime
) -> int:
    """Of whole minutes: a point has its minute's first second."""
    found = release.aws.cloudwatch.get_metric_statistics(
        Namespace="AWS/SageMaker",
        MetricName=metric,
        Dimensions=[
            {"Name": "EndpointName", "Value": release.settings.endpoint_name},
            {"Name": "VariantName", "Value": variant},
        ],
        StartTime=begin.replace(second=0, microsecond=0),
        EndTime=end.replace(second=0, microsecond=0),
        Period=60,
        Statistics=["Sum"],
    )
    return int(sum(point["Sum"] for point in found["Datapoints"]))
