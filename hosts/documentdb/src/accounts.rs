//! The account store on the database.

use async_trait::async_trait;
use auth_runtime::{Account, AccountPage, AccountStore, AdapterError, InsertError, ReplaceError};
use mongodb::bson::{Document, doc};

use crate::compare_and_set::{Inserted, collection};
use crate::documents::{AccountRecord, Written};
use crate::failure::Failure;
use crate::store::DocumentDbStore;

#[async_trait]
impl AccountStore for DocumentDbStore {
    async fn find(&self, id: &str) -> Result<Option<Account>, AdapterError> {
        let found = self.find_document::<AccountRecord>(id).await?;
        Ok(found.map(|record| record.0))
    }

    async fn find_by_email(&self, email_key: &str) -> Result<Option<Account>, AdapterError> {
        let found = self.repeatable(|database| async move {
            let accounts = collection::<AccountRecord>(&database);
            accounts.find_one(doc! { "email_key": email_key }).await
        });
        Ok(found.await?.map(|record| record.0))
    }

    async fn insert(&self, account: Account) -> Result<(), InsertError> {
        let new = Written::new(AccountRecord(account));
        match self.insert_document(&new).await {
            Ok(Inserted::Yes) => Ok(()),
            Ok(Inserted::KeyTaken) => Err(self.judge_taken(&new.record().0).await),
            Err(failure) => Err(InsertError::Adapter(failure.into())),
        }
    }

    async fn replace(&self, account: Account, replaces: u64) -> Result<(), ReplaceError> {
        self.replace_document(AccountRecord(account), replaces)
            .await
    }

    async fn remove(&self, id: &str, replaces: u64) -> Result<(), ReplaceError> {
        self.remove_document::<AccountRecord>(id, replaces).await
    }

    async fn list_page(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<AccountPage, AdapterError> {
        let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
        let one_more = limit.saturating_add(1);
        let sort = doc! { "email_key": 1 };
        let range = doc! { "email_key": range(prefix, after) };
        let mut found: Vec<AccountRecord> = self.find_documents(range, sort, one_more).await?;
        let more = found.len() > wanted;
        found.truncate(wanted);
        let items = found.into_iter().map(|record| record.0).collect();
        Ok(AccountPage { items, more })
    }
}

impl DocumentDbStore {
    /// Which key of a new account is taken: its address, which is a refusal, or its id, which is an
    /// error because ids must be fresh.
    async fn judge_taken(&self, new: &Account) -> InsertError {
        match self.find_document::<AccountRecord>(&new.id).await {
            Ok(Some(AccountRecord(other))) if other.email_key != new.email_key => {
                let fault = Failure::Contract("the id of an account is not fresh");
                InsertError::Adapter(fault.into())
            }
            Ok(_) => InsertError::EmailTaken,
            Err(failure) => InsertError::Adapter(failure.into()),
        }
    }
}

/// The bounds of the keys that start with `prefix` and are greater than `after`, for an index that
/// compares bytes.
fn range(prefix: &str, after: Option<&str>) -> Document {
    let mut range = doc! { "$gte": prefix };
    if let Some(after) = after.filter(|after| *after >= prefix) {
        range = doc! { "$gt": after };
    }
    if let Some(end) = successor(prefix) {
        range.insert("$lt", end);
    }
    range
}

/// The least text that is greater than every text with this prefix; `None` when no text is greater.
fn successor(prefix: &str) -> Option<String> {
    let mut end = prefix.to_owned();
    while let Some(last) = end.pop() {
        // UTF-8 sorts as its code points do, and a range of `char` skips code points that are not
        // characters.
        if let Some(next) = (last..=char::MAX).nth(1) {
            end.push(next);
            return Some(end);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_ends_where_the_next_begins() {
        for (prefix, end) in [
            ("", None),
            ("a", Some("b")),
            ("ab", Some("ac")),
            ("a\u{10ffff}", Some("b")),
            ("\u{10ffff}", None),
            ("\u{d7ff}", Some("\u{e000}")),
            ("\u{7f}", Some("\u{80}")),
        ] {
            assert_eq!(successor(prefix).as_deref(), end, "{prefix:?}");
        }
    }

    #[test]
    fn a_page_begins_after_the_last_key_but_never_before_the_prefix() {
        assert_eq!(range("b", None), doc! { "$gte": "b", "$lt": "c" });
        assert_eq!(range("b", Some("a")), doc! { "$gte": "b", "$lt": "c" });
        assert_eq!(range("b", Some("bb")), doc! { "$gt": "bb", "$lt": "c" });
        assert_eq!(range("", None), doc! { "$gte": "" });
    }
}
