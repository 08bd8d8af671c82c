"""Every S3 key in one place: grep a stage's word and its prefix is here."""

from datetime import datetime

RAW, CURATED, REJECTED, PREPARED = "raw", "curated", "rejected", "prepared"
PREDICTIONS, MONITORING = "predictions", "monitoring"
MODELS, EVALUATIONS, RELEASES = "models", "evaluations", "releases"


def raw_prefix(usecase: str) -> str:
    return f"{RAW}/{usecase}/"


def curated_prefix(usecase: str) -> str:
    return f"{CURATED}/{usecase}/"


def part_key(usecase: str, source_sha256: str) -> str:
    return f"{CURATED}/{usecase}/parts/{source_sha256[:16]}.parquet"


def manifest_key(usecase: str, version: str) -> str:
    return f"{CURATED}/{usecase}/datasets/{version}.json"


def latest_key(usecase: str) -> str:
    return f"{CURATED}/{usecase}/latest.json"


def rejected_prefix(usecase: str) -> str:
    return f"{REJECTED}/{usecase}/"


def rejected_key(usecase: str, source_sha256: str) -> str:
    return f"{REJECTED}/{usecase}/{source_sha256[:16]}.csv"


def ingest_report_key(usecase: str, source_sha256: str) -> str:
    return f"{REJECTED}/{usecase}/{source_sha256[:16]}.json"


def prepared_prefix(usecase: str, version: str) -> str:
    return f"{PREPARED}/{usecase}/{version}/"


def split_key(usecase: str, version: str, side: str) -> str:
    """Where a side of the split lies; train and validation are prefixes of one file each."""
    if side == "holdout":
        return f"{prepared_prefix(usecase, version)}holdout/holdout.npz"
    return f"{prepared_prefix(usecase, version)}{side}/part.parquet"


def split_report_key(usecase: str, version: str) -> str:
    return f"{prepared_prefix(usecase, version)}split.json"


def models_prefix(usecase: str) -> str:
    return f"{MODELS}/{usecase}/"


def evaluation_key(usecase: str, training_job: str, name: str) -> str:
    return f"{EVALUATIONS}/{usecase}/{training_job}/{name}"


def release_package_key(usecase: str, sha256: str) -> str:
    """Where a release stages the function's package; gone once Lambda has taken it."""
    return f"{RELEASES}/{usecase}/{sha256[:16]}.zip"


def predictions_prefix(usecase: str) -> str:
    return f"{PREDICTIONS}/{usecase}/"


def predictions_hour(usecase: str, hour: datetime) -> str:
    """The prefix of one hour of arrival (UTC), as Firehose writes it."""
    return f"{PREDICTIONS}/{usecase}/{hour:%Y/%m/%d/%H}/"


def monitoring_key(usecase: str, at: datetime, suffix: str) -> str:
    return f"{MONITORING}/{usecase}/{at:%Y-%m-%dT%H%M%S}.{suffix}"


def latest_monitoring_key(usecase: str, suffix: str) -> str:
    """The newest report again, under a name that can be linked to."""
    return f"{MONITORING}/{usecase}/latest.{suffix}"


def uri(bucket: str, key: str) -> str:
    return f"s3://{bucket}/{key}"


def split_uri(uri: str) -> tuple[str, str]:
    """s3://bucket/key -> (bucket, key)."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    if not uri.startswith("s3://") or not bucket or not key:
        raise ValueError(f"not an S3 URI with a key: {uri!r}")
    return bucket, key
