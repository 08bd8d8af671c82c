"""From a dataset version to train, validation and holdout."""
