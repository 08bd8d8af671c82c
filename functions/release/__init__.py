"""The release: the only writer of what `live` points at.

What lies here is of the predict function or of every mode; what is of an endpoint, in endpoint/.
"""
