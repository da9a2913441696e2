//! One address has one account, in whatever spelling it is given.

use auth_flows::{PASSWORD, TestService, attempt};
use auth_runtime::{
    Account, AccountStore, AdministrationError, Authority, EmailViolation, NewAccount,
};

async fn create(test: &TestService, email: &str) -> Result<String, AdministrationError> {
    let account = NewAccount {
        email: email.to_owned(),
        roles: Vec::new(),
        password: Some(PASSWORD.to_owned()),
    };
    let created = test
        .service
        .create_account(&Authority::Operator, &account)
        .await;
    Ok(created.unwrap()?.account.id)
}

async fn find(test: &TestService, email: &str) -> Result<String, AdministrationError> {
    let found = test.service.find_account(&Authority::Operator, email).await;
    Ok(found.unwrap()?.id)
}

const SPELLINGS: [&[&str]; 4] = [
    &[
        "ada@b\u{fc}cher.example",
        "ada@xn--bcher-kva.example",
        "ADA@XN--BCHER-KVA.EXAMPLE",
        "Ada@bu\u{308}cher.example",
        " ada@B\u{dc}CHER.example ",
    ],
    &[
        "ada@example.org",
        "ＡＤＡ@example.org",
        "ada@ｅｘａｍｐｌｅ．org",
        "ada@example。org",
    ],
    &[
        "jos\u{e9}@example.org",
        "jose\u{301}@example.org",
        "JOSE\u{301}@EXAMPLE.ORG",
    ],
    &["x@faß.example", "x@xn--fa-hia.example"],
];

#[tokio::test]
async fn each_spelling_of_an_address_is_the_same_account() {
    for spellings in SPELLINGS {
        for typed in spellings {
            let test = TestService::new("");
            let id = create(&test, typed).await.unwrap();
            for other in spellings {
                let taken = create(&test, other).await;
                assert_eq!(
                    taken,
                    Err(AdministrationError::EmailTaken),
                    "{typed} {other}"
                );
                assert_eq!(find(&test, other).await.as_ref(), Ok(&id));
                test.login(other, PASSWORD).await;
            }
        }
    }
}

/// Stores an account under the key that earlier releases gave it.
async fn of_earlier_release(test: &TestService, email: &str, email_key: &str) -> String {
    let id = create(test, "template@example.org").await.unwrap();
    let template = test.stored("template@example.org").await.unwrap();
    let operator = Authority::Operator;
    let removed = test.service.remove_account(&operator, &id).await;
    removed.unwrap().unwrap();
    let account = Account {
        email: email.to_owned(),
        email_key: email_key.to_owned(),
        ..template
    };
    let id = account.id.clone();
    assert!(AccountStore::insert(&*test.stores, account).await.is_ok());
    id
}

#[tokio::test]
async fn an_account_of_an_earlier_release_is_found_and_has_no_twin() {
    for (typed, key, others) in [
        (
            "x@xn--bcher-kva.example",
            "x@xn--bcher-kva.example",
            &["x@b\u{fc}cher.example"][..],
        ),
        (
            "x@b\u{fc}cher.example",
            "x@b\u{fc}cher.example",
            &["x@xn--bcher-kva.example"],
        ),
        ("ａda@example.org", "ａda@example.org", &[]),
    ] {
        let test = TestService::new("");
        let id = of_earlier_release(&test, typed, key).await;
        for spelling in [&[typed], others].concat() {
            assert_eq!(find(&test, spelling).await.as_ref(), Ok(&id), "{spelling}");
            test.login(spelling, PASSWORD).await;
            let taken = create(&test, spelling).await;
            assert_eq!(taken, Err(AdministrationError::EmailTaken));
        }
    }
}

#[tokio::test]
async fn what_a_new_account_must_not_have_is_refused_and_an_old_account_keeps() {
    for typed in [
        "admin\u{3164}@example.com",
        "admin\u{115f}@example.com",
        "admin\u{1160}@example.com",
        "admin\u{ffa0}@example.com",
        "\u{fb01}lm@example.com",
    ] {
        let test = TestService::new("");
        let refused = create(&test, typed).await;
        let fault = AdministrationError::InvalidEmail(EmailViolation::BadLocalPart);
        assert_eq!(refused, Err(fault));
        let answer = test.try_login(attempt(typed, PASSWORD)).await;
        assert!(answer.is_err());
        let id = of_earlier_release(&test, typed, typed).await;
        test.login(typed, PASSWORD).await;
        assert_eq!(find(&test, typed).await, Ok(id));
    }
}
