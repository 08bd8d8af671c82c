"""An alias whose UpdatePolicy says so is moved to its new version by a CodeDeploy deployment.

MiniStack moves it at once. Upstream: `provisioners._lambda_alias_update` would read the policy
`CodeDeployLambdaAliasUpdate` of the resource's definition.
"""

from __future__ import annotations

import copy
import json
import time
from typing import Any

from ministack.services import cloudformation
from ministack.services.cloudformation import engine, provisioners

from localcloud.cloudformation import threads
from localcloud.codedeploy import appspec, deployments
from localcloud.codedeploy.record import TERMINAL

ALIAS = "AWS::Lambda::Alias"
Properties = dict[str, Any]

_HOOKS = dict(zip(("BeforeAllowTrafficHook", "AfterAllowTrafficHook"), appspec.HOOKS, strict=True))


def install() -> None:
    handler = provisioners._RESOURCE_HANDLERS[ALIAS]
    move = handler["update"]

    def update(
        physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str
    ) -> Any:
        policy = _policy(stack, logical_id)
        same = all(old.get(key) == new.get(key) for key in ("FunctionName", "Name"))
        if policy and same and old["FunctionVersion"] != new["FunctionVersion"]:
            shift(policy, old, new)
        return move(physical_id, old, new, stack, logical_id)

    handler["update"] = update
    engine._extract_deps = _with_policy(engine._extract_deps)
    threads.add(ALIAS)


def _with_policy(original: Any) -> Any:
    """What an UpdatePolicy refers to comes before its resource, as what its properties do."""

    def extract(definition: Properties, names: set[str]) -> set[str]:
        referred = engine._intrinsic_references(definition.get("UpdatePolicy", {}))
        return {*original(definition, names), *(name for name, _ in referred if name in names)}

    return extract


def shift(policy: Properties, old: Properties, new: Properties) -> None:
    """Returns when all traffic is on the new version; raises when the deployment did not get there.

    By then CodeDeploy has rolled back what its group tells it to."""
    hooks = [{hook: policy[name]} for name, hook in _HOOKS.items() if policy.get(name)]
    function = {
        "Name": _name(new["FunctionName"]),
        "Alias": new["Name"],
        "CurrentVersion": old["FunctionVersion"],
        "TargetVersion": new["FunctionVersion"],
    }
    content = {
        "version": 0.0,
        "Resources": [{"alias": {"Type": "AWS::Lambda::Function", "Properties": function}}],
        "Hooks": hooks,
    }
    request = {
        "applicationName": policy["ApplicationName"],
        "deploymentGroupName": policy["DeploymentGroupName"],
        "revision": {
            "revisionType": "AppSpecContent",
            "appSpecContent": {"content": json.dumps(content)},
        },
    }
    made = deployments.create(request)["deploymentId"]
    deployments.find(made).creator = "CloudFormation"
    while (deployment := deployments.find(made)).status not in TERMINAL:
        time.sleep(0.05)
    if deployment.status != "Succeeded":
        reason = (deployment.error or {}).get("message", "it was stopped")
        raise RuntimeError(f"CodeDeploy deployment {made} {deployment.status.lower()}: {reason}")


def _policy(stack_name: str, logical_id: str) -> Properties | None:
    definition = provisioners._cfn_wait_condition_definition(stack_name, logical_id)
    given = definition.get("UpdatePolicy", {})
    if "CodeDeployLambdaAliasUpdate" not in given:
        return None
    stack = cloudformation._stacks[stack_name]
    template = stack["_template"]
    parameters = stack.get("_resolved_params", {})
    resolved: Properties = engine._resolve_refs(
        copy.deepcopy(given["CodeDeployLambdaAliasUpdate"]),
        stack["_resources"],
        parameters,
        engine._evaluate_conditions(template, parameters),
        template.get("Mappings", {}),
        stack_name,
        stack["StackId"],
    )
    return resolved


def _name(reference: str) -> str:
    """A function is named, or given by its (partial or whole) ARN."""
    return reference.split(":")[6] if reference.startswith("arn:") else reference.split(":")[-1]
