# `make serve` and `make test` are all that a newcomer needs; the rest are parts of them.
.PHONY: serve test lint unit clients walkthrough bench deny clean

CARGO ?= cargo
CARGO_DENY_VERSION := 0.20.2
VENV := target/venv
CLIENTS := tests/clients

## Run the service on this machine: http://127.0.0.1:8080/docs
serve: toolchain
	$(CARGO) run --release --bin countersign -- serve

## Everything that a machine can check, with the counts at the end.
test: toolchain
	tests/run

## Formatting, lints and dependency rules.
lint: toolchain
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings

## Licences, banned crates and sources of all dependencies.
deny:
	@$(CARGO) deny --version >/dev/null 2>&1 || \
		$(CARGO) install --locked --quiet cargo-deny@$(CARGO_DENY_VERSION)
	$(CARGO) deny --log-level error check bans licenses sources

## Ratios against the bare native operations, in one run, on this machine.
bench: toolchain
	$(CARGO) run --release -p auth-bench

## rustup installs what rust-toolchain.toml names; without rustup, say what is missing.
.PHONY: toolchain
toolchain:
	@command -v rustup >/dev/null || command -v $(CARGO) >/dev/null || \
		{ echo "Rust is missing: install rustup from https://rustup.rs"; exit 1; }
	@command -v rustup >/dev/null && rustup show active-toolchain >/dev/null 2>&1 || true
