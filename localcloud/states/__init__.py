"""Step Functions tasks that act as their state machine's role, checked against AWS's models."""
