//! Questions of proxies that repeat more of a request than its token.

use auth_end_to_end::wire::{exchange, request};
use auth_end_to_end::{Options, QUICK_POLICY, Server};

/// What a question may repeat of the request of a client.
const REPEATED: &str = "content-type: text/plain\r\ncontent-encoding: br\r\nrange: bytes=0-1\r\n\
    if-none-match: *\r\nif-match: \"a\"\r\norigin: https://app.example.com\r\n\
    access-control-request-method: PUT\r\naccess-control-request-headers: authorization\r\n";

#[test]
fn no_method_and_no_header_of_a_request_takes_the_place_of_a_token() {
    let options = Options::default().policy(QUICK_POLICY);
    let options = options.argument("--allowed-origins");
    let server = Server::start(&options.argument("https://app.example.com"));
    let token = server.client().join("bob@example.com").access;
    let with_token = format!("{REPEATED}authorization: Bearer {token}\r\n");
    for method in [
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND",
    ] {
        for (fields, status) in [(&*with_token, 200), (REPEATED, 401)] {
            let reply = exchange(
                &server,
                &request(method, "/v1/forward-auth", fields, b"a=b"),
            );
            assert_eq!(reply.status, status, "{method}: {reply:?}");
            let has_subject = !reply.header("x-auth-subject").is_empty();
            assert_eq!(has_subject, status == 200, "{method}: {reply:?}");
        }
    }
}

#[test]
fn the_query_of_the_client_demands_nothing_and_takes_nothing_away() {
    let server = Server::start(&Options::default().policy(QUICK_POLICY));
    let admin = server.set_up("ada@example.com");
    let user = server.client().join("bob@example.com").client;
    for (query, of_client, for_admin, for_user) in [
        ("", "/articles", 200, 200),
        ("?page=2&q=a+b", "/articles?page=2&q=a+b", 200, 200),
        ("?permission=a:b", "/articles", 200, 403),
        ("?permission=a:b", "/articles?permission=a:b", 200, 403),
        ("?permission=a:b&page=2", "/articles?page=2", 200, 403),
        ("?permission=a:b&permission=c:d", "/articles", 200, 403),
        ("?permission=a", "/articles?permission=a", 422, 422),
        ("?permision=a:b", "/articles", 422, 422),
    ] {
        for (client, status) in [(&admin, for_admin), (&user, for_user)] {
            let client = client.header("x-forwarded-uri", of_client);
            client
                .get(&format!("/v1/forward-auth{query}"))
                .expect(status);
        }
    }
}
