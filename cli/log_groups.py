"""Where the log of a function, job, endpoint or state machine is: from its name to its group."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from botocore.exceptions import ClientError

from cli.errors import CommandError
from cli.target import Target

_MOST_GROUPS = 1_000
_MOST_STREAMS = 100  # FilterLogEvents takes no more
_NAMED = 8  # of several that match, as many are named
_KINDS = ("TrainingJobs", "ProcessingJobs", "TransformJobs")


@dataclass(frozen=True)
class Source:
    """A log group; with `streams`, those of it whose name begins so."""

    group: str
    streams: str = ""

    def stream_names(self, target: Target) -> list[str] | None:
        """None: all of the group."""
        if not self.streams:
            return None
        pages = target.client("logs").get_paginator("describe_log_streams")
        found = pages.paginate(logGroupName=self.group, logStreamNamePrefix=self.streams)
        streams = (s["logStreamName"] for page in found for s in page["logStreams"])
        return list(islice(streams, _MOST_STREAMS))


def groups(target: Target) -> list[str]:
    pages = target.client("logs").get_paginator("describe_log_groups").paginate()
    found = (group["logGroupName"] for page in pages for group in page["logGroups"])
    return list(islice(found, _MOST_GROUPS))


def find(target: Target, name: str) -> Source:
    """CommandError names what there is when nothing, or more than one, is called so."""
    known = groups(target)
    for exact in (name, f"/aws/lambda/{name}", f"/aws/sagemaker/Endpoints/{name}"):
        if exact in known:
            return Source(exact)
    own = _of_machine(target, name) or _of_function(target, name)
    if own in known:
        return Source(own)
    if source := _of_job(target, name, known):
        return source
    similar = [group for group in known if name.lower() in group.lower()]
    if len(similar) == 1:
        return Source(similar[0])
    if similar:
        raise CommandError(f"{name!r} is in several log groups: {_some(similar)}")
    hint = f"there are {_some(known)}" if known else "there is none at all"
    raise CommandError(f"no log group of {name!r} in {target.where}: {hint}")


def _some(names: list[str]) -> str:
    rest = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {rest} more" if rest > 0 else "")


def _of_function(target: Target, name: str) -> str:
    try:
        found = target.client("lambda").get_function_configuration(FunctionName=name)
    except ClientError:  # no such function, or no name that a function could have
        return ""
    return str(found.get("LoggingConfig", {}).get("LogGroup", ""))


def _of_machine(target: Target, name: str) -> str:
    client = target.client("stepfunctions")
    pages = client.get_paginator("list_state_machines").paginate()
    machines = (machine for page in pages for machine in page["stateMachines"])
    for machine in machines:
        if machine["name"] == name:
            arn = machine["stateMachineArn"]
            settings = client.describe_state_machine(stateMachineArn=arn)
            return _destination(settings.get("loggingConfiguration", {}).get("destinations", []))
    return ""


def _destination(destinations: Iterable[dict[str, dict[str, str]]]) -> str:
    for each in destinations:
        arn = each.get("cloudWatchLogsLogGroup", {}).get("logGroupArn", "")
        return arn.removesuffix(":*").partition(":log-group:")[2]
    return ""


def _of_job(target: Target, name: str, known: list[str]) -> Source | None:
    for kind in _KINDS:
        group = f"/aws/sagemaker/{kind}"
        if group not in known:
            continue
        streams = target.client("logs").describe_log_streams(
            logGroupName=group, logStreamNamePrefix=f"{name}/", limit=1
        )
        if streams["logStreams"]:
            return Source(group, f"{name}/")
    return None
