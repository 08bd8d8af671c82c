"""The monitor's two alarms: something has moved, and nobody watches."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.function import Function
from infra.site import Site
from penstock.events import METRIC_DRIFT, NAMESPACE


def drift_metric(site: Site) -> cloudwatch.Metric:
    """How many have drifted; a period spans a look of the monitor, whatever its minute."""
    return cloudwatch.Metric(
        namespace=NAMESPACE,
        metric_name=METRIC_DRIFT,
        dimensions_map={
            "usecase": site.usecase.name,
            "environment": site.environment.name,
        },
        period=Duration.minutes(site.usecase.monitoring.every_minutes),
        statistic="Maximum",
    )


def drift_alarm(
    scope: Construct, id: str, *, site: Site, metric: cloudwatch.Metric
) -> cloudwatch.Alarm:
    """It rests on findings that are held to the budget of false alarms, so one is enough."""
    return cloudwatch.Alarm(
        scope,
        id,
        alarm_description=(
            f"{site.usecase.name} ({site.environment.name}): inputs or scores have moved"
        ),
        metric=metric,
        threshold=0,
        evaluation_periods=1,
        comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
        # No word is no news: a quiet hour neither raises nor clears it.
        treat_missing_data=cloudwatch.TreatMissingData.IGNORE,
    )


def silence_alarm(scope: Construct, id: str, *, site: Site, monitor: Function) -> cloudwatch.Alarm:
    """The monitor failed, found no records of requests, heard no request, or did not run.

    Lambda counts 0 errors of a look that went well, so that a missing count is no look at all;
    two looks a period, because schedules jitter.
    """
    alarm = cloudwatch.Alarm(
        scope,
        id,
        alarm_description=(
            f"{site.usecase.name} ({site.environment.name}): nobody watches the model, "
            "the monitor failed or did not run"
        ),
        metric=monitor.function.metric_errors(
            period=Duration.minutes(2 * site.usecase.monitoring.every_minutes),
            statistic="Sum",
        ),
        threshold=1,
        evaluation_periods=1,
        comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        treat_missing_data=cloudwatch.TreatMissingData.BREACHING,
    )
    # by itself too: a drift that lasts keeps the other on, and it tells of a change only
    alarm.add_alarm_action(site.platform.alarm_action)
    return alarm
