//! The record of an account, as a line of the file has it.

use serde::Deserialize;

/// An account of the previous system. The type has no `Debug`, since it holds a password hash.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The id that the account had in the previous system.
    pub previous_id: Option<String>,
    /// The address that the account logs in with.
    pub email: String,
    /// The hash as the previous system stored it.
    pub password_hash: String,
    /// Names of roles of the policy.
    #[serde(default = "default_roles")]
    pub roles: Vec<String>,
    /// Whether the account may not log in.
    #[serde(default)]
    pub disabled: bool,
}

/// The roles that a registration gives by default.
fn default_roles() -> Vec<String> {
    vec!["user".to_owned()]
}

/// Whether Countersign can check a password against this hash, judged by its format. A hash of
/// another format, or a truncated one, would refuse every password later.
pub fn is_known_hash(hash: &str) -> bool {
    let parts: Vec<&str> = hash.split('$').collect();
    match *parts.as_slice() {
        ["", "2a" | "2b" | "2y", cost, digest] => {
            cost.len() == 2 && is_number(cost) && digest.len() == 53
        }
        ["", "bcrypt-sha256", parameters, salt, digest] => {
            let cost = parameters
                .strip_prefix("v=2,t=2b,r=")
                .or_else(|| parameters.strip_prefix("2b,"))
                .or_else(|| parameters.strip_prefix("2a,"));
            cost.is_some_and(is_number) && salt.len() == 22 && digest.len() == 31
        }
        ["", "argon2id", "v=19", parameters, salt, digest] => {
            parameters.starts_with("m=") && !salt.is_empty() && !digest.is_empty()
        }
        _ => false,
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BCRYPT: &str = "$2b$05$or1/.0GN5au57Zaf2VLq4uEFgiAaThnIiDmR.PALArsYF.5l3Qatu";

    #[test]
    fn refuses_hashes_that_were_cut_or_are_of_another_kind() {
        assert!(is_known_hash(BCRYPT));
        for hash in [
            "",
            "seven green bottles",
            &BCRYPT[..50],
            &format!("{BCRYPT}="),
            &BCRYPT.replace("$2b$", "$2x$"),
            &BCRYPT.replace("$05$", "$5$"),
            "$pbkdf2-sha256$29000$N2YMIWQsBWBMae09x1jrPQ$1t8iyB2A.WF/Z5JZv.lfCIhXXN33N23OSgQYThBYRfk",
            "$argon2i$v=19$m=8192,t=1,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2g",
            "$bcrypt-sha256$v=2,t=2b,r=$o.EFQO72QaMydIMJhzAd2e$6McIBGyAN/j0nCMczH/VWGZgqdvgV3O",
        ] {
            assert!(!is_known_hash(hash), "{hash}");
        }
    }
}
