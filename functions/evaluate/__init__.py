"""The candidate, measured in the serving runtime, against the gates and the champion."""
