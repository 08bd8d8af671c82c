"""The one alarm that takes a release back: the judge's word, in every mode."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.site import Site
from penstock.events import METRIC_VERDICT, NAMESPACE


def verdict_alarm(scope: Construct, id: str, *, site: Site) -> cloudwatch.Alarm:
    """Drift and health have alarms of their own, which never roll back."""
    return cloudwatch.Alarm(
        scope,
        id,
        alarm_description=f"{site.usecase.name} ({site.environment.name}): the canary is bad",
        metric=cloudwatch.Metric(
            namespace=NAMESPACE,
            metric_name=METRIC_VERDICT,
            dimensions_map={
                "usecase": site.usecase.name,
                "environment": site.environment.name,
            },
            period=Duration.minutes(1),
            statistic="Maximum",
        ),
        threshold=1,
        evaluation_periods=1,
        comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
    )
