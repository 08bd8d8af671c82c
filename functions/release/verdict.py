"""The verdict as a metric, since an alarm on it is what CodeDeploy listens to."""

from functions.release.context import Release
from penstock import events


def put(release: Release, *, bad: bool) -> None:
    release.aws.cloudwatch.put_metric_data(
        Namespace=events.NAMESPACE,
        MetricData=[
            {
                "MetricName": events.METRIC_VERDICT,
                "Dimensions": [
                    {"Name": "usecase", "Value": release.name},
                    {"Name": "environment", "Value": release.settings.environment},
                ],
                "Value": 1.0 if bad else 0.0,
                "Unit": "None",
            }
        ],
    )


def alarm_is_on(release: Release) -> bool:
    """Alarms on, by name: an alarm that is not there is a broken stack, not a clear sky."""
    found = release.aws.cloudwatch.describe_alarms(AlarmNames=[release.settings.verdict_alarm])
    (alarm,) = found["MetricAlarms"]
    return bool(alarm["StateValue"] == "ALARM")
