"""The release: the only writer of what `live` points at."""
