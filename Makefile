# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Any Python 3.9 or newer: the tools look for better ones by themselves.
PYTHON ?= python3
# Processes for the unit and integration tests.
WORKERS ?= 2
# ansible-core versions for the integration tests: newest, all (the older ones in turn) or every (for a release).
CORES ?= all
# More arguments for one part: make unit ARGS='-k refresh -x'
ARGS ?=

PARTS := lint unit sanity integration conformance faults
RUN = @$(PYTHON) -m tests.tools.parts --workers $(WORKERS) --cores $(CORES)

.DEFAULT_GOAL := help
.PHONY: help setup quickstart test $(PARTS) soak bench build clean python

help: ## show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-20s %s\n", $$1, $$2 }'

quickstart: python ## see it work: a small environment, the sandbox and one play
	@$(PYTHON) -m tests.tools.environments quickstart
	@.venv/quickstart/bin/python -m tests.tools.quickstart $(ARGS)

setup: python ## make the virtual environments for development below .venv
	@$(PYTHON) -m tests.tools.environments

test: python ## run lint, unit, sanity, integration, conformance and faults
	$(RUN)

lint: python ## check the sources: types, style, documentation, licences, artefact
unit: python ## run the unit tests with the newest ansible-core
sanity: python ## run ansible-test sanity (ARGS='--core all' for every ansible-core)
integration: python ## run plays against the sandbox (CORES=newest for one ansible-core)
conformance: python ## compare the sandbox and the client with independent implementations
faults: python ## kill, crowd and mislead the client, for a minute
$(PARTS):
	$(RUN) $(if $(ARGS),--args='$(ARGS)') $@

soak: python ## the same for half an hour; write build/soak.json
	@$(PYTHON) -m tests.tools.environments dev
	@.venv/dev/bin/python -m tests.faults.soak $(ARGS)

bench: python ## measure, write build/bench.json (ARGS='--quick' or names of figures)
	@$(PYTHON) -m tests.tools.environments bench bench-peers
	@.venv/bench/bin/python -m tests.bench $(ARGS)

build: python ## build the collection's artefact into build/artefact
	@$(PYTHON) -m tests.tools.environments dev
	@$(PYTHON) -m tests.tools.artefact && ls build/artefact/*.tar.gz

clean: ## remove what the other targets made
	rm -rf .venv build tests/output
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 9))' || \
	{ echo "The tools need Python 3.9 or newer: run make PYTHON=/path/to/python3" >&2; exit 1; }
