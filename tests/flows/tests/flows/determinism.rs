//! The component's only source of randomness is the one that it is lent.

use auth_flows::{EMAIL, House, PASSWORD, SOURCE, SeededEntropy};
use auth_runtime::Tokens;

fn write_down(transcript: &mut Vec<String>, tokens: &Tokens) {
    transcript.push(tokens.access_token.clone());
    transcript.push(tokens.refresh_token.clone());
    transcript.push(tokens.session_id.clone());
    transcript.extend(tokens.device_token.clone());
}

/// Everything random that a run of most flows gives out or stores.
async fn run(seed: u64) -> Vec<String> {
    let house = House::with_entropy("", SeededEntropy::new(seed));
    let mut transcript: Vec<String> = Vec::new();
    transcript.extend(house.service.begin_setup().await.unwrap());
    let setup = transcript[0].clone();
    let admin = house
        .service
        .complete_setup(&setup, "admin@example.org", PASSWORD)
        .await;
    transcript.push(admin.unwrap().unwrap().id);
    house
        .service
        .register(EMAIL, PASSWORD)
        .await
        .unwrap()
        .unwrap();
    let stored = house.stored(EMAIL).await.unwrap();
    transcript.extend([stored.id, stored.password_hash]);

    let tokens = house.login(EMAIL, PASSWORD).await;
    write_down(&mut transcript, &tokens);
    write_down(
        &mut transcript,
        &house.refresh(&tokens.refresh_token).await.unwrap(),
    );
    let new = "a password nobody else has";
    let change = house
        .service
        .change_password(&tokens.access_token, PASSWORD, new, SOURCE);
    change.await.unwrap().unwrap();
    transcript.push(house.stored(EMAIL).await.unwrap().password_hash);
    let created = house.create("new@example.org", &["user"], None).await;
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
    let house = House::new("");
    house.service.begin_setup().await.unwrap();
    assert_eq!(house.entropy.take_requests(), [32], "a set-up token");
    house
        .service
        .register(EMAIL, PASSWORD)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        house.entropy.take_requests(),
        [16, 10],
        "salt, rest of the id"
    );
    house.create("new@example.org", &[], None).await;
    assert_eq!(
        house.entropy.take_requests(),
        [16, 10, 16],
        "initial password, id, salt"
    );
    let tokens = house.login(EMAIL, PASSWORD).await;
    let requests = house.entropy.take_requests();
    assert_eq!(
        requests,
        [10, 16, 16, 10],
        "session id, its seed, device id, token id"
    );
    house.refresh(&tokens.refresh_token).await.unwrap();
    assert_eq!(house.entropy.take_requests(), [10], "token id");
}
