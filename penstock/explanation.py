"""What callers and makers of explanations agree on: how many rows at once, and how exact."""

import math

SPACE = "log-odds"  # contributions add up there; a probability is no sum
TOLERANCE = 1e-5  # of a score that contributions give to the one that was answered
MOST_ROWS = 100  # of one request to predict: its caller waits
MOST_ROWS_OF_A_CALL = 500  # of one call of the explain function, whose answer ends at 6 MB


def probability(log_odds: float) -> float:
    """The logistic function, also where exp would overflow."""
    if log_odds >= 0:
        return 1 / (1 + math.exp(-log_odds))
    return math.exp(log_odds) / (1 + math.exp(log_odds))
