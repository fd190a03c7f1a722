# Three commands do everything on a fresh machine with Python 3.11+, make and git:
#   make demo    analyse the synthetic demo study
#   make serve   open the workplace in the browser, with synthetic studies
#   make test    install what the tests need and run them all

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	"$$p" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null \
	&& echo "$$p" && break; done)
VENV ?= .venv
BIN := $(VENV)/bin
PLAIN := $(VENV)/.installed-plain
SERVER := $(VENV)/.installed-server
TEST := $(VENV)/.installed-test
DEV := $(VENV)/.installed-dev
# Makes a client from our OpenAPI for one test. It lives apart: it allows no Typer from 0.28 on.
GENERATOR := $(VENV)/generator
GENERATOR_VERSION := 0.29.1
SITE := $(VENV)/.installed-docs
# One more than cores: tests in the browser wait a good part of their time.
WORKERS ?= 3
# Types, style and axe for the pages, where there is an npm to fetch them.
NPM := $(if $(shell command -v npm),$(addsuffix /node_modules/.package-lock.json,tools/javascript tools/adapters))
EXAMPLES ?= 2000
# Every release is the one that constraints.txt names, so that an installation next year is today's;
# `make lock` renews the file, and `LOCK=` installs the newest releases. The two variables reach the
# environment in which pip builds the package, by their names before and since pip 25.3.
LOCK ?= constraints.txt
PIP := $(if $(LOCK),PIP_CONSTRAINT=$(LOCK) PIP_BUILD_CONSTRAINT=$(LOCK)) \
	$(BIN)/python -m pip --disable-pip-version-check install --quiet $(if $(LOCK),-c $(LOCK))
# Tests start many processes: each would compile every module anew where this is set, as containers
# often have it.
export PYTHONDONTWRITEBYTECODE :=
PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder -rs
# What `make fast` leaves out: what trains, draws figures with the training extra, or runs long.
SLOW := tests/training tests/evaluation tests/bench tests/fuzz tests/datasets \
	tests/cli/test_train.py tests/cli/test_evaluate.py tests/cli/test_data.py \
	tests/cli/test_inspect.py tests/phantom tests/test_ablation.py tests/test_quality_gate.py \
	tests/test_readme.py tests/test_shipped.py tests/server/browser

# Where a new release of a library is felt first: what reads, judges, analyses, writes and serves.
AHEAD := tests/reading tests/writing tests/model tests/findings tests/database tests/jobs \
	tests/server/api tests/test_pipeline.py tests/cli/test_analyze.py

.PHONY: help demo serve test fast ahead coverage fuzz lint javascript adapters lock bench strangers map docs pictures \
	screenshots offline offline-check install clean

help:
	@echo "make demo | serve | test | fast | ahead | coverage | fuzz | lint | javascript | adapters | lock | bench | strangers | map | docs | pictures | screenshots | offline | offline-check | install | clean"

demo: $(PLAIN)
	$(BIN)/glioscope demo -o out/demo

serve: $(SERVER)
	$(BIN)/glioscope serve --with-demo --data out/workplace

test: $(DEV) $(NPM)
	$(PYTEST)

fast: $(TEST)
	$(PYTEST) $(addprefix --ignore=,$(SLOW))

ahead: $(TEST)
	$(PYTEST) $(AHEAD)

coverage: $(DEV) $(NPM)
	$(PYTEST) --cov --cov-report=term:skip-covered

fuzz: $(DEV)
	GLIOSCOPE_FUZZ=$(EXAMPLES) $(BIN)/python -m pytest -q tests/fuzz

lint: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports

# The scripts of the pages; needs Node with npm, which pages and users do not.
javascript:
	npm --prefix tools/javascript ci
	npm --prefix tools/javascript run --silent check
	npm --prefix tools/javascript run --silent lint
	npm --prefix tools/javascript run --silent test

# What OHIF's readers find in our segmentations and reports; needs Node with npm.
adapters: $(DEV)
	npm --prefix tools/adapters ci --ignore-scripts
	$(BIN)/python -m pytest -q tests/writing/test_adapters.py

# One file for Python 3.11 to 3.13 on Linux, macOS and Windows. --no-config: it must hold no place of
# the machine that wrote it.
lock: $(DEV)
	$(BIN)/uv pip compile pyproject.toml --quiet --no-config --universal --python-version 3.11 \
		--all-extras --group build --upgrade --no-annotate --custom-compile-command "make lock" \
		-o constraints.txt

# One after the other on a quiet machine, an hour in all; a limit that is not kept is told and stops
# nothing.
bench: $(DEV)
	-$(BIN)/python bench/analyze.py -o bench/results/analyze.json
	-$(BIN)/python bench/study.py --scaling 34 100 300 1000 -o bench/results/study.json
	-$(BIN)/python bench/stages.py -o bench/results/stages.json
	-$(BIN)/python bench/archive.py --part tables -o bench/results/archive_tables.json
	-$(BIN)/python bench/archive.py --part times --studies 500 -o bench/results/archive_times.json
	-$(BIN)/python bench/capacity.py -o bench/results/capacity.json
	-$(BIN)/python bench/training_step.py -o bench/results/training_step.json

strangers: $(DEV)
	$(BIN)/python -m tools.strangers

map: $(DEV)
	$(BIN)/python -m tools.house_map

docs: $(SITE)
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet
	@echo "out/site/index.html"

pictures: $(DEV)
	$(BIN)/python -m tools.pictures

# Every page of the workplace, in both languages and themes; needs Chromium.
screenshots: $(DEV)
	$(BIN)/python -m tools.screenshots

# Bundles for computers without a network, in out/offline; PLATFORMS="linux-x86_64-3.11 windows-x86_64"
# collects these alone.
offline: $(DEV)
	$(BIN)/python -m tools.offline $(PLATFORMS)

offline-check: $(DEV)
	$(BIN)/python -m tools.offline_check

install: $(DEV)

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "error: Python 3.11, 3.12 or 3.13 is needed; put one on the PATH or call make PYTHON=/path/to/python3.12" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(PLAIN): pyproject.toml $(LOCK) | $(BIN)/python
	$(PIP) -e .
	@touch $@

$(SERVER): pyproject.toml $(LOCK) | $(BIN)/python
	$(PIP) -e ".[server]"
	@touch $(PLAIN) $@

tools/%/node_modules/.package-lock.json: tools/%/package-lock.json
	npm --prefix tools/$* ci --ignore-scripts || echo "not installed: tests that need it are skipped"

$(GENERATOR): | $(BIN)/python
	$(BIN)/python -m venv $@
	$@/bin/python -m pip --disable-pip-version-check install --quiet \
		openapi-python-client==$(GENERATOR_VERSION)

$(TEST): pyproject.toml $(LOCK) | $(BIN)/python $(GENERATOR)
	$(PIP) -e ".[test]"
	@touch $(PLAIN) $(SERVER) $@

$(DEV): pyproject.toml $(LOCK) | $(BIN)/python $(GENERATOR)
	$(PIP) -e ".[dev]"
	@touch $(PLAIN) $(SERVER) $(TEST) $@

$(SITE): pyproject.toml $(LOCK) | $(BIN)/python
	$(PIP) -e ".[docs]"
	@touch $(PLAIN) $@

clean:
	rm -rf .venv .venv-* out build dist .pytest_cache .ruff_cache .hypothesis .import_linter_cache \
		.coverage .coverage.* tools/javascript/node_modules tools/adapters/node_modules
	find src tests bench tools -name __pycache__ -type d -prune -exec rm -rf {} +
