# Everything is installed into .venv from the pinned, hashed lists in requirements/; nothing outside is changed.

PYTHON ?= python3
BIN := .venv/bin
SHELL := /bin/bash

.PHONY: setup demo test check bench simulate ci lock docs clean

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

check: setup                  ## format, lint, types, generated pages
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python scripts/generate_reference.py --check

bench: setup                  ## the figures of the design, with the naive recipe beside them in the same run
	$(BIN)/python -m bench --json build/bench.json

simulate: setup               ## chart and tables of README and docs/explanation/simulator.md, from all built-in scenarios
	$(BIN)/python scripts/simulate_readme.py

ci: check test                ## what .ci/run calls

docs: setup                   ## regenerate the reference pages
	$(BIN)/python scripts/generate_reference.py

lock:                         ## renew requirements/*.txt from pyproject.toml (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
		--no-emit-index-url --no-emit-find-links pyproject.toml --output-file requirements/runtime.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
		--no-emit-index-url --no-emit-find-links pyproject.toml --group dev --output-file requirements/dev.txt

clean:                        ## remove what make has made
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
