//! The types and traits that `bindgen!` generates from `wit/`: one Rust type for each WIT type, one
//! trait for each import.
//!
//! The `tracing` flag stays off: it would log string arguments, including passwords and tokens. The
//! generated records derive `Debug`, but accounts, sessions and login attempts must never be
//! printed with it.
#![allow(missing_docs, unused_qualifications, clippy::all)]

wasmtime::component::bindgen!({
    path: "../../wit",
    world: "service",
    imports: {
        "countersign:auth/account-store": async | trappable,
        "countersign:auth/code-store": async | trappable,
        "countersign:auth/password-hasher.hash": async | trappable,
        "countersign:auth/password-hasher.verify": async | trappable,
        "countersign:auth/session-store": async | trappable,
        "countersign:auth/throttle-store": async | trappable,
        default: trappable,
    },
    // `access`, `policy` and `verification` use no store, so a verifier can call them without a
    // fiber.
    exports: {
        "countersign:auth/accounts": async,
        "countersign:auth/login": async,
        "countersign:auth/password": async,
        "countersign:auth/profile": async,
        "countersign:auth/registration": async,
        "countersign:auth/sessions": async,
        "countersign:auth/setup": async,
    },
    additional_derives: [PartialEq],
});

/// World `verifier`: its instances look up only the two exports that a verifier calls.
pub mod verifier {
    wasmtime::component::bindgen!({
        path: "../../wit",
        world: "verifier",
        imports: { default: trappable },
        with: {
            "countersign:auth/types": super::countersign::auth::types,
            "countersign:auth/clock": super::countersign::auth::clock,
            "countersign:auth/keyring": super::countersign::auth::keyring,
            "countersign:auth/policy-source": super::countersign::auth::policy_source,
        },
        additional_derives: [PartialEq],
    });
}
