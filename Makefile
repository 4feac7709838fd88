# Everything a newcomer needs: `make demo`, `make test`. Both install what they lack.
.DEFAULT_GOAL := help
SWIFT ?= swift

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## Find duplicate files as a durable job system would (DIR=folder)
	@scripts/setup
	@scripts/demo $(if $(DIR),"$(DIR)")

.PHONY: test
test: ## Run all tests, also those of a client package and of crashes
	@scripts/setup
	@scripts/test

.PHONY: simulate
simulate: ## Run workers in simulated time, with faults (SEEDS=1000), or one run to look at (SEED=42)
	@scripts/setup
	@scripts/simulate $(if $(SEED),--seed $(SEED),--seeds $(or $(SEEDS),1000) $(if $(FROM),--from $(FROM)))

.PHONY: format
format: ## Format the sources in place
	@$(SWIFT) format --in-place --parallel --recursive Package.swift Sources Tests Examples

.PHONY: lint
lint: ## Check the format, and that no build output or machine path is committed
	@scripts/lint

.PHONY: docs
docs: ## Build the documentation into .build/docs
	@scripts/setup
	@scripts/docs

.PHONY: clean
clean: ## Delete all build output
	@rm -rf .build .build-* Tests/Clients/*/.build
