//! Administrators who act on each other, and acts whose actor is disabled meanwhile.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;

use auth_runtime::{Account, AccountStore, Session, SessionStore};
use tokio::task::yield_now;

use super::*;

const LOSSES: [Operation; 3] = [Operation::Disable, Operation::Remove, Operation::Take];
const NAMES: [&str; 3] = ["ann@example.org", "ben@example.org", "cat@example.org"];

type Answer = Result<(), AdministrationError>;

/// Runs the flows on one thread. `schedule` says which of them makes its next call of a store; a flow
/// that is done is passed over, and once the schedule is over the flows take turns.
async fn interleave<const N: usize>(
    flows: [Pin<&mut (dyn Future<Output = Answer> + '_)>; N],
    schedule: impl IntoIterator<Item = usize>,
) -> [Answer; N] {
    let mut flows = flows;
    let mut answers: [Option<Answer>; N] = [const { None }; N];
    let mut turns = schedule.into_iter().chain((0..N).cycle());
    poll_fn(move |context| {
        while answers.iter().any(Option::is_none) {
            let turn = turns.next().expect("the turns have no end");
            if answers[turn].is_none()
                && let Poll::Ready(answer) = flows[turn].as_mut().poll(context)
            {
                answers[turn] = Some(answer);
            }
        }
        Poll::Ready(std::mem::replace(&mut answers, [const { None }; N]).map(Option::unwrap))
    })
    .await
}

/// Administrators, and their records as they were at the start.
struct Administrators {
    test: TestService,
    people: Vec<(Account, Session, Authority)>,
}

impl Administrators {
    async fn new(number: usize) -> Self {
        let test = TestService::new(DEFAULT_ROLES);
        let mut people = Vec::new();
        for name in &NAMES[..number] {
            test.account_with(name, &["admin"]).await;
            let tokens = test.login(name, PASSWORD).await;
            let session = SessionStore::find(&*test.stores, &tokens.session_id).await;
            people.push((
                test.stored(name).await.unwrap(),
                session.unwrap().unwrap(),
                Authority::Bearer(tokens.access_token),
            ));
        }
        test.stores.in_step();
        Self { test, people }
    }

    /// Puts all records back.
    async fn restore(&self) {
        for (account, session, _) in &self.people {
            let stores = &*self.test.stores;
            if let Some(now) = AccountStore::find(stores, &account.id).await.unwrap() {
                AccountStore::remove(stores, &now.id, now.version)
                    .await
                    .unwrap();
            }
            AccountStore::insert(stores, account.clone()).await.unwrap();
            SessionStore::remove(stores, &session.id).await.unwrap();
            SessionStore::insert(stores, session.clone()).await.unwrap();
        }
    }

    /// What the actor of this number does to the administrator of that number.
    async fn act(&self, actor: usize, operation: Operation, target: usize) -> Answer {
        let (authority, id) = (&self.people[actor].2, &self.people[target].0.id);
        match operation {
            Operation::Take => {
                let taken = self.test.service.take_role(authority, id, "admin").await;
                taken.unwrap().map(drop)
            }
            other => operate(&self.test, other, authority, id).await,
        }
    }

    /// The number of those who are active and have the role.
    async fn remaining(&self) -> usize {
        let mut remaining = 0;
        for (account, ..) in &self.people {
            let now = AccountStore::find(&*self.test.stores, &account.id).await;
            remaining += usize::from(now.unwrap().is_some_and(|now| {
                now.status == AccountStatus::Active && now.roles.contains(&"admin".to_owned())
            }));
        }
        remaining
    }
}

/// All orders of five calls each of two flows.
fn schedules() -> impl Iterator<Item = Vec<usize>> {
    (0_u32..1 << 10)
        .filter(|bits| bits.count_ones() == 5)
        .map(|bits| {
            (0..10)
                .map(|bit| usize::from(bits >> bit & 1 == 1))
                .collect()
        })
}

#[tokio::test]
async fn two_administrators_never_remove_each_other() {
    let two = Administrators::new(2).await;
    // Of each flow: the session and the account of the actor, the account of the target; then the
    // same two again and the write of the actor's account, and the write of the target's.
    let beginning = [0, 0, 1, 1];
    let mut met = 0;
    for (index, one) in LOSSES.into_iter().enumerate() {
        for other in LOSSES.into_iter().skip(index) {
            for schedule in schedules() {
                two.restore().await;
                let order = beginning.into_iter().chain(schedule.iter().copied());
                let (first, second) = (pin!(two.act(0, one, 1)), pin!(two.act(1, other, 0)));
                let answers = interleave([first, second], order).await;
                assert_eq!(two.remaining().await, 1, "{one:?} {other:?} {schedule:?}");
                let done = answers.iter().filter(|answer| answer.is_ok()).count();
                assert_eq!(done, 1, "{one:?} {other:?} {schedule:?} {answers:?}");
                let calls = two.test.stores.take_calls();
                met += usize::from(
                    calls
                        .iter()
                        .filter(|call| **call == "accounts.find")
                        .count()
                        > 8,
                );
            }
        }
    }
    assert!(met > 0, "no flow ever lost a race");
}

#[tokio::test]
async fn three_administrators_in_a_ring_leave_one() {
    let three = Administrators::new(3).await;
    let mut bits = 0x9e37_79b9_7f4a_7c15_u64;
    for round in 0..300 {
        three.restore().await;
        let schedule = (0..30).map(|_| {
            bits ^= bits << 13;
            bits ^= bits >> 7;
            bits ^= bits << 17;
            usize::try_from(bits % 3).unwrap()
        });
        let schedule: Vec<usize> = schedule.collect();
        let loss = LOSSES[round % 3];
        let (a, b, c) = (
            pin!(three.act(0, loss, 1)),
            pin!(three.act(1, loss, 2)),
            pin!(three.act(2, loss, 0)),
        );
        let answers = interleave([a, b, c], schedule.iter().copied()).await;
        assert!(three.remaining().await >= 1, "{schedule:?} {answers:?}");
        assert!(
            answers.iter().any(Result::is_ok),
            "{schedule:?} {answers:?}"
        );
    }
}

#[tokio::test]
async fn the_last_administrator_is_not_lost_to_somebody_without_the_role() {
    let policy = "[roles.user]\n[roles.admin]\nallow = ['*:*']\n[roles.root]\nallow = ['*:*']\n";
    let test = TestService::new(policy);
    let admin = test.account_with(EMAIL, &["admin"]).await.id;
    let (own, root) = actor(&test, "root@example.org", &["root"]).await;
    let take = async |authority: &Authority| {
        let taken = test.service.take_role(authority, &admin, "admin").await;
        taken.unwrap().map(drop)
    };
    test.events();
    for operation in [Operation::Disable, Operation::Remove] {
        let answer = operate(&test, operation, &root, &admin).await;
        assert_eq!(answer, Err(AdministrationError::LastAdministrator));
    }
    assert_eq!(
        take(&root).await,
        Err(AdministrationError::LastAdministrator)
    );
    assert_eq!(test.count_events(AuditEventKind::AdministrationRefused), 3);
    assert_eq!(test.stored(EMAIL).await.unwrap().roles, ["admin"]);

    // With the role, the actor is the one who remains. The operator can make another.
    let granted = test
        .service
        .grant_role(&Authority::Operator, &own, "admin", false);
    granted.await.unwrap().unwrap();
    assert_eq!(take(&root).await, Ok(()));
    let operator = Authority::Operator;
    assert_eq!(
        operate(&test, Operation::Disable, &operator, &own).await,
        Ok(())
    );
}

#[tokio::test]
async fn an_act_that_began_before_its_actor_was_disabled_is_not_done() {
    for operation in [
        Operation::Create,
        Operation::Disable,
        Operation::EndSessions,
        Operation::Grant,
        Operation::Remove,
        Operation::Unlock,
    ] {
        let mut refused = 0;
        for calls in 0.. {
            let test = TestService::new(DEFAULT_ROLES);
            let (_, authority) = actor(&test, "actor@example.org", &["admin"]).await;
            let target = test.ada().await.id;
            test.stores.in_step();
            let mut act = pin!(operate(&test, operation, &authority, &target));
            let mut done = None;
            for _ in 0..=calls {
                let polled = poll_fn(|context| Poll::Ready(act.as_mut().poll(context))).await;
                if let Poll::Ready(answer) = polled {
                    done = Some(answer);
                    break;
                }
                // A flow that hashes is a task of its own, which makes its step now.
                yield_now().await;
            }
            if done.is_some() {
                break;
            }
            test.edit("actor@example.org", |actor| {
                actor.status = AccountStatus::Disabled
            })
            .await;
            test.stores.take_calls();
            let answer = act.await;
            let after = test.stores.take_calls();
            match answer {
                // Only the write was left to do, and what follows it.
                Ok(()) => assert!(
                    !after.contains(&"accounts.find") && !after.contains(&"sessions.find"),
                    "{operation:?} {calls}: {after:?}"
                ),
                Err(error) => {
                    assert_eq!(error, AdministrationError::Token(TokenError::Revoked));
                    refused += 1;
                }
            }
        }
        // The change takes a step for each of its calls, and a flow that hashes goes on meanwhile.
        let least = if matches!(operation, Operation::Create) {
            3
        } else {
            4
        };
        assert!(refused >= least, "{operation:?}: {refused}");
    }
}
