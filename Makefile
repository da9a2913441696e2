# `make serve` and `make test` are all that a newcomer needs; the rest are parts of them.
.PHONY: serve test lint clients servers arm64 mongo deny cargo-deny bench lambda toolchain

CARGO ?= cargo
CARGO_DENY_VERSION := 0.20.2
GUEST_TARGET := wasm32-unknown-unknown

## Run the service on this machine: http://127.0.0.1:8080/docs
serve: toolchain
	$(CARGO) run --release --locked --bin countersign -- serve

## Everything that a machine can check, with the counts at the end.
test: toolchain
	tests/run

## Formatting and lints.
lint: toolchain
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings

## The tests with clients that are not ours.
clients: toolchain
	tests/run clients

## The tests on a server that speaks MongoDB's protocol and on one like AWS Secrets Manager.
servers: toolchain
	tests/run servers

## Such a server in the foreground, for `countersign serve`: it prints how to use it.
mongo:
	tests/mongo/with-server

## Licences, banned crates and sources of all dependencies.
deny: cargo-deny
	$(CARGO) deny --log-level error check bans licenses sources

## Compiled where it is missing: once on a machine, some minutes.
cargo-deny: toolchain
	@$(CARGO) deny --version >/dev/null 2>&1 || \
		{ echo "installing cargo-deny, which takes some minutes"; \
		$(CARGO) install --locked --quiet cargo-deny@$(CARGO_DENY_VERSION); }

## Ratios against the bare native operations, in one run, on this machine. BENCH=login runs one part.
bench: toolchain
	tests/bench/run $(BENCH)

## The function for AWS Lambda: target/lambda/countersign-{arm64,x86_64}.zip.
lambda: toolchain
	hosts/lambda/package

## The tests of the function with the one for arm64, under qemu on another processor.
arm64: toolchain
	tests/run arm64

## Cargo under rustup installs the compiler that rust-toolchain.toml names; the target of the guest is
## added here, since an installed compiler may lack it. A Rust of another origin must bring both.
toolchain:
	@command -v $(CARGO) >/dev/null || \
		{ echo "Rust is missing: install it from https://rustup.rs"; exit 1; }
	@! command -v rustup >/dev/null || rustup --quiet target add $(GUEST_TARGET)
