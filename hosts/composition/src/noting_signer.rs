//! A signer that tells when it begins to sign with another key.

use std::sync::{Arc, Mutex, PoisonError};

use auth_runtime::{ActiveKey, AdapterError, Purpose, Signer};

/// Passes every call on, and notes a change of the active key.
pub(crate) struct NotingSigner {
    inner: Arc<dyn Signer>,
    /// Notes the id of the new key.
    note: fn(&str),
    /// The id of the key that was active at the last call.
    last: Mutex<Option<String>>,
}

impl NotingSigner {
    pub(crate) fn new(inner: Arc<dyn Signer>, note: fn(&str)) -> Self {
        Self {
            inner,
            note,
            last: Mutex::default(),
        }
    }
}

impl Signer for NotingSigner {
    fn active(&self) -> Result<ActiveKey, AdapterError> {
        let key = self.inner.active()?;
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.as_deref() != Some(&key.id) {
            // The first key of a process is no change: it signed before the process began.
            if last.replace(key.id.clone()).is_some() {
                (self.note)(&key.id);
            }
        }
        drop(last);
        Ok(key)
    }

    fn sign(&self, id: &str, message: &[u8]) -> Result<Vec<u8>, AdapterError> {
        self.inner.sign(id, message)
    }

    fn mac(&self, purpose: Purpose, message: &[u8]) -> Result<Vec<u8>, AdapterError> {
        self.inner.mac(purpose, message)
    }

    fn macs(&self, purpose: Purpose, message: &[u8]) -> Result<Vec<Vec<u8>>, AdapterError> {
        self.inner.macs(purpose, message)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use auth_runtime::Algorithm;

    use super::*;

    thread_local!(static NOTED: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) });

    /// Signs with the keys in turn, from the last to the first.
    struct Turns(Mutex<Vec<&'static str>>);

    impl Signer for Turns {
        fn active(&self) -> Result<ActiveKey, AdapterError> {
            let id = self.0.lock().unwrap().pop();
            let id = id.ok_or_else(|| AdapterError::fault(std::io::Error::other("no key")))?;
            Ok(ActiveKey {
                id: id.to_owned(),
                algorithm: Algorithm::EdDsa,
            })
        }

        fn sign(&self, _: &str, _: &[u8]) -> Result<Vec<u8>, AdapterError> {
            Ok(vec![1])
        }

        fn mac(&self, _: Purpose, _: &[u8]) -> Result<Vec<u8>, AdapterError> {
            Ok(vec![2])
        }

        fn macs(&self, _: Purpose, _: &[u8]) -> Result<Vec<Vec<u8>>, AdapterError> {
            Ok(vec![vec![3]])
        }
    }

    #[test]
    fn a_change_of_the_active_key_is_noted_once() {
        let keys = Turns(Mutex::new(vec!["a", "c", "c", "b", "a", "a"]));
        let note = |id: &str| NOTED.with_borrow_mut(|noted| noted.push(id.to_owned()));
        let signer = NotingSigner::new(Arc::new(keys), note);
        while signer.active().is_ok() {}
        assert_eq!(NOTED.take(), ["b", "c", "a"]);
        assert_eq!(signer.sign("a", b"").unwrap(), [1]);
        assert_eq!(signer.mac(Purpose::RefreshToken, b"").unwrap(), [2]);
    }
}
