//! The component has no source of randomness except the one that the host gives it.

use auth_flows::{EMAIL, PASSWORD, SOURCE, TestService};
use auth_memory::SeededEntropy;
use auth_runtime::Tokens;

fn write_down(transcript: &mut Vec<String>, tokens: &Tokens) {
    transcript.push(tokens.access_token.clone());
    transcript.push(tokens.refresh_token.clone());
    transcript.push(tokens.session_id.clone());
    transcript.extend(tokens.device_token.clone());
}

/// Runs most flows and returns every random value that they return or store.
async fn run(seed: u64) -> Vec<String> {
    let test = TestService::with_entropy("", SeededEntropy::new(seed));
    let mut transcript: Vec<String> = Vec::new();
    transcript.extend(test.service.begin_setup().await.unwrap());
    let setup = transcript[0].clone();
    let admin = test
        .service
        .complete_setup(&setup, "admin@example.org", PASSWORD)
        .await;
    transcript.push(admin.unwrap().unwrap().id);
    test.service
        .register(EMAIL, PASSWORD, SOURCE)
        .await
        .unwrap()
        .unwrap();
    let stored = test.stored(EMAIL).await.unwrap();
    transcript.extend([stored.id, stored.password_hash]);

    let tokens = test.login(EMAIL, PASSWORD).await;
    write_down(&mut transcript, &tokens);
    write_down(
        &mut transcript,
        &test.refresh(&tokens.refresh_token).await.unwrap(),
    );
    let new = "a password nobody else has";
    let change = test
        .service
        .change_password(&tokens.access_token, PASSWORD, new, SOURCE, None);
    change.await.unwrap().unwrap();
    transcript.push(test.stored(EMAIL).await.unwrap().password_hash);
    let created = test.create("new@example.org", &["user"], None).await;
    transcript.push(created.account.id);
    transcript.extend(created.initial_password.map(|initial| initial.password));
    transcript
}

#[tokio::test]
async fn the_same_randomness_and_time_give_the_same_bytes() {
    let first = run(1).await;
    assert_eq!(first, run(1).await);
    for (one, other) in first.iter().zip(run(2).await) {
        assert_ne!(*one, other);
    }
}

#[tokio::test]
async fn whatever_must_not_be_guessed_has_128_random_bits_or_more() {
    let test = TestService::new("");
    test.service.begin_setup().await.unwrap();
    assert_eq!(test.entropy.take_requests(), [32], "a set-up token");
    test.service
        .register(EMAIL, PASSWORD, SOURCE)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        test.entropy.take_requests(),
        [16, 10],
        "salt, rest of the id"
    );
    test.create("new@example.org", &[], None).await;
    assert_eq!(
        test.entropy.take_requests(),
        [16, 10, 16],
        "initial password, id, salt"
    );
    let tokens = test.login(EMAIL, PASSWORD).await;
    let requests = test.entropy.take_requests();
    assert_eq!(
        requests,
        [10, 16, 16, 10],
        "session id, its seed, device id, token id"
    );
    test.refresh(&tokens.refresh_token).await.unwrap();
    assert_eq!(test.entropy.take_requests(), [10], "token id");
}
