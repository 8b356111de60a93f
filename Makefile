# Everything runs from .venv, which is made on first use from the pinned versions in requirements.lock.
SHELL := /bin/sh
.DEFAULT_GOAL := help
PYTHON ?= python3
PORT ?= 3000
BIN := .venv/bin
STAMP := .venv/.installed
# What Python has compiled, it keeps: each process of a test would compile all modules again.
unexport PYTHONDONTWRITEBYTECODE
export DAGSTER_HOME := $(CURDIR)/data
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help
help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-18s %s\n", $$1, $$2 }'

.PHONY: install
install: $(STAMP) ## Create .venv with dg, dagster and polyai in .venv/bin

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ". Say which to use: make PYTHON=python3.12") if sys.version_info < (3, 11) else None'
	@echo "Installing into .venv (half a minute) ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python .ci/install.py requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.PHONY: demo
demo: install ## Run the main job on a simulated PolyAI and show the result (two minutes)
	@$(BIN)/polyai demo

.PHONY: dev
dev: install ## Open the Dagster UI on the demo project, with the simulator running; PORT=3001 moves it
	@$(BIN)/polyai demo --ui --port $(PORT)

.PHONY: check types lint
check: lint types ## Lint, types, import direction, definitions

types: install
	$(BIN)/mypy $(MYPY)

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	POLYAI_DEMO_KEY=simulator $(BIN)/dg check defs

# pytest rewrites the asserts of every test file, which takes half a minute: once, beside the checks, not in each worker.
.venv/.asserts: $(STAMP)
	@$(BIN)/pytest -n 0 --collect-only -qq > /dev/null 2>&1 || true
	@touch $@

.PHONY: tests
tests: .venv/.asserts
	$(BIN)/pytest -m "not long"

.PHONY: test
test: install ## All checks, and the tests of all that is promised
	@$(MAKE) --no-print-directory --jobs 3 lint types tests MYPY=$(if $(wildcard .mypy_cache),,--cache-dir=/dev/null)

.PHONY: test-long
test-long: install ## Tests of what few need, and more of the same: the second engine, further data, more kills
	$(BIN)/pytest -m "long or hypothesis" --hypothesis-profile "many examples"

.PHONY: test-fast
test-fast: install ## Tests that start no process, no server and no run of Dagster (little more than a minute)
	$(BIN)/pytest -n 2 -m "not slow and not long" --hypothesis-profile "few examples"

.PHONY: docs
docs: install ## Write data dictionary, tables of options and KPIs, and the dbt package from what is declared
	$(BIN)/python -m polyai_assets.contract.dictionary docs/data-dictionary.md
	$(BIN)/python -m polyai_assets.configuration.page docs/configuration.md
	$(BIN)/python -m polyai_assets.contract.kpi_page docs/kpis.md
	$(BIN)/python -m polyai_assets.dbt_package.write dbt

.PHONY: lock
lock: install ## Renew requirements.lock from pyproject.toml
	$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-strip-extras \
		--no-emit-index-url --no-header --upgrade --quiet --output-file requirements.lock

# What takes part in the benchmark is in an environment of its own, on top of what is in .venv.
.venv-bench/.installed: $(STAMP)
	@echo "Installing what takes part in the benchmark into .venv-bench ..."
	@$(BIN)/python -m venv .venv-bench
	@$(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))' \
		> "$$(.venv-bench/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/ours.pth"
	@.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check "polyai-assets[bench]"
	@touch $@

.PHONY: bench
bench: .venv-bench/.installed ## Print time and memory beside others; BENCH="--size 5000 --json FILE", or "--help"
	$(BIN)/python -m polyai_assets_tests.bench --dlt-python .venv-bench/bin/python $(BENCH)
