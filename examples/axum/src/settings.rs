//! The settings of the service, from environment variables.

use std::env;
use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

/// The settings of this service.
pub struct Settings {
    /// The port to listen on.
    pub port: u16,
    /// The value that `iss` of a token must have.
    pub issuer: String,
    /// A value that `aud` of a token must contain.
    pub audience: String,
    /// The URL where this service reaches Countersign.
    pub countersign: String,
    /// How long a fetch of the keys keeps an unknown key id from causing another one.
    pub cool_down: Duration,
}

impl Settings {
    /// Reads the variables that the README lists.
    ///
    /// # Errors
    /// When the text of a variable has the wrong form. The sentence names the variable.
    pub fn from_environment() -> Result<Self, String> {
        let issuer = variable("COUNTERSIGN_ISSUER", "http://127.0.0.1:8080".to_owned())?;
        Ok(Self {
            port: variable("PORT", 8000)?,
            audience: variable("COUNTERSIGN_AUDIENCE", "documents".to_owned())?,
            countersign: variable("COUNTERSIGN_URL", issuer.clone())?,
            cool_down: Duration::from_secs(variable("JWKS_COOL_DOWN_SECONDS", 30)?),
            issuer,
        })
    }
}

fn variable<T>(name: &str, default: T) -> Result<T, String>
where
    T: FromStr<Err: Display>,
{
    match env::var(name) {
        Ok(text) => text.parse().map_err(|error| format!("{name}: {error}")),
        Err(env::VarError::NotPresent) => Ok(default),
        Err(error) => Err(format!("{name}: {error}")),
    }
}
