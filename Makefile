# Every verb sets up what it needs; nothing has to be installed by hand but git, make and Python 3.11+.
PYTHON ?= python3
USECASE ?= triage
BIN := .venv/bin
# What the training container has already, and the wheels must not bring.
IN_IMAGE := numpy scipy scikit-learn joblib threadpoolctl cloudpickle
export PATH := $(CURDIR)/.venv/bin:$(PATH)
# Compiled once for every process that follows, and apart, so that no folder that is packaged holds any.
export PYTHONPYCACHEPREFIX := $(CURDIR)/.penstock/bytecode
export UV_SYSTEM_CERTS ?= true
export JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION := 1

.PHONY: help setup demo test test-long check synth lock clean ablation bench-predict bench-batch bench-drift bench-alarms bench-cloud docs
help:  ## what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 16

setup:  ## the environment, from locked requirements
	@$(PYTHON) bin/setup

demo: setup  ## a use case's whole life on this machine (USECASE=triage MODE=endpoint)
	@$(BIN)/python -m cli demo $(USECASE) $(if $(MODE),--mode $(MODE))

test: setup  ## all tests but the longest; whole lives and serving modes last, in clouds of their own
	@$(BIN)/python -m pytest -n 3 --dist loadfile tests/unit tests/infra tests/integration
	@$(BIN)/python -m pytest -n 3 --dist loadfile tests/e2e

test-long: setup  ## every fault of a release, labels, the loop: a quarter of an hour
	@PENSTOCK_LONG=1 $(BIN)/python -m pytest -n 3 --dist loadfile tests/e2e/modes tests/e2e/test_demo.py

check: setup  ## lint, types, layer rules
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest tests/unit/test_layers.py

synth: setup  ## the templates of dev and prod into cdk.out
	@CDK_OUTDIR=cdk.out $(BIN)/python app.py && ls cdk.out/*.template.json

docs: setup  ## the table of what the local cloud does, asked of a running one
	@$(BIN)/python -m localcloud.coverage docs/local-cloud-apis.md

ablation: setup  ## take each permission away alone and see the road fail (half an hour)
	@$(BIN)/python -m benchmarks.ablation
	@for mode in batch stream; do $(BIN)/python -m benchmarks.ablation --mode $$mode || exit 1; done

bench-predict: setup  ## one row, many rows, cold start: ours beside its peers
	@$(BIN)/python -m benchmarks.predict

bench-batch: setup  ## many rows from a file: the batch mode beside the bare runtimes
	@$(BIN)/python -m benchmarks.batch

bench-drift: setup  ## a million rows against a baseline: ours beside its peers
	@$(BIN)/python -m benchmarks.drift

bench-alarms: setup  ## false alarms and found drifts on real data: ours beside its peers
	@$(BIN)/python -m benchmarks.alarms

bench-cloud: setup  ## the local cloud's start, deployment, invocation and road
	@$(BIN)/python -m benchmarks.local_cloud

LOCK := $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header
lock: setup  ## renew the lock files from the .in files
	@$(LOCK) requirements.in -o requirements.txt
	@$(LOCK) -c requirements.txt requirements-dev.in -o requirements-dev.txt
	@$(LOCK) localcloud/runtime.in -o localcloud/runtime.txt
	@$(LOCK) training/image.in -o training/image.txt
	@$(LOCK) -c training/image.txt $(IN_IMAGE:%=--no-emit-package %) \
		training/requirements.in -o training/requirements.txt
	@for layer in layers/*; do $(LOCK) --no-annotate $$layer/requirements.in -o $$layer/requirements.txt; done

clean:  ## everything that was built or installed
	rm -rf .venv .penstock node_modules cdk.out
