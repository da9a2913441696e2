//! Reads settings from environment variables.

use std::env;
use std::ffi::OsString;

use anyhow::{Context, Result, anyhow, bail};

use super::setting::{Host, Row, Setting, Unset};

/// The environment variables of a process, read for one host. An empty variable counts as unset.
pub struct Variables<F> {
    host: Host,
    lookup: F,
}

impl Variables<fn(&'static str) -> Option<OsString>> {
    /// The environment variables of this process.
    pub fn of_process(host: Host) -> Self {
        Self::new(host, env::var_os)
    }
}

impl<F: Fn(&'static str) -> Option<OsString>> Variables<F> {
    /// The variables that `lookup` returns for their names. Tests pass a map here.
    pub fn new(host: Host, lookup: F) -> Self {
        Self { host, lookup }
    }

    /// The value of a setting, or its default.
    ///
    /// # Errors
    /// When the setting is unset and has no default, or its value cannot be used.
    pub fn value<T>(&self, setting: &Setting<T>) -> Result<T> {
        let text = match (self.text(&setting.row)?, setting.row.unset(self.host)) {
            (Some(text), _) => text,
            (None, Unset::Default(text)) => text.to_owned(),
            (None, _) => bail!("{} is not set", setting.row.variable),
        };
        parse(setting, &text)
    }

    /// The value of a setting; `None` when it is unset.
    ///
    /// # Errors
    /// When its value cannot be used.
    pub fn optional<T>(&self, setting: &Setting<T>) -> Result<Option<T>> {
        let text = self.text(&setting.row)?;
        text.map(|text| parse(setting, &text)).transpose()
    }

    /// The entries of a list; an empty list when the setting is unset.
    ///
    /// # Errors
    /// When an entry cannot be used.
    pub fn list<T>(&self, setting: &Setting<T>) -> Result<Vec<T>> {
        let text = self.text(&setting.row)?.unwrap_or_default();
        let entries = text.split(',').filter(|_| !text.is_empty());
        entries.map(|entry| parse(setting, entry)).collect()
    }

    fn text(&self, row: &Row) -> Result<Option<String>> {
        let Some(value) = (self.lookup)(row.variable) else {
            return Ok(None);
        };
        let text = value.into_string().ok();
        let text =
            text.with_context(|| format!("{} cannot be used: it is not UTF-8 text", row.variable))?;
        Ok(Some(text).filter(|text| !text.trim().is_empty()))
    }
}

fn parse<T>(setting: &Setting<T>, text: &str) -> Result<T> {
    let Row {
        variable,
        is_secret,
        ..
    } = setting.row;
    (setting.parse)(text).map_err(|reason| match is_secret {
        true => anyhow!("{variable} cannot be used: {reason}"),
        false => anyhow!("{variable} cannot be `{text}`: {reason}"),
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStringExt;

    use super::super::table;
    use super::*;

    fn variables(
        host: Host,
        name: &'static str,
        value: impl Into<OsString>,
    ) -> Variables<impl Fn(&'static str) -> Option<OsString>> {
        let value = value.into();
        Variables::new(host, move |wanted| (wanted == name).then(|| value.clone()))
    }

    #[test]
    fn an_empty_variable_counts_as_unset() {
        for value in ["", " "] {
            let variables = variables(Host::Function, "COUNTERSIGN_AUDIENCE", value);
            assert_eq!(variables.value(&table::AUDIENCE).unwrap(), "countersign");
            assert!(variables.optional(&table::AUDIENCE).unwrap().is_none());
            assert!(variables.list(&table::ALLOWED_ORIGINS).unwrap().is_empty());
        }
    }

    #[test]
    fn a_setting_without_a_default_must_be_set() {
        let variables = variables(Host::Function, "OTHER", "x");
        let error = variables.value(&table::ISSUER).expect_err("an error");
        assert_eq!(error.to_string(), "COUNTERSIGN_ISSUER is not set");
    }

    #[test]
    fn a_value_that_is_not_text_is_named_but_not_shown() {
        let value = OsString::from_vec(vec![0xff]);
        let variables = variables(Host::Server, "JWT_SECRET_KEY", value);
        let error = variables.optional(&table::JWT_SECRET_KEY).err().unwrap();
        assert_eq!(
            error.to_string(),
            "JWT_SECRET_KEY cannot be used: it is not UTF-8 text"
        );
    }
}
