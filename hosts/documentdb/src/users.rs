//! The user of the database with which a service connects.

use auth_runtime::AdapterError;
use mongodb::Database;
use mongodb::bson::{Document, doc};

use crate::credentials::Credential;
use crate::failure::Failure;
use crate::store::DocumentDbStore;

/// The database that keeps the users of the cluster.
const USERS: &str = "admin";
/// The code for a user that exists already.
const USER_EXISTS: [i32; 2] = [11000, 51003];

impl DocumentDbStore {
    /// Creates a user who may read and write the database of the service, and nothing else. A user
    /// who exists stays as it is, with its password and rights. Returns whether it was created.
    ///
    /// # Errors
    /// When the call to the database fails, for example because the user of this connection may not
    /// create users.
    pub async fn create_user(&self, credential: &Credential) -> Result<bool, AdapterError> {
        let user = &credential.user;
        let found = self
            .repeatable(|database| async move {
                users(&database)
                    .run_command(doc! { "usersInfo": user })
                    .await
            })
            .await?;
        if found
            .get_array("users")
            .is_ok_and(|users| !users.is_empty())
        {
            return Ok(false);
        }
        let made = self
            .patient(|database| async move {
                let command = creation(credential, database.name());
                users(&database).run_command(command).await
            })
            .await;
        match made {
            Ok(_) => Ok(true),
            Err(Failure::Command(code)) if USER_EXISTS.contains(&code) => Ok(false),
            Err(failure) => Err(failure.into()),
        }
    }
}

fn users(database: &Database) -> Database {
    database.client().database(USERS)
}

fn creation(credential: &Credential, database: &str) -> Document {
    doc! {
        "createUser": &credential.user,
        "pwd": credential.password.expose(),
        "roles": [{ "role": "readWrite", "db": database }],
    }
}

#[cfg(test)]
mod tests {
    use auth_runtime::SecretText;

    use super::*;

    #[test]
    fn the_user_may_read_and_write_one_database() {
        let credential = Credential {
            user: "countersign".to_owned(),
            password: SecretText::new("hunter2".to_owned()),
        };
        let roles = creation(&credential, "auth")
            .get_array("roles")
            .unwrap()
            .clone();
        assert_eq!(roles, [doc! { "role": "readWrite", "db": "auth" }.into()]);
    }
}
