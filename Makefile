# Every verb sets up what it needs; nothing has to be installed by hand but git, make and Python 3.11+.
PYTHON ?= python3
USECASE ?= triage
BIN := .venv/bin
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export PYTHONDONTWRITEBYTECODE := 1
export UV_SYSTEM_CERTS ?= true
export JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION := 1

.PHONY: help setup demo test check synth lock clean
help:  ## what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 10

setup:  ## the environment, from locked requirements
	@$(PYTHON) bin/setup

demo: setup  ## a use case's whole life on this machine (USECASE=triage)
	@$(BIN)/python -m cli demo $(USECASE)

test: setup  ## all tests
	@$(BIN)/python -m pytest

check: setup  ## lint, types, layer rules
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest tests/unit/test_layers.py

synth: setup  ## the templates of dev and prod into cdk.out
	@CDK_OUTDIR=cdk.out $(BIN)/python app.py && ls cdk.out/*.template.json

lock: setup  ## renew the lock files from the .in files
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header requirements.in -o requirements.txt
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header -c requirements.txt requirements-dev.in -o requirements-dev.txt
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header localcloud/runtime.in -o localcloud/runtime.txt

clean:  ## everything that was built or installed
	rm -rf .venv .penstock node_modules cdk.out
