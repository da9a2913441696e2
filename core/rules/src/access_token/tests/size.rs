//! How long a token can become.

use super::*;

#[test]
fn a_token_with_all_roles_that_fit_is_not_too_long() {
    let mut roles = Vec::new();
    let role = || "r".repeat(60);
    while roles_fit(&[roles.clone(), vec![role()]].concat()) {
        roles.push(role());
    }
    assert_eq!(roles.len(), 63);
    let long = Claims {
        issuer: "i".repeat(MAX_NAME_BYTES),
        audience: vec!["a".repeat(MAX_NAME_BYTES)],
        client_id: "countersign".to_owned(),
        subject: "s".repeat(36),
        token_id: "t".repeat(36),
        session_id: "s".repeat(36),
        roles,
        issued_at: MAX_NUMERIC_DATE,
        expires_at: MAX_NUMERIC_DATE,
        authenticated_at: MAX_NUMERIC_DATE,
        methods: vec!["pwd".to_owned(), "otp".to_owned(), "mfa".to_owned()],
    };
    let key_id = "k".repeat(crate::jose::MAX_KEY_ID_BYTES);
    let input = signing_input(&long, &key_id, Algorithm::Rs256);
    let token = encode(input, &[0; 1024]);
    assert!(
        token.len() <= crate::jose::MAX_TOKEN_BYTES,
        "{}",
        token.len()
    );
    assert!(UnverifiedToken::parse(&token).is_ok());
}
