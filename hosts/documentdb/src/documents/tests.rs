use auth_conformance::records;
use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{
    Binary, Bson, Document, deserialize_from_slice, doc, serialize_to_document, serialize_to_vec,
};

use super::*;

fn binary(bytes: &[u8]) -> Bson {
    Bson::Binary(Binary {
        subtype: BinarySubtype::Generic,
        bytes: bytes.to_vec(),
    })
}

/// The record that a flow reads when the database holds `document`.
fn read<R: Record>(document: &Document) -> R {
    deserialize_from_slice(&serialize_to_vec(document).unwrap()).unwrap()
}

/// The document of a record, without the fields that differ from write to write.
fn written<R: Record>(record: R) -> Document {
    let written = Written::new(record);
    let bytes = serialize_to_vec(&written).unwrap();
    let mut document: Document = deserialize_from_slice(&bytes).unwrap();
    assert_eq!(document, serialize_to_document(&written).unwrap());
    assert_eq!(
        document.remove("write"),
        Some(Bson::ObjectId(written.mark().write))
    );
    document
}

/// A session's document, as the releases before the mark of the client wrote it.
fn session_document() -> Document {
    doc! {
        "_id": "s", "account_id": "a", "epoch": 3_i64, "seed": binary(&[0x5e; 16]),
        "generation": 7_i64, "rotated_at": 11_i64, "authenticated_at": 12_i64,
        "methods": ["pwd"], "user_agent": "browser", "created_at": 13_i64,
        "last_used_at": 14_i64, "expires_at": -1_i64, "absolute_expires_at": 16_i64,
        "version": 8_i64,
    }
}

fn session() -> Session {
    Session {
        epoch: 3,
        generation: 7,
        rotated_at: 11,
        authenticated_at: 12,
        created_at: 13,
        last_used_at: 14,
        rotated_by: None,
        expires_at: u64::MAX,
        absolute_expires_at: 16,
        version: 8,
        ..records::session("s", "a")
    }
}

#[test]
fn a_session_keeps_its_document() {
    let mut stored = session_document();
    stored.insert("write", ObjectId::new());
    stored.insert("drop_at", DateTime::from_millis(0));
    assert!(read::<SessionRecord>(&stored).0 == session());

    let mark = ClientMark {
        client: vec![7; 32],
        idempotency_key: Some(vec![8; 32]),
    };
    let unkeyed = ClientMark {
        idempotency_key: None,
        ..mark.clone()
    };
    let key = |key: Bson| doc! { "client": binary(&[7; 32]), "idempotency_key": key };
    for (rotated_by, stored) in [
        (None, Bson::Null),
        (Some(unkeyed), key(Bson::Null).into()),
        (Some(mark), key(binary(&[8; 32])).into()),
    ] {
        let session = Session {
            rotated_by,
            ..session()
        };
        let mut expected = session_document();
        expected.insert("rotated_by", stored);
        expected.insert("drop_at", DateTime::from_millis(LATEST.cast_signed()));
        let document = written(SessionRecord(session.clone()));
        assert_eq!(document, expected);
        assert!(read::<SessionRecord>(&document).0 == session);
    }
}

#[test]
fn an_account_keeps_its_document() {
    let mut document = doc! {
        "_id": "a", "email": "ADA@EXAMPLE.ORG", "email_key": "ada@example.org",
        "password_hash": "$2b$12$made.up", "initial_until": Bson::Null, "roles": ["user"],
        "status": "active", "origin": "created", "session_epoch": 0_i64,
        "surviving_session": Bson::Null,
        "throttle_epoch": 0_i64, "created_at": 1_i64, "updated_at": 1_i64, "version": 1_i64,
    };
    let account = || records::account("a", "ada@example.org");
    assert_eq!(written(AccountRecord(account())), document);
    document.insert("write", ObjectId::new());
    assert!(read::<AccountRecord>(&document).0 == account());
    document.insert("initial_until", 5_i64);
    document.insert("status", "disabled");
    document.insert("origin", "operator");
    let other = read::<AccountRecord>(&document).0;
    assert_eq!(
        (other.initial_until, other.status, other.origin),
        (Some(5), AccountStatus::Disabled, AccountOrigin::Operator)
    );
    // A release that did not keep the origin wrote it.
    document.remove("origin");
    let old = read::<AccountRecord>(&document).0;
    assert_eq!(old.origin, AccountOrigin::Registered);
}

#[test]
fn a_counter_keeps_its_document() {
    let mut document = doc! {
        "_id": "k", "failures": 1_i64, "window_started_at": 2_i64, "blocked_until": 0_i64,
        "blocks": 0_i64, "consecutive": 1_i64, "version": 3_i64,
        "drop_at": DateTime::from_millis(9),
    };
    let record = CounterRecord {
        key: "k".to_owned(),
        counter: records::counter(3),
        expires_at: 9,
    };
    assert_eq!(written(record), document);
    document.insert("write", ObjectId::new());
    let read = read::<CounterRecord>(&document);
    assert_eq!(
        (read.key.as_str(), read.counter),
        ("k", records::counter(3))
    );
}

#[test]
fn a_code_of_an_earlier_release_is_one_of_the_set_up() {
    for (state, expected) in [
        (Bson::from("open"), CodeState::Open),
        (
            doc! { "claimed": "id" }.into(),
            CodeState::Claimed("id".to_owned()),
        ),
        (Bson::from("spent"), CodeState::Spent),
    ] {
        let document = doc! {
            "_id": "setup", "digest": binary(&[0xd1; 32]), "state": state, "version": 2_i64,
            "write": ObjectId::new(),
        };
        let expected = Code {
            state: expected,
            ..records::code(2)
        };
        let read = read::<CodeRecord>(&document);
        assert_eq!((read.key.as_str(), read.code), ("setup", expected));
    }
}

#[test]
fn a_code_that_ends_has_a_date() {
    let code = Code {
        subject: Some("ada@example.org".to_owned()),
        expires_at: Some(7),
        attempts: 2,
        ..records::code(1)
    };
    let record = |code| CodeRecord {
        key: "k".to_owned(),
        code,
    };
    let document = written(record(code.clone()));
    assert_eq!(
        document.get("drop_at"),
        Some(&DateTime::from_millis(7).into())
    );
    assert_eq!(read::<CodeRecord>(&document).code, code);
    assert_eq!(written(record(records::code(1))).get("drop_at"), None);
}
