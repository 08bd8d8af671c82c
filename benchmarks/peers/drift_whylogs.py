"""whylogs' profile of a window, which it compares with a stored one."""

import os
import sys
from typing import Any

os.environ["WHYLOGS_NO_ANALYTICS"] = "True"

import pandas as pd
import whylogs
from drift_peak import timed


def profile() -> dict[str, Any]:
    window = pd.read_parquet(sys.argv[3])
    made = whylogs.log(window).profile().view()
    return {"rows": len(window), "columns": len(made.get_columns())}


timed(profile)
