"""Custom resources: the create-only alias, and the teardown of what releases and jobs made."""
