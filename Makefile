# Everything is installed into .venv from the pinned, hashed lists in requirements/; nothing outside is changed.

PYTHON ?= python3
BIN := .venv/bin
SHELL := /bin/bash

# The CLI that goes with aws-cdk-lib 2; 3 does not read its output.
CDK_CLI := aws-cdk@2.1148.1

.PHONY: setup demo test test-cdk check bench bench-edge bench-peers soak simulate tuning ci lock docs clean

setup: .venv/ready            ## install the command at .venv/bin/origin-router

.venv/ready: requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "origin-router needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) -V 2>&1). Name one: make PYTHON=python3.13"; exit 2; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup                   ## three demo origins, two edges and the live page; Ctrl-C ends it
	@$(BIN)/origin-router dev

test: setup                   ## all tests; what the machine lacks (a browser, other Pythons) is skipped by name
	$(BIN)/python -m pytest

test-cdk: setup .venv-cdk/ready ## the CDK construct with the real aws-cdk-lib: half a gigabyte, and needs Node.js and npm
	$(BIN)/python -m pytest tests/integration/aws_operate/test_cdk.py

.venv-cdk/ready: requirements/cdk.txt
	@command -v npm >/dev/null || { echo "make test-cdk needs Node.js and npm"; exit 2; }
	$(PYTHON) -m venv .venv-cdk
	.venv-cdk/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/cdk.txt
	npm install --silent --no-audit --no-fund --prefix .venv-cdk $(CDK_CLI)
	@touch $@

check: setup                  ## format, lint, types, generated pages
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python scripts/generate_reference.py --check

bench: setup                  ## the figures of the design, with the naive recipe beside them in the same run
	$(BIN)/python -m bench --json build/bench.json

bench-edge: setup              ## the local edge's own figures, beside nginx (needs nginx and wrk)
	$(BIN)/python -m bench --only F7,F8 --json build/bench-edge.json --markdown build/bench-edge.md

soak: setup                   ## 100,000 requests with faults on every side, and nothing left over
	PYTHONPATH=. $(BIN)/python scripts/soak_edge.py

bench-peers: setup .venv-peers/ready  ## the router beside CloudFront's origin group, Envoy, HAProxy and nginx while origins break
	@mkdir -p build
	$(BIN)/python -m bench.peers --json build/peers.json --markdown build/peers.md --chart build/peers.svg

.venv-peers/ready: requirements/peers.txt
	@$(PYTHON) -m venv .venv-peers
	@.venv-peers/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/peers.txt \
		&& touch $@ || echo "Envoy cannot be installed here and is left out; the rest goes on." >&2

simulate: setup               ## chart and tables of README and docs/explanation/simulator.md, from all built-in scenarios
	$(BIN)/python scripts/simulate_readme.py

tuning: setup                 ## the tables of docs/explanation/tuning.md: about 20 minutes
	$(BIN)/python scripts/simulate_tuning.py

ci: check test                ## what .ci/run calls

docs: setup                   ## regenerate the reference pages
	$(BIN)/python scripts/generate_reference.py

lock:                         ## renew requirements/*.txt from pyproject.toml (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
		--no-emit-index-url --no-emit-find-links pyproject.toml --output-file requirements/runtime.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
		--no-emit-index-url --no-emit-find-links pyproject.toml --group dev --output-file requirements/dev.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
		--no-emit-index-url --no-emit-find-links pyproject.toml --extra cdk --constraints requirements/runtime.txt \
		--output-file requirements/cdk.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
		--no-emit-index-url --no-emit-find-links --group peers --output-file requirements/peers.txt

clean:                        ## remove what make has made
	rm -rf .venv .venv-cdk .venv-peers build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
