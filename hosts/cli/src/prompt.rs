//! Reads a new password: typed twice without echo, or from a pipe.

use std::io::{self, BufRead, IsTerminal};

use anyhow::{Context, Result, bail};

/// The most bytes that are read of a line. No policy accepts a password this long.
const MAX_LINE_BYTES: u64 = 64 << 10;

/// Asks for the password on the terminal. Without a terminal, or when `piped` is set, it reads the
/// first line of standard input.
///
/// # Errors
/// When standard input has no password, or the two entries differ.
pub fn read_new_password(piped: bool) -> Result<String> {
    if piped || !io::stdin().is_terminal() {
        return read_line(io::stdin().lock());
    }
    let ask = |prompt| rpassword::prompt_password(prompt).context("cannot ask for the password");
    let password = ask("Password: ")?;
    if ask("Once more: ")? != password {
        bail!("the two passwords differ");
    }
    Ok(password)
}

fn read_line(input: impl BufRead) -> Result<String> {
    let mut line = String::new();
    let read = input.take(MAX_LINE_BYTES).read_line(&mut line);
    read.context("cannot read the password from standard input")?;
    let password = line.strip_suffix('\n').unwrap_or(&line);
    let password = password.strip_suffix('\r').unwrap_or(password);
    if password.is_empty() {
        bail!("standard input holds no password");
    }
    Ok(password.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_first_line_as_it_is() {
        for (input, password) in [
            ("correct horse battery", "correct horse battery"),
            ("secret\n", "secret"),
            ("secret\r\nmore\n", "secret"),
            (" secret \n\n", " secret "),
        ] {
            assert_eq!(read_line(input.as_bytes()).unwrap(), password);
        }
    }

    #[test]
    fn refuses_what_holds_no_password() {
        for input in [&b""[..], b"\n", b"\r\n", b"\xff\n"] {
            assert!(read_line(input).is_err());
        }
    }
}
