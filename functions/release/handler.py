"""One function for the release state machine, a module a step; URIs and hashes flow, never data.

Execution input: {"reason": "model", "model_package_arn": str} | {"reason": "code"} |
{"reason": "rollback", "from_version"?: str}; a person's also has {"by": str, "note"?: str}.
Every task calls with {"step": <name>, "execution": $$.Execution.Id, "started":
$$.Execution.StartTime, "state": $} and keeps what comes back under $.<name>, so a step reads its
forerunners' output from `state`. Every key below is always there; null stands for "none".

One release of a use case at a time. A second waits for the lock; of those who wait with the same
reason the one that was started last is done, and an earlier one ends as superseded (lock.py).

step     state read          output (kept under $.<step>)
lock     reason              {"holder", "since", "taken_over_from": str|null}
plan     reason,             {"action": "release"|"rollback"|"nothing_to_release", "why",
         model_package_arn?,  "at_once": bool, "alias_version", "fingerprint": str|null,
         from_version?, by?   "champion": {..}|null, "version"? (rollback: the predecessor's),
                              "model": {"model_package_arn", "artifact_uri",
                              "artifact_version_id", "artifact_sha256", "model_sha256",
                              "dataset_version", "training_job",
                              "metrics_uri", "baseline_uri",
                              "expected_shift"?: of a model that mends}|null}
publish  plan                {"version", "code_sha256", "package_bytes": int}
smoke    publish             {"requests": int, "max_abs_error": float}
promote  plan, publish       {"alias_version"}          (first release, all_at_once: unjudged)
restore  plan                {"alias_version"}          (rollback)
replay   plan, publish       {"source": "recorded"|"synthetic", "rows": int, "disagreement": float,
                              and the evidence as in judge}                 (strategy shadow)
start    plan, publish       {"application", "group", "content", "sha256", "description",
                              "started_ms": int, "checks_total": int, "wait_seconds": int}
judge    plan, publish,      {"verdict": "good"|"bad"|"waiting", "why", "checks_done": int,
         start, judge?        "samples": {"champion", "canary"}, "p95_ms": {..}, "errors": {..},
                              "refused_share": {..}, "ks": {"d", "up", "down", "critical"}|null,
                              "expected_shift": str|null (penstock.mending)}
settle   whatever exists     {"result": "promoted"|"restored"|"rolled_back"|"failed", "why",
                              "live_version": str|null, "percent_steps": [int]}
record   whatever exists     {"result": settle's or "nothing_to_release", "why",
                              "version": str|null, "tried": str|null, "deleted_versions": [str]}
unlock   -                   {"released": bool}

Between start and judge: aws-sdk:codedeploy:createDeployment (ApplicationName $.start.application,
DeploymentGroupName $.start.group, Description $.start.description, Revision {RevisionType:
"AppSpecContent", AppSpecContent {Content $.start.content, Sha256 $.start.sha256}}) under
$.deployment ({"DeploymentId"}); then Wait $.start.wait_seconds, judge, aws-sdk:codedeploy:
getDeployment under $.status, and round again until $.status.DeploymentInfo.Status is Succeeded,
Failed or Stopped. judge counts its own rounds (checks_done); a bad verdict does not leave the
loop: the alarm on its metric makes CodeDeploy roll back, settle makes sure of it.

Errors for Retry: Locked (lock), AlarmStillOn (start), StillMoving (plan, settle: a deployment that
has not ended), Conflict (publish: someone else wrote). Final: SmokeFailed, ReplayFailed,
ArtifactRefused, PackageTooLarge, PenstockError. Catch of any state before settle: ResultPath
$.error, Next settle, which stops a running deployment and puts the alias back; of settle:
ResultPath $.error, Next record; of record: ResultPath $.error, Next unlock. After unlock:
$.record.result (absent: failed) decides the end.
"""

from functions.release.call import handler_of
from functions.release.context import Clients, FunctionRelease
from functions.release.settings import FunctionSettings
from functions.release.steps import STEPS

clients = Clients()


def release(execution: str, started: str) -> FunctionRelease:
    return FunctionRelease(FunctionSettings.from_env(), execution, started, clients)


handler = handler_of(STEPS, release)
