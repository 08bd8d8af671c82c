"""The release of a SageMaker endpoint: a step by the name and the outcome of a function's."""
