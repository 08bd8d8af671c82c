"""The whole cloud's state on disk, if asked for, and back (docs/decisions/0009)."""
