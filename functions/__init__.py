"""What runs in Lambda: one folder a stage, a thin handler and its logic in each."""
