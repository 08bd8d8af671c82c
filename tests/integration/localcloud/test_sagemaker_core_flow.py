"""The SageMaker Python SDK's own flow, unchanged: only botocore's usual variables point it here."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from localcloud_jobs import IMAGE, packed, unpacked
from localcloud_roles import allow, make_role

import localcloud
from localcloud.config import REGION

Client = Callable[[str], Any]
BUCKET = "sdk-tests"
TRAIN = """
    import os, pathlib
    print("loss: 0.25")
    rows = pathlib.Path(os.environ["SM_CHANNEL_TRAIN"], "rows.csv").read_text()
    pathlib.Path(os.environ["SM_MODEL_DIR"], "model.txt").write_text(rows)
"""
WORK = """
import argparse, os, pathlib
words = argparse.ArgumentParser()
for name in ("--source", "--target", "--factor"):
    words.add_argument(name)
given = words.parse_args()
rows = pathlib.Path(given.source, "rows.csv").read_text().split()
out = [str(int(row) * int(given.factor)) for row in rows]
pathlib.Path(given.target, "rows.csv").write_text("\\n".join(out))
"""


@pytest.fixture(scope="module")
def sdk(cloud: localcloud.Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The SDK's environment; its telemetry, which would leave this machine, is off."""
    config = tmp_path_factory.mktemp("sdk") / "config.yaml"
    modules = {"Modules": {"TelemetryOptOut": True}}
    config.write_text(json.dumps({"SchemaVersion": "1.0", "SageMaker": {"PythonSDK": modules}}))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in localcloud.credentials().items():
            patch.setenv(name, value)
        patch.setenv("AWS_ENDPOINT_URL", cloud.endpoint)
        patch.setenv("AWS_DEFAULT_REGION", REGION)
        patch.setenv("SAGEMAKER_USER_CONFIG_OVERRIDE", str(config))
        yield


@pytest.fixture(scope="module")
def worker(client: Client) -> str:
    client("s3").create_bucket(Bucket=BUCKET)
    client("s3").put_object(Bucket=BUCKET, Key="train/rows.csv", Body=b"1\n2\n3")
    client("s3").put_object(Bucket=BUCKET, Key="code/sourcedir.tar.gz", Body=packed(TRAIN))
    return make_role(client, "sagemaker", allow("s3:*", "logs:*"))


@pytest.fixture(scope="module")
def trained(client: Client, worker: str, sdk: None) -> Any:
    """TrainingJob.create(...).wait(), as the SDK's documentation shows it."""
    from sagemaker.core.resources import TrainingJob
    from sagemaker.core.shapes import (
        AlgorithmSpecification,
        Channel,
        DataSource,
        MetricDefinition,
        OutputDataConfig,
        ResourceConfig,
        S3DataSource,
        StoppingCondition,
    )

    source = S3DataSource(
        s3_data_type="S3Prefix",
        s3_uri=f"s3://{BUCKET}/train",
        s3_data_distribution_type="FullyReplicated",
    )
    job = TrainingJob.create(
        training_job_name="sdk-training",
        hyper_parameters={
            "sagemaker_program": "train.py",
            "sagemaker_submit_directory": f"s3://{BUCKET}/code/sourcedir.tar.gz",
        },
        algorithm_specification=AlgorithmSpecification(
            training_image=IMAGE,
            training_input_mode="File",
            metric_definitions=[MetricDefinition(name="loss", regex="loss: ([0-9.]+)")],
        ),
        role_arn=worker,
        input_data_config=[
            Channel(channel_name="train", data_source=DataSource(s3_data_source=source))
        ],
        output_data_config=OutputDataConfig(s3_output_path=f"s3://{BUCKET}/models"),
        resource_config=ResourceConfig(
            instance_type="ml.m5.large", instance_count=1, volume_size_in_gb=5
        ),
        stopping_condition=StoppingCondition(max_runtime_in_seconds=60),
    )
    job.wait(poll=1, timeout=30, logs=True)
    return job


def test_a_training_job_is_started_and_waited_for(client: Client, trained: Any) -> None:
    """The resource that the SDK refreshes holds the status, the artifact and the metrics."""
    trained.refresh()
    assert trained.training_job_status == "Completed"
    uri = f"s3://{BUCKET}/models/sdk-training/output/model.tar.gz"
    assert trained.model_artifacts.s3_model_artifacts == uri
    assert [metric.value for metric in trained.final_metric_data_list] == [0.25]
    files = unpacked(client("s3"), BUCKET, "models/sdk-training/output/model.tar.gz")
    assert files == {"model.txt": "1\n2\n3"}


def test_the_sdk_finds_the_job_again(trained: Any) -> None:
    """By its name, and among all jobs."""
    from sagemaker.core.resources import TrainingJob

    found = TrainingJob.get(training_job_name="sdk-training")
    assert found.training_job_arn == trained.training_job_arn
    every = TrainingJob.get_all(name_contains="sdk-training")
    assert [job.training_job_name for job in every] == ["sdk-training"]


def test_the_sdk_sees_its_own_errors(trained: Any, worker: str) -> None:
    """A failed job raises FailedStatusError with the reason."""
    from sagemaker.core.resources import TrainingJob
    from sagemaker.core.utils.exceptions import FailedStatusError

    job = TrainingJob.create(
        training_job_name="sdk-failing",
        hyper_parameters={"sagemaker_program": "missing.py"},
        algorithm_specification=trained.algorithm_specification,
        role_arn=worker,
        output_data_config=trained.output_data_config,
        resource_config=trained.resource_config,
        stopping_condition=trained.stopping_condition,
    )
    with pytest.raises(FailedStatusError, match=r"the code has no missing\.py"):
        job.wait(poll=1, timeout=30)


def test_a_script_processor_runs_a_script(
    client: Client, worker: str, sdk: None, tmp_path: Path
) -> None:
    """The SDK uploads the script, starts the job and waits for its end."""
    from sagemaker.core.helper.session_helper import Session
    from sagemaker.core.processing import ScriptProcessor
    from sagemaker.core.shapes import (
        ProcessingInput,
        ProcessingOutput,
        ProcessingS3Input,
        ProcessingS3Output,
    )

    script = tmp_path / "work.py"
    script.write_text(WORK)
    processor = ScriptProcessor(
        role=worker,
        image_uri=IMAGE,
        command=["python3"],
        instance_count=1,
        instance_type="ml.m5.large",
        sagemaker_session=Session(default_bucket=BUCKET),
    )
    source, target = "/opt/ml/processing/input", "/opt/ml/processing/output"
    processor.run(
        code=str(script),
        inputs=[
            ProcessingInput(
                input_name="rows",
                s3_input=ProcessingS3Input(
                    s3_uri=f"s3://{BUCKET}/train",
                    local_path=source,
                    s3_data_type="S3Prefix",
                    s3_input_mode="File",
                ),
            )
        ],
        outputs=[
            ProcessingOutput(
                output_name="rows",
                s3_output=ProcessingS3Output(
                    s3_uri=f"s3://{BUCKET}/doubled", local_path=target, s3_upload_mode="EndOfJob"
                ),
            )
        ],
        arguments=["--source", source, "--target", target, "--factor", "2"],
        wait=False,
        logs=False,
    )
    processor.latest_job.wait(poll=1, timeout=30)
    assert processor.latest_job.processing_job_status == "Completed"
    body = client("s3").get_object(Bucket=BUCKET, Key="doubled/rows.csv")["Body"].read()
    assert body == b"2\n4\n6"
