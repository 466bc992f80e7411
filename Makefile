# Two commands: `make run` does the main job, `make test` proves it. Everything is installed into .venv of this folder.
SHELL := /bin/bash
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
export DBT_PROFILES_DIR := $(CURDIR)
export DO_NOT_TRACK := 1
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export PYTHONHASHSEED := 0
# One thread per linear-algebra call: sums in one order, and no spinning on small matrices.
export OPENBLAS_NUM_THREADS := 1
export OMP_NUM_THREADS := 1

.DEFAULT_GOAL := help

help:  ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-18s %s\n", $$1, $$2}'

.venv/installed: requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed: $(PYTHON) was not found (set PYTHON=/path/to/python3.11)"; exit 2; }
	@echo "Setting up .venv (once; about two minutes)"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

setup: .venv/installed  ## Install the pinned environment and the keytech command into .venv

run: setup  ## From raw files to a release: land, build, estimate, publish (data/current)
	@$(BIN)/python -m dagster_defs.run

marts: setup  ## Only land and build: checked marts and panels, nothing estimated or published
	@$(BIN)/python -m dagster_defs.run marts

test: setup  ## All tests: unit, parity, definitions, integration
	@$(BIN)/python -m pytest -q -n 2 --dist loadgroup

test-faults: setup  ## kill -9, full disks, two runs at once, marked names: on a small project, half an hour
	@KEYTECH_KILL_EVERY=1 $(BIN)/python -m pytest -q tests/faults tests/unit/test_publish_faults.py

fuzz: setup  ## 50 000 fuzzed raw files
	@KEYTECH_FUZZ=50000 $(BIN)/python -m pytest -q tests/unit/landing/test_landing_fuzz.py

dev: setup  ## The Dagster UI on localhost
	@mkdir -p data/dagster
	@test -f data/dagster/dagster.yaml || cp dagster_defs/dagster.yaml data/dagster/
	@DAGSTER_HOME=$(CURDIR)/data/dagster $(BIN)/dagster dev --host 127.0.0.1 --module-name dagster_defs.definitions

why: setup  ## Rows behind a failing check, with raw file and row: make why CHECK=name
	@$(BIN)/keytech why $(CHECK)

montecarlo: setup  ## Coverage of the planted coefficients over 20 seeds; placebo p-values under a planted zero
	@$(BIN)/python -m tests.montecarlo

bench-text: setup  ## Text transforms: CPU seconds relative to a plain scan
	@$(BIN)/python benchmarks/bench_text.py --rows 10000000

bench-econometrics: setup  ## Estimators: CPU seconds and memory beside pyfixest and linearmodels
	@$(BIN)/python benchmarks/bench_econometrics.py > docs/methodology/benchmark.md

.venv-spark/installed: requirements-spark.lock
	@echo "Setting up .venv-spark (once; Spark, its dbt adapter and a Java runtime, about 500 MB)"
	@$(PYTHON) -m venv .venv-spark
	@.venv-spark/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-spark.lock
	@touch $@

spark: setup .venv-spark/installed  ## Landed files to panels with staging, intermediate models and core marts built on Spark
	@$(BIN)/python -m keytech.spark

test-spark: setup .venv-spark/installed  ## Build scale 1 on DuckDB and on Spark and compare every core mart row by row
	@$(BIN)/python -m tests.spark_parity

lint: setup  ## Style of the Python code
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

clean:  ## Remove what was built (not data/raw, not the releases)
	@rm -rf data/build data/landed data/simulated data/dagster/history data/dagster/storage data/dagster/schedules target logs

.PHONY: help setup run marts spark test-spark test test-faults fuzz dev why montecarlo bench-text bench-econometrics lint clean
