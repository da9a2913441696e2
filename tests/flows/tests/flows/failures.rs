//! Calls that give no answer, because a capability or the component fails.

use std::sync::Arc;
use std::time::Duration;

use auth_flows::{
    EMAIL, PASSWORD, SOURCE, TestService, adapter_fault, attempt, refresh_request, unavailable,
};
use auth_memory::ManualClock;
use auth_runtime::{
    AdapterError, Authority, Blame, Clock, Entropy, Error, Limits, PageRequest, Tokens, deadline,
};
use tokio::time::Instant;

const NEW: &str = "a password nobody else has";

#[derive(Clone, Copy, Debug)]
enum Flow {
    BeginSetup,
    ChangePassword,
    ListAccounts,
    ListSessions,
    Login,
    Refresh,
    Register,
    RemoveAccount,
    RevokeSession,
    WhoAmI,
}

const FLOWS: [Flow; 10] = [
    Flow::BeginSetup,
    Flow::ListAccounts,
    Flow::ListSessions,
    Flow::Login,
    Flow::Register,
    Flow::WhoAmI,
    Flow::Refresh,
    Flow::ChangePassword,
    Flow::RevokeSession,
    Flow::RemoveAccount,
];

async fn run(test: &TestService, flow: Flow, tokens: &Tokens) -> Result<(), Error> {
    let (service, operator) = (&test.service, Authority::Operator);
    let token = &tokens.access_token;
    match flow {
        Flow::BeginSetup => service.begin_setup().await.map(drop),
        Flow::ChangePassword => service
            .change_password(token, PASSWORD, NEW, SOURCE, None)
            .await
            .map(drop),
        Flow::ListAccounts => {
            let all = PageRequest {
                limit: 10,
                cursor: None,
            };
            service.list_accounts(&operator, "", &all).await.map(drop)
        }
        Flow::ListSessions => service.list_sessions(token).await.map(drop),
        Flow::Login => service.login(&attempt(EMAIL, PASSWORD)).await.map(drop),
        Flow::Refresh => service
            .refresh(&refresh_request(&tokens.refresh_token))
            .await
            .map(drop),
        Flow::Register => service
            .register("new@example.org", PASSWORD, SOURCE)
            .await
            .map(drop),
        Flow::RemoveAccount => {
            let claims = test.verifier.verify(token, &test.expectation())?;
            service
                .remove_account(&operator, &claims.unwrap().subject)
                .await
                .map(drop)
        }
        Flow::RevokeSession => service
            .revoke_session(token, &tokens.session_id)
            .await
            .map(drop),
        Flow::WhoAmI => service.who_am_i(token).await.map(drop),
    }
}

async fn in_house() -> (TestService, Tokens) {
    let test = TestService::new("");
    test.ada().await;
    let tokens = test.login(EMAIL, PASSWORD).await;
    (test, tokens)
}

#[tokio::test]
async fn a_store_that_fails_is_blamed_and_says_when_to_try_again() {
    for (failure, retry_after) in [
        (
            unavailable as fn() -> AdapterError,
            Some(Duration::from_secs(7)),
        ),
        (adapter_fault, None),
    ] {
        let (test, tokens) = in_house().await;
        for flow in FLOWS {
            test.stores.fail_after(0, failure);
            let error = run(&test, flow, &tokens).await.unwrap_err();
            assert_eq!(
                (error.blame, error.retry_after),
                (Blame::Adapter, retry_after),
                "{flow:?}"
            );
            test.stores.heal();
        }
        // No failed call left anything behind, in the stores or in the component.
        assert!(test.is_alive(&tokens).await);
    }
}

#[tokio::test]
async fn a_change_cut_short_anywhere_leaves_one_password_that_works() {
    let calls = {
        let (test, tokens) = in_house().await;
        test.stores.take_calls();
        run(&test, Flow::ChangePassword, &tokens).await.unwrap();
        test.stores.take_calls().len()
    };
    for crash_after in 0..calls {
        let (test, tokens) = in_house().await;
        test.stores.fail_after(crash_after, unavailable);
        assert!(run(&test, Flow::ChangePassword, &tokens).await.is_err());
        test.stores.heal();
        let mut working = 0;
        for password in [PASSWORD, NEW] {
            working += u32::from(test.try_login(attempt(EMAIL, password)).await.is_ok());
        }
        assert_eq!(working, 1, "after {crash_after} calls");
    }
}

#[tokio::test]
async fn a_login_cut_short_anywhere_can_be_tried_again() {
    let calls = {
        let (test, tokens) = in_house().await;
        test.stores.take_calls();
        run(&test, Flow::Login, &tokens).await.unwrap();
        test.stores.take_calls().len()
    };
    for crash_after in 0..calls {
        let (test, tokens) = in_house().await;
        test.stores.fail_after(crash_after, unavailable);
        assert!(run(&test, Flow::Login, &tokens).await.is_err());
        test.stores.heal();
        test.login(EMAIL, PASSWORD).await;
    }
}

/// A source of randomness that is unavailable.
struct NoEntropy;

impl Entropy for NoEntropy {
    fn fill(&self, _: &mut [u8]) -> Result<(), AdapterError> {
        Err(unavailable())
    }
}

#[tokio::test]
async fn without_randomness_nothing_is_issued() {
    let (test, tokens) = in_house().await;
    let poor = test.changed(|lent| lent.entropy = Arc::new(NoEntropy), Limits::default());
    for flow in [Flow::BeginSetup, Flow::Login, Flow::Refresh, Flow::Register] {
        let error = run(&poor, flow, &tokens).await.unwrap_err();
        assert_eq!(error.blame, Blame::Adapter, "{flow:?}");
    }
    assert!(test.stored("new@example.org").await.is_none());
}

#[tokio::test]
async fn a_limit_that_the_guest_passes_is_its_own_fault() {
    let (test, tokens) = in_house().await;
    for limits in [
        Limits {
            memory_bytes: 64 << 10,
            ..Limits::default()
        },
        Limits {
            host_call_bytes: 16,
            ..Limits::default()
        },
    ] {
        let tight = test.with_limits(limits);
        let error = run(&tight, Flow::Login, &tokens).await.unwrap_err();
        assert_eq!((error.blame, error.retry_after), (Blame::Component, None));
        let error = tight
            .verifier
            .verify(&tokens.access_token, &test.expectation())
            .unwrap_err();
        assert_eq!(error.blame, Blame::Component);
    }
    assert!(test.is_alive(&tokens).await);
}

/// A clock that takes so long to read that the time limit of the engine passes.
struct SlowClock(ManualClock);

impl Clock for SlowClock {
    fn now(&self) -> u64 {
        let start = std::time::Instant::now();
        while start.elapsed() < Duration::from_millis(50) {
            std::hint::spin_loop();
        }
        self.0.now()
    }
}

#[tokio::test]
async fn a_guest_that_computes_for_too_long_is_stopped() {
    let (test, tokens) = in_house().await;
    let slow = Arc::new(SlowClock(test.clock.clone()));
    let limits = Limits {
        guest_ticks: 0,
        ..Limits::default()
    };
    let slow = test.changed(|lent| lent.verifier.clock = slow, limits);
    let error = run(&slow, Flow::WhoAmI, &tokens).await.unwrap_err();
    assert_eq!(error.blame, Blame::Component);
    let verified = slow
        .verifier
        .verify(&tokens.access_token, &test.expectation());
    assert_eq!(verified.unwrap_err().blame, Blame::Component);
    assert!(test.is_alive(&tokens).await);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_never_answers_ends_the_flow_at_its_deadline() {
    let (test, tokens) = in_house().await;
    test.stores.before("sessions.find", std::future::pending());
    let error = run(&test, Flow::WhoAmI, &tokens).await.unwrap_err();
    assert_eq!(error.blame, Blame::Adapter);
    assert_eq!(error.retry_after, Some(Duration::from_secs(1)));
    test.who_am_i(&tokens.access_token).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_sooner_deadline_of_the_request_holds() {
    let (test, tokens) = in_house().await;
    test.stores.before("sessions.find", std::future::pending());
    let start = Instant::now();
    let waits = Duration::from_secs(3);
    let flow = run(&test, Flow::WhoAmI, &tokens);
    let error = deadline::within(start + waits, flow).await.unwrap_err();
    assert_eq!((error.blame, start.elapsed()), (Blame::Adapter, waits));
}

#[tokio::test(start_paused = true)]
async fn a_host_without_room_for_another_flow_refuses_it_in_time() {
    let (test, tokens) = in_house().await;
    let narrow = test.with_limits(Limits {
        concurrent_flows: 1,
        ..Limits::default()
    });
    test.stores.before("sessions.find", std::future::pending());
    let waits = Duration::from_secs(1);
    let (first, second) = tokio::join!(
        run(&narrow, Flow::WhoAmI, &tokens),
        deadline::within(Instant::now() + waits, run(&narrow, Flow::WhoAmI, &tokens)),
    );
    let (first, second) = (first.unwrap_err(), second.unwrap_err());
    assert_eq!((first.blame, second.blame), (Blame::Adapter, Blame::Host));
    assert_eq!(second.retry_after, Some(Duration::from_secs(1)));
    run(&narrow, Flow::WhoAmI, &tokens).await.unwrap();
}
