"""The hot path: a request in, scores and a prediction record out."""
