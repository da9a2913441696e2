//! The function for arm64 answers on this machine. All other tests run on it too, with
//! `COUNTERSIGN_TEST_BOOTSTRAP=tests/lambda/under-qemu`.

use std::env;
use std::path::Path;

use auth_lambda_tests::{Api, Function, NOWHERE, variables};
use serde_json::json;

/// Relative to this package: what must be there, and where it comes from.
const NEEDED: [(&str, &str); 3] = [
    (
        "/usr/bin/qemu-aarch64-static",
        "the Debian package qemu-user-static",
    ),
    (
        "/usr/aarch64-linux-gnu/lib/libgcc_s.so.1",
        "the Debian packages libc6-arm64-cross and libgcc-s1-arm64-cross",
    ),
    (
        "../../target/lambda/build/aarch64-unknown-linux-gnu/release/bootstrap",
        "`make lambda`",
    ),
];

#[tokio::test]
async fn the_function_for_arm64_answers_under_qemu() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let missing = NEEDED.iter().find(|(path, _)| !here.join(path).exists());
    if let Some((path, from)) = missing {
        assert_ne!(
            env::var("CI").as_deref(),
            Ok("true"),
            "`{path}` is missing: see {from}"
        );
        return println!("skipped: `{path}` is missing, which comes from {from}");
    }
    let function = Function::start_binary(&here.join("under-qemu"), &variables(NOWHERE)).await;
    let health = function
        .call(Api::Rest.get("/healthz").event())
        .await
        .expect(200);
    assert_eq!(health.text("status"), "ok");
    let answer = json!({ "email": "no address", "password": "" });
    function
        .call(Api::Http.post("/v1/register", &answer).event())
        .await
        .expect_problem(422, "invalid-request");
}
