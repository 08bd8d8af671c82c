"""Features of triage: how much the worst nuclei differ from the mean ones, and their outline."""

import numpy as np

from penstock.contract import Columns

COMPARED = ("radius", "texture", "area", "concavity")


def features(columns: Columns) -> Columns:
    """Every measurement, and what a pathologist would set against each other."""
    derived = dict(columns)
    for name in COMPARED:
        mean, worst = columns[f"{name}_mean"], columns[f"{name}_worst"]
        # nan where there is nothing to divide by: the trees know a missing number
        derived[f"{name}_ratio"] = worst / np.where(mean > 0, mean, np.nan)
    area = columns["area_worst"]
    circle = 4 * np.pi * np.where(area > 0, area, np.nan)
    derived["outline_worst"] = columns["perimeter_worst"] ** 2 / circle  # a circle's is 1
    return derived
