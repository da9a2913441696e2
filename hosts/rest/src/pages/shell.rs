//! The shell of a page: the HTML around its content, and the headers that it is sent with.

use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY};
use axum::response::{IntoResponse, Response};

use super::assets;
use super::html::{Html, fill};

/// The content security policy. A page uses files of this service only, and contains no script or
/// style itself.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; \
    frame-ancestors 'none'";

/// The same for a page that runs the component, and sends no form.
pub(crate) const WITH_COMPONENT: &str = "default-src 'none'; \
    script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; connect-src 'self'; \
    form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

/// How deep the path of a page is. All links are relative, since a gateway may serve all pages
/// under a prefix that the service does not know.
#[derive(Clone, Copy)]
pub(crate) enum Depth {
    /// `/` or `/page`
    Root,
    /// `/folder/page`
    Folder,
    /// `/folder/folder/page`
    Nested,
}

impl Depth {
    fn root(self) -> &'static str {
        match self {
            Self::Root => "./",
            Self::Folder => "../",
            Self::Nested => "../../",
        }
    }
}

/// A page before its shell.
pub(crate) struct Page {
    pub(crate) title: Html,
    pub(crate) depth: Depth,
    /// Further elements of the HTML head: scripts, style sheets.
    pub(crate) head: Html,
    /// The class of the body element, for style rules of this page alone.
    pub(crate) class: &'static str,
    /// The content security policy.
    pub(crate) policy: &'static str,
    pub(crate) main: Html,
}

impl Page {
    pub(crate) fn new(title: Html, depth: Depth, main: Html) -> Self {
        Self {
            title,
            depth,
            head: Html::own(""),
            class: "page",
            policy: POLICY,
            main,
        }
    }

    /// Adds a script of this service, which runs after the page is parsed.
    pub(crate) fn script(mut self, name: &str) -> Self {
        let (root, address) = (self.depth.root(), assets::address(name));
        let head = self.head;
        self.head = Html::own(format!(
            "{head}<script src=\"{root}assets/{address}\" defer></script>"
        ));
        self
    }

    /// The whole document.
    pub(crate) fn render(self) -> Html {
        let title = match self.title.to_string().as_str() {
            "Countersign" => self.title,
            title => Html::own(format!("{title} · Countersign")),
        };
        let asset = |name| Html::own(assets::address(name));
        fill(
            include_str!("../../templates/shell.html"),
            &[
                ("title", title),
                ("root", Html::own(self.depth.root())),
                ("mark.svg", asset("mark.svg")),
                ("style.css", asset("style.css")),
                ("head", self.head),
                ("class", Html::own(self.class)),
                ("main", self.main),
            ],
        )
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let headers = [
            (CONTENT_TYPE, "text/html; charset=utf-8"),
            (CACHE_CONTROL, "no-cache"),
            (CONTENT_SECURITY_POLICY, self.policy),
            (REFERRER_POLICY, "same-origin"),
        ];
        (headers, self.render().into_string()).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_refers_to_files_that_exist() {
        let page = Page::new(Html::escape("A & B"), Depth::Folder, Html::own("<p>x</p>"));
        let html = page.script("setup.js").render().into_string();
        assert!(html.contains("<title>A &amp; B · Countersign</title>"));
        assert!(html.contains("<p>x</p>") && !html.contains("{{"), "{html}");
        let files: Vec<_> = html.split("../assets/").skip(1).collect();
        assert_eq!(files.len(), 4, "{html}");
        for file in files {
            let address = file.split('"').next().unwrap();
            assert!(assets::find(address).is_some(), "{address}");
        }
    }
}
