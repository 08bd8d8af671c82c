"""What a cloud has of one use case, by listing each kind: what bills, and what belongs to it."""

import re
from collections.abc import Iterator

from cli.demo.story import ENVIRONMENT, Story
from cli.stack import stack_name
from penstock import layout

# What CloudFormation puts behind a name, and what a release behind a model's.
_GENERATED = re.compile(r"-[A-Za-z0-9]{12,13}$")
_PAGES: dict[str, tuple[str, str, str, str]] = {
    # kind: client, operation, the list, the name in it
    "functions": ("lambda", "list_functions", "Functions", "FunctionName"),
    "machines": ("stepfunctions", "list_state_machines", "stateMachines", "name"),
    "log groups": ("logs", "describe_log_groups", "logGroups", "logGroupName"),
    "endpoints": ("sagemaker", "list_endpoints", "Endpoints", "EndpointName"),
    "configs": ("sagemaker", "list_endpoint_configs", "EndpointConfigs", "EndpointConfigName"),
    "models": ("sagemaker", "list_models", "Models", "ModelName"),
    "rules": ("events", "list_rules", "Rules", "Name"),
}


def of(story: Story) -> dict[str, list[str]]:
    """Names by kind, without what was generated of them; kinds of which there is nothing too."""
    marks = (f"{stack_name(ENVIRONMENT, story.name)}-", f"penstock-{ENVIRONMENT}-{story.name}-")
    found = {kind: list(_listed(story, *how)) for kind, how in _PAGES.items()} | _others(story)
    own = {kind: [n for n in names if any(m in n for m in marks)] for kind, names in found.items()}
    archives = story.aws("s3").list_objects_v2(
        Bucket=story.deployed.artifacts_bucket, Prefix=layout.endpoints_prefix(story.name)
    )
    own["archives"] = [one["Key"] for one in archives.get("Contents", [])]
    return {kind: sorted(_GENERATED.sub("", n) for n in names) for kind, names in own.items()}


def _listed(story: Story, service: str, operation: str, member: str, name: str) -> Iterator[str]:
    for page in story.aws(service).get_paginator(operation).paginate():
        yield from (one[name] for one in page[member])


def _others(story: Story) -> dict[str, list[str]]:
    """Those whose lists are names, and scaling, which is found by its endpoint."""
    alarms = story.aws("cloudwatch").get_paginator("describe_alarms")
    pages = alarms.paginate(AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    named = [one for page in pages for k in ("MetricAlarms", "CompositeAlarms") for one in page[k]]
    scaling = story.aws("application-autoscaling")
    targets = scaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
    deliveries = story.aws("firehose").list_delivery_streams()["DeliveryStreamNames"]
    return {
        "alarms": [one["AlarmName"] for one in named],
        "applications": story.aws("codedeploy").list_applications()["applications"],
        "streams": story.aws("kinesis").list_streams()["StreamNames"],
        "deliveries": deliveries,
        "scaling": [one["ResourceId"] for one in targets],
    }
