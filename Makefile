# Two commands do everything on a fresh machine with Python 3.11+, make and git:
#   make demo    analyse the synthetic demo study
#   make test    install what the tests need and run them all

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	"$$p" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null \
	&& echo "$$p" && break; done)
BIN := .venv/bin
PLAIN := .venv/.installed-plain
DEV := .venv/.installed-dev
WORKERS ?= 2
EXAMPLES ?= 2000
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet

.PHONY: help demo test fuzz lint bench docs install clean

help:
	@echo "make demo | test | fuzz | lint | bench | docs | install | clean"

demo: $(PLAIN)
	$(BIN)/glioscope demo -o out/demo

test: $(DEV)
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile

fuzz: $(DEV)
	GLIOSCOPE_FUZZ=$(EXAMPLES) $(BIN)/python -m pytest -q tests/fuzz

lint: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports

bench: $(DEV)
	$(BIN)/python bench/analyze.py -o bench/results/analyze.json

docs: $(DEV)
	$(BIN)/python -m pytest -q tests/test_docs.py tests/test_readme.py

install: $(DEV)

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "error: Python 3.11, 3.12 or 3.13 is needed; put one on the PATH or call make PYTHON=/path/to/python3.12" >&2; exit 1; }
	$(PYTHON) -m venv .venv

$(PLAIN): pyproject.toml | $(BIN)/python
	$(PIP) -e .
	@touch $@

$(DEV): pyproject.toml | $(BIN)/python
	$(PIP) -e ".[dev]"
	@touch $(PLAIN) $@

clean:
	rm -rf .venv out build dist .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find src tests bench -name __pycache__ -type d -prune -exec rm -rf {} +
