"""Parts of the local cloud's jobs that need no server: paths, shares, hosts, pages, event times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from localcloud.json_service import ServiceError
from localcloud.sagemaker import hosts, listing, namespace, sources
from localcloud.sagemaker.channels import merged
from localcloud.sagemaker.disk import Disk
from localcloud.sagemaker.failure import JobFailure
from localcloud.sagemaker.features.values import event_time
from localcloud.sagemaker.record import Record
from localcloud.sagemaker.state import State


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/opt/ml/model", "ROOT/opt/ml/model"),
        ("--dir=/opt/ml --log=/opt/ml/output", "--dir=ROOT/opt/ml --log=ROOT/opt/ml/output"),
        ("ls /opt/ml/input; echo", "ls ROOT/opt/ml/input; echo"),
        ("/opt/mlflow and /data/opt/ml", "/opt/mlflow and /data/opt/ml"),
    ],
)
def test_without_namespaces_the_containers_paths_name_its_directory(
    text: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever they stand in a text, and only they."""
    monkeypatch.setattr(namespace, "supported", lambda: False)
    assert Disk(Path("ROOT")).inside(text) == expected


def test_with_namespaces_a_program_reads_the_containers_paths(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Our own paths are turned back; a text that names the container's stays."""
    monkeypatch.setattr(namespace, "supported", lambda: True)
    disk = Disk(Path("/jobs/one"))
    assert disk.inside(disk.ml / "model") == "/opt/ml/model"
    assert disk.inside("/opt/ml/model") == "/opt/ml/model"
    assert disk.outside("/opt/ml/model") == "/jobs/one/opt/ml/model"


@pytest.mark.parametrize("among", [1, 2, 3, 7])
def test_shards_are_disjoint_and_complete(among: int) -> None:
    """Every object goes to one host, shuffled or not, and no host has two more than another."""
    found = [("b", f"k{number}", f"k{number}") for number in range(5)]
    source = {"S3DataDistributionType": "ShardedByS3Key"}
    for seed in (None, 7):
        shards = [sources.share(found, source, n, among, seed) for n in range(among)]
        assert sorted(one for shard in shards for one in shard) == found
        sizes = [len(shard) for shard in shards]
        assert max(sizes) - min(sizes) <= 1
    assert sources.share(found, {}, 1, among, None) == found


@pytest.mark.parametrize("path", ["../up", "/root", "a/../../b"])
def test_no_manifest_leads_out_of_its_channel(path: str) -> None:
    """A path of a manifest stays below the channel's folder."""
    with pytest.raises(JobFailure, match="leads out of its channel"):
        sources._manifest([{"prefix": "s3://bucket/some/"}, path])


def test_hosts_of_groups_are_numbered_through() -> None:
    """algo-1 is the first of the first group; two clusters never share an address."""
    large = {"InstanceGroupName": "b", "InstanceType": "ml.l", "InstanceCount": 2}
    small = {"InstanceGroupName": "a", "InstanceType": "ml.s", "InstanceCount": 1}
    machines = hosts.of({"InstanceGroups": [large, small]})
    assert [(h.name, h.group) for h in machines] == [
        ("algo-1", "b"),
        ("algo-2", "b"),
        ("algo-3", "a"),
    ]
    one, two = hosts.addresses(machines), hosts.addresses(machines)
    assert not set(one.values()) & set(two.values())
    assert all(address.startswith("127.") for address in one.values())


def test_the_first_host_wins_where_two_wrote_the_same_file(tmp_path: Path) -> None:
    """One artifact of all hosts; what only one wrote is there as well."""
    for host, names in {"algo-1": ("same", "one"), "algo-2": ("same", "two")}.items():
        for name in names:
            (tmp_path / host).mkdir(exist_ok=True)
            (tmp_path / host / name).write_text(host)
    found = merged([tmp_path / "algo-1", tmp_path / "algo-2"])
    assert {name: path.read_text() for name, path in found.items()} == {
        "one": "algo-1",
        "same": "algo-1",
        "two": "algo-2",
    }


def records() -> list[Record]:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    found = []
    for number, status in enumerate(("Completed", "Failed", "Completed")):
        state = State({}, f"arn:{number}", f"job-{number}", status)
        state.created = state.modified = start + timedelta(hours=number)
        state.transitions = [{"Status": status}]
        found.append(Record(state))
    return found


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({}, [2, 1, 0]),
        ({"SortOrder": "Ascending"}, [0, 1, 2]),
        ({"SortBy": "Name"}, [2, 1, 0]),
        ({"StatusEquals": "Completed"}, [2, 0]),
        ({"NameContains": "JOB-1"}, [1]),
        ({"CreationTimeAfter": "2026-01-01T00:30:00Z"}, [2, 1]),
        ({"CreationTimeBefore": datetime(2026, 1, 1, 1, tzinfo=UTC).timestamp()}, [0]),
        ({"MaxResults": 1, "NextToken": "1"}, [1]),
    ],
)
def test_a_list_is_filtered_sorted_and_cut(request_: dict[str, Any], expected: list[int]) -> None:
    """As SageMaker's List operations document it: the newest first."""
    found = listing.page("ListTrainingJobs", request_, records())["TrainingJobSummaries"]
    assert [one["TrainingJobArn"] for one in found] == [f"arn:{number}" for number in expected]


def test_a_list_refuses_what_it_would_ignore() -> None:
    """A filter that this cloud lacks, and a token that is none."""
    with pytest.raises(ServiceError, match="WarmPoolStatusEquals"):
        listing.page("ListTrainingJobs", {"WarmPoolStatusEquals": "InUse"}, [])
    with pytest.raises(ServiceError, match="NextToken"):
        listing.page("ListTrainingJobs", {"NextToken": "x"}, [])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1700000000", 1700000000.0),
        ("1700000000.5", 1700000000.5),
        ("2023-11-14T22:13:20Z", 1700000000.0),
        ("2023-11-14T22:13:20.500Z", 1700000000.5),
    ],
)
def test_event_times_are_seconds_or_iso_8601(text: str, expected: float) -> None:
    """The three forms that AWS documents."""
    assert event_time(text) == expected


@pytest.mark.parametrize("text", ["", "yesterday", "2023-11-14", "1e400", "nan"])
def test_other_event_times_are_refused(text: str) -> None:
    """By ValidationError, before anything is stored."""
    with pytest.raises(ServiceError, match="is invalid"):
        event_time(text)
