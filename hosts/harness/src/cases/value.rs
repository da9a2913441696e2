//! Values: passwords and addresses that are accepted or refused.

use std::ops::Range;

use crate::fault::unknown;
use crate::names;
use crate::reader::Fields;

/// What a value is offered as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    Password,
    Email,
}

/// A value that an account is made with, and what is to become of it.
pub(crate) struct Value {
    pub(crate) field: Field,
    pub(crate) text: String,
    /// The address of the account that gets the password.
    pub(crate) email: Option<String>,
    /// Why it is to be refused; `None` when it is to be accepted.
    pub(crate) refusal: Option<String>,
}

/// Reads a `[[value]]`: one case for each text.
pub(crate) fn read(fields: &mut Fields<'_, '_>) -> Vec<(Range<usize>, Value)> {
    let field = fields
        .required("field")
        .and_then(|text| match text.value.as_str() {
            "password" => Some((Field::Password, names::PASSWORD)),
            "email" => Some((Field::Email, names::EMAIL)),
            other => {
                fields
                    .faults
                    .add(text.bytes, unknown("field", other, &["password", "email"]));
                None
            }
        });
    let email = fields.text("email").map(|text| text.value);
    let accepted = fields.texts("accept").unwrap_or_default();
    let mut texts: Vec<_> = accepted.into_iter().map(|text| (text, None)).collect();
    let refused = fields.table("refuse");
    let Some((field, reasons)) = field else {
        return Vec::new();
    };
    for (key, value) in refused.into_iter().flat_map(|(table, _)| table) {
        let reason: &str = key.get_ref();
        if !reasons.contains(&reason) {
            fields
                .faults
                .add(key.span(), unknown("reason", reason, reasons));
            continue;
        }
        let refused = fields.as_texts(value).into_iter();
        texts.extend(refused.map(|text| (text, Some(reason.to_owned()))));
    }
    if texts.is_empty() {
        fields
            .faults
            .add(fields.bytes(), "no value is accepted or refused here");
    }
    let case = |text: String, refusal| Value {
        field,
        text,
        email: email.clone(),
        refusal,
    };
    texts
        .into_iter()
        .map(|(text, refusal)| (text.bytes.clone(), case(text.value, refusal)))
        .collect()
}
