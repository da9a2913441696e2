# `make serve` and `make test` are all that a newcomer needs; `make help` lists the rest.
.PHONY: help serve release test lint clients examples servers arm64 docs mongo deny bench lambda component edge page \
	toolchain

CARGO ?= cargo
GUEST_TARGET := wasm32-unknown-unknown
# The whole workspace and one of its tests: cargo then chooses the features of dependencies as it does
# for `make test`, and compiles none of them a second time.
SHARED := --workspace --test sources
BUILT := $(or $(CARGO_TARGET_DIR),target)

## List these targets.
help:
	@awk '/^## / { text = substr($$0, 4) } \
		/^[a-z][a-z0-9]*:/ && text { printf "make %-10s %s\n", substr($$1, 1, index($$1, ":") - 1), text; text = "" }' \
		$(MAKEFILE_LIST)

## Run the service on this machine: it prints where.
serve: toolchain
	$(CARGO) build --locked $(SHARED) --bin countersign
	$(BUILT)/debug/countersign serve

## Build the optimised server: target/release/countersign.
release: toolchain
	$(CARGO) build --release --locked --bin countersign

## Run all tests, with the counts at the end.
test: toolchain
	tests/run

## Check formatting and lints.
lint: toolchain
	tests/run formatting lints

## Run the tests of clients in other languages.
clients: toolchain
	tests/run build "JOSE libraries for Python" "JOSE libraries for Node"

## Run the tests of the services and of the containers in examples/.
examples: toolchain
	tests/run build "example axum" "example fastapi" "example express" "examples on a database"

## Run the tests that need a server of MongoDB's protocol and one like AWS Secrets Manager.
servers: toolchain
	tests/run servers

## Run the tests of the function with the one for arm64, under qemu on another processor.
arm64: toolchain
	tests/run "function for arm64" arm64

## Build the documentation: target/docs/site/index.html.
docs:
	docs/build

## Run a server of MongoDB's protocol in the foreground, for `countersign serve`.
mongo:
	tests/mongo/with-server

## Check advisories, licences, banned crates and sources of all dependencies with cargo-deny.
deny:
	$(CARGO) deny --log-level error check

## Measure ratios against the bare native operations, in one run. BENCH=login runs one part.
bench: toolchain
	tests/bench/run $(BENCH)

## Write the component as a file: target/component/countersign.wasm, and what takes its bytes.
component: toolchain
	$(CARGO) run --quiet --locked --package auth-encoding

## Build the package that verifies tokens in JavaScript, for stages on AWS with an edge: hosts/edge/js/dist.
edge: component
	npm ci --prefix hosts/edge/js --no-audit --no-fund
	npm run --silent --prefix hosts/edge/js build

## Make the script of the page that checks a token anew, after a change of wit/ or hosts/edge/js. It needs Node.
page: edge
	npm run --silent --prefix hosts/edge/js bundle

## Build the functions for AWS Lambda: target/lambda/{countersign,authorizer}-{arm64,x86_64}.zip.
lambda: toolchain
	hosts/lambda/package

## Synthesise the stacks on AWS of a stage, without an account: make synth STAGE=production.
synth: infra/node_modules
	cd infra && npx cdk synth --quiet -c stage=$(STAGE)

## Deploy the stacks on AWS of a stage: make lambda deploy STAGE=production.
deploy: infra/node_modules
	cd infra && npx cdk deploy --all -c stage=$(STAGE)

infra/node_modules: infra/package-lock.json
	npm ci --prefix infra --no-audit --no-fund
	touch $@

# Cargo under rustup installs the compiler that rust-toolchain.toml names; the target of the guest is
# added here, since an installed compiler may lack it. A Rust of another origin must bring both.
toolchain:
	@command -v $(CARGO) >/dev/null || \
		{ echo "Rust is missing: install it from https://rustup.rs"; exit 1; }
	@! command -v rustup >/dev/null || rustup --quiet target add $(GUEST_TARGET)
