//! Makes and checks the ids of records.

use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

/// Makes a version 7 UUID (RFC 9562 §5.7), lower-case and hyphenated.
///
/// Ids made in different milliseconds sort by time when compared as text. Only the low 48 bits of
/// `now_millis` are used, and all but six bits of `random`.
pub fn uuid_v7(now_millis: u64, random: &[u8; 10]) -> String {
    Builder::from_unix_timestamp_millis(now_millis, random)
        .into_uuid()
        .to_string()
}

/// Makes a version 8 UUID (RFC 9562 §5.8) from a text: the beginning of its SHA-256. No id that
/// [`uuid_v7`] makes equals it.
pub fn uuid_v8(text: &str) -> String {
    let digest = Sha256::digest(text);
    let bytes = digest.first_chunk().copied().unwrap_or_default();
    Builder::from_custom_bytes(bytes).into_uuid().to_string()
}

/// Whether `text` is a UUID in the spelling that [`uuid_v7`] uses.
pub fn is_uuid(text: &str) -> bool {
    Uuid::try_parse(text)
        .is_ok_and(|id| id.hyphenated().encode_lower(&mut Uuid::encode_buffer()) == text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn encodes_the_example_of_rfc_9562() {
        let random = [0x0c, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f];
        assert_eq!(
            uuid_v7(0x017f_22e2_79b0, &random),
            "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"
        );
    }

    #[test]
    fn knows_one_spelling_only() {
        let good = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f";
        assert!(is_uuid(good));
        for bad in [
            String::new(),
            good.to_uppercase(),
            good.replace('-', ""),
            format!("{{{good}}}"),
            format!("urn:uuid:{good}"),
            format!("{good} "),
            format!("{good}0"),
            good.replace('f', "g"),
            good.replace("-7cc3", "7-cc3"),
        ] {
            assert!(!is_uuid(&bad), "{bad}");
        }
    }

    #[test]
    fn the_id_of_a_text_is_of_version_8() {
        let id = uuid_v8("ada@example.org");
        assert!(is_uuid(&id));
        assert_eq!(&id[14..15], "8");
        assert_ne!(id, uuid_v8("bob@example.org"));
    }

    proptest! {
        #[test]
        fn ids_sort_by_time(
            earlier in 0u64..1 << 47, gap in 1u64..1 << 46, a in any::<[u8; 10]>(), b in any::<[u8; 10]>(),
        ) {
            let (first, second) = (uuid_v7(earlier, &a), uuid_v7(earlier + gap, &b));
            prop_assert!(first < second);
            prop_assert!(is_uuid(&first) && is_uuid(&second));
        }

        #[test]
        fn any_time_gives_an_id(now in any::<u64>(), random in any::<[u8; 10]>()) {
            prop_assert!(is_uuid(&uuid_v7(now, &random)));
        }
    }
}
