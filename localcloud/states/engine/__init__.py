"""Runs a state machine's states as the Amazon States Language says (MiniStack's own is partial).

Upstream: `ministack.services.stepfunctions` from `_run_execution` to `_run_sub_machine`; its
records, JSONata, versions, aliases and tags are used as they are.
"""
