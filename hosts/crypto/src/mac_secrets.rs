//! The secrets behind `signer.mac` in a key directory: the present one, and those before it that
//! still verify.

use zeroize::Zeroizing;

use crate::error::{KeyDirectoryError, KeyError};
use crate::mac_keys::MacKeys;
use crate::private_directory::{Lock, PrivateDirectory};

/// The present secret, 32 random bytes.
const CURRENT: &str = "mac.secret";
const SECRET_BYTES: usize = 32;
/// The most secrets that verify beside the present one. Each costs a code for every token.
const MOST_EARLIER: usize = 7;

/// A secret that was replaced. Its file holds its end and the secret.
struct Earlier {
    name: String,
    /// Until when its codes are right, in milliseconds since the Unix epoch.
    until: u64,
    secret: Zeroizing<Vec<u8>>,
}

/// Whether a file of this name holds a secret.
pub(crate) fn is_secret_file(name: &str) -> bool {
    name == CURRENT || is_earlier_file(name)
}

fn is_earlier_file(name: &str) -> bool {
    name.starts_with("mac-") && name.ends_with(".secret")
}

/// Whether the present secret exists.
pub(crate) fn exist(directory: &PrivateDirectory) -> Result<bool, KeyDirectoryError> {
    Ok(read_current(directory)?.is_some())
}

/// Makes the first secret, unless there is one.
pub(crate) fn fill(directory: &PrivateDirectory, lock: &Lock) -> Result<(), KeyDirectoryError> {
    match exist(directory)? {
        true => Ok(()),
        false => make(directory, lock),
    }
}

/// The keys of all secrets.
pub(crate) fn load(directory: &PrivateDirectory) -> Result<MacKeys, KeyDirectoryError> {
    let current = read_current(directory)?;
    let current = current.ok_or_else(|| directory.bad_file(CURRENT, "missing"))?;
    let earlier = read_earlier(directory)?;
    let keys = earlier
        .iter()
        .try_fold(MacKeys::derive(&current)?, |keys, earlier| {
            keys.with_other(&earlier.secret, earlier.until)
        })?;
    Ok(keys)
}

/// Replaces the present secret. It and the secrets before it verify until a time in milliseconds
/// since the Unix epoch, or to their earlier end. A crash between two writes leaves every code right
/// that was right before.
pub(crate) fn rotate(
    directory: &PrivateDirectory,
    lock: &Lock,
    now: u64,
    until: u64,
) -> Result<(), KeyDirectoryError> {
    let secret = read_current(directory)?;
    let secret = secret.ok_or_else(|| directory.bad_file(CURRENT, "missing"))?;
    let (kept, over): (Vec<_>, Vec<_>) = read_earlier(directory)?
        .into_iter()
        .partition(|earlier| earlier.until > now);
    for earlier in over {
        directory.remove(&earlier.name)?;
    }
    if until > now {
        if kept.len() == MOST_EARLIER {
            return Err(KeyDirectoryError::TooManySecrets(MOST_EARLIER));
        }
        let is_free = |name: &String| kept.iter().all(|earlier| earlier.name != *name);
        let mut names = (1_u32..).map(|number| format!("mac-{number}.secret"));
        let name = names.find(is_free).unwrap_or_default();
        write_earlier(
            directory,
            lock,
            &Earlier {
                name,
                until,
                secret,
            },
        )?;
    }
    make(directory, lock)?;
    for earlier in kept.into_iter().filter(|earlier| earlier.until > until) {
        match until > now {
            true => write_earlier(directory, lock, &Earlier { until, ..earlier })?,
            false => directory.remove(&earlier.name)?,
        }
    }
    Ok(())
}

fn make(directory: &PrivateDirectory, lock: &Lock) -> Result<(), KeyDirectoryError> {
    let mut secret = Zeroizing::new([0; SECRET_BYTES]);
    aws_lc_rs::rand::fill(&mut *secret).map_err(KeyError::from)?;
    directory.write(lock, CURRENT, &*secret)
}

fn read_current(
    directory: &PrivateDirectory,
) -> Result<Option<Zeroizing<Vec<u8>>>, KeyDirectoryError> {
    match directory.read(CURRENT)? {
        Some(secret) if secret.len() != SECRET_BYTES => {
            Err(directory.bad_file(CURRENT, "it has not 32 bytes"))
        }
        secret => Ok(secret),
    }
}

fn read_earlier(directory: &PrivateDirectory) -> Result<Vec<Earlier>, KeyDirectoryError> {
    let mut all = Vec::new();
    for name in directory
        .names()?
        .into_iter()
        .filter(|name| is_earlier_file(name))
    {
        // A concurrent rotation may have removed the file since the names were listed.
        let Some(contents) = directory.read(&name)? else {
            continue;
        };
        match contents.split_first_chunk() {
            Some((until, secret)) if secret.len() == SECRET_BYTES => all.push(Earlier {
                until: u64::from_be_bytes(*until),
                secret: Zeroizing::new(secret.to_vec()),
                name,
            }),
            _ => return Err(directory.bad_file(&name, "it has not 40 bytes")),
        }
    }
    Ok(all)
}

fn write_earlier(
    directory: &PrivateDirectory,
    lock: &Lock,
    earlier: &Earlier,
) -> Result<(), KeyDirectoryError> {
    let contents = [&earlier.until.to_be_bytes()[..], &earlier.secret].concat();
    directory.write(lock, &earlier.name, &Zeroizing::new(contents))
}
