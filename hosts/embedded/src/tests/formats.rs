use auth_conformance::records;
use auth_runtime::{Account, AccountOrigin, ClientMark, Code, CodeState, Session};

use crate::record::{StoredAccount, StoredCode, StoredCounter, StoredSession, decode, encode};

/// The bytes of a text in postcard: its length, then the text.
fn text(text: &str) -> Vec<u8> {
    let length = u8::try_from(text.len()).unwrap();
    [&[length], text.as_bytes()].concat()
}

#[test]
fn an_account_keeps_its_first_layout() {
    let bytes = [
        vec![0],
        text("a"),
        text("ADA"),
        text("ada"),
        text("$2b$12$made.up"),
        vec![0, 1],
        text("user"),
        // Status active, the two epochs, created and updated, version, no surviving session.
        vec![0, 0, 0, 1, 1, 1, 0],
    ]
    .concat();
    let account = Account {
        origin: AccountOrigin::Registered,
        ..records::account("a", "ada")
    };
    let read = Account::from(decode::<StoredAccount>(&bytes).unwrap());
    assert!(read == account);
}

#[test]
fn an_account_keeps_its_second_layout() {
    for (origin, number) in [
        (AccountOrigin::Registered, 0),
        (AccountOrigin::Created, 1),
        (AccountOrigin::Operator, 2),
    ] {
        let bytes = [
            vec![1],
            text("a"),
            text("ADA"),
            text("ada"),
            text("$2b$12$made.up"),
            vec![0, 1],
            text("user"),
            // Status active, origin, the two epochs, created and updated, version, no surviving
            // session.
            vec![0, number, 0, 0, 1, 1, 1, 0],
        ]
        .concat();
        let account = Account {
            origin,
            ..records::account("a", "ada")
        };
        let read = Account::from(decode::<StoredAccount>(&bytes).unwrap());
        assert!(read == account);
        assert_eq!(encode(&StoredAccount::V2(account)).unwrap(), bytes);
    }
}

#[test]
fn a_session_keeps_its_first_layout() {
    let bytes = [
        vec![0],
        text("s"),
        text("a"),
        vec![0, 16],
        vec![0x5e; 16],
        vec![1, 1, 1, 1],
        text("pwd"),
        text("browser"),
        vec![1, 1, 0x80, 1, 0x80, 2, 1],
    ]
    .concat();
    let session = Session {
        rotated_by: None,
        expires_at: 128,
        absolute_expires_at: 256,
        ..records::session("s", "a")
    };
    let read = Session::from(decode::<StoredSession>(&bytes).unwrap());
    assert!(read == session);
}

#[test]
fn a_session_keeps_its_second_layout() {
    for (mark, mark_bytes) in [
        (None, vec![0]),
        (
            Some(ClientMark {
                client: vec![7; 3],
                idempotency_key: None,
            }),
            vec![1, 3, 7, 7, 7, 0],
        ),
        (
            Some(ClientMark {
                client: vec![7],
                idempotency_key: Some(vec![8, 9]),
            }),
            vec![1, 1, 7, 1, 2, 8, 9],
        ),
    ] {
        let bytes = [
            vec![1],
            text("s"),
            text("a"),
            vec![0, 16],
            vec![0x5e; 16],
            vec![1, 1],
            mark_bytes,
            vec![1, 1],
            text("pwd"),
            text("browser"),
            vec![1, 1, 0x80, 1, 0x80, 2, 1],
        ]
        .concat();
        let session = Session {
            rotated_by: mark,
            expires_at: 128,
            absolute_expires_at: 256,
            ..records::session("s", "a")
        };
        let read = Session::from(decode::<StoredSession>(&bytes).unwrap());
        assert!(read == session);
        assert_eq!(encode(&StoredSession::V2(session)).unwrap(), bytes);
    }
}

#[test]
fn a_counter_keeps_its_first_layout() {
    let bytes = [0, 1, 2, 0, 0, 1, 3, 9];
    let StoredCounter::V1(read, expires_at) = decode(&bytes).unwrap();
    assert_eq!((read, expires_at), (records::counter(3), 9));
    let stored = StoredCounter::V1(records::counter(3), 9);
    assert_eq!(encode(&stored).unwrap(), bytes);
}

#[test]
fn a_code_of_the_first_layout_is_one_of_the_set_up() {
    for (state, expected) in [
        (vec![0], CodeState::Open),
        (
            [vec![1], text("id")].concat(),
            CodeState::Claimed("id".to_owned()),
        ),
        (vec![2], CodeState::Spent),
    ] {
        let bytes = [vec![0, 32], vec![0xd1; 32], state, vec![2]].concat();
        let expected = Code {
            state: expected,
            ..records::code(2)
        };
        assert_eq!(Code::from(decode::<StoredCode>(&bytes).unwrap()), expected);
    }
}

#[test]
fn a_code_keeps_its_second_layout() {
    let bytes = [
        vec![1, 0, 1],
        text("ada"),
        vec![32],
        vec![0xd1; 32],
        // Expires at 7, two attempts, open, version 1.
        vec![1, 7, 2, 0, 1],
    ]
    .concat();
    let code = Code {
        subject: Some("ada".to_owned()),
        expires_at: Some(7),
        attempts: 2,
        ..records::code(1)
    };
    let read = decode::<StoredCode>(&bytes).unwrap();
    assert_eq!(Code::from(read), code);
    assert_eq!(encode(&StoredCode::V2(code)).unwrap(), bytes);
}
