"""The verdict as a metric, since an alarm on it is what CodeDeploy listens to."""

from functions.release.context import Release
from functions.release.errors import AlarmStillOn
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


def begin(release: Release) -> None:
    """A verdict begins at good; AlarmStillOn while the last one's alarm is on."""
    put(release, bad=False)
    # by name: an alarm that is not there is a broken stack, not a clear sky
    found = release.aws.cloudwatch.describe_alarms(AlarmNames=[release.settings.verdict_alarm])
    (alarm,) = found["MetricAlarms"]
    if alarm["StateValue"] == "ALARM":
        raise AlarmStillOn(
            "the verdict of an earlier release still holds its alarm",
            where=release.settings.verdict_alarm,
            expected="OK before a canary begins",
        )
