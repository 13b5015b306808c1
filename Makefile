# Everything one does with creditdesk. `make` alone prints the targets.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PORT ?= 8000
CATALOGUES := $(shell find src -name '*.po' 2>/dev/null)
WORKERS ?= $(shell nproc 2>/dev/null || echo 2)

ROUNDS ?= 20

.PHONY: help demo serve test test-postgres15 check fix crash faults bench lock docs messages screenshots clean

help: ## print this list
	@printf 'creditdesk: a credit department in software\n\n'
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/run.done: requirements/run.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "creditdesk needs Python 3.11 or newer; $(PYTHON) is older. Set PYTHON=python3.x." >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
	  { echo "Python's venv module is missing; on Debian: apt-get install python3-venv" >&2; exit 1; }
	@echo "· making $(VENV) and installing what creditdesk runs on"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/messages.done: $(VENV)/run.done $(CATALOGUES)
	@$(BIN)/creditdesk compile-messages
	@touch $@

$(VENV)/dev.done: requirements/dev.txt $(VENV)/messages.done
	@echo "· installing what tests and checks need"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

demo: $(VENV)/messages.done ## a working desk with a demo company on 127.0.0.1:8000 (DEMO_EXIT=1: only check it)
	@$(BIN)/creditdesk demo --port $(PORT) $(if $(DEMO_EXIT),--check-and-exit)

serve: $(VENV)/messages.done ## the desk of this installation, without demo data
	@$(BIN)/creditdesk init
	@$(BIN)/creditdesk serve --port $(PORT)

test: $(VENV)/dev.done ## every test, in parallel, on a throw-away PostgreSQL
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -q $(TESTS)

test-postgres15: $(VENV)/dev.done ## every room's tests on the system's PostgreSQL 15
	@$(BIN)/python -m tests.support.postgres15 -n $(WORKERS) --dist worksteal $(TESTS)

check: $(VENV)/dev.done ## format, lint, types, import contracts, migrations, templates
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint --quiet --lint src
	$(BIN)/python -m creditdesk check-migrations

fix: $(VENV)/dev.done ## format and mend what can be mended by itself
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

crash: $(VENV)/dev.done ## kill database, web and worker while clients write (ROUNDS=20 SEED=…)
	@$(BIN)/python -m tests.crash --rounds $(ROUNDS) $(if $(SEED),--seed $(SEED))

faults: $(VENV)/dev.done ## let every single query, file write and network call of a use case fail once
	@CREDITDESK_DEEP=1 $(BIN)/python -m pytest -q tests/faults tests/identity/test_provider_faults.py tests/ledger/test_machine.py

bench: $(VENV)/dev.done ## the speed table: ours beside plain SQL, in one run
	@$(BIN)/python -m benchmarks $(SIZES)

lock: $(VENV)/dev.done ## bring the locked versions up to date
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --upgrade \
	  --custom-compile-command 'make lock' requirements/run.in -o requirements/run.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --upgrade \
	  --custom-compile-command 'make lock' requirements/dev.in -o requirements/dev.txt

docs: $(VENV)/dev.done ## write the reference pages that come from the code
	$(BIN)/python -m creditdesk reference docs/reference

messages: $(VENV)/dev.done ## bring the German catalogues up to date with the texts in the code
	@$(BIN)/creditdesk gather-messages de
	@$(BIN)/creditdesk compile-messages

screenshots: $(VENV)/dev.done ## draw the pictures of the documentation (needs Chromium)
	$(BIN)/python -m tests.screenshots docs/images

clean: ## remove the environment and all local data, the demo included
	@if [ -x $(BIN)/creditdesk ]; then $(BIN)/creditdesk stop; fi
	rm -rf $(VENV) .data
