//! Which origins may read answers.

use auth_end_to_end::{Options, Server};

use auth_end_to_end::wire::{exchange, request};

const ALLOW: &str = "access-control-allow-origin";
const OWN: &str = "https://app.example.com";

#[test]
fn answers_are_for_pages_of_allowed_origins_alone() {
    let options = Options::default().argument("--allowed-origins");
    let server = Server::start(&options.argument(format!("{OWN},http://localhost:5173")));
    for (origin, allowed) in [
        (OWN, OWN),
        ("http://localhost:5173", "http://localhost:5173"),
        ("https://evil.example.com", ""),
        ("https://app.example.com.evil.example", ""),
        ("http://app.example.com", ""),
        ("https://app.example.com:8443", ""),
        ("null", ""),
        ("*", ""),
        ("", ""),
    ] {
        let origin_field = format!("origin: {origin}\r\n");
        let ask = |method, target, more: &str| {
            let fields = format!("{origin_field}{more}");
            exchange(&server, &request(method, target, &fields, b""))
        };
        // A page must be able to read refusals too, to learn that its token has expired.
        for target in ["/healthz", "/v1/me", "/nowhere"] {
            let reply = ask("GET", target, "");
            assert_eq!(reply.header(ALLOW), allowed, "{origin} {target}");
            assert_eq!(reply.header("access-control-allow-credentials"), "");
            assert!(reply.header("vary").contains("origin"), "{reply:?}");
        }
        let wish = "access-control-request-method: PUT\r\n\
                    access-control-request-headers: authorization,content-type,idempotency-key\r\n";
        let preflight = ask("OPTIONS", "/v1/me/password", wish);
        assert_eq!(preflight.status, 200, "{preflight:?}");
        assert_eq!(preflight.header(ALLOW), allowed, "{origin}");
        assert!(
            !preflight
                .header("access-control-allow-methods")
                .contains('*')
        );
        if !allowed.is_empty() {
            let granted = |name, wanted| preflight.header(name).contains(wanted);
            assert!(granted("access-control-allow-methods", "PUT"));
            assert!(granted("access-control-allow-headers", "authorization"));
            assert!(granted("access-control-allow-headers", "content-type"));
            assert!(granted("access-control-allow-headers", "idempotency-key"));
        }
    }
}

#[test]
fn without_allowed_origins_no_page_reads_anything() {
    let server = Server::start(&Options::default());
    for method in ["GET", "OPTIONS"] {
        let fields = format!("origin: {OWN}\r\naccess-control-request-method: GET\r\n");
        let reply = exchange(&server, &request(method, "/healthz", &fields, b""));
        assert!(!reply.head.contains("access-control-"), "{reply:?}");
    }
}
