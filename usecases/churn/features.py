"""Features of churn: what the bills say over time, and how much a customer takes."""

import numpy as np

from penstock.contract import Columns

SERVICES = (
    "online_security",
    "online_backup",
    "device_protection",
    "tech_support",
    "streaming_tv",
    "streaming_movies",
)


def features(columns: Columns) -> Columns:
    """Every column, the average month's bill, how today's differs from it, and services taken."""
    derived = dict(columns)
    months = columns["tenure"]
    # nan before the first bill: the trees know a missing number
    derived["charges_average"] = columns["total_charges"] / np.where(months > 0, months, np.nan)
    derived["charges_change"] = columns["monthly_charges"] - derived["charges_average"]
    taken = [(columns[name] == "Yes").astype(np.float64) for name in SERVICES]
    derived["services"] = np.sum(taken, axis=0)
    return derived
