"""An alarm that tells someone: quiet without data, sent to the environment's topic."""

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.site import Site


def health_alarm(
    scope: Construct, id: str, *, site: Site, metric: cloudwatch.Metric, says: str
) -> cloudwatch.Alarm:
    """On the first failure within the metric's period; it never rolls a release back."""
    alarm = cloudwatch.Alarm(
        scope,
        id,
        metric=metric,
        alarm_description=f"{site.usecase.name} ({site.environment.name}): {says}",
        threshold=1,
        evaluation_periods=1,
        comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
    )
    alarm.add_alarm_action(site.platform.alarm_action)
    return alarm
