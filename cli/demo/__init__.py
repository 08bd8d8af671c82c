"""One use case's whole life in about a minute, told as it happens and kept as a page."""
