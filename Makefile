# Every target does its own set-up; `make help` lists them.
PYTHON ?= python3
WORKFLOW ?= .github/workflows/pipeline.yml
HANDLERS ?= examples.hello:app
JOBS ?= 3
# what `make up` passes on: make up ARGS="--once"
ARGS ?=
# what `make test` passes to pytest: make test TESTS="tests/db -x"
TESTS ?=
WHAT ?=

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
UV := uv==0.13.9
export DEBIAN_FRONTEND := noninteractive
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help up test torture check fmt bench bench-quick clean lock test-packages

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: $(READY) ## start everything and run this repository's own pipeline (ARGS="--once" ends with it)
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/stateroom up $(WORKFLOW) --handlers $(HANDLERS) $(ARGS)

test: $(READY) test-packages ## run the tests: most on PostgreSQL 18, some on 15 (CI=true: all on both)
ifeq ($(CI),true)
	$(BIN)/pytest -n $(JOBS) $(TESTS)
	$(BIN)/pytest -n $(JOBS) --pg 15 $(TESTS)
else
	$(BIN)/pytest -n $(JOBS) -m "not full" $(TESTS)
	$(BIN)/pytest -n $(JOBS) --pg 15 -m "both and not full" $(or $(TESTS),tests/db) || [ $$? = 5 ] # 5: none of them
endif

torture: $(READY) ## the long tests (minutes): random cron rules against another implementation (TESTS="-k cron")
	$(BIN)/pytest -n $(JOBS) tests/torture $(TESTS)

check: $(READY) ## format, lint (also SQL), types, imports and sizes, without changing anything
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/basedpyright
	$(BIN)/lint-imports
	$(BIN)/sqlfluff lint -p 2 --disable-progress-bar src/stateroom/db/roles.sql src/stateroom/db/sql src/stateroom/engine/sql
	$(BIN)/pytest -q tests/arch

fmt: $(READY) ## format the code and fix what the linter can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(READY) ## run a benchmark: make bench WHAT=graph
	@test -f "bench/$(WHAT).py" || { echo "say which: make bench WHAT=$$(grep -l __main__ bench/*.py | sed 's,bench/\(.*\).py,\1,' | paste -sd '|' -)"; exit 2; }
	$(BIN)/python bench/$(WHAT).py $(ARGS)

bench-quick: $(READY) ## compare the engine with pgqueuer and with its own SQL alone, in three minutes
	$(BIN)/python bench/quick.py $(ARGS)

clean: ## remove what was made here; databases in the home folder stay
	rm -rf $(VENV) dist build .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

lock: $(READY) ## write the lock files anew from pyproject.toml, keeping versions that still fit
	@test -x build/lock/bin/uv || { $(PYTHON) -m venv build/lock && build/lock/bin/pip install -q $(UV); }
	build/lock/bin/uv pip compile -q pyproject.toml $(ARGS) --universal --python-version 3.11 \
	    --generate-hashes --no-annotate --no-header -o requirements.lock
	build/lock/bin/uv pip compile -q pyproject.toml --group dev $(ARGS) --universal --python-version 3.11 \
	    --generate-hashes --no-annotate --no-header -o requirements-dev.lock

# The virtual environment, made again when a lock or the metadata changes.
$(READY): requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) --version 2>&1). Choose one: make PYTHON=python3.12 …"; \
	    exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	    package=$$($(PYTHON) -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'); \
	    if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	        apt-get install -y -q $$package || { apt-get update -q && apt-get install -y -q $$package; }; \
	    else \
	        echo "Python's venv module is missing. Install it: sudo apt-get install $$package"; exit 1; \
	    fi; }
	@echo "setting up $(VENV) from requirements-dev.lock"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -q --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m pip install -q --no-deps --no-build-isolation -e .
	@touch $@

# As root, install what only tests need; without it they skip and name the package (CI=true: they fail).
test-packages:
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    test -x /usr/lib/postgresql/15/bin/postgres || $(call install,postgresql-15); \
	    test -x /usr/sbin/pgbouncer || $(call install,pgbouncer); \
	    test -e /usr/lib/postgresql/15/lib/plpgsql_check.so || $(call install,postgresql-15-plpgsql-check); \
	    command -v chromium >/dev/null || $(call install,chromium); \
	fi

define install
{ echo "installing for the tests: $(1)"; \
    apt-get install -y -q --no-install-recommends $(1) >/dev/null 2>&1 \
    || { apt-get update -q >/dev/null && apt-get install -y -q --no-install-recommends $(1) >/dev/null; } \
    || echo "could not install $(1)"; }
endef
