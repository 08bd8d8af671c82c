"""Truths that come late, joined to the answers that they are about."""
