//! The arguments of the program.

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

const USAGE: &str = "usage: import-users [--ids FILE] [DATA_DIRECTORY] < users.jsonl";

/// What the program is called with.
#[derive(Debug, Default, PartialEq)]
pub struct Arguments {
    /// The data directory; without one `MONGODB_URI` names a database.
    pub directory: Option<PathBuf>,
    /// The file for the ids that accounts had and have.
    pub ids: Option<PathBuf>,
}

impl Arguments {
    /// Reads the arguments after the name of the program.
    ///
    /// # Errors
    /// With the usage, for any other form.
    pub fn parse(mut words: impl Iterator<Item = OsString>) -> Result<Self> {
        let mut arguments = Self::default();
        while let Some(word) = words.next() {
            if word == "--ids" && arguments.ids.is_none() {
                arguments.ids = Some(words.next().context(USAGE)?.into());
            } else if arguments.directory.is_none() && !word.as_encoded_bytes().starts_with(b"-") {
                arguments.directory = Some(word.into());
            } else {
                bail!(USAGE);
            }
        }
        Ok(arguments)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_directory_and_a_table_in_any_order_and_nothing_else() {
        let parse = |text: &str| Arguments::parse(text.split_whitespace().map(OsString::from));
        let both = Arguments {
            directory: Some("data".into()),
            ids: Some("ids.jsonl".into()),
        };
        assert_eq!(parse("--ids ids.jsonl data").unwrap(), both);
        assert_eq!(parse("data --ids ids.jsonl").unwrap(), both);
        assert_eq!(parse("").unwrap(), Arguments::default());
        for wrong in ["--ids", "a b", "--help", "--ids a --ids b"] {
            assert_eq!(parse(wrong).unwrap_err().to_string(), USAGE, "{wrong}");
        }
    }
}
