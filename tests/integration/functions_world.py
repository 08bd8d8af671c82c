"""A small use case, its artifact and its AWS, for the tests of the functions."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import numpy as np
import pytest

from penstock import artifact, baseline, golden
from penstock.encoding import Encoding
from penstock.scorer import Scorer
from penstock.spec import UseCase

REGION, ENVIRONMENT = "us-east-1", "dev"
LAKE, ARTIFACTS, TABLE = "the-lake", "the-artifacts", "the-table"
NAME = "loans"
CONTEXT = SimpleNamespace(
    function_name="f", memory_limit_in_mb=512, invoked_function_arn="arn:f", aws_request_id="1"
)
FEATURES = """
def features(columns):
    return {name: columns[name] for name in ("amount", "active")}
"""
RAW: dict[str, Any] = {
    "name": NAME,
    "owner": "a@example.com",
    "description": "who pays back",
    "problem": "binary",
    "target": {"column": "outcome", "positive": "paid", "negative": "lost"},
    "row_id": "loan_id",
    "columns": [
        {"name": "amount", "type": "float", "min": -100, "max": 100},
        {"name": "age", "type": "int", "min": 0, "max": 120, "nullable": True},
        {"name": "plan", "type": "category", "values": ["a", "b"], "nullable": True},
        {"name": "active", "type": "boolean"},
    ],
    "algorithm": {"name": "xgboost"},
    "gates": [
        {"metric": "roc_auc", "min": 0.6, "champion_tolerance": 0.02},
        {"metric": "parity_max_abs", "max": 1e-5},
        {"metric": "golden_failures", "max": 0},
    ],
    "monitoring": {"min_rows": 50, "window_hours": 24},
    "retraining": {"on": ["dataset", "drift"], "cool_down_hours": 6},
    "budget": {"monthly_usd": 5},
}
HEADER = ["loan_id", "amount", "age", "plan", "active", "outcome"]


def usecase(**changes: Any) -> UseCase:
    return UseCase.model_validate(RAW | changes)


def write_usecase(folder: Path, **changes: Any) -> Path:
    """The `usecase/` folder of a function's package."""
    spec = usecase(**changes)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "usecase.json").write_text(spec.to_json())
    (folder / "contract.json").write_text(json.dumps(spec.contract().to_dict()))
    (folder / "features.py").write_text(FEATURES)
    return folder


def rows(n: int, start: int = 0, shift: float = 0.0) -> list[dict[str, Any]]:
    """Rows whose target follows `amount`, with some noise."""
    rng = np.random.default_rng(start + 1)
    amounts = rng.normal(shift, 1, n)
    paid = amounts + rng.normal(0, 0.5, n) > shift
    return [
        {
            "loan_id": f"L{start + i}",
            "amount": round(float(amounts[i]), 4),
            "age": "" if i % 9 == 0 else int(rng.integers(18, 90)),
            "plan": "" if i % 11 == 0 else str(rng.choice(["a", "b"])),
            "active": "true" if i % 3 else "false",
            "outcome": "paid" if paid[i] else "lost",
        }
        for i in range(n)
    ]


def to_csv(table: list[dict[str, Any]], header: list[str] = HEADER) -> bytes:
    lines = [",".join(header), *(",".join(str(row[h]) for h in header) for row in table)]
    return ("\n".join(lines) + "\n").encode()


def columns(table: list[dict[str, Any]]) -> Any:
    """Rows as `Contract.parse` gives them."""
    contract = usecase().contract()
    instances = [
        {
            c.name: row[c.name] == "true"
            if c.type == "boolean"
            else None
            if row[c.name] == ""
            else row[c.name]
            for c in contract.columns
        }
        for row in table
    ]
    return contract.parse(instances)


def make_artifact(folder: Path, *, weight: float = 2.0, features: str = FEATURES) -> Path:
    """A model.tar.gz whose model is sigmoid(weight * amount + 0.1 * active)."""
    folder.mkdir(parents=True)
    contract = usecase().contract()
    (folder / "contract.json").write_text(json.dumps(contract.to_dict()))
    (folder / "features.py").write_text(features)
    encoding = Encoding(numeric=("active", "amount"), categorical=(), categories={})
    (folder / "encoding.json").write_text(json.dumps(encoding.to_dict()))
    (folder / "model.onnx").write_bytes(logistic_onnx([0.1, weight]))
    for name in ("card.md", "lineage.json", "metrics.json", "model.ubj"):
        (folder / name).write_text("{}")
    scorer, seen = Scorer(folder), columns(rows(400))
    table = baseline.build(seen, scorer.score(seen), contract)
    (folder / "baseline.json").write_text(json.dumps(table))
    golden.write(golden.build(scorer, table, seed=1), folder / "golden.jsonl")
    packed = folder.parent / f"{folder.name}.tar.gz"
    artifact.pack(folder, packed)
    return packed


def logistic_onnx(weights: list[float]) -> bytes:
    """An ONNX graph numeric[n, k] -> score[n], written by hand: onnx itself is training's."""
    w = np.array(weights, np.float32).reshape(-1, 1)
    nodes = [
        (["numeric", "w"], ["z"], "MatMul"),
        (["z"], ["p"], "Sigmoid"),
        (["p", "flat"], ["score"], "Reshape"),
    ]
    graph = b"".join(
        _field(1, b"".join([*(_field(1, i) for i in ins), _field(2, outs[0]), _field(4, op)]))
        for ins, outs, op in nodes
    )
    graph += _field(2, "g")
    graph += _field(5, _tensor("w", 1, w.shape, w.tobytes()))
    graph += _field(5, _tensor("flat", 7, (1,), np.array([-1], np.int64).tobytes()))
    graph += _field(11, _value("numeric", [None, len(weights)]))
    graph += _field(12, _value("score", [None]))
    return _field(1, 8) + _field(8, _field(1, "") + _field(2, 17)) + _field(7, graph)


def _varint(n: int) -> bytes:
    out = b""
    while n > 127:
        out, n = out + bytes([n & 127 | 128]), n >> 7
    return out + bytes([n])


def _field(number: int, value: int | str | bytes) -> bytes:
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    data = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _tensor(name: str, type_: int, shape: tuple[int, ...], raw: bytes) -> bytes:
    return (
        b"".join(_field(1, d) for d in shape) + _field(2, type_) + _field(8, name) + _field(9, raw)
    )


def _value(name: str, shape: list[int | None]) -> bytes:
    dims = b"".join(_field(1, _field(2, "n") if d is None else _field(1, d)) for d in shape)
    return _field(1, name) + _field(2, _field(1, _field(1, 1) + _field(2, dims)))


def build_aws(monkeypatch: pytest.MonkeyPatch, folder: Path, **settings: str) -> None:
    """Buckets, table and environment variables of a function; inside `mock_aws` only."""
    from functions.monitor import store as monitor_store
    from functions.shared import bus, s3, table, telling
    from functions.shared import usecase as deployed

    for cached in (s3.client, table.client, bus.client, telling.client, monitor_store._client):
        cached.cache_clear()
    monkeypatch.setattr(deployed, "FOLDER", folder)
    everything = {
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "ENVIRONMENT": ENVIRONMENT,
        "LAKE_BUCKET": LAKE,
        "ARTIFACTS_BUCKET": ARTIFACTS,
        "TABLE_NAME": TABLE,
    }
    for name, value in (everything | settings).items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    for bucket in (LAKE, ARTIFACTS):
        boto3.client("s3").create_bucket(Bucket=bucket)
        boto3.client("s3").put_bucket_versioning(
            Bucket=bucket, VersioningConfiguration={"Status": "Enabled"}
        )
    keys = [{"AttributeName": k, "KeyType": t} for k, t in (("pk", "HASH"), ("sk", "RANGE"))]
    boto3.client("dynamodb").create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=keys,
        AttributeDefinitions=[{"AttributeName": k, "AttributeType": "S"} for k in ("pk", "sk")],
    )


def keys(bucket: str, prefix: str) -> list[str]:
    found = boto3.client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix)
    return [item["Key"] for item in found.get("Contents", [])]


def read(bucket: str, key: str) -> bytes:
    return boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()  # type: ignore[no-any-return]


def read_json(bucket: str, key: str) -> Any:
    return json.loads(read(bucket, key))


def put_row(pk: str, sk: str, **fields: str) -> None:
    item = {"pk": pk, "sk": sk, **fields}
    boto3.client("dynamodb").put_item(
        TableName=TABLE, Item={name: {"S": value} for name, value in item.items()}
    )
