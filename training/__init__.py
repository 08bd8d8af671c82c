"""What runs inside the SageMaker training container: from Parquet to a model artifact."""
