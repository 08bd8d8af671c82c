"""`python -m cli`: the penstock command."""

import sys

from cli.main import run

sys.exit(run())
