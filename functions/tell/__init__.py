"""How trainings and releases ended, in words to people."""
