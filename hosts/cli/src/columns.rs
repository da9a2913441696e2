//! Prints rows of text in aligned columns.

use std::io::{self, Write};

/// Writes the rows. Each column is as wide as its widest cell, with two spaces between columns.
pub fn write<const COLUMNS: usize>(
    mut output: impl Write,
    rows: &[[String; COLUMNS]],
) -> io::Result<()> {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths: [_; COLUMNS] = std::array::from_fn(|column| width(column).unwrap_or_default());
    for row in rows {
        let padded = row
            .iter()
            .zip(widths)
            .map(|(cell, width)| format!("{cell:width$}"));
        let line = padded.collect::<Vec<_>>().join("  ");
        writeln!(output, "{}", line.trim_end())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let rows = [["a", "bcd"], ["émile", "b"], ["x", ""]].map(|row| row.map(str::to_owned));
        let mut output = Vec::new();
        write(&mut output, &rows).unwrap();
        assert_eq!(
            String::from_utf8(output).unwrap(),
            "a      bcd\némile  b\nx\n"
        );
    }
}
