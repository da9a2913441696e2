//! Clients that write what only proxies may write.

use super::POLICY;
use super::forward_auth::Gateway;

const PROXY: &str = "127.0.0.1";

#[tokio::test]
async fn only_the_proxies_of_the_gateway_are_answered() {
    let gateway = Gateway::new(POLICY);
    let bearer = format!("Bearer {}", gateway.admin);
    let headers = [
        ("authorization", &*bearer),
        ("x-forwarded-method", "GET"),
        ("x-forwarded-uri", "/me"),
        ("x-forwarded-for", PROXY),
    ];
    for (peer, status) in [
        (PROXY, 200),
        ("::ffff:127.0.0.1", 200),
        ("10.1.255.255", 200),
        ("10.2.0.1", 403),
        ("127.0.0.2", 403),
        ("192.0.2.1", 403),
        ("2001:db8::1", 403),
    ] {
        for target in ["/v1/forward-auth", "/ext-authz/me"] {
            let answer = gateway.ask_from(peer, "GET", target, &headers).await;
            assert_eq!(answer.status, status, "{peer}: {}", answer.body);
        }
    }
}

/// Each of these lines is sent beside those that the proxy writes for `DELETE /articles/7`, which a
/// reader may not do.
#[tokio::test]
async fn no_header_of_a_client_makes_another_request_of_it() {
    let gateway = Gateway::new(POLICY);
    let bearer = format!("Bearer {}", gateway.reader);
    let admin = format!("Bearer {}", gateway.admin);
    let forged: &[&[(&str, &str)]] = &[
        &[("x-forwarded-method", "GET")],
        &[
            ("X-Forwarded-Method", "GET"),
            ("X-FORWARDED-URI", "/health"),
        ],
        &[("x-forwarded-uri", "/health")],
        &[
            ("x_forwarded_uri", "/health"),
            ("x_forwarded_method", "GET"),
        ],
        &[("x-forwarded_uri", "/health")],
        &[("x-original-url", "/health"), ("x-original-uri", "/health")],
        &[
            ("x-rewrite-url", "/health"),
            ("x-http-method-override", "GET"),
        ],
        &[
            ("x-forwarded-prefix", "/health"),
            ("x-forwarded-path", "/health"),
        ],
        &[("forwarded", "for=127.0.0.1;proto=https;host=a")],
        &[("connection", "x-forwarded-uri, x-forwarded-method")],
        &[("x-auth-roles", "admin"), ("x-auth-subject", "root")],
        &[("X_Auth_Roles", "admin"), ("X-AUTH-ROLES", "admin")],
        &[("x-auth-roles", "admin"), ("connection", "x-auth-roles")],
        &[("proxy-authorization", &admin)],
        &[("x-authorization", &admin)],
        &[("cookie", "token=a")],
    ];
    for forged in forged {
        let mut lines = vec![
            ("authorization", &*bearer),
            ("x-forwarded-method", "DELETE"),
            ("x-forwarded-uri", "/articles/7"),
        ];
        lines.extend_from_slice(forged);
        let answer = gateway
            .ask_from(PROXY, "GET", "/v1/forward-auth", &lines)
            .await;
        assert_eq!(answer.status, 403, "{forged:?}: {}", answer.body);
        // The client's lines may also stand first.
        lines.rotate_right(forged.len());
        let answer = gateway
            .ask_from(PROXY, "GET", "/v1/forward-auth", &lines)
            .await;
        assert_eq!(answer.status, 403, "{forged:?}: {}", answer.body);
        // A proxy that repeats method and path writes no headers about them.
        let lines: Vec<_> = lines
            .into_iter()
            .filter(|(name, _)| !name.starts_with("x-forwarded"))
            .collect();
        let answer = gateway
            .ask_from(PROXY, "DELETE", "/ext-authz/articles/7", &lines)
            .await;
        assert_eq!(answer.status, 403, "{forged:?}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_second_token_is_never_chosen() {
    let gateway = Gateway::new(POLICY);
    let (reader, admin) = (&gateway.reader, &gateway.admin);
    for values in [
        &[format!("Bearer {reader}"), format!("Bearer {admin}")][..],
        &[format!("Bearer {admin}"), "Basic YTpi".to_owned()],
        &[format!("Bearer {reader}, Bearer {admin}")],
        &[format!("Bearer {reader} {admin}")],
        &[format!("Bearer {reader},{admin}")],
        &[format!("Token {admin}")],
        std::slice::from_ref(admin),
    ] {
        let lines: Vec<_> = values
            .iter()
            .map(|value| ("authorization", value.as_str()))
            .collect();
        let answer = gateway
            .ask_from(PROXY, "DELETE", "/ext-authz/articles/7", &lines)
            .await;
        assert_eq!(answer.status, 401, "{values:?}: {}", answer.body);
        assert!(!answer.headers.contains_key("x-auth-subject"));
    }
    // A token in the query counts for nothing.
    let target = format!("/ext-authz/articles/7?access_token={admin}");
    assert_eq!(
        gateway.ask_from(PROXY, "DELETE", &target, &[]).await.status,
        401
    );
}

#[tokio::test]
async fn what_a_client_says_of_itself_is_never_repeated() {
    let gateway = Gateway::new(POLICY);
    let bearer = format!("Bearer {}", gateway.reader);
    for forged in [
        "X-Auth-Roles",
        "x_auth_roles",
        "X-AUTH-ROLES",
        "x-auth-extra",
    ] {
        let lines = [("authorization", &*bearer), (forged, "admin")];
        let answer = gateway
            .ask_from(PROXY, "GET", "/ext-authz/me", &lines)
            .await;
        assert_eq!(answer.header("x-auth-roles"), "reader,user");
        let names = answer
            .headers
            .keys()
            .filter(|name| name.as_str().starts_with("x-auth"));
        assert_eq!(names.count(), 4, "{forged}");
    }
}
