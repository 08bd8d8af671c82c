"""Names that a producer and a rule must agree on."""

SOURCE = "penstock"
DATASET_READY = "Dataset Ready"
LABELS_JOINED = "Labels Joined"

NAMESPACE = "Penstock"
METRIC_REJECTED = "rows_rejected"
METRIC_DRIFT = "drift_findings"
METRIC_VERDICT = "release_verdict"

# How executions end that are no accident.
GATES_FAILED = "GatesFailed"
ROLLED_BACK = "RolledBack"

TRIGGERS = ("dataset", "drift", "labels", "schedule", "manual")
UNASKED = ("drift", "labels", "schedule")  # trainings that nobody asked for
ALIAS = "live"
# An endpoint keeps its variant's name through every update.
VARIANT, SHADOW_VARIANT = "AllTraffic", "Shadow"
