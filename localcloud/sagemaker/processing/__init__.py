"""SageMaker's processing jobs: a program, its inputs from S3 and its outputs to S3."""
