"""Files in the lake are scored: cut into parts, each answered by one version, every row once."""
