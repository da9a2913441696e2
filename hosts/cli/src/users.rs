//! `countersign users`: the component's flows for accounts, called by the operator.

mod offline_service;
mod refusal;

use std::io::{self, Write};

use auth_runtime::{
    AccountOrigin, AccountStatus, AccountView, AdministrationError, Authority, NewAccount,
    PageRequest, Service,
};
use serde::Serialize;

use crate::args::{CreateUser, ListUsers, OneUser, UsersCommand};
use crate::data_directory::DataDirectory;
use crate::failure::{Failure, Outcome, unanswered};
use crate::settings::{DataDirectorySetting, DatabaseSettings, PolicySetting};
use crate::{columns, prompt, timestamp};

use offline_service::OfflineService;
use refusal::refusal;

/// The most accounts that the component returns in one page.
const PAGE: u32 = 200;

/// Runs one `countersign users` command.
///
/// # Errors
/// When the component refuses the change, or the store cannot be used.
pub fn run(command: UsersCommand) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        match command {
            UsersCommand::Create(arguments) => create(arguments).await,
            UsersCommand::List(arguments) => list(&arguments).await,
            UsersCommand::Disable(one) => set_status(&one, AccountStatus::Disabled).await,
            UsersCommand::Enable(one) => set_status(&one, AccountStatus::Active).await,
            UsersCommand::Unlock(one) => unlock(&one).await,
        }
    })
}

async fn create(arguments: CreateUser) -> Outcome {
    arguments.log.start();
    // The operator may make the first administrator before the first start of the server.
    let directory = || DataDirectory::open_or_create(&arguments.data.path);
    let offline = OfflineService::open(&arguments.database, directory, &arguments.policy).await?;
    let CreateUser { email, roles, .. } = arguments;
    let password = match arguments.initial_password {
        true => None,
        false => Some(prompt::read_new_password(arguments.password_stdin)?),
    };
    let account = NewAccount {
        email,
        roles,
        password,
    };
    let created = offline
        .service()
        .create_account(&Authority::Operator, &account)
        .await;
    let created = created
        .map_err(unanswered)?
        .map_err(|error| refusal(&error, offline.service()))?;
    let mut output = io::stdout();
    writeln!(
        output,
        "made account {} for {}",
        created.account.id, created.account.email
    )?;
    if let Some(initial) = created.initial_password {
        let until = timestamp::format_millis(initial.expires_at);
        writeln!(
            output,
            "initial password, to be replaced until {until}: {}",
            initial.password
        )?;
    }
    Ok(())
}

async fn set_status(one: &OneUser, status: AccountStatus) -> Outcome {
    one.log.start();
    let offline = open(&one.data, &one.database).await?;
    let service = offline.service();
    let id = find(service, &one.account).await?.id;
    let changed = service
        .set_account_status(&Authority::Operator, &id, status)
        .await;
    let account = changed
        .map_err(unanswered)?
        .map_err(|error| refusal(&error, service))?;
    let status = status_name(account.status);
    writeln!(
        io::stdout(),
        "account {} of {} is {status}",
        account.id,
        account.email
    )?;
    Ok(())
}

async fn unlock(one: &OneUser) -> Outcome {
    one.log.start();
    let offline = open(&one.data, &one.database).await?;
    let service = offline.service();
    let account = find(service, &one.account).await?;
    let unlocked = service.unlock_account(&Authority::Operator, &account.id);
    unlocked
        .await
        .map_err(unanswered)?
        .map_err(|error| refusal(&error, service))?;
    writeln!(
        io::stdout(),
        "account {} of {} is unlocked",
        account.id,
        account.email
    )?;
    Ok(())
}

/// Finds the account with this id or address.
async fn find(service: &Service, account: &str) -> Outcome<AccountView> {
    let operator = Authority::Operator;
    let found = match account.contains('@') {
        true => service.find_account(&operator, account).await,
        // An id is written in lower case and read in any (RFC 9562 §4).
        false => {
            let id = account.to_ascii_lowercase();
            service.read_account(&operator, &id).await
        }
    };
    found.map_err(unanswered)?.map_err(|error| match error {
        AdministrationError::NotFound => {
            Failure::Refused(format!("there is no account `{account}`"))
        }
        error => refusal(&error, service),
    })
}

async fn list(arguments: &ListUsers) -> Outcome {
    let offline = open(&arguments.data, &arguments.database).await?;
    let mut output = io::stdout().lock();
    let mut cursor = None;
    let mut first = true;
    loop {
        let page = PageRequest {
            limit: PAGE,
            cursor,
        };
        let page = read_page(offline.service(), &arguments.search, page).await?;
        if arguments.json {
            write_json(&mut output, &page.items, first)?;
        } else {
            write_table(&mut output, &page.items, first)?;
        }
        cursor = page.next;
        first = false;
        if cursor.is_none() {
            break;
        }
    }
    if arguments.json {
        writeln!(output, "\n]")?;
    }
    Ok(())
}

async fn open(data: &DataDirectorySetting, database: &DatabaseSettings) -> Outcome<OfflineService> {
    // Commands for existing accounts use neither the policy's roles nor its hashing.
    let directory = || DataDirectory::open(&data.path);
    OfflineService::open(database, directory, &PolicySetting { path: None }).await
}

async fn read_page(
    service: &Service,
    search: &str,
    page: PageRequest,
) -> Outcome<auth_runtime::AccountListPage> {
    let page = service
        .list_accounts(&Authority::Operator, search, &page)
        .await;
    page.map_err(unanswered)?
        .map_err(|error| refusal(&error, service))
}

/// An account as JSON, with the members that `GET /v1/users` returns.
#[derive(Serialize)]
struct ListedAccount<'a> {
    id: &'a str,
    email: &'a str,
    roles: &'a [String],
    status: &'a str,
    origin: &'a str,
    created_at: String,
    updated_at: String,
}

impl<'a> From<&'a AccountView> for ListedAccount<'a> {
    fn from(account: &'a AccountView) -> Self {
        Self {
            id: &account.id,
            email: &account.email,
            roles: &account.roles,
            status: status_name(account.status),
            origin: origin_name(account.origin),
            created_at: timestamp::format_millis(account.created_at),
            updated_at: timestamp::format_millis(account.updated_at),
        }
    }
}

/// Writes one page of a JSON array. The caller closes the array.
fn write_json(output: &mut impl Write, accounts: &[AccountView], first: bool) -> Outcome {
    let mut separator = if first { "[\n  " } else { ",\n  " };
    if first && accounts.is_empty() {
        write!(output, "[")?;
    }
    for account in accounts {
        write!(
            output,
            "{separator}{}",
            serde_json::to_string(&ListedAccount::from(account))?
        )?;
        separator = ",\n  ";
    }
    Ok(())
}

fn write_table(output: &mut impl Write, accounts: &[AccountView], first: bool) -> Outcome {
    let header = ["ID", "STATUS", "ORIGIN", "CREATED", "EMAIL", "ROLES"].map(str::to_owned);
    let rows = accounts.iter().map(|account| {
        let account = ListedAccount::from(account);
        let (id, status, email) = (account.id, account.status, account.email);
        let roles = account.roles.join(",");
        [
            id.to_owned(),
            status.to_owned(),
            account.origin.to_owned(),
            account.created_at,
            email.to_owned(),
            roles,
        ]
    });
    let rows: Vec<_> = first.then_some(header).into_iter().chain(rows).collect();
    Ok(columns::write(output, &rows)?)
}

fn status_name(status: AccountStatus) -> &'static str {
    match status {
        AccountStatus::Active => "active",
        AccountStatus::Disabled => "disabled",
    }
}

fn origin_name(origin: AccountOrigin) -> &'static str {
    match origin {
        AccountOrigin::Created => "created",
        AccountOrigin::Operator => "operator",
        AccountOrigin::Registered => "registered",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(email: &str) -> AccountView {
        AccountView {
            id: "id".to_owned(),
            email: email.to_owned(),
            roles: vec!["a".to_owned(), "b".to_owned()],
            status: AccountStatus::Active,
            origin: AccountOrigin::Operator,
            created_at: 0,
            updated_at: 1000,
        }
    }

    #[test]
    fn pages_make_one_json_array() {
        for pages in [
            vec![vec![]],
            vec![vec!["a@a"]],
            vec![vec!["a@a", "b@b"], vec!["c@c"]],
        ] {
            let mut output = Vec::new();
            for (index, page) in pages.iter().enumerate() {
                let page: Vec<_> = page.iter().map(|email| account(email)).collect();
                assert!(write_json(&mut output, &page, index == 0).is_ok());
            }
            output.extend_from_slice(b"\n]");
            let array: Vec<serde_json::Value> = serde_json::from_slice(&output).unwrap();
            let emails: Vec<_> = array
                .iter()
                .map(|account| account["email"].as_str())
                .collect();
            let expected: Vec<_> = pages.iter().flatten().copied().map(Some).collect();
            assert_eq!(emails, expected);
        }
    }

    #[test]
    fn the_table_has_one_header() {
        let mut output = Vec::new();
        for first in [true, false] {
            assert!(write_table(&mut output, &[account("a@a")], first).is_ok());
        }
        let text = String::from_utf8(output).unwrap();
        assert_eq!(text.matches("EMAIL").count(), 1);
        assert!(
            text.lines()
                .skip(1)
                .all(|line| line.ends_with("a@a  a,b") || line.contains("a@a"))
        );
    }
}
