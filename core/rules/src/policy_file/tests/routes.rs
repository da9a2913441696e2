use super::*;
use crate::route_map::Demand;

const TWO: &str = "\
[[routes]]
path = '/articles/{id}'
methods = ['GET']
permission = 'articles:read'

[[routes]]
path = '/health'
access = 'public'
";

#[test]
fn routes_are_read_and_have_no_part_in_decisions() {
    let map = compile_routes(TWO).unwrap();
    let demand = |method, path| map.demand(method, path).ok().cloned();
    let read = Demand::Permission("articles:read".to_owned());
    assert_eq!(demand("GET", "/articles/7"), Some(read));
    assert_eq!(demand("PUT", "/health"), Some(Demand::Nothing));
    assert_eq!(demand("PUT", "/articles/7"), None);
    assert_eq!(compile(TWO), compile(""));
    assert!(compile_routes("").unwrap().is_empty());
    assert!(compile_routes("unknown = 1").unwrap().is_empty());
}

#[test]
fn what_is_wrong_with_a_route_is_said_at_its_place() {
    for (text, said) in [
        (
            "routes = 3",
            "1:10 routes: must be an array of tables, not an integer",
        ),
        (
            "routes = [3]",
            "1:11 routes[0]: must be a table, not an integer",
        ),
        (
            "[[routes]]\naccess = 'token'",
            "1:1 routes[0].path: must be stated",
        ),
        (
            "[[routes]]\npath = 7\naccess = 'token'",
            "2:8 routes[0].path: must be a string, not an integer",
        ),
        (
            "[[routes]]\npath = 'a'\naccess = 'token'",
            "2:8 routes[0].path: `a` must begin with `/`",
        ),
        (
            "[[routes]]\npath = '/'",
            "1:1 routes[0].permission: must be stated, or else `access`, which is `public` or `token`",
        ),
        (
            "[[routes]]\npath = '/'\naccess = 'all'",
            "3:10 routes[0].access: must be `public` or `token`, not `all`",
        ),
        (
            "[[routes]]\npath = '/'\npermission = 'a:*'",
            "3:14 routes[0].permission: `a:*` must be `resource:action`, each of 1 to 64 lower-case \
             letters, digits, `.`, `_`, `/` and `-`, starting with a letter or digit",
        ),
        (
            "[[routes]]\npath = '/'\npermission = 'a:b'\naccess = 'public'",
            "3:14 routes[0].permission: contradicts `access`: a route states one of the two",
        ),
        (
            "[[routes]]\npath = '/'\nmethods = []\naccess = 'public'",
            "3:11 routes[0].methods: names no method, so no request would match; leave it out for \
             all methods",
        ),
        (
            "[[routes]]\npath = '/'\nmethods = ['get']\naccess = 'public'",
            "3:12 routes[0].methods: `get` is not a method in upper case",
        ),
        (
            "[[routes]]\npath = '/'\naccess = 'public'\npermision = 'a:b'",
            "4:1 routes[0].permision: unknown key; did you mean `permission`?",
        ),
        (
            "[[routes]]\npath = '/a/{x}'\naccess = 'public'\n[[routes]]\npath = '/{x}/b'\naccess = 'token'",
            "5:8 routes[1].path: overlaps `/a/{x}` of routes[0], and neither route is the narrower \
             one: a request must have one demand",
        ),
    ] {
        let found = compile_routes(text).expect_err(text);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        assert_eq!(sentence(&found[0]), said);
        // The component takes the key with any value.
        let of_component = compile(text).err().unwrap_or_default();
        assert_eq!(of_component, [], "{text}");
    }
    assert_eq!(compile_routes("[").unwrap_err(), diagnostics("["));
}

#[test]
fn routes_are_at_most_a_thousand() {
    let many = |count| -> String {
        let one = |at| format!("[[routes]]\npath = '/{at}'\naccess = 'token'\n");
        (0..count).map(one).collect()
    };
    assert_eq!(compile_routes(&many(1_000)).unwrap().routes().len(), 1_000);
    let found = compile_routes(&many(1_002)).unwrap_err();
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].reason.contains("more than 1000 routes"));
}
