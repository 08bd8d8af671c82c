"""Takes one statement at a time from the templates' roles, and shows that the road then fails.

.venv/bin/python -m benchmarks.ablation [PATTERN ...] [--mode batch|stream] [--keep]

dev's platform and the triage use case are deployed by the real CDK CLI into a fresh local cloud,
and the road is played once in segments. The cloud's log of decisions says which statement let which
request of which segment through. Then each statement is removed alone, the cheapest segment that
needed it is played, and both must be seen: the road fails, and a denial that names the role and one
of the statement's actions. A statement that nobody misses is one too many.

PATTERN: only roles whose logical id holds one of them. --mode: the use case served in that mode,
and only the roles that it adds. Writes benchmarks/results/ablation.json.
"""
