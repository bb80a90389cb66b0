# Everything one needs, each target sets itself up: it makes .venv and installs into it what it uses.
#
#   make demo     run a small notebook with every kernel whose language is here
#   make test     the tests
#   make check    all that a change must pass: format, lint, types, layers, docs, a wheel, coverage, the tests
#   make soak     the long tests (half an hour)
#   make bench    our kernels and ipykernel, side by side
#   make clean    remove what the other targets made
#
# PYTHON=python3.12 chooses the interpreter, VENV=DIR another place for the virtual environment.

PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
PACKAGES = sdk python_kernel bash_kernel octave_kernel kernelspecs examples

# Two tests at once; those of one file one after the other.
WORKERS = -n 2 --dist loadfile --no-loadscope-reorder

# Branch coverage in per cent that sdk/protocol and sdk/kernel do not fall below.
COVERAGE = 99

.PHONY: demo test check soak bench bench-short clean help setup-test \
        check-static check-docs check-wheel check-coverage
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

help:
	@sed -n 's/^#   /  /p' Makefile

# -- what people run ----------------------------------------------------------

demo: $(VENV)/demo.installed
	@$(BIN)/python -m sdk install --all --sys-prefix || echo "(the demo goes on with those that are installed)"
	@$(BIN)/python -m examples.demo

test: setup-test
	$(BIN)/python -m pytest $(WORKERS)

check: $(VENV)/check.installed check-static check-docs check-wheel check-coverage bench-short test

soak: setup-test
	$(BIN)/python -m pytest -m soak

bench: $(VENV)/all.installed
	$(BIN)/python -m benchmarks.run

bench-short: $(VENV)/all.installed
	$(BIN)/python -m benchmarks.run --short

clean:
	rm -rf build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .coverage
	find $(PACKAGES) tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
	if [ -e $(VENV)/made-by-make ]; then rm -rf $(VENV); fi

# -- the parts of check -------------------------------------------------------

check-static: $(VENV)/check.installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check-docs: $(VENV)/check.installed
	$(BIN)/python -m pytest -q tests/docs

check-wheel: $(VENV)/check.installed
	.ci/wheel $(BIN)/python

check-coverage: $(VENV)/check.installed
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -q tests/protocol tests/kernel
	$(BIN)/coverage report --skip-covered --show-missing --fail-under=$(COVERAGE)

# -- setting up ---------------------------------------------------------------

setup-test: $(VENV)/test.installed
	@.ci/packages bash-completion chromium crun fonts-freefont-otf ghostscript gnuplot-nox graphviz less gir1.2-gtk-3.0 gir1.2-gtk-4.0 libegl1 libgl1 libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0 libxkbcommon-x11-0 lua5.3 nodejs octave openssh-client openssh-server podman python3-gi python3-tk python3-wxgtk4.0 r-base-core sqlite3 tcl tmux xvfb

# One stamp for each set of dependencies; a changed pyproject.toml installs anew. check has test, test demo, demo all.
$(VENV)/%.installed: pyproject.toml | $(BIN)/python
	@.ci/install $(BIN)/python $*

$(BIN)/python:
	@.ci/venv "$(PYTHON)" "$(VENV)"

.PRECIOUS: $(VENV)/%.installed $(BIN)/python
