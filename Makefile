# `make demo` and `make test` each do everything on a machine that has only make, and later runs are quick.
# Works with GNU make 3.81 (macOS) and newer.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help demo test lint bench fuzz soak audit locks clean sound
.NOTPARALLEL:

help:
	@echo "make demo    compose a piece into pieces/: MIDI, MP3, picture (installs what is missing)"
	@echo "make test    check everything: format, lint, types, import rules, tests (installs torch too)"
	@echo "make lint    the checks without the tests"
	@echo "make bench   print the speed figures that the README quotes"
	@echo "make fuzz    read N=200000 files, options and clicks that nobody would send; says what broke"
	@echo "make soak    run everything for MINUTES=20 with people and faults; says whether the books balance"
	@echo "make audit   look for known holes in the code (bandit) and in packages (pip-audit, where it is reached)"
	@echo "make locks   renew the versions and hashes that images are built with (deploy/locks)"
	@echo "make clean   remove .venv and what the tools left behind"
	@echo "Another Python: make demo PYTHON=python3.12"

demo: sound
	$(BIN)/etude compose --style romantic --key "C minor" --length 60 --out pieces

test: lint sound
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

lint: $(VENV)/.dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.dev sound
	$(BIN)/python -m benchmarks

N ?= 200000
fuzz: $(VENV)/.dev
	$(BIN)/python -m tests.fuzz --cases $(N)

MINUTES ?= 20
soak: $(VENV)/.dev sound
	$(BIN)/python -m tests.soak --minutes $(MINUTES)

# bandit is told what ruff's S rules are told, which is beside each line; pip-audit asks a service of the registry.
AUDITED := bot cards cli jobs listening model worker
audit: $(VENV)/.audit
	$(BIN)/bandit --quiet --recursive --configfile pyproject.toml $(AUDITED)
	$(BIN)/python deploy/audit_packages.py

LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
    --custom-compile-command 'make locks' --upgrade
locks: $(VENV)/.locks
	$(LOCK) deploy/locks/build.in --output-file deploy/locks/build.txt
	$(LOCK) pyproject.toml --extra bot --extra postgresql --extra report --output-file deploy/locks/bot.txt
	$(LOCK) pyproject.toml --extra worker --output-file deploy/locks/worker.txt
	$(LOCK) pyproject.toml --extra gpu --constraint deploy/locks/constraints.txt \
	    --output-file deploy/locks/worker-gpu.txt

clean:
	rm -rf $(VENV) build etude.egg-info worker/_integer_kernel.*.so .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.created:
	@scripts/install-system-packages venv $(PYTHON)
	@echo "Making $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.worker: $(VENV)/.created pyproject.toml worker/integer_kernel.c
	@scripts/install-system-packages compiler
	@echo "Installing what composes a piece (Python packages, about 110 MB) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[worker]'
	@touch $@

$(VENV)/.dev: $(VENV)/.worker pyproject.toml
	@echo "Installing what trains and tests (torch among it, which is large) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

$(VENV)/.audit: $(VENV)/.dev
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check 'bandit[toml]>=1.8' 'pip-audit>=2.9'
	@touch $@

$(VENV)/.locks: $(VENV)/.created
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.8'
	@touch $@

# After the packages: only they can tell whether FluidSynth can be loaded.
sound: $(VENV)/.worker
	@scripts/install-system-packages sound $(BIN)/python
