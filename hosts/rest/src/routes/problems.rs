//! `/problems` and `/problems/{slug}`: where `type` leads.

use std::fmt::Write;

use axum::http::HeaderName;
use axum::http::header::CACHE_CONTROL;
use axum::response::Html;

use crate::extract::path::Path;
use crate::problem::Problem;
use crate::problem::kinds::{ALL, Kind, NOT_FOUND};

type Page = ([(HeaderName, &'static str); 1], Html<String>);

/// `GET /problems`
pub(crate) async fn index() -> Page {
    let mut list = String::from("<ul>\n");
    for Kind {
        slug,
        status,
        title,
        ..
    } in ALL
    {
        let status = status.as_u16();
        let _ = writeln!(
            list,
            r#"<li><a href="problems/{slug}">{slug}</a>: {status} {title}</li>"#
        );
    }
    list.push_str("</ul>");
    page("Problems", &list)
}

/// `GET /problems/{slug}`
pub(crate) async fn explain(Path(slug): Path<String>) -> Result<Page, Problem> {
    let kind = ALL.iter().find(|kind| kind.slug == slug);
    let Kind {
        slug,
        status,
        title,
        explanation,
    } = kind.ok_or_else(|| Problem::new(&NOT_FOUND))?;
    let body = format!(
        "<p><code>{slug}</code>, status {status}</p>\n<p>{}</p>",
        markup(explanation)
    );
    Ok(page(title, &body))
}

/// All of the text is of this crate; nothing of a request is repeated.
fn page(title: &str, body: &str) -> Page {
    let html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n</head>\n\
         <body>\n<h1>{title}</h1>\n{body}\n</body>\n</html>\n"
    );
    ([(CACHE_CONTROL, "public, max-age=3600")], Html(html))
}

/// Words in backticks are code.
fn markup(text: &str) -> String {
    let parts = text.split('`').enumerate().map(|(index, part)| {
        if index % 2 == 1 {
            format!("<code>{part}</code>")
        } else {
            part.to_owned()
        }
    });
    parts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_kind_has_a_page() {
        let (_, Html(index)) = index().await;
        for kind in ALL {
            assert!(index.contains(kind.slug), "{}", kind.slug);
            let Ok((_, Html(page))) = explain(Path(kind.slug.to_owned())).await else {
                panic!("{}", kind.slug);
            };
            assert!(
                page.contains(kind.title) && !page.contains('`'),
                "{}",
                kind.slug
            );
        }
    }

    #[tokio::test]
    async fn other_slugs_have_none() {
        assert!(explain(Path("no-such-problem".to_owned())).await.is_err());
    }

    #[test]
    fn texts_need_no_escaping() {
        for kind in ALL {
            let text = [kind.slug, kind.title, kind.explanation].concat();
            assert!(!text.contains(['<', '>', '&', '"']), "{}", kind.slug);
        }
    }
}
