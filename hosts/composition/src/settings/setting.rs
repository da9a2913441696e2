//! The type of one row in the table of settings.

/// A setting whose value is of type `T`.
pub struct Setting<T> {
    /// The setting's row in the table.
    pub row: Row,
    /// Parses a value, or one entry of a list. The error completes the sentence "`…` cannot be `x`:
    /// ".
    pub parse: fn(&str) -> Result<T, &'static str>,
}

/// The row of a setting in the table, without the type of its value.
pub struct Row {
    /// The name of the environment variable.
    pub variable: &'static str,
    /// The flag of `countersign serve`, without `--`. A secret has no flag, because the list of
    /// processes shows arguments.
    pub flag: Option<&'static str>,
    /// The placeholder for the value in the help of the flag.
    pub value_name: &'static str,
    /// One sentence for `--help` and the reference page, without a final stop.
    pub help: &'static str,
    /// What the reference page says in addition.
    pub details: &'static str,
    /// All accepted values, if they are few. Otherwise empty.
    pub choices: &'static [&'static str],
    /// Whether the value is a list with commas as separators.
    pub is_list: bool,
    /// Whether the value must not appear in logs and error messages.
    pub is_secret: bool,
    /// What the server does when the setting is unset.
    pub server: Unset,
    /// What the function on AWS Lambda does when the setting is unset.
    pub function: Unset,
    /// What the authorizer on AWS Lambda does when the setting is unset.
    pub authorizer: Unset,
    /// What the reference page says of the function, if it reads the setting in another way than
    /// the server.
    pub function_details: &'static str,
    /// The commands other than `serve` that read the setting.
    pub commands: &'static [&'static str],
}

/// The values that most rows share.
pub(super) const ROW: Row = Row {
    variable: "",
    flag: None,
    value_name: "",
    help: "",
    details: "",
    choices: &[],
    is_list: false,
    is_secret: false,
    server: Unset::Means("none"),
    function: Unset::Means("none"),
    authorizer: Unset::NotRead,
    function_details: "",
    commands: &[],
};

/// What a host does when a setting is unset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unset {
    /// The host uses this value.
    Default(&'static str),
    /// The host does what this text says.
    Means(&'static str),
    /// The host does not read the setting.
    NotRead,
    /// The host does not start.
    Refused,
}

/// A kind of program that is started with settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host {
    /// The authorizer on AWS Lambda, which reads variables only.
    Authorizer,
    /// The function on AWS Lambda, which reads variables only.
    Function,
    /// `countersign serve` and the other commands of the command line.
    Server,
}

impl Row {
    /// What a host does when this setting is unset.
    pub fn unset(&self, host: Host) -> Unset {
        match host {
            Host::Authorizer => self.authorizer,
            Host::Function => self.function,
            Host::Server => self.server,
        }
    }
}
