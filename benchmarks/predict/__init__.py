"""Ours beside its peers, answering one row and ten thousand, in one run (make bench-predict)."""
