"""A tuning job really runs training jobs, learns from what they print, and ends as on AWS."""

from __future__ import annotations

import itertools
import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from conftest import eventually
from localcloud_jobs import IMAGE, packed
from localcloud_roles import allow, make_role

Client = Callable[[str], Any]
BUCKET = "tuning-tests"
READ = "import json, time; p = json.load(open('/opt/ml/input/config/hyperparameters.json'))\n"
PARABOLA = READ + "x = float(p['x']); print('loss: %r' % ((x - 0.3) ** 2))"
METRICS = [{"Name": "loss", "Regex": r"loss: ([-0-9.e]+)"}]
X = {"ContinuousParameterRanges": [{"Name": "x", "MinValue": "0", "MaxValue": "1"}]}
SUMMARIES = "TrainingJobSummaries"
OBJECTIVE = "FinalHyperParameterTuningJobObjectiveMetric"


def kinds(*values: str) -> dict[str, Any]:
    return {"CategoricalParameterRanges": [{"Name": "kind", "Values": list(values)}]}


@pytest.fixture(scope="module")
def role(client: Client) -> str:
    client("s3").create_bucket(Bucket=BUCKET)
    return make_role(client, "sagemaker", allow("s3:*", "logs:*"))


@pytest.fixture
def tune(client: Client, role: str) -> Callable[..., str]:
    """Starts a tuning; `config` and `definition` change its request. Gives its name."""

    def start(
        source: str,
        ranges: dict[str, Any],
        *,
        config: dict[str, Any] | None = None,
        definition: dict[str, Any] | None = None,
        jobs: int | None = 4,
        parallel: int = 2,
        **more: Any,
    ) -> str:
        name = f"tune-{uuid.uuid4().hex[:8]}"
        limits = {"MaxParallelTrainingJobs": parallel}
        if jobs:
            limits["MaxNumberOfTrainingJobs"] = jobs
        client("sagemaker").create_hyper_parameter_tuning_job(
            HyperParameterTuningJobName=name,
            HyperParameterTuningJobConfig={
                "Strategy": "Random",
                "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "loss"},
                "ResourceLimits": limits,
                "ParameterRanges": ranges,
                **(config or {}),
            },
            TrainingJobDefinition={
                "AlgorithmSpecification": {
                    "TrainingImage": IMAGE,
                    "TrainingInputMode": "File",
                    "MetricDefinitions": METRICS,
                },
                "RoleArn": role,
                "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/models"},
                "ResourceConfig": {
                    "InstanceType": "ml.m5.large",
                    "InstanceCount": 1,
                    "VolumeSizeInGB": 1,
                },
                "StoppingCondition": {"MaxRuntimeInSeconds": 60},
                "StaticHyperParameters": program(client, source),
                **(definition or {}),
            },
            **more,
        )
        return name

    return start


def program(client: Client, source: str) -> dict[str, str]:
    """Script mode's static hyperparameters for this source."""
    key = f"code/{uuid.uuid4().hex}.tar.gz"
    client("s3").put_object(Bucket=BUCKET, Key=key, Body=packed(source))
    place = f"s3://{BUCKET}/{key}"
    return {"sagemaker_program": "train.py", "sagemaker_submit_directory": place}


@pytest.fixture
def ended(client: Client) -> Callable[[str], Any]:
    def wait(name: str) -> Any:
        def check() -> Any:
            facts = described(client, name)
            over = facts["HyperParameterTuningJobStatus"] in ("Completed", "Failed", "Stopped")
            return facts if over else None

        return eventually(check, 30)

    return wait


def described(client: Client, name: str) -> Any:
    return client("sagemaker").describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)


def trained(client: Client, name: str, **more: Any) -> list[Any]:
    """The summaries of its training jobs."""
    found = client("sagemaker").list_training_jobs_for_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=name, **{"MaxResults": 100, **more}
    )
    return list(found[SUMMARIES])


def test_bayesian_search_closes_in_on_the_optimum(
    client: Client, tune: Callable[..., str], ended: Callable[[str], Any]
) -> None:
    """Its jobs are SageMaker's own: named after it, tagged as it is, and told the objective."""
    tags = [{"Key": "team", "Value": "tests"}]
    config = {"Strategy": "Bayesian", "RandomSeed": 7}
    name = tune(PARABOLA, X, config=config, jobs=10, parallel=2, Tags=tags)
    facts = ended(name)
    assert facts["HyperParameterTuningJobStatus"] == "Completed"
    assert facts["TrainingJobStatusCounters"]["Completed"] == 10
    assert facts["ObjectiveStatusCounters"] == {"Succeeded": 10, "Pending": 0, "Failed": 0}
    best = facts["BestTrainingJob"]
    assert best[OBJECTIVE] == {"MetricName": "loss", "Value": pytest.approx(0, abs=0.01)}
    assert float(best["TunedHyperParameters"]["x"]) == pytest.approx(0.3, abs=0.1)
    one = client("sagemaker").describe_training_job(TrainingJobName=best["TrainingJobName"])
    assert one["TrainingJobName"].startswith(f"{name}-0")
    assert one["TuningJobArn"] == facts["HyperParameterTuningJobArn"]
    assert one["HyperParameters"]["_tuning_objective_metric"] == "loss"
    assert one["HyperParameters"]["x"] == best["TunedHyperParameters"]["x"]
    told = client("sagemaker").list_tags(ResourceArn=one["TrainingJobArn"])["Tags"]
    assert told == tags
    by_value = trained(client, name, SortBy="FinalObjectiveMetricValue", MaxResults=1)
    assert by_value[0]["TrainingJobName"] == best["TrainingJobName"]


def test_a_grid_tries_every_combination_once(
    client: Client, tune: Callable[..., str], ended: Callable[[str], Any]
) -> None:
    """The number of jobs is the number of combinations, and need not be said."""
    source = READ + "print('loss:', len(p['kind']) - len(p['mode']))"
    ranges = {
        "CategoricalParameterRanges": [
            {"Name": "kind", "Values": ["a", "bb", "ccc"]},
            {"Name": "mode", "Values": ["u", "vv"]},
        ]
    }
    name = tune(source, ranges, config={"Strategy": "Grid"}, jobs=None, parallel=3)
    assert ended(name)["BestTrainingJob"]["TunedHyperParameters"] == {"kind": "a", "mode": "vv"}
    tried = [tuple(one["TunedHyperParameters"].values()) for one in trained(client, name)]
    assert sorted(tried) == sorted(itertools.product(["a", "bb", "ccc"], ["u", "vv"]))


def test_a_seed_gives_the_same_values_again_and_each_scale_its_range(
    client: Client, tune: Callable[..., str], ended: Callable[[str], Any]
) -> None:
    """Random search with a RandomSeed; values are written as CreateTrainingJob takes them."""
    ranges = {
        "ContinuousParameterRanges": [
            {"Name": "x", "MinValue": "0.0001", "MaxValue": "1", "ScalingType": "Logarithmic"},
            {
                "Name": "momentum",
                "MinValue": "0.9",
                "MaxValue": "0.999",
                "ScalingType": "ReverseLogarithmic",
            },
        ],
        "IntegerParameterRanges": [{"Name": "depth", "MinValue": "2", "MaxValue": "6"}],
    }
    seeded = {"RandomSeed": 11}
    names = [tune(PARABOLA, ranges, config=seeded, jobs=2, parallel=1) for _ in range(2)]
    found = []
    for name in names:
        assert ended(name)["HyperParameterTuningJobStatus"] == "Completed"
        found.append([one["TunedHyperParameters"] for one in trained(client, name)])
    assert found[0] == found[1]
    for values in found[0]:
        assert 0.0001 <= float(values["x"]) <= 1
        assert 0.9 <= float(values["momentum"]) <= 0.999
        assert int(values["depth"]) in range(2, 7)


def test_a_job_that_fails_is_counted_and_the_tuning_goes_on(
    client: Client, tune: Callable[..., str], ended: Callable[[str], Any]
) -> None:
    """Its objective is Failed, and it is never the best."""
    source = READ + "assert p['kind'] != 'bad', 'no such kind'\nprint('loss: 1')"
    name = tune(source, kinds("bad", "good"), config={"Strategy": "Grid"}, jobs=None)
    facts = ended(name)
    assert facts["HyperParameterTuningJobStatus"] == "Completed"
    assert facts["TrainingJobStatusCounters"]["NonRetryableError"] == 1
    assert facts["ObjectiveStatusCounters"] == {"Succeeded": 1, "Pending": 0, "Failed": 1}
    assert facts["BestTrainingJob"]["TunedHyperParameters"] == {"kind": "good"}
    failed = trained(client, name, StatusEquals="Failed")
    assert "no such kind" in failed[0]["FailureReason"]


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("raise SystemExit('broken')", "All training jobs failed."),
        ("print('nothing')", "No objective metrics found after running 2 training jobs."),
    ],
)
def test_a_tuning_without_any_objective_fails(
    tune: Callable[..., str], ended: Callable[[str], Any], source: str, reason: str
) -> None:
    """In AWS's words, which tell a broken program from a broken regular expression."""
    facts = ended(tune(source, X, jobs=2))
    assert facts["HyperParameterTuningJobStatus"] == "Failed"
    assert facts["FailureReason"].startswith(reason)
    assert "BestTrainingJob" not in facts


def test_a_target_that_is_reached_completes_the_tuning(
    client: Client, tune: Callable[..., str], ended: Callable[[str], Any]
) -> None:
    """What still runs is stopped, and no more is started."""
    source = READ + "time.sleep(0 if p['kind'] == 'quick' else 60); print('loss: 0.1')"
    criteria = {"TuningJobCompletionCriteria": {"TargetObjectiveMetricValue": 0.2}}
    grid = {"Strategy": "Grid", **criteria}
    name = tune(source, kinds("quick", "slow", "never"), config=grid, jobs=None)
    facts = ended(name)
    assert facts["HyperParameterTuningJobStatus"] == "Completed"
    assert facts["TrainingJobStatusCounters"]["Completed"] == 1
    assert [one["TrainingJobStatus"] for one in trained(client, name)][:2] == [
        "Completed",
        "Stopped",
    ]
    assert facts["BestTrainingJob"]["TunedHyperParameters"] == {"kind": "quick"}


def test_early_stopping_ends_a_job_that_is_worse_than_the_median(
    client: Client, tune: Callable[..., str], ended: Callable[[str], Any]
) -> None:
    """It is Stopped, what it had printed by then counts, and the tuning completes."""
    source = READ + (
        "slow = p['kind'] == 'poor'\n"
        "for epoch in range(40 if slow else 3):\n"
        "    print('loss:', 9 if slow else 1, flush=True); time.sleep(0.3 if slow else 0)"
    )
    config = {"Strategy": "Grid", "TrainingJobEarlyStoppingType": "Auto"}
    name = tune(source, kinds("good", "poor"), config=config, jobs=None, parallel=1)
    facts = ended(name)
    assert facts["HyperParameterTuningJobStatus"] == "Completed", facts.get("FailureReason")
    counters = facts["TrainingJobStatusCounters"]
    assert (counters["Completed"], counters["Stopped"]) == (1, 1)
    poor = trained(client, name, StatusEquals="Stopped")[0]
    assert poor[OBJECTIVE]["Value"] == 9


def test_hyperband_gives_every_job_at_most_its_resource(
    client: Client, tune: Callable[..., str], ended: Callable[[str], Any]
) -> None:
    """A job at MaxResource is stopped, as AWS says; its last objective counts."""
    source = READ + (
        "for epoch in range(60):\n    print('loss:', float(p['x']), flush=True); time.sleep(0.3)"
    )
    limits = {"HyperbandStrategyConfig": {"MinResource": 1, "MaxResource": 3}}
    config = {"Strategy": "Hyperband", "StrategyConfig": limits, "RandomSeed": 3}
    facts = ended(tune(source, X, config=config, jobs=3, parallel=3))
    assert facts["HyperParameterTuningJobStatus"] == "Completed"
    assert facts["TrainingJobStatusCounters"]["Stopped"] == 3
    assert facts["ObjectiveStatusCounters"]["Succeeded"] == 3


def test_a_warm_start_knows_its_parents_and_their_best(
    client: Client, tune: Callable[..., str], ended: Callable[[str], Any]
) -> None:
    """OverallBestTrainingJob is the best of all; other data or another objective is refused."""
    static = program(client, READ + "print('loss:', float(p['x']))")
    low = {"ContinuousParameterRanges": [{"Name": "x", "MinValue": "0", "MaxValue": "0.1"}]}
    high = {"ContinuousParameterRanges": [{"Name": "x", "MinValue": "0.5", "MaxValue": "1"}]}
    same = {"StaticHyperParameters": static}
    parent = tune("", low, jobs=2, definition=same)
    best = ended(parent)["BestTrainingJob"]["TrainingJobName"]
    warm = {
        "WarmStartType": "IdenticalDataAndAlgorithm",
        "ParentHyperParameterTuningJobs": [{"HyperParameterTuningJobName": parent}],
    }
    child = ended(tune("", high, jobs=2, definition=same, WarmStartConfig=warm))
    assert child["OverallBestTrainingJob"]["TrainingJobName"] == best
    assert child["OverallBestTrainingJob"]["TuningJobName"] == parent
    assert child["BestTrainingJob"]["TrainingJobName"] != best
    other = {"HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "loss"}}
    with pytest.raises(ClientError, match="objective must be the same"):
        tune("", low, definition=same, config=other, WarmStartConfig=warm)


def test_stopping_a_tuning_stops_its_jobs_and_tells_the_bus(
    client: Client, tune: Callable[..., str], ended: Callable[[str], Any]
) -> None:
    """Stopping, then Stopped; a rule on AWS's detail type sees the end."""
    sqs, events = client("sqs"), client("events")
    queue = sqs.create_queue(QueueName="tuning-events")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    allowed = {**allow("sqs:SendMessage"), "Principal": {"Service": "events.amazonaws.com"}}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    name = tune("import time; time.sleep(60)", X)
    pattern = {
        "detail-type": ["SageMaker HyperParameter Tuning Job State Change"],
        "detail": {
            "HyperParameterTuningJobName": [name],
            "HyperParameterTuningJobStatus": ["Stopped"],
        },
    }
    events.put_rule(Name="tuning-events", EventPattern=json.dumps(pattern))
    target = {"Id": "q", "Arn": arn["Attributes"]["QueueArn"]}
    events.put_targets(Rule="tuning-events", Targets=[target])
    eventually(lambda: len(trained(client, name)) == 2)
    sagemaker = client("sagemaker")
    sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    assert ended(name)["HyperParameterTuningJobStatus"] == "Stopped"
    assert {one["TrainingJobStatus"] for one in trained(client, name)} == {"Stopped"}
    found = sagemaker.list_hyper_parameter_tuning_jobs(NameContains=name)
    assert found["HyperParameterTuningJobSummaries"][0]["Strategy"] == "Random"

    def message() -> Any:
        return sqs.receive_message(QueueUrl=queue).get("Messages")

    body = json.loads(eventually(message)[0]["Body"])
    assert body["detail"]["TrainingJobStatusCounters"]["Stopped"] == 2
    with pytest.raises(ClientError, match="Stopped"):
        sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)


@pytest.mark.parametrize(
    ("ranges", "changes", "message"),
    [
        (X, {"config": {"Strategy": "Grid"}}, "CategoricalParameterRanges only"),
        (kinds("a", "b"), {"config": {"Strategy": "Grid"}}, "the grid has 2 combinations"),
        ({}, {}, "at least one range"),
        (X, {"jobs": 1, "parallel": 2}, "must not exceed"),
        (X, {"definition": {"AlgorithmSpecification": {}}}, "MetricDefinitions"),
        (X, {"config": {"Strategy": "Hyperband"}}, "MaxResource"),
        (X, {"definition": {"StaticHyperParameters": {"x": "1"}}}, "both static and tuned"),
        (X, {"Autotune": {"Mode": "Enabled"}}, "lacks Autotune"),
    ],
)
def test_what_aws_refuses_is_refused(
    tune: Callable[..., str], ranges: Any, changes: dict[str, Any], message: str
) -> None:
    """At once, and by name."""
    if "AlgorithmSpecification" in changes.get("definition", {}):
        image = {"TrainingImage": IMAGE, "TrainingInputMode": "File"}
        changes = {"definition": {"AlgorithmSpecification": image}}
    with pytest.raises(ClientError, match=message):
        tune("", ranges, **changes)


def test_a_missing_tuning_is_not_found(client: Client) -> None:
    """ResourceNotFound, unlike training jobs."""
    with pytest.raises(ClientError, match="ResourceNotFound"):
        described(client, "nothing")
