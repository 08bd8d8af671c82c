"""The command line: the same AWS calls against the local cloud and against AWS."""
