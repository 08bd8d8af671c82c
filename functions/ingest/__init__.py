"""From a CSV file in raw/ to a new dataset version, with nothing lost on the way."""
