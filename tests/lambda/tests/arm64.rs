//! The function for arm64 answers on this machine. All other tests run on it too, with
//! `COUNTERSIGN_TEST_BOOTSTRAP=tests/lambda/under-qemu`.

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
#[ignore = "needs the function for arm64 and qemu: `make lambda` builds the one and runs this"]
async fn the_function_for_arm64_answers_under_qemu() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (path, from) in NEEDED {
        assert!(
            here.join(path).exists(),
            "`{path}` is missing, which comes from {from}"
        );
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
