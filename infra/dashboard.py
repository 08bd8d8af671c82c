"""A use case at a glance in CloudWatch's console; three dollars a month, so only where wanted."""

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.endpoint import Endpoint
from infra.monitor import Monitor
from infra.predict import Predict
from infra.site import Site


def dashboard(
    scope: Construct,
    id: str,
    *,
    site: Site,
    monitor: Monitor,
    predict: Predict | Endpoint,
    alarms: Sequence[cloudwatch.Alarm],
) -> cloudwatch.Dashboard:
    """What comes in and how it is answered, how far it has drifted, and every alarm's state:
    the monitor's, those of predictions, and `alarms`."""
    looks = monitor.function.function
    hour = Duration.hours(1)
    made = cloudwatch.Dashboard(
        scope, id, dashboard_name=site.slug, default_interval=Duration.days(7)
    )
    made.add_widgets(
        cloudwatch.AlarmStatusWidget(
            title=f"{site.usecase.name} ({site.environment.name})",
            alarms=[monitor.attention, monitor.alarm, monitor.silent, predict.alarm, *alarms],
            width=24,
        )
    )
    made.add_widgets(
        cloudwatch.GraphWidget(
            title="Requests and errors",
            left=[each.with_(period=hour) for each in (_requests(site, predict), predict.errors)],
        ),
        cloudwatch.GraphWidget(
            title="Duration",
            left=[predict.latency.with_(period=hour, statistic=s) for s in ("p50", "p99")],
        ),
        cloudwatch.GraphWidget(title="Inputs and outputs that have drifted", left=[monitor.drift]),
        cloudwatch.GraphWidget(
            title="The monitor's looks",
            left=[looks.metric_invocations(period=hour), looks.metric_errors(period=hour)],
        ),
    )
    return made


def _requests(site: Site, predict: Predict | Endpoint) -> cloudwatch.Metric:
    """A batch job asks a version by its number, of which `live` hears nothing."""
    if isinstance(predict, Predict) and site.usecase.serving.mode == "batch":
        return predict.function.function.metric_invocations()
    return predict.requests
