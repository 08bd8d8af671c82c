"""One function for the state machine that releases an endpoint, a module a step.

Input, tasks, lock and most outputs are those of a function's release: functions/release/handler.py
says them. A version is the name of a SageMaker model, and of its configuration. Other are:

step      output (kept under $.<step>)
plan      alias_version is null where there is no endpoint; at_once is true then
smoke     as a function's, from an endpoint of its own, which it starts and ends
restore   {"version"}
mirror    {"version": the shadow's model, "started_ms", "checks_total", "wait_seconds"}
compare   {"verdict": "good"|"waiting", "checks_done", "rows", "disagreement", and the evidence}
unmirror  {"alias_version"}          (mirror, compare, unmirror: strategy shadow)
start     {"endpoint", "config", "retain": bool, "deployment": UpdateEndpoint's DeploymentConfig,
           "started_ms", "checks_total", "wait_seconds"}
judge     "since_ms" too: when the new instances were seen to take traffic; until then only
          {"verdict": "waiting", "why"}

Between start and judge: aws-sdk:sagemaker:updateEndpoint under $.deployment; then Wait, judge,
aws-sdk:sagemaker:describeEndpoint under $.status, and round again while that is still under way.

StillMoving (Retry) is how a step waits for SageMaker, which takes minutes for what it is asked:
plan, smoke, promote, restore, mirror, unmirror and settle are called until it is done. Final also:
EndpointFailed.
"""

from functions.release.call import handler_of
from functions.release.endpoint.context import EndpointClients, EndpointRelease, EndpointSettings
from functions.release.endpoint.steps import STEPS

clients = EndpointClients()


def release(execution: str, started: str) -> EndpointRelease:
    return EndpointRelease(EndpointSettings.from_env(), execution, started, clients)


handler = handler_of(STEPS, release)
