"""The one metric of a look, that the drift alarm and the dashboard go by."""

from aws_lambda_powertools.metrics import MetricUnit, single_metric

from penstock import events


def put(findings: int, usecase: str, environment: str) -> None:
    """On stdout, in CloudWatch's embedded format: no call, and no permission."""
    with single_metric(
        events.METRIC_DRIFT, MetricUnit.Count, findings, namespace=events.NAMESPACE
    ) as metric:
        metric.add_dimension("usecase", usecase)
        metric.add_dimension("environment", environment)
