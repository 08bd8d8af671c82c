"""Why a score is what it is: each feature's share of it, by the native model."""
