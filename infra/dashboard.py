"""A use case at a glance in CloudWatch's console; three dollars a month, so only where wanted."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.endpoint import Endpoint
from infra.monitor import Monitor
from infra.predict import Predict
from infra.site import Site


def dashboard(
    scope: Construct, id: str, *, site: Site, monitor: Monitor, predict: Predict | Endpoint
) -> cloudwatch.Dashboard:
    """What comes in and how it is answered, how far it has drifted, and every alarm's state."""
    looks = monitor.function.function
    hour = Duration.hours(1)
    made = cloudwatch.Dashboard(
        scope, id, dashboard_name=site.slug, default_interval=Duration.days(7)
    )
    made.add_widgets(
        cloudwatch.AlarmStatusWidget(
            title=f"{site.usecase.name} ({site.environment.name})",
            alarms=[monitor.attention, monitor.alarm, monitor.silent, predict.alarm],
            width=24,
        )
    )
    made.add_widgets(
        cloudwatch.GraphWidget(
            title="Requests and errors",
            left=[metric.with_(period=hour) for metric in (predict.requests, predict.errors)],
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
