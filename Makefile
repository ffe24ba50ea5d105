# The two commands that matter: `make run` and `make test`. Everything else is for those who change the tracker.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet
ARGS   ?=

.DEFAULT_GOAL := help
.PHONY: help run demo test check bench lock sbom browser clean

help:  ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

run: $(VENV)/.run  ## the tracker on this machine: public pages on port 8501, analysts' desk on 8502
	@$(BIN)/tracker up $(ARGS)

demo: $(VENV)/.run  ## the same over a sample web of our own, in a throw-away folder, nothing fetched from outside
	@$(BIN)/tracker demo $(ARGS)

test: $(VENV)/.dev browser  ## all tests, browser journeys included
	@$(BIN)/python -m pytest --numprocesses auto --dist loadfile $(ARGS)

check: $(VENV)/.dev  ## lint, format, types, import contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

bench: $(VENV)/.dev  ## benchmarks: ratios against a baseline in the same run
	@$(BIN)/python -m benchmarks $(ARGS)

lock:  ## pin the dependencies again (needs uv)
	@deploy/lock.sh

sbom:  ## write what is inside (CycloneDX) to sbom.cdx.json, from the lock
	@PYTHON=$(PYTHON) deploy/sbom.sh

# A browser for the journeys: Debian's, or any Chromium that is there already.
browser:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
	 { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && echo "installing Chromium for the browser journeys" && \
	   apt-get update -qq && apt-get install -y -qq chromium >/dev/null; } || \
	 echo "No Chromium here: the browser journeys will be SKIPPED. Install the package 'chromium' to run them." >&2

# Hash-checked: first what builds packages, then everything from the lock, then this project without its dependencies.
# The lock is whole, so pip resolves nothing: it would look past a pin for a package that another one asks with extras.
$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed; set PYTHON=")'
	@echo "making $(VENV) (once; one to three minutes)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.build: requirements-build.lock | $(VENV)/bin/python
	@$(PIP) install --require-hashes -r requirements-build.lock
	@touch $@

$(VENV)/.run: requirements.lock pyproject.toml $(VENV)/.build
	@$(PIP) install --no-build-isolation --no-deps --require-hashes -r requirements.lock
	@$(PIP) install --no-build-isolation --no-index --no-deps --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	@$(PIP) install --no-build-isolation --no-deps --require-hashes -r requirements-dev.lock
	@touch $@

clean:  ## remove the environment and what tools leave behind (never data/)
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache htmlcov build *.egg-info
