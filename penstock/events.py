"""Names that a producer and a rule must agree on."""

SOURCE = "penstock"
DATASET_READY = "Dataset Ready"

NAMESPACE = "Penstock"
METRIC_REJECTED = "rows_rejected"
METRIC_DRIFT = "drift_findings"
METRIC_VERDICT = "release_verdict"

TRIGGERS = ("dataset", "drift", "schedule", "manual")
ALIAS = "live"
