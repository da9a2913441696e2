//! Keys that the service generates and stores itself: one file for each key in a private directory.

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use auth_runtime::Clock;

use crate::algorithm::Algorithm;
use crate::error::KeyDirectoryError;
use crate::key_file;
use crate::key_set::{KeyInfo, KeySet};
use crate::lifecycle::{Appointment, KeyState};
use crate::mac_secrets;
use crate::private_directory::{Lock, PrivateDirectory, Stamp};
use crate::signing_key::SigningKey;

const MAX_LEAD: Duration = Duration::from_secs(366 * 86_400);

/// A directory of keys. A change writes one file, and processes take turns to change the directory.
pub struct KeyDirectory {
    directory: PrivateDirectory,
    algorithm: Algorithm,
    clock: Arc<dyn Clock>,
    token_millis: u64,
}

impl KeyDirectory {
    /// Opens the directory, with mode 0700. A directory without a key gets one that is active at
    /// once.
    ///
    /// New keys are of `algorithm`; existing keys keep theirs. `token_lifetime` is the longest time
    /// that an access token is accepted, leeway included. A retired key verifies for that long.
    pub fn open_or_create(
        path: impl Into<PathBuf>,
        algorithm: Algorithm,
        clock: Arc<dyn Clock>,
        token_lifetime: Duration,
    ) -> Result<Self, KeyDirectoryError> {
        if algorithm == Algorithm::Hs256 {
            return Err(KeyDirectoryError::SharedSecret);
        }
        let directory = PrivateDirectory::open_or_create(path.into())?;
        let token_millis = u64::try_from(token_lifetime.as_millis()).unwrap_or(u64::MAX);
        let keys = Self {
            directory,
            algorithm,
            clock,
            token_millis,
        };
        keys.fill()?;
        Ok(keys)
    }

    /// Reads all keys. Fails when a file is damaged, or when other users can read it.
    pub fn load(&self) -> Result<KeySet, KeyDirectoryError> {
        let keys = self.read_keys()?;
        if keys.is_empty() {
            return Err(KeyDirectoryError::Empty(self.directory.path().to_owned()));
        }
        let mac_keys = mac_secrets::load(&self.directory)?;
        Ok(KeySet::of_succession(keys, mac_keys, self.token_millis))
    }

    /// Adds a key that becomes active after `lead`; at that time the active key retires. `lead`
    /// must not be shorter than the time that verifiers cache a JWKS, unless a key has leaked. The
    /// call also removes keys that no unexpired token needs.
    pub fn rotate(&self, lead: Duration) -> Result<KeyInfo, KeyDirectoryError> {
        if lead > MAX_LEAD {
            return Err(KeyDirectoryError::LeadTooLong);
        }
        let lock = self.directory.lock()?;
        let now = self.clock.now();
        let lead = u64::try_from(lead.as_millis()).unwrap_or(u64::MAX);
        // The new key follows the active one, even when the clock is behind the active key's
        // activation.
        let follows = self
            .load()?
            .active_life(now)
            .map_or(0, |life| life.activates_at);
        let activates_at = now.saturating_add(lead).max(follows.saturating_add(1));
        let id = self.add_key(&lock, now, activates_at)?;
        let keys = self.load()?.list(now);
        for key in keys.iter().filter(|key| key.state == KeyState::Removed) {
            self.directory.remove(&file_name(&key.id))?;
        }
        keys.into_iter()
            .find(|key| key.id == id)
            .ok_or(KeyDirectoryError::Unknown(id))
    }

    /// Takes a key out of service now. A published key then never signs, and tokens of a retired
    /// key are refused. The active key cannot be retired in this way: rotate first.
    pub fn retire(&self, id: &str) -> Result<(), KeyDirectoryError> {
        let lock = self.directory.lock()?;
        let now = self.clock.now();
        if self
            .load()?
            .active(now)
            .is_some_and(|active| active.id() == id)
        {
            return Err(KeyDirectoryError::Active(id.to_owned()));
        }
        let key = self
            .read_keys()?
            .into_iter()
            .find(|(key, _)| key.id() == id);
        let (key, appointment) = key.ok_or_else(|| KeyDirectoryError::Unknown(id.to_owned()))?;
        if appointment.withdrawn_at.is_some() {
            return Ok(());
        }
        self.write_key(
            &lock,
            &key,
            &Appointment {
                withdrawn_at: Some(now),
                ..appointment
            },
        )
    }

    /// Replaces the secret behind refresh and device tokens. Tokens of the secrets before it are
    /// accepted for `overlap`, and not longer than before.
    pub fn rotate_secret(&self, overlap: Duration) -> Result<(), KeyDirectoryError> {
        let lock = self.directory.lock()?;
        let now = self.clock.now();
        let overlap = u64::try_from(overlap.as_millis()).unwrap_or(u64::MAX);
        mac_secrets::rotate(&self.directory, &lock, now, now.saturating_add(overlap))
    }

    /// Describes all keys, in the order of activation.
    pub fn list(&self) -> Result<Vec<KeyInfo>, KeyDirectoryError> {
        Ok(self.load()?.list(self.clock.now()))
    }

    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// A value that changes when a key file is added, changed or removed.
    pub(crate) fn stamp(&self) -> Result<Stamp, KeyDirectoryError> {
        self.directory
            .stamp(|name| mac_secrets::is_secret_file(name) || is_key_file(name))
    }

    /// Creates the MAC secret and the first key where they are missing.
    fn fill(&self) -> Result<(), KeyDirectoryError> {
        if mac_secrets::exist(&self.directory)? && !self.read_keys()?.is_empty() {
            return Ok(());
        }
        let lock = self.directory.lock()?;
        mac_secrets::fill(&self.directory, &lock)?;
        // Another process may have created a key since the first look.
        if self.read_keys()?.is_empty() {
            let now = self.clock.now();
            self.add_key(&lock, now, now)?;
        }
        Ok(())
    }

    fn add_key(
        &self,
        lock: &Lock,
        created_at: u64,
        activates_at: u64,
    ) -> Result<String, KeyDirectoryError> {
        let key = SigningKey::generate(self.algorithm)?;
        let appointment = Appointment {
            created_at,
            activates_at,
            withdrawn_at: None,
        };
        self.write_key(lock, &key, &appointment)?;
        Ok(key.id().to_owned())
    }

    fn write_key(
        &self,
        lock: &Lock,
        key: &SigningKey,
        appointment: &Appointment,
    ) -> Result<(), KeyDirectoryError> {
        let text = key_file::write(key, appointment)?;
        self.directory.write(lock, &file_name(key.id()), &text)
    }

    fn read_keys(&self) -> Result<Vec<(SigningKey, Appointment)>, KeyDirectoryError> {
        let mut keys = Vec::new();
        for name in self
            .directory
            .names()?
            .iter()
            .filter(|name| is_key_file(name))
        {
            // A concurrent rotation may have removed the file since the names were listed.
            let Some(text) = self.directory.read(name)? else {
                continue;
            };
            let key =
                key_file::read(&text).map_err(|error| self.directory.bad_file(name, error))?;
            if file_name(key.0.id()) != *name {
                return Err(self
                    .directory
                    .bad_file(name, "it is not named after its key"));
            }
            keys.push(key);
        }
        Ok(keys)
    }
}

fn file_name(id: &str) -> String {
    format!("key-{id}.json")
}

fn is_key_file(name: &str) -> bool {
    name.starts_with("key-") && name.ends_with(".json")
}
