# Everything a newcomer types. `make help` lists it.
PYTHON ?= python3
PORT ?= 8000
WORKERS ?= 2
SECONDS ?= 180
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help run test chaos check lock demo-reset build setup

help: ## Show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 22

setup: ## Install what is locked and build the front end
	@$(PYTHON) tools/setup.py

run: setup ## Start everything: database, web server, worker, demo data (PORT=8000)
	@PORT=$(PORT) WORKERS=$(WORKERS) exec $(BIN)/python -m tools.run

test: ## Run all tests (PYTEST="…" for more options)
	@$(PYTHON) tools/setup.py --dev
	@$(BIN)/python -m pytest -q -n 2 --dist worksteal --paths $(PYTEST)

chaos: ## Break things under load and look that nothing is lost (SECONDS=180, SEED=…)
	@$(PYTHON) tools/setup.py --dev
	@$(BIN)/python -m tests.chaos.rounds --seconds $(SECONDS) $(if $(SEED),--seed $(SEED))

check: ## Run all linters
	@$(PYTHON) tools/setup.py --dev
	@$(BIN)/python -m tools.check

demo-reset: setup ## Throw the demo data away and make it anew
	@$(BIN)/python -m tools.run --reset-demo

lock: ## Lock the requirements again, with hashes
	@$(PYTHON) tools/setup.py --dev
	@for name in requirements requirements-dev; do \
	  $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-header -q $$name.in -o $$name.txt; done
