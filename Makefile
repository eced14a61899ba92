# From a fresh clone: `make demo` serves a CRM, `make test` runs every check.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
TEMPLATE ?= printing
# One more than the usual two cores: a test waits for a server or a browser a third of its time.
WORKERS ?= 3

.PHONY: help demo test lint bench soak screenshots docs vendor clean

help:
	@echo "make demo         serve the $(TEMPLATE) CRM with sample data (TEMPLATE=…)"
	@echo "make test         linter, type checker, and all tests on SQLite, PostgreSQL and in Chromium"
	@echo "make lint         linter and type checker alone"
	@echo "make bench        the ratios that must hold, beside their floors"
	@echo "make soak         the long random tests (SECONDS=600 SEED=…)"
	@echo "make screenshots  docs/pictures again, from a served CRM"
	@echo "make docs         the generated pages of docs/ and the expected files of the tests again"
	@echo "make vendor       the browser libraries again, from the npm registry at fixed versions"
	@echo "make clean        remove what these make"

# The stamp is as new as the settings it was installed from.
.venv/installed: pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "crmspec needs Python 3.11 or newer: make PYTHON=…"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

demo: .venv/installed
	$(BIN)/crmspec demo $(TEMPLATE)

# tests/test_lint.py runs the linter and the type checker.
test: .venv/installed
	$(BIN)/python -m pytest -n $(WORKERS)

lint: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: .venv/installed
	$(BIN)/python -m benchmarks.run

soak: .venv/installed
	$(BIN)/python -m benchmarks.soak --seconds $(or $(SECONDS),600) --seed $(or $(SEED),1)
	$(BIN)/python -m benchmarks.faults --seconds $(or $(SECONDS),600) --seed $(or $(SEED),1)
	$(BIN)/python -m benchmarks.soak_online --seconds $(or $(SECONDS),600) --seed $(or $(SEED),1)

screenshots: .venv/installed
	$(BIN)/python docs/tools/screenshots.py

docs: .venv/installed
	$(BIN)/crmspec docs --out docs

vendor: .venv/installed
	$(BIN)/python -m crmspec.server.vendor

clean:
	rm -rf .venv build dist .cache .pytest_cache .mypy_cache .ruff_cache .hypothesis
