"""SageMaker: a registry on moto's records, and training jobs that really run."""
