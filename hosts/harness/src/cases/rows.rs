//! Rows of parameters from a file: CSV with a row of names, or JSON lines.

use std::ops::Range;

use serde_json::{Map, Value as Json};
use toml::de::DeValue;

use crate::cases::parameters::Values;
use crate::source::Source;

/// The values of a row, or why it cannot be read.
pub(crate) type Row<'d> = (Range<usize>, Result<Values<'d>, String>);

/// Reads all rows. A file whose name ends in `.csv` is CSV, any other one JSON lines.
pub(crate) fn read<'d>(source: &Source) -> Vec<Row<'d>> {
    let is_csv = source
        .path()
        .extension()
        .is_some_and(|extension| extension == "csv");
    if is_csv {
        read_csv(source)
    } else {
        read_json_lines(source.text())
    }
}

fn read_csv<'d>(source: &Source) -> Vec<Row<'d>> {
    let text = source.text();
    let start = text.len() - text.trim_start_matches('\u{feff}').len();
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(&text.as_bytes()[start..]);
    let at = |position: Option<&csv::Position>| {
        let byte = position.and_then(|position| usize::try_from(position.byte()).ok());
        let byte = (start + byte.unwrap_or_default()).min(text.len());
        // A row begins after the line feed of the row before it.
        let byte = text.len() - text[byte..].trim_start_matches(['\r', '\n']).len();
        byte..byte
    };
    let names = match reader.headers() {
        Ok(names) => names.clone(),
        Err(error) => {
            return vec![(
                at(error.position()),
                Err(format!("the row of names: {}", describe(&error))),
            )];
        }
    };
    let rows = reader.records().map(|record| match record {
        Ok(record) => {
            let cells = names.iter().zip(&record);
            let cells = cells
                .map(|(name, cell)| (name.to_owned(), DeValue::String(cell.to_owned().into())));
            (at(record.position()), Ok(cells.collect()))
        }
        Err(error) => (at(error.position()), Err(describe(&error))),
    });
    rows.collect()
}

fn describe(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => {
            format!("the row has {len} cells for {expected_len} names")
        }
        _ => error.to_string(),
    }
}

fn read_json_lines<'d>(text: &str) -> Vec<Row<'d>> {
    let mut rows = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let bytes = start..start + line.trim_end().len();
        start += line.len();
        let line = line.trim_start_matches('\u{feff}').trim();
        if !line.is_empty() {
            rows.push((bytes, json_values(line)));
        }
    }
    rows
}

fn json_values<'d>(line: &str) -> Result<Values<'d>, String> {
    let object: Map<String, Json> =
        serde_json::from_str(line).map_err(|error| format!("not a JSON object: {error}"))?;
    let values = object
        .into_iter()
        .map(|(name, value)| match from_json(value) {
            Some(value) => Ok((name, value)),
            None => Err(format!(
                "`{name}` must be a string, a number, true, false or a list of these"
            )),
        });
    values.collect()
}

fn from_json<'d>(value: Json) -> Option<DeValue<'d>> {
    match value {
        Json::String(text) => Some(DeValue::String(text.into())),
        Json::Bool(flag) => Some(DeValue::Boolean(flag)),
        // As in CSV, where every cell is text.
        Json::Number(number) => Some(DeValue::String(number.to_string().into())),
        Json::Array(items) => {
            let items = items
                .into_iter()
                .map(|item| Some(toml::Spanned::new(0..0, from_json(item)?)));
            items
                .collect::<Option<Vec<_>>>()
                .map(|items| DeValue::Array(items.into_iter().collect()))
        }
        Json::Null | Json::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn rows(name: &str, text: &str) -> Vec<(usize, Result<Vec<String>, String>)> {
        let source = Source::new(Path::new(name), text.to_owned());
        let rows = read(&source).into_iter().map(|(bytes, row)| {
            let line = source.span(bytes).start().line;
            (
                line,
                row.map(|values| {
                    values
                        .into_iter()
                        .map(|(name, value)| format!("{name}={value:?}"))
                        .collect()
                }),
            )
        });
        rows.collect()
    }

    #[test]
    fn rows_have_their_lines_and_a_bad_one_fails_alone() {
        let read = rows(
            "a.csv",
            "\u{feff}who,ask\r\nann,orders:read\r\nbo\r\n\"e,ve\",x:y\r\n",
        );
        let lines: Vec<_> = read
            .iter()
            .map(|(line, row)| (*line, row.is_ok()))
            .collect();
        assert_eq!(lines, [(2, true), (3, false), (4, true)]);
        assert_eq!(read[1].1, Err("the row has 1 cells for 2 names".to_owned()));

        let read = rows(
            "a.jsonl",
            "{\"n\": 3, \"l\": [\"a\"]}\n\n{\"x\": null}\nnot json\n",
        );
        let lines: Vec<_> = read
            .iter()
            .map(|(line, row)| (*line, row.is_ok()))
            .collect();
        assert_eq!(lines, [(1, true), (3, false), (4, false)]);
    }
}
