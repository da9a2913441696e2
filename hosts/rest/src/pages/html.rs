//! HTML text, and templates that are filled with it.

use std::fmt::{self, Display};

/// Text that is HTML. Text from outside this crate becomes HTML only when it is escaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Html(String);

impl Html {
    /// HTML that this crate wrote itself.
    pub(crate) fn own(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Any text, safe between tags and in a quoted attribute.
    pub(crate) fn escape(text: impl Display) -> Self {
        let text = text.to_string();
        let mut escaped = String::with_capacity(text.len());
        for character in text.chars() {
            match character {
                '&' => escaped.push_str("&amp;"),
                '<' => escaped.push_str("&lt;"),
                '>' => escaped.push_str("&gt;"),
                '"' => escaped.push_str("&quot;"),
                '\'' => escaped.push_str("&#39;"),
                other => escaped.push(other),
            }
        }
        Self(escaped)
    }

    /// Any text, escaped, with each part between backticks marked up as code.
    pub(crate) fn prose(text: &str) -> Self {
        let parts = text.split('`').enumerate().map(|(index, part)| {
            let part = Self::escape(part);
            if index % 2 == 1 {
                format!("<code>{part}</code>")
            } else {
                part.0
            }
        });
        Self(parts.collect())
    }

    pub(crate) fn into_string(self) -> String {
        self.0
    }
}

impl Display for Html {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The template with a value in place of each `{{name}}`. A name without a value stays, so that a test
/// sees it.
pub(crate) fn fill(template: &'static str, values: &[(&str, Html)]) -> Html {
    let mut parts = template.split("{{");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once("}}").unwrap_or((part, ""));
        match values.iter().find(|(known, _)| *known == name) {
            Some((_, Html(value))) => filled.push_str(value),
            None => filled.push_str(&format!("{{{{{name}}}}}")),
        }
        filled.push_str(rest);
    }
    Html(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_leave_its_place() {
        let text = r#"<script a="b" c='d'>&amp;"#;
        assert_eq!(
            Html::escape(text).into_string(),
            "&lt;script a=&quot;b&quot; c=&#39;d&#39;&gt;&amp;amp;"
        );
    }

    #[test]
    fn prose_has_code_between_backticks() {
        assert_eq!(
            Html::prose("see `a<b` and c").into_string(),
            "see <code>a&lt;b</code> and c"
        );
    }

    #[test]
    fn values_are_not_filled_again() {
        let values = [("a", Html::own("{{b}}")), ("b", Html::escape("<"))];
        assert_eq!(
            fill("x{{a}}y{{b}}{{c}}z", &values).into_string(),
            "x{{b}}y&lt;{{c}}z"
        );
    }
}
