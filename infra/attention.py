"""The one alarm of a use case that says what its monitor has to say, with the causes in it."""

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.site import Site
from penstock import layout


def attention_alarm(
    scope: Construct, id: str, *, site: Site, name: str, of: list[cloudwatch.Alarm]
) -> cloudwatch.CompositeAlarm:
    """On while any of these is. The function sets it first, with the causes as its reason; what it
    finds while this is on for something else it tells the topic itself.

    It has a name of its own because the function must know it, and it the function's alarm.
    """
    page = layout.uri(
        site.platform.lake.bucket_name, layout.latest_monitoring_key(site.usecase.name, "html")
    )
    rules = [cloudwatch.AlarmRule.from_alarm(alarm, cloudwatch.AlarmState.ALARM) for alarm in of]
    alarm = cloudwatch.CompositeAlarm(
        scope,
        id,
        composite_alarm_name=name,
        alarm_rule=cloudwatch.AlarmRule.any_of(*rules),
        alarm_description=(
            f"{site.usecase.name} ({site.environment.name}): drift, or nobody watches; "
            f"newest report: {page}"
        ),
    )
    alarm.add_alarm_action(site.platform.alarm_action)
    return alarm
