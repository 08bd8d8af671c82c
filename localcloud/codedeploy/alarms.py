"""Stops a deployment when one of its alarms is on, or cannot be read."""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError

from localcloud import roles
from localcloud.codedeploy.failure import Failure
from localcloud.codedeploy.record import Deployment


def check(deployment: Deployment) -> None:
    """Asks CloudWatch in the service role's name; an alarm that is gone counts as unreadable."""
    alarms = [alarm["name"] for alarm in deployment.alarms.get("alarms", [])]
    if not (deployment.alarms.get("enabled") and alarms):
        return
    cloudwatch = roles.client("cloudwatch", deployment.role, deployment.id)
    try:
        answer = cloudwatch.describe_alarms(
            AlarmNames=alarms, AlarmTypes=["MetricAlarm", "CompositeAlarm"]
        )
    except (ClientError, BotoCoreError) as error:
        if deployment.alarms.get("ignorePollAlarmFailure"):
            return
        raise Failure(
            "IAM_ROLE_PERMISSIONS", f"The alarms of the deployment group cannot be read: {error}"
        ) from error
    states = {
        alarm["AlarmName"]: alarm["StateValue"]
        for kind in ("MetricAlarms", "CompositeAlarms")
        for alarm in answer.get(kind, [])
    }
    gone = [name for name in alarms if name not in states]
    if gone and not deployment.alarms.get("ignorePollAlarmFailure"):
        raise Failure("ALARM_ACTIVE", f"Alarms that do not exist: {', '.join(gone)}", "Stopped")
    if active := [name for name, state in states.items() if state == "ALARM"]:
        raise Failure(
            "ALARM_ACTIVE",
            "One or more alarms have been activated according to the Amazon CloudWatch metrics you "
            "selected, and the affected deployments have been stopped. Activated alarms: "
            f"<{', '.join(active)}>",
            "Stopped",
        )
