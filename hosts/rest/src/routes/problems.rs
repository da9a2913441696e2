//! `/problems` and `/problems/{slug}`: the pages that `type` leads to.

use std::fmt::Write;

use crate::extract::path::Path;
use crate::pages::html::Html;
use crate::pages::shell::{Depth, Page};
use crate::problem::kinds::{ALL, Kind, NOT_FOUND};
use crate::problem::{Problem, example};

/// `GET /problems`
pub(crate) async fn index() -> Page {
    let mut list = String::new();
    for Kind {
        slug,
        status,
        title,
        ..
    } in ALL
    {
        let (status, title) = (status.as_u16(), Html::escape(title));
        let _ = writeln!(
            list,
            "<li><span class=\"status\">{status}</span> <a href=\"problems/{slug}\">{title}</a></li>"
        );
    }
    let main = format!(
        "<h1>Problems</h1>\n<p class=\"lede\">Every error is a problem document (RFC 9457). Its \
         <code>type</code> leads to one of these pages.</p>\n<ul class=\"index card\">\n{list}</ul>"
    );
    Page::new(Html::own("Problems"), Depth::Root, Html::own(main))
}

/// `GET /problems/{slug}`
pub(crate) async fn explain(Path(slug): Path<String>) -> Result<Page, Problem> {
    let kind = ALL.iter().find(|kind| kind.slug == slug);
    let kind = kind.ok_or_else(|| Problem::new(&NOT_FOUND))?;
    let title = Html::escape(kind.title);
    let document = serde_json::to_string_pretty(&example(kind)).unwrap_or_default();
    let main = format!(
        "<h1>{title}</h1>\n<p><code>{slug}</code>, status <code>{status}</code></p>\n\
         <p class=\"lede\">{explanation}</p>\n\
         <section class=\"card\" aria-labelledby=\"example-title\">\n\
         <h2 id=\"example-title\">Example</h2>\n<pre><code>{document}</code></pre>\n</section>\n\
         <p><a href=\"../problems\">All problems</a> · <a href=\"../docs/\">Documentation</a></p>",
        slug = kind.slug,
        status = kind.status,
        explanation = Html::prose(kind.explanation),
        document = Html::escape(document),
    );
    Ok(Page::new(title, Depth::Folder, Html::own(main)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_kind_has_a_page() {
        let index = index().await.render().into_string();
        for kind in ALL {
            assert!(index.contains(&format!("problems/{}\"", kind.slug)));
            let Ok(page) = explain(Path(kind.slug.to_owned())).await else {
                panic!("{}", kind.slug);
            };
            let page = page.render().into_string();
            let title = format!("<h1>{}</h1>", Html::escape(kind.title));
            assert!(page.contains(&title), "{}", kind.slug);
            assert!(!page.contains("{{"), "{}", kind.slug);
        }
    }

    #[tokio::test]
    async fn other_slugs_have_none() {
        assert!(explain(Path("no-such-problem".to_owned())).await.is_err());
    }

    #[test]
    fn explanations_close_their_code() {
        for kind in ALL {
            assert_eq!(
                kind.explanation.matches('`').count() % 2,
                0,
                "{}",
                kind.slug
            );
        }
    }
}
