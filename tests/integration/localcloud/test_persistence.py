"""Asked to keep its state, the cloud goes on after a restart where it ended, in every service."""

from __future__ import annotations

import json
import time
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import eventually, free_port
from localcloud_kept import Cloud
from localcloud_wires import allow_invoke, arn_of, bodies, make_queue

import localcloud
from cli import down, paths, up
from localcloud.config import LocalCloudError

WHO = """
    import os
    def handler(event, context):
        return {"version": os.environ["AWS_LAMBDA_FUNCTION_VERSION"], "event": event}
"""
TEMPLATE = {
    "Resources": {
        "Bucket": {"Type": "AWS::S3::Bucket"},
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": "one"}},
        "Parameter": {
            "Type": "AWS::SSM::Parameter",
            "Properties": {"Type": "String", "Value": {"Ref": "Topic"}},
        },
    },
    "Outputs": {"Name": {"Value": {"Ref": "Bucket"}, "Export": {"Name": "kept-bucket"}}},
}


@pytest.fixture(scope="module")
def cloud_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(scope="module")
def kept(cloud_directory: Path) -> Iterator[dict[str, Any]]:
    """What was made before the restart, by its service; the cloud is up again."""
    cloud = Cloud(cloud_directory)
    try:
        role = cloud.role()
        made: dict[str, Any] = {"cloud": cloud, "role": role}
        for make in (_storage, _messages, _functions, _records, _flows, _stack, _models):
            make(cloud, made)
        cloud.again()
        yield made
    finally:
        cloud.down()


def _storage(cloud: Cloud, made: dict[str, Any]) -> None:
    s3, kms = cloud.client("s3"), cloud.client("kms")
    s3.create_bucket(Bucket="kept-bucket")
    s3.put_bucket_versioning(Bucket="kept-bucket", VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket="kept-bucket", Key="k", Body=b"0" * 100_000, Metadata={"a": "b"})
    made["versions"] = [
        s3.put_object(Bucket="kept-bucket", Key="k", Body=b"two")["VersionId"],
        s3.delete_object(Bucket="kept-bucket", Key="k")["VersionId"],
    ]
    made["upload"] = s3.create_multipart_upload(Bucket="kept-bucket", Key="parts")["UploadId"]
    s3.upload_part(
        Bucket="kept-bucket", Key="parts", PartNumber=1, UploadId=made["upload"], Body=b"part"
    )
    key = made["key"] = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/kept", TargetKeyId=key)
    made["secret"] = kms.encrypt(KeyId=key, Plaintext=b"plain")["CiphertextBlob"]
    signer = made["signer"] = kms.create_key(KeyUsage="SIGN_VERIFY", KeySpec="RSA_2048")[
        "KeyMetadata"
    ]["KeyId"]
    made["signature"] = kms.sign(
        KeyId=signer, Message=b"m", SigningAlgorithm="RSASSA_PKCS1_V1_5_SHA_256"
    )["Signature"]


def _messages(cloud: Cloud, made: dict[str, Any]) -> None:
    made["queue"] = make_queue(cloud.client)
    made["taken"] = make_queue(cloud.client, VisibilityTimeout="3600")
    cloud.client("sqs").send_message(QueueUrl=made["taken"], MessageBody="in flight")
    message = cloud.client("sqs").receive_message(QueueUrl=made["taken"])["Messages"][0]
    made["receipt"] = message["ReceiptHandle"]
    cloud.client("sqs").send_message(QueueUrl=made["queue"], MessageBody="waits")
    made["topic"] = cloud.client("sns").create_topic(Name="kept")["TopicArn"]
    cloud.client("sns").subscribe(
        TopicArn=made["topic"], Protocol="sqs", Endpoint=arn_of(made["queue"])
    )
    events = cloud.client("events")
    events.put_rule(Name="kept", EventPattern=json.dumps({"source": ["kept"]}))
    events.put_targets(Rule="kept", Targets=[{"Id": "1", "Arn": arn_of(made["queue"])}])
    cloud.client("scheduler").create_schedule(
        Name="kept",
        ScheduleExpression="rate(365 days)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": arn_of(made["queue"]), "RoleArn": made["role"], "Input": "{}"},
    )


def _functions(cloud: Cloud, made: dict[str, Any]) -> None:
    lambda_ = cloud.client("lambda")
    cloud.function("kept", WHO, made["role"])
    first = lambda_.publish_version(FunctionName="kept")["Version"]
    lambda_.update_function_configuration(FunctionName="kept", Description="second")
    eventually(
        lambda: (
            lambda_.get_function_configuration(FunctionName="kept")["LastUpdateStatus"]
            == "Successful"
        )
    )
    second = lambda_.publish_version(FunctionName="kept")["Version"]
    lambda_.create_alias(
        FunctionName="kept",
        Name="live",
        FunctionVersion=first,
        RoutingConfig={"AdditionalVersionWeights": {second: 1.0}},
    )
    allow_invoke(cloud.client, "kept")
    source = made["source"] = make_queue(cloud.client, VisibilityTimeout="60")
    cloud.client("lambda").create_event_source_mapping(
        FunctionName="kept", EventSourceArn=arn_of(source)
    )
    cloud.client("cloudwatch").put_metric_data(
        Namespace="kept", MetricData=[{"MetricName": "m", "Value": 7.0}]
    )
    cloud.client("cloudwatch").put_metric_alarm(
        AlarmName="kept",
        Namespace="kept",
        MetricName="m",
        Statistic="Maximum",
        Period=86400,
        EvaluationPeriods=1,
        Threshold=5,
        ComparisonOperator="GreaterThanThreshold",
    )
    eventually(lambda: _alarm(cloud) == "ALARM")
    made["alarm-history"] = _alarm_history(cloud)


def _alarm(cloud: Cloud) -> str:
    found = cloud.client("cloudwatch").describe_alarms(AlarmNames=["kept"])
    return str(found["MetricAlarms"][0]["StateValue"])


def _alarm_history(cloud: Cloud) -> list[str]:
    """With the one change too many that a walk through INSUFFICIENT_DATA would leave."""
    api = cloud.client("cloudwatch")
    found = api.describe_alarm_history(AlarmName="kept", HistoryItemType="StateUpdate")
    return [item["HistorySummary"] for item in found["AlarmHistoryItems"]]


def _records(cloud: Cloud, made: dict[str, Any]) -> None:
    cloud.client("dynamodb").create_table(
        TableName="kept",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    item = {"id": {"S": "a"}, "data": {"B": b"\x00\xff"}, "set": {"NS": ["1", "2"]}}
    cloud.client("dynamodb").put_item(TableName="kept", Item=item)
    kinesis = cloud.client("kinesis")
    kinesis.create_stream(StreamName="kept", ShardCount=1)
    eventually(
        lambda: (
            kinesis.describe_stream(StreamName="kept")["StreamDescription"]["StreamStatus"]
            == "ACTIVE"
        )
    )
    made["sequence"] = kinesis.put_record(StreamName="kept", Data=b"first", PartitionKey="p")[
        "SequenceNumber"
    ]
    cloud.client("ssm").put_parameter(Name="/kept", Type="String", Value="1")
    cloud.client("ssm").put_parameter(Name="/kept", Type="String", Value="2", Overwrite=True)
    cloud.client("secretsmanager").create_secret(Name="kept", SecretString="hush")
    glue = cloud.client("glue")
    glue.create_database(DatabaseInput={"Name": "kept"})
    columns = [{"Name": "a", "Type": "int"}]
    storage = {
        "Columns": columns,
        "Location": "s3://kept-bucket/table/",
        "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
        "SerdeInfo": {"SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe"},
    }
    glue.create_table(
        DatabaseName="kept", TableInput={"Name": "rows", "StorageDescriptor": storage}
    )
    cloud.client("athena").create_work_group(Name="kept")
    cloud.client("logs").create_log_group(logGroupName="kept", tags={"a": "b"})
    cloud.client("logs").create_log_stream(logGroupName="kept", logStreamName="s")
    cloud.client("logs").put_log_events(
        logGroupName="kept",
        logStreamName="s",
        logEvents=[{"timestamp": int(time.time() * 1000), "message": "line"}],
    )


def _flows(cloud: Cloud, made: dict[str, Any]) -> None:
    states = cloud.client("stepfunctions")
    definition = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}
    machine = states.create_state_machine(
        name="kept", definition=json.dumps(definition), roleArn=made["role"]
    )["stateMachineArn"]
    made["machine"] = machine
    made["execution"] = states.start_execution(
        stateMachineArn=machine, name="done", input='{"a": 1}'
    )["executionArn"]
    eventually(
        lambda: states.describe_execution(executionArn=made["execution"])["status"] == "SUCCEEDED"
    )
    firehose = cloud.client("firehose")
    hints = {"SizeInMBs": 64, "IntervalInSeconds": 900}
    firehose.create_delivery_stream(
        DeliveryStreamName="kept",
        ExtendedS3DestinationConfiguration={
            "RoleARN": made["role"],
            "BucketARN": "arn:aws:s3:::kept-bucket",
            "Prefix": "delivered/",
            "BufferingHints": hints,
        },
    )
    firehose.put_record(DeliveryStreamName="kept", Record={"Data": b"buffered"})


def _stack(cloud: Cloud, made: dict[str, Any]) -> None:
    cloudformation = cloud.client("cloudformation")
    cloudformation.create_stack(StackName="kept", TemplateBody=json.dumps(TEMPLATE))
    eventually(lambda: _status(cloud) == "CREATE_COMPLETE")
    outputs = cloudformation.describe_stacks(StackName="kept")["Stacks"][0]["Outputs"]
    made["stack-bucket"] = outputs[0]["OutputValue"]


def _status(cloud: Cloud) -> str:
    found = cloud.client("cloudformation").describe_stacks(StackName="kept")
    return str(found["Stacks"][0]["StackStatus"])


def _models(cloud: Cloud, made: dict[str, Any]) -> None:
    sagemaker, deploy = cloud.client("sagemaker"), cloud.client("codedeploy")
    sagemaker.create_model_package_group(
        ModelPackageGroupName="kept", Tags=[{"Key": "a", "Value": "b"}]
    )
    for approval in ("Rejected", "Approved"):
        package = sagemaker.create_model_package(
            ModelPackageGroupName="kept", ModelApprovalStatus=approval
        )
        made["package"] = package["ModelPackageArn"]
    made["tags"] = _tags(cloud)
    deploy.create_application(applicationName="kept", computePlatform="Lambda")
    deploy.create_deployment_config(
        deploymentConfigName="kept",
        computePlatform="Lambda",
        trafficRoutingConfig={
            "type": "TimeBasedCanary",
            "timeBasedCanary": {"canaryPercentage": 10, "canaryInterval": 1},
        },
    )
    deploy.create_deployment_group(
        applicationName="kept",
        deploymentGroupName="kept",
        serviceRoleArn=made["role"],
        deploymentConfigName="kept",
    )


def _tags(cloud: Cloud) -> Any:
    sagemaker = cloud.client("sagemaker")
    group = sagemaker.describe_model_package_group(ModelPackageGroupName="kept")
    return sagemaker.list_tags(ResourceArn=group["ModelPackageGroupArn"])["Tags"]


def test_objects_keep_their_versions_and_an_upload_goes_on(kept: dict[str, Any]) -> None:
    s3 = kept["cloud"].client("s3")
    second, marker = kept["versions"]
    found = s3.list_object_versions(Bucket="kept-bucket", Prefix="k")
    assert found["DeleteMarkers"][0]["VersionId"] == marker
    assert found["Versions"][0]["VersionId"] == second
    s3.delete_object(Bucket="kept-bucket", Key="k", VersionId=marker)
    assert s3.get_object(Bucket="kept-bucket", Key="k")["Body"].read() == b"two"
    first = found["Versions"][1]["VersionId"]
    old = s3.get_object(Bucket="kept-bucket", Key="k", VersionId=first)
    assert old["Body"].read() == b"0" * 100_000
    assert old["Metadata"] == {"a": "b"}
    part = s3.list_parts(Bucket="kept-bucket", Key="parts", UploadId=kept["upload"])["Parts"][0]
    s3.complete_multipart_upload(
        Bucket="kept-bucket",
        Key="parts",
        UploadId=kept["upload"],
        MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]},
    )
    assert s3.get_object(Bucket="kept-bucket", Key="parts")["Body"].read() == b"part"


def test_keys_decrypt_and_verify_what_they_made_before(kept: dict[str, Any]) -> None:
    kms = kept["cloud"].client("kms")
    assert kms.decrypt(CiphertextBlob=kept["secret"])["Plaintext"] == b"plain"
    assert kms.describe_key(KeyId="alias/kept")["KeyMetadata"]["KeyId"] == kept["key"]
    assert kms.verify(
        KeyId=kept["signer"],
        Message=b"m",
        Signature=kept["signature"],
        SigningAlgorithm="RSASSA_PKCS1_V1_5_SHA_256",
    )["SignatureValid"]


def test_queues_topics_and_rules_still_carry(kept: dict[str, Any]) -> None:
    cloud = kept["cloud"]
    assert bodies(cloud.client, kept["queue"]) == ["waits"]
    cloud.client("sns").publish(TopicArn=kept["topic"], Message="published")
    assert bodies(cloud.client, kept["queue"])[0]["Message"] == "published"
    entry = {"Source": "kept", "DetailType": "t", "Detail": '{"n": 1}'}
    cloud.client("events").put_events(Entries=[entry])
    assert bodies(cloud.client, kept["queue"])[0]["detail"] == {"n": 1}
    schedule = cloud.client("scheduler").get_schedule(Name="kept")
    assert schedule["ScheduleExpression"] == "rate(365 days)"


def test_a_message_in_flight_stays_in_flight_and_its_receipt_is_good(kept: dict[str, Any]) -> None:
    sqs = kept["cloud"].client("sqs")
    assert "Messages" not in sqs.receive_message(QueueUrl=kept["taken"])
    sqs.delete_message(QueueUrl=kept["taken"], ReceiptHandle=kept["receipt"])
    name = "ApproximateNumberOfMessagesNotVisible"
    found = sqs.get_queue_attributes(QueueUrl=kept["taken"], AttributeNames=[name])
    assert found["Attributes"][name] == "0"


def test_an_alias_answers_by_its_weights_and_its_policy_stands(kept: dict[str, Any]) -> None:
    cloud = kept["cloud"]
    assert cloud.invoke("kept", Qualifier="live", Payload=b"1") == {"version": "2", "event": 1}
    assert cloud.invoke("kept", Qualifier="1")["version"] == "1"
    policy = json.loads(cloud.client("lambda").get_policy(FunctionName="kept")["Policy"])
    assert "events" in [statement["Sid"] for statement in policy["Statement"]]


def test_a_mapping_goes_on_to_feed_its_function(kept: dict[str, Any]) -> None:
    cloud, token = kept["cloud"], uuid.uuid4().hex
    cloud.client("sqs").send_message(QueueUrl=kept["source"], MessageBody=token)
    name = "ApproximateNumberOfMessages"

    def empty() -> bool:
        found = cloud.client("sqs").get_queue_attributes(
            QueueUrl=kept["source"], AttributeNames=["All"]
        )["Attributes"]
        return bool(found[name] == found[f"{name}NotVisible"] == "0")

    eventually(empty)


def test_an_alarm_keeps_its_state_and_its_metric(kept: dict[str, Any]) -> None:
    cloud = kept["cloud"]
    assert _alarm(cloud) == "ALARM"
    assert _alarm_history(cloud) == kept["alarm-history"]


def test_tables_streams_and_parameters_hold_what_they_held(kept: dict[str, Any]) -> None:
    cloud = kept["cloud"]
    item = cloud.client("dynamodb").get_item(TableName="kept", Key={"id": {"S": "a"}})["Item"]
    assert item["data"] == {"B": b"\x00\xff"}
    assert set(item["set"]["NS"]) == {"1", "2"}
    arn = cloud.client("dynamodb").describe_table(TableName="kept")["Table"]["LatestStreamArn"]
    streams = cloud.client("dynamodbstreams")
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = streams.get_shard_iterator(
        StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    assert len(streams.get_records(ShardIterator=iterator)["Records"]) == 1
    kinesis = cloud.client("kinesis")
    later = kinesis.put_record(StreamName="kept", Data=b"second", PartitionKey="p")
    assert int(later["SequenceNumber"]) > int(kept["sequence"])
    parameter = cloud.client("ssm").get_parameter(Name="/kept")["Parameter"]
    assert (parameter["Value"], parameter["Version"]) == ("2", 2)
    assert len(cloud.client("ssm").get_parameter_history(Name="/kept")["Parameters"]) == 2
    secret = cloud.client("secretsmanager").get_secret_value(SecretId="kept")
    assert secret["SecretString"] == "hush"


def test_the_catalog_and_the_logs_are_there(kept: dict[str, Any]) -> None:
    cloud = kept["cloud"]
    table = cloud.client("glue").get_table(DatabaseName="kept", Name="rows")["Table"]
    assert table["StorageDescriptor"]["Location"] == "s3://kept-bucket/table/"
    assert cloud.client("athena").get_work_group(WorkGroup="kept")["WorkGroup"]["Name"] == "kept"
    events = cloud.client("logs").filter_log_events(logGroupName="kept")["events"]
    assert [event["message"] for event in events] == ["line"]


def test_executions_keep_their_history_and_machines_run(kept: dict[str, Any]) -> None:
    states = kept["cloud"].client("stepfunctions")
    history = states.get_execution_history(executionArn=kept["execution"])["events"]
    assert history[-1]["type"] == "ExecutionSucceeded"
    again = states.start_execution(stateMachineArn=kept["machine"])["executionArn"]
    eventually(lambda: states.describe_execution(executionArn=again)["status"] == "SUCCEEDED")


def test_what_firehose_had_buffered_is_delivered(kept: dict[str, Any]) -> None:
    """Its quarter of an hour goes on: 15 real seconds here, cut short by a step."""
    cloud = kept["cloud"]
    _step(cloud, 900)

    def delivered() -> Any:
        found = cloud.client("s3").list_objects_v2(Bucket="kept-bucket", Prefix="delivered/")
        return found.get("Contents")

    key = eventually(delivered)[0]["Key"]
    body = cloud.client("s3").get_object(Bucket="kept-bucket", Key=key)["Body"].read()
    assert body == b"buffered"


def _step(cloud: Cloud, seconds: float) -> None:
    request = urllib.request.Request(
        f"{cloud.config.endpoint}/_localcloud/clock",
        data=json.dumps({"advance_seconds": seconds}).encode(),
        method="POST",
    )
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 200


def test_packages_are_numbered_on_and_a_deployment_runs(kept: dict[str, Any]) -> None:
    cloud = kept["cloud"]
    sagemaker = cloud.client("sagemaker")
    facts = sagemaker.describe_model_package(ModelPackageName=kept["package"])
    assert (facts["ModelPackageVersion"], facts["ModelApprovalStatus"]) == (2, "Approved")
    made = sagemaker.create_model_package(ModelPackageGroupName="kept")
    assert made["ModelPackageArn"].endswith("/3")
    assert _tags(cloud) == kept["tags"]
    found = cloud.client("codedeploy").get_deployment_group(
        applicationName="kept", deploymentGroupName="kept"
    )["deploymentGroupInfo"]
    assert (found["serviceRoleArn"], found["deploymentConfigName"]) == (kept["role"], "kept")


def test_a_stack_has_nothing_to_change_and_can_be_changed_and_deleted(
    kept: dict[str, Any],
) -> None:
    cloud = kept["cloud"]
    api = cloud.client("cloudformation")
    exports = {one["Name"]: one["Value"] for one in api.list_exports()["Exports"]}
    assert exports["kept-bucket"] == kept["stack-bucket"]
    with pytest.raises(api.exceptions.ClientError, match="No updates are to be performed"):
        api.update_stack(StackName="kept", TemplateBody=json.dumps(TEMPLATE))
    changed = json.loads(json.dumps(TEMPLATE).replace('"one"', '"two"'))
    api.update_stack(StackName="kept", TemplateBody=json.dumps(changed))
    eventually(lambda: _status(cloud) == "UPDATE_COMPLETE")
    bucket = kept["stack-bucket"]
    api.delete_stack(StackName="kept")
    eventually(lambda: bucket not in cloud.buckets())


def test_a_restarted_cloud_tells_that_it_was_restored(kept: dict[str, Any]) -> None:
    found = _state(kept["cloud"])
    assert found["restored"] is True
    assert found["notes"] == []


def _state(cloud: Cloud) -> Any:
    with urllib.request.urlopen(f"{cloud.config.endpoint}/_localcloud/state") as answer:
        return json.load(answer)


def test_an_unreadable_state_is_set_aside_and_named(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "snapshot").write_bytes(b"not it")
    cloud = Cloud(tmp_path)
    try:
        state = _state(cloud)
        assert state["restored"] is False
        assert "set aside as" in state["notes"][0]
        assert list(tmp_path.glob("kept.corrupt-*/snapshot"))
        cloud.client("s3").create_bucket(Bucket="works")
    finally:
        cloud.down()


def test_another_versions_state_is_refused_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    header = b'{"localcloud": {"format": 0}, "saved": 1, "crc32": 0}\n'
    (tmp_path / "kept" / "snapshot").write_bytes(header)
    with pytest.raises(LocalCloudError, match="was kept by another version"):
        Cloud(tmp_path)
    assert (tmp_path / "kept" / "snapshot").read_bytes() == header
    assert localcloud.find(tmp_path) is None


def test_the_command_line_keeps_a_state_and_forgets_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(paths, "CLOUD", tmp_path)
    monkeypatch.setenv("PENSTOCK_PORT", str(free_port()))
    try:
        up.up(keep_state=True)
        assert "state: will be kept in" in capsys.readouterr().out
        down.down()
        assert "up --keep-state" in capsys.readouterr().out
        up.up(keep_state=True)
        assert "state: goes on with" in capsys.readouterr().out
        down.down(forget=True)
        assert not localcloud.kept(tmp_path).exists()
    finally:
        localcloud.stop(tmp_path)
