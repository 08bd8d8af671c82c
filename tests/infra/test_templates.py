"""What every template owes: no findings, the same bytes again, data that keeps its place."""

import json
from pathlib import Path

import cfnlint.api
import cfnlint.config
import pytest
from synthesis import Assembly, synthesise

# Dependencies that a reference already implies are CDK's habit; a use case's outputs repeat the
# platform's, so that the command line reads one stack.
HARMLESS = ["W3005", "W6001"]
STATEFUL = {
    "AWS::KMS::Key",
    "AWS::S3::Bucket",
    "AWS::DynamoDB::GlobalTable",
    "AWS::SageMaker::ModelPackageGroup",
    "AWS::Glue::Database",
}


def test_cfn_lint_finds_nothing(assembly: Assembly) -> None:
    for stack in assembly.stacks:
        text = (assembly.folder / f"{stack}.template.json").read_text(encoding="utf-8")
        config = cfnlint.config.ManualArgs(regions=["us-east-1"], ignore_checks=HARMLESS)
        assert cfnlint.api.lint(text, config=config) == [], stack


def test_the_report_of_validations_holds_no_failure(assembly: Assembly) -> None:
    """cdk-nag and the template rules really ran, and nothing was found."""
    report = json.loads((assembly.folder / "validation-report.json").read_text(encoding="utf-8"))
    plugins = report["pluginReports"]
    assert "AwsSolutions" in json.dumps(plugins)
    assert all(p["conclusion"] == "success" for p in plugins)


def test_two_syntheses_give_the_same_bytes(assembly: Assembly, tmp_path: Path) -> None:
    """No clock, git, hash seed or path of the machine reaches a template."""
    again = synthesise(tmp_path, environments="dev")
    assert again.stacks == [s for s in assembly.stacks if "-dev-" in s]
    for stack in again.stacks:
        name = f"{stack}.template.json"
        assert (again.folder / name).read_bytes() == (assembly.folder / name).read_bytes(), stack


def test_both_environments_have_the_same_stacks(assembly: Assembly) -> None:
    dev = [s for s in assembly.stacks if "-dev-" in s]
    assert [s.replace("-dev-", "-prod-") for s in dev] == [
        s for s in assembly.stacks if "-prod-" in s
    ]
    assert len(dev) >= 3


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_what_holds_data_keeps_its_logical_id(assembly: Assembly, environment: str) -> None:
    """Another id makes CloudFormation put an empty one in its place. Change this list with care."""
    found = {
        name: resource["Type"]
        for name, resource in assembly.template(f"Penstock-{environment}-Platform")[
            "Resources"
        ].items()
        if resource["Type"] in STATEFUL
    }
    expected = {
        "Key961B73FD": "AWS::KMS::Key",
        "Lake5F1B88EA": "AWS::S3::Bucket",
        "Artifacts82DD59A1": "AWS::S3::Bucket",
        "TableCD117FA1": "AWS::DynamoDB::GlobalTable",
        "Catalog": "AWS::Glue::Database",
    }
    if environment == "prod":
        expected["AccessLogs8B620ECA"] = "AWS::S3::Bucket"
    assert found == expected


def test_prod_keeps_its_data_and_dev_does_not(assembly: Assembly) -> None:
    for stack in assembly.stacks:
        policy = "Retain" if "-prod-" in stack else "Delete"
        for name, resource in assembly.template(stack)["Resources"].items():
            if resource["Type"] in STATEFUL - {"AWS::Glue::Database"}:
                assert resource["DeletionPolicy"] == policy, f"{stack}/{name}"


def test_prod_is_protected_from_deletion(assembly: Assembly) -> None:
    manifest = json.loads((assembly.folder / "manifest.json").read_text(encoding="utf-8"))
    for stack in assembly.stacks:
        properties = manifest["artifacts"][stack]["properties"]
        assert properties.get("terminationProtection", False) == ("-prod-" in stack), stack


def test_logs_are_encrypted_and_gone_after_two_weeks(assembly: Assembly) -> None:
    for stack in assembly.usecase_stacks:
        for name, group in assembly.resources(stack, "AWS::Logs::LogGroup").items():
            assert group["Properties"]["RetentionInDays"] <= 14, name
            assert "KmsKeyId" in group["Properties"], name
