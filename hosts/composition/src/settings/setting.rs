//! The type of one row in the table of settings.

/// A setting whose value is of type `T`.
pub struct Setting<T> {
    /// Its row in the table.
    pub row: Row,
    /// Reads a value, or one entry of a list. The error follows "`…` cannot be `x`: " in a sentence.
    pub parse: fn(&str) -> Result<T, &'static str>,
}

/// The row of a setting in the table, without the type of its value.
pub struct Row {
    /// The variable of the environment.
    pub variable: &'static str,
    /// The flag of `countersign serve`, without `--`. A secret has none, because arguments show in the
    /// list of processes.
    pub flag: Option<&'static str>,
    /// What stands for the value in the help of the flag.
    pub value_name: &'static str,
    /// One sentence for `--help` and the reference, without a final stop.
    pub help: &'static str,
    /// What the reference adds.
    pub details: &'static str,
    /// The values, where they are few.
    pub choices: &'static [&'static str],
    /// Whether the value is a list, separated by commas.
    pub is_list: bool,
    /// Whether the value is kept out of logs and error messages.
    pub is_secret: bool,
    /// What the server does when it is unset.
    pub server: Unset,
    /// What the function on AWS Lambda does when it is unset.
    pub function: Unset,
    /// Where the function reads it otherwise than the server: what the reference says there.
    pub function_details: &'static str,
    /// The commands other than `serve` that read it.
    pub commands: &'static [&'static str],
}

/// What a host does when a setting is unset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unset {
    /// It takes this value.
    Default(&'static str),
    /// It does what these words say.
    Means(&'static str),
    /// The host does not read the setting.
    NotRead,
    /// It does not start.
    Refused,
}

/// One of the programs that are started with settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host {
    /// The function on AWS Lambda.
    Function,
    /// `countersign serve`, and the other commands.
    Server,
}

impl Row {
    /// What a host does when this setting is unset.
    pub fn unset(&self, host: Host) -> Unset {
        match host {
            Host::Function => self.function,
            Host::Server => self.server,
        }
    }
}
