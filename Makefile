# `make demo` and `make test` each do everything on a machine that has only make, and later runs are quick.
# Works with GNU make 3.81 (macOS) and newer.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help demo test lint bench clean sound
.NOTPARALLEL:

help:
	@echo "make demo    compose a piece into pieces/: MIDI, MP3, picture (installs what is missing)"
	@echo "make test    check everything: format, lint, types, import rules, tests (installs torch too)"
	@echo "make lint    the checks without the tests"
	@echo "make bench   print the speed figures that the README quotes"
	@echo "make clean   remove .venv and what the tools left behind"
	@echo "Another Python: make demo PYTHON=python3.12"

demo: sound
	$(BIN)/etude compose --style romantic --key "C minor" --length 60 --out pieces

test: lint sound
	$(BIN)/python -m pytest -n 3 --dist loadfile

lint: $(VENV)/.dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.dev sound
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) build etude.egg-info .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.created:
	@scripts/install-system-packages venv $(PYTHON)
	@echo "Making $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.worker: $(VENV)/.created pyproject.toml
	@echo "Installing what composes a piece (Python packages, about 110 MB) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[worker]'
	@touch $@

$(VENV)/.dev: $(VENV)/.worker pyproject.toml
	@echo "Installing what trains and tests (torch among it, which is large) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

# After the packages: only they can tell whether FluidSynth can be loaded.
sound: $(VENV)/.worker
	@scripts/install-system-packages sound $(BIN)/python
