"""SageMaker's automatic model tuning: many training jobs, and what each one taught the next."""
