"""The table of operations says what is so, and what is lacking is refused, not mistaken."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.coverage.__main__ import generate
from localcloud.coverage.shims import shims

DOCUMENT = Path(__file__).parents[3] / "docs" / "local-cloud-apis.md"


def test_the_table_in_docs_is_what_a_running_cloud_answers() -> None:
    """`python -m localcloud.coverage docs/local-cloud-apis.md` writes it anew."""
    assert generate() == DOCUMENT.read_text()


def test_every_shim_says_what_it_mends_and_what_would_have_to_change() -> None:
    found = list(shims())
    assert len(found) > 10
    assert all(about and todo for _, about, todo in found)


@pytest.mark.parametrize(
    ("operation", "words"),
    [
        ("rename_object", {"Key": "kept", "RenameSource": "other"}),
        (
            "update_object_encryption",
            {
                "Key": "kept",
                "ObjectEncryption": {
                    "SSEKMS": {"KMSKeyArn": "arn:aws:kms:us-east-1:000000000000:key/k"}
                },
            },
        ),
        ("get_bucket_request_payment", {}),
        ("put_bucket_abac", {"AbacStatus": {"Status": "Enabled"}}),
        ("delete_bucket_metrics_configuration", {"Id": "all"}),
    ],
)
def test_an_operation_that_s3_lacks_here_is_refused_and_nothing_is_changed(
    client: Callable[[str], Any], operation: str, words: dict[str, Any]
) -> None:
    s3 = client("s3")
    bucket = f"lacking-{operation.replace('_', '-')}"
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="kept", Body=b"as it was")

    with pytest.raises(ClientError, match="NotImplemented"):
        getattr(s3, operation)(Bucket=bucket, **words)

    assert s3.get_object(Bucket=bucket, Key="kept")["Body"].read() == b"as it was"
