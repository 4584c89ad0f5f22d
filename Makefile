# Two commands matter: `make verify` and `make test`. Both make the environment in .venv first, from constraints.txt.
# A Python of your choice: make verify PYTHON=/path/to/python3.12

PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
READY := .venv/ready
OUT ?= out

.PHONY: help env verify test test-all lint bench pictures clean

help:
	@echo "make verify    install, run the ladder of verification, write $(OUT)/report.html"
	@echo "make test      install, run the tests"
	@echo "make test-all  the long tests too"
	@echo "make lint      ruff and mypy"
	@echo "make bench     speed, as ratios side by side in one run; the lesson in a browser"
	@echo "make pictures  the README's pictures, computed anew"
	@echo "make clean     remove what these made"

env: $(READY)

$(READY): pyproject.toml constraints.txt
	@if [ -z "$(PYTHON)" ]; then echo "noncommit needs Python 3.11 or newer. On Debian: apt-get install python3 python3-venv" >&2; exit 2; fi
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) has no venv module. On Debian: apt-get install python3-venv" >&2; exit 2; }
	@echo "Making .venv with $$($(PYTHON) --version) (once, a minute or two) ..."
	@rm -rf .venv
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt setuptools
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt --no-build-isolation -e '.[test,lint]'
	@touch $@

verify: $(READY)
	@$(BIN)/noncommit verify --out $(OUT)

test: $(READY)
	@$(BIN)/python -m pytest -q -n 2 --dist worksteal -m 'not slow'

test-all: $(READY)
	@$(BIN)/python -m pytest -q -n 2 --dist worksteal

lint: $(READY)
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

bench: $(READY)
	@$(BIN)/python -m sim.bench
	@$(BIN)/python tests/lesson_bench.py
	@$(BIN)/python -m sim.sweep.bench

pictures: $(READY)
	@$(BIN)/python -m plots.pictures

clean:
	rm -rf .venv out build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .numba_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
