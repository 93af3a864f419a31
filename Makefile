# One command each; every target sets up what it needs.
VENV ?= .venv
PYTHON ?= python3
# The versions that were tested together. `make run CONSTRAINTS=` takes the newest instead.
CONSTRAINTS ?= constraints-ci.txt
PIP = $(VENV)/bin/python -m pip install --quiet $(addprefix -c ,$(CONSTRAINTS))
BIN = $(VENV)/bin

.PHONY: run test slow lint format bench docs browser clean

run: $(VENV)/.installed-all
	$(BIN)/shoestring studio --demo

test: $(VENV)/.installed-test browser
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile

slow: $(VENV)/.installed-test browser
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m slow

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.installed-bench
	for area in verification similarity search text signatures activations distributed service rl; do \
		$(BIN)/python -m benchmarks.$$area || exit 1; done

docs: $(VENV)/.installed-docs
	$(BIN)/mkdocs build --strict

browser:
	@sh scripts/install-browser.sh $(BIN)/python

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed-%: pyproject.toml $(CONSTRAINTS) | $(VENV)/bin/python
	$(PIP) -e '.[$*]'
	@touch $@

clean:
	rm -rf $(VENV) site dist
