//! The account store: accounts by id, with an index of their addresses.

use std::ops::Bound;

use async_trait::async_trait;
use auth_runtime::{Account, AccountPage, AccountStore, AdapterError, InsertError, ReplaceError};
use redb::{ReadTransaction, ReadableTable};

use crate::failure::Failure;
use crate::record::{StoredAccount, encode, get};
use crate::store::EmbeddedStore;
use crate::tables::{ACCOUNT_IDS, ACCOUNTS, Tables};

#[async_trait]
impl AccountStore for EmbeddedStore {
    async fn find(&self, id: &str) -> Result<Option<Account>, AdapterError> {
        self.read(|transaction| account(&transaction.open_table(ACCOUNTS)?, id))
    }

    async fn find_by_email(&self, email_key: &str) -> Result<Option<Account>, AdapterError> {
        self.read(|transaction| {
            let Some(id) = transaction.open_table(ACCOUNT_IDS)?.get(email_key)? else {
                return Ok(None);
            };
            indexed(&transaction.open_table(ACCOUNTS)?, id.value()).map(Some)
        })
    }

    async fn insert(&self, account: Account) -> Result<(), InsertError> {
        let inserted = self.write(move |tables| insert(tables, account)).await?;
        if inserted {
            Ok(())
        } else {
            Err(InsertError::EmailTaken)
        }
    }

    async fn replace(&self, account: Account, replaces: u64) -> Result<(), ReplaceError> {
        self.compare_and_write(move |tables| replace(tables, account, replaces))
            .await
    }

    async fn remove(&self, id: &str, replaces: u64) -> Result<(), ReplaceError> {
        let id = id.to_owned();
        self.compare_and_write(move |tables| remove(tables, &id, replaces))
            .await
    }

    async fn list_page(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<AccountPage, AdapterError> {
        let (prefix, after) = (prefix.to_owned(), after.map(str::to_owned));
        self.read_many(move |transaction| page(transaction, &prefix, after.as_deref(), limit))
            .await
    }
}

fn insert(tables: &mut Tables<'_>, account: Account) -> Result<bool, Failure> {
    if tables
        .account_ids
        .get(account.email_key.as_str())?
        .is_some()
    {
        return Ok(false);
    }
    if tables.accounts.get(account.id.as_str())?.is_some() {
        return Err(Failure::Contract("the id of an account is not fresh"));
    }
    tables
        .account_ids
        .insert(account.email_key.as_str(), account.id.as_str())?;
    write(tables, account)?;
    Ok(true)
}

fn replace(tables: &mut Tables<'_>, new: Account, replaces: u64) -> Result<bool, Failure> {
    let Some(stored) = of_version(tables, &new.id, replaces)? else {
        return Ok(false);
    };
    if stored.email_key != new.email_key {
        return Err(Failure::Contract("the address of an account changes"));
    }
    write(tables, new)?;
    Ok(true)
}

fn remove(tables: &mut Tables<'_>, id: &str, replaces: u64) -> Result<bool, Failure> {
    let Some(stored) = of_version(tables, id, replaces)? else {
        return Ok(false);
    };
    tables.account_ids.remove(stored.email_key.as_str())?;
    tables.accounts.remove(id)?;
    Ok(true)
}

fn write(tables: &mut Tables<'_>, account: Account) -> Result<(), Failure> {
    let id = account.id.clone();
    let bytes = encode(&StoredAccount::V2(account))?;
    tables.accounts.insert(id.as_str(), bytes.as_slice())?;
    Ok(())
}

fn of_version(tables: &Tables<'_>, id: &str, version: u64) -> Result<Option<Account>, Failure> {
    Ok(account(&tables.accounts, id)?.filter(|stored| stored.version == version))
}

fn page(
    transaction: &ReadTransaction,
    prefix: &str,
    after: Option<&str>,
    limit: u32,
) -> Result<AccountPage, Failure> {
    let (ids, accounts) = (
        transaction.open_table(ACCOUNT_IDS)?,
        transaction.open_table(ACCOUNTS)?,
    );
    let start = match after {
        Some(after) if after >= prefix => Bound::Excluded(after),
        _ => Bound::Included(prefix),
    };
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut items = Vec::new();
    for entry in ids.range::<&str>((start, Bound::Unbounded))? {
        let (email_key, id) = entry?;
        if !email_key.value().starts_with(prefix) {
            break;
        }
        if items.len() == limit {
            return Ok(AccountPage { items, more: true });
        }
        items.push(indexed(&accounts, id.value())?);
    }
    Ok(AccountPage { items, more: false })
}

fn account(
    table: &impl ReadableTable<&'static str, &'static [u8]>,
    id: &str,
) -> Result<Option<Account>, Failure> {
    Ok(get::<StoredAccount>(table, id)?.map(Account::from))
}

/// Returns the account that an entry of the address index names.
fn indexed(
    table: &impl ReadableTable<&'static str, &'static [u8]>,
    id: &str,
) -> Result<Account, Failure> {
    let missing = || Failure::Damaged(format!("an address leads to no account: `{id}`"));
    account(table, id)?.ok_or_else(missing)
}
