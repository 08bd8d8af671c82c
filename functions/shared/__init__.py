"""What several functions need: the deployed use case, S3, the table."""
