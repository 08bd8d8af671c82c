"""Every S3 key in one place: grep a stage's word and its prefix is here."""

from datetime import datetime

RAW, CURATED, REJECTED, PREPARED = "raw", "curated", "rejected", "prepared"
PREDICTIONS, MONITORING, QUERIES = "predictions", "monitoring", "queries"
STREAM, BATCH = "stream", "batch"
LABELS, PENDING, LABELLED, RECENT = "labels", "pending", "labelled", "recent"
MODELS, EVALUATIONS, RELEASES = "models", "evaluations", "releases"
ENDPOINTS = "endpoints"


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


def recent_key(usecase: str, training: str) -> str:
    """The newest labelled answers, as they were when a training began (its job's name)."""
    return f"{PREPARED}/{usecase}/{RECENT}/{training}.npz"


def models_prefix(usecase: str) -> str:
    return f"{MODELS}/{usecase}/"


def evaluation_key(usecase: str, training_job: str, name: str) -> str:
    return f"{EVALUATIONS}/{usecase}/{training_job}/{name}"


def release_package_key(usecase: str, sha256: str) -> str:
    """Where a release stages the function's package; gone once Lambda has taken it."""
    return f"{RELEASES}/{usecase}/{sha256[:16]}.zip"


def endpoints_prefix(usecase: str) -> str:
    """What SageMaker serves: it fetches an archive again whenever it adds an instance."""
    return f"{ENDPOINTS}/{usecase}/"


def endpoint_model_key(usecase: str, model: str) -> str:
    """What a SageMaker model of a release is made of; kept as long as the model."""
    return f"{endpoints_prefix(usecase)}{model}.tar.gz"


def predictions_prefix(usecase: str) -> str:
    return f"{PREDICTIONS}/{usecase}/"


def predictions_hour(usecase: str, hour: datetime) -> str:
    """The prefix of one hour of arrival (UTC), as Firehose writes it."""
    return f"{PREDICTIONS}/{usecase}/{hour:%Y/%m/%d/%H}/"


def poison_prefix(usecase: str) -> str:
    """Records of a stream that are no request and never will be."""
    return f"{STREAM}/{usecase}/poison/"


def poison_key(usecase: str, day: datetime, shard: str, first: str, last: str) -> str:
    """By the records themselves (sequence numbers), so that a second attempt writes no second."""
    return f"{poison_prefix(usecase)}{day:%Y/%m/%d}/{shard}/{first}-{last}.jsonl"


def batch_prefix(usecase: str, kind: str) -> str:
    """in: what is put here is scored by itself; sent: what came along with a job that somebody
    started; jobs: what jobs keep for themselves; out: answers; failed: what could not be scored.
    """
    return f"{BATCH}/{usecase}/{kind}/"


def batch_job_key(usecase: str, job: str, name: str) -> str:
    """What a job keeps for itself: its plan, what each part came to."""
    return f"{batch_prefix(usecase, 'jobs')}{job}/{name}"


def batch_out_prefix(usecase: str, job: str) -> str:
    """The answers: parts whose names sort as the rows of the input do, and a report."""
    return f"{batch_prefix(usecase, 'out')}{job}/"


def batch_out_key(usecase: str, job: str, part: int, suffix: str) -> str:
    return f"{batch_out_prefix(usecase, job)}part-{part:06}.{suffix}"


def batch_failed_key(usecase: str, job: str, name: str) -> str:
    """Rows and files that could not be scored, each with its reasons."""
    return f"{batch_prefix(usecase, 'failed')}{job}/{name}"


def batch_records_key(usecase: str, hour: datetime, job: str, part: int) -> str:
    """A part's prediction records: written again within the hour, they are written over."""
    return f"{predictions_hour(usecase, hour)}batch-{job}-{part:06}.parquet"


def labels_prefix(usecase: str) -> str:
    """Where truths are put, in files of any name."""
    return f"{LABELS}/{usecase}/"


def rejected_labels_prefix(usecase: str) -> str:
    return f"{rejected_prefix(usecase)}{LABELS}/"


def labels_report_key(usecase: str, source_sha256: str) -> str:
    return f"{rejected_labels_prefix(usecase)}{source_sha256[:16]}.json"


def rejected_labels_key(usecase: str, source: str) -> str:
    """`source`: the first 16 digits of the file's hash."""
    return f"{rejected_labels_prefix(usecase)}{source}.csv"


def unjoined_labels_key(usecase: str, source: str) -> str:
    """Labels that kept the rules, and of whose answer nothing was ever heard."""
    return f"{rejected_labels_prefix(usecase)}{source}-unjoined.csv"


def pending_prefix(usecase: str) -> str:
    """Labels that wait for the record of their answer, an object a file."""
    return f"{PENDING}/{usecase}/"


def pending_key(usecase: str, source: str) -> str:
    return f"{pending_prefix(usecase)}{source}.parquet"


def labelled_prefix(usecase: str) -> str:
    return f"{LABELLED}/{usecase}/"


def labelled_key(usecase: str, day: str) -> str:
    """The answers of one day (yyyy-mm-dd, UTC) whose truth is known."""
    return f"{labelled_prefix(usecase)}{day}.parquet"


def queries_prefix(usecase: str) -> str:
    """What Athena answered; gone after a day."""
    return f"{QUERIES}/{usecase}/"


def monitoring_key(usecase: str, at: datetime, suffix: str) -> str:
    return f"{MONITORING}/{usecase}/{at:%Y-%m-%dT%H%M%S}.{suffix}"


def latest_monitoring_key(usecase: str, suffix: str) -> str:
    """The newest report again, under a name that can be linked to."""
    return f"{MONITORING}/{usecase}/latest.{suffix}"


def loop_key(usecase: str) -> str:
    """What people were told of last: that the loop of retraining is paused, or capped."""
    return f"{MONITORING}/{usecase}/loop.json"


def uri(bucket: str, key: str) -> str:
    return f"s3://{bucket}/{key}"


def split_uri(uri: str) -> tuple[str, str]:
    """s3://bucket/key -> (bucket, key)."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    if not uri.startswith("s3://") or not bucket or not key:
        raise ValueError(f"not an S3 URI with a key: {uri!r}")
    return bucket, key
