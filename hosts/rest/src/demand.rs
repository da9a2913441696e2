//! What a proxy demands of a request besides a valid token, in the query of its question.

use std::collections::BTreeSet;

use axum::http::HeaderName;

/// The path of a question about the request that headers describe.
pub const FORWARD_AUTH: &str = "/v1/forward-auth";
/// Path and query of the request that a proxy asks about, as the client sent them.
pub const FORWARDED_URI: HeaderName = HeaderName::from_static("x-forwarded-uri");

/// The parameter of this name is neither one of a question nor one of the request.
#[derive(Debug, PartialEq, Eq)]
pub struct UnknownParameter(pub String);

/// The permissions that a question demands: each parameter `permission` of its query is one.
///
/// Some proxies repeat the client's query in their question, as Caddy does where its `uri` has no query.
/// A parameter that the request has as well therefore counts for nothing, unless it is a `permission`:
/// nothing that a client writes takes a demand away. `target` is path and query of the request.
///
/// # Errors
/// When a parameter has another name. It is most likely a misspelt `permission`, without which every
/// valid token would pass.
pub fn demanded_permissions(query: &str, target: &str) -> Result<Vec<String>, UnknownParameter> {
    let of_client = target.split_once('?').map_or("", |(_, query)| query);
    let of_client: BTreeSet<_> = form_urlencoded::parse(of_client.as_bytes()).collect();
    form_urlencoded::parse(query.as_bytes())
        .filter(|parameter| parameter.0 == "permission" || !of_client.contains(parameter))
        .map(|(name, value)| match &*name {
            "permission" => Ok(value.into_owned()),
            _ => Err(UnknownParameter(name.into_owned())),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_query_of_the_client_counts_for_nothing() {
        for (query, target, demanded) in [
            ("", "/", Ok(&[][..])),
            ("permission=a:b", "/", Ok(&["a:b"])),
            ("permission=a%3Ab", "", Ok(&["a:b"])),
            ("permission=", "/", Ok(&[""])),
            ("permission=a:b&permission=c:d", "/", Ok(&["a:b", "c:d"])),
            ("page=2&q=%20x", "/articles?page=2&q=+x", Ok(&[])),
            ("permission=a:b&page=2", "/?page=2", Ok(&["a:b"])),
            ("permission=a:b", "/?permission=a:b", Ok(&["a:b"])),
            ("permision=a:b", "/", Err("permision")),
            ("Permission=a:b", "/?permission=a:b", Err("Permission")),
            ("page=2", "/?page=3", Err("page")),
            ("page=2", "/page=2", Err("page")),
            ("page", "/", Err("page")),
        ] {
            let found = demanded_permissions(query, target);
            let demanded = demanded
                .map(|all| all.iter().map(ToString::to_string).collect::<Vec<_>>())
                .map_err(|name| UnknownParameter(name.to_owned()));
            assert_eq!(found, demanded, "{query} of {target}");
        }
    }
}
