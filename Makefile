# What can be done here; `make` alone prints it. Needs make and Python 3.11 or later, nothing else.

SHELL := /bin/sh
VENV := .venv
PYTHON := $(VENV)/bin/python
PIP := $(PYTHON) -m pip install --quiet --disable-pip-version-check --no-input
PACKAGES := api hotline routing search sla chinese
WORKERS ?= 2
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev servers run test lint format bench mutants clean

help: ## print this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: setup ## install once, then run the whole hotline at http://127.0.0.1:8000 (Ctrl-C stops it)
	@exec $(PYTHON) -m hotline up

setup: $(VENV)/.run ## make .venv with what the hotline needs

setup-dev: $(VENV)/.dev ## add what tests, lint and bench need

test: setup-dev lint servers ## lint, then every test on real servers (ARGS="-k clock" for some of them)
	@# With nothing kept compiled, each of the hundred programs that the tests start would compile the house anew.
	@PYTHONDONTWRITEBYTECODE= $(PYTHON) -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

servers: setup-dev ## have the servers and the browser that the tests need (installs them when root on Debian)
	@$(PYTHON) -m tests.servers

lint: setup-dev ## style, types, imports and known weaknesses
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports
	@$(VENV)/bin/bandit -q -ll -c pyproject.toml -r $(PACKAGES) wsgi.py

format: setup-dev ## lay the code out as lint wants it
	@$(VENV)/bin/ruff check --fix .
	@$(VENV)/bin/ruff format .

bench: setup-dev ## how fast it is, as JSON lines with the limits beside them
	@$(PYTHON) -m bench $(ARGS)

mutants: setup-dev ## change sla and the life cycle in thousands of ways; what no test notices is printed (an hour or more)
	@nice -n 15 $(PYTHON) -m mutmut run --max-children 1 $(ARGS)
	@$(PYTHON) -m mutmut results

clean: ## remove .venv and caches; the data in var/ stays
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache mutants
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@found=; \
	for python in python3.11 python3.12 python3.13 python3.14 python3 python; do \
	    if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	    echo 'Python 3.11 or later is needed: install it (on Debian 12 or later: apt-get install python3 python3-venv).' >&2; \
	    exit 1; \
	fi; \
	if ! $$found -c 'import ensurepip, venv' 2>/dev/null; then \
	    echo "$$found lacks its venv module: install it (on Debian: apt-get install python3-venv)." >&2; \
	    exit 1; \
	fi; \
	echo "Making $(VENV) with $$found …"; \
	$$found -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/.run: requirements.txt | $(VENV)/bin/python
	@echo 'Installing what the hotline needs …'
	@$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements.txt requirements-dev.txt | $(VENV)/.run
	@echo 'Installing what the tests need …'
	@$(PIP) -r requirements-dev.txt
	@touch $@
