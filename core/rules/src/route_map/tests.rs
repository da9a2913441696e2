use proptest::prelude::*;

use super::*;

fn route(methods: &[&str], path: &str) -> Route {
    Route {
        methods: match methods {
            [] => Methods::All,
            some => Methods::Only(some.iter().map(ToString::to_string).collect()),
        },
        path: PathPattern::parse(path).unwrap(),
        demand: Demand::Permission(format!("{}:{path}", methods.join("+"))),
    }
}

fn map() -> RouteMap {
    RouteMap::new(vec![
        route(&[], "/{*all}"),
        route(&["GET"], "/articles"),
        route(&["GET"], "/articles/{id}"),
        route(&["PUT", "DELETE"], "/articles/{id}"),
        route(&[], "/articles/new"),
        route(&[], "/admin/{*rest}"),
        route(&["GET"], "/admin/{*rest}"),
        route(&["GET"], "/admin/reports/{year}"),
    ])
}

fn demanded<'a>(map: &'a RouteMap, method: &str, target: &str) -> &'a str {
    match map.demand(method, target) {
        Ok(Demand::Permission(permission)) => permission,
        Ok(Demand::Nothing | Demand::Token) => unreachable!("no such route here"),
        Err(Unrouted::AmbiguousPath) => "ambiguous",
        Err(Unrouted::NoRoute) => "none",
    }
}

#[test]
fn a_request_has_the_demand_of_the_narrowest_route() {
    let map = map();
    for (method, target, demand) in [
        ("GET", "/articles", "GET:/articles"),
        ("HEAD", "/articles?page=2", "GET:/articles"),
        ("POST", "/articles", ":/{*all}"),
        ("GET", "/articles/7", "GET:/articles/{id}"),
        ("DELETE", "/articles/7", "PUT+DELETE:/articles/{id}"),
        ("PATCH", "/articles/7", ":/{*all}"),
        ("GET", "/articles/new", ":/articles/new"),
        ("GET", "/articles/7/more", ":/{*all}"),
        ("POST", "/admin", ":/admin/{*rest}"),
        ("GET", "/admin/users", "GET:/admin/{*rest}"),
        ("GET", "/admin/reports/2026", "GET:/admin/reports/{year}"),
        ("GET", "/", ":/{*all}"),
    ] {
        assert_eq!(demanded(&map, method, target), demand, "{method} {target}");
    }
    let few = RouteMap::new(vec![route(&["GET"], "/articles")]);
    for (method, target) in [("POST", "/articles"), ("GET", "/"), ("GET", "/articles/7")] {
        assert_eq!(demanded(&few, method, target), "none", "{method} {target}");
    }
}

#[test]
fn no_spelling_of_a_path_or_method_has_a_weaker_demand() {
    let map = map();
    for target in [
        "/admin/",
        "/ADMIN/x",
        "/%61dmin/x",
        "/%41dmin",
        "/admin?x=/articles",
        "/admin#/articles",
    ] {
        assert_eq!(
            demanded(&map, "POST", target),
            ":/admin/{*rest}",
            "{target}"
        );
    }
    assert_eq!(
        demanded(&map, "delete", "/articles/7"),
        "PUT+DELETE:/articles/{id}"
    );
    for target in [
        "",
        "*",
        "admin",
        "http://shop.example/admin",
        "//admin",
        "//",
        "/articles//7",
        "/articles/./7",
        "/articles/../admin",
        "/articles/%2e%2e/admin",
        "/articles/.%2E/admin",
        "/articles%2f7",
        "/articles%5c7",
        "/articles\\..\\admin",
        "/admin;x/y",
        "/admin%3bx/y",
        "/admin%00",
        "/admin%0a",
        "/admin%",
        "/admin%4",
        "/admin%zz",
        "/admin x",
        "/\u{e4}dmin",
        "/admin\u{7f}",
    ] {
        assert_eq!(demanded(&map, "GET", target), "ambiguous", "{target}");
    }
}

#[test]
fn a_literal_of_any_language_is_matched_as_clients_send_it() {
    let map = RouteMap::new(vec![route(&[], "/\u{e4}rzte/{id}")]);
    assert_eq!(demanded(&map, "GET", "/%c3%a4rzte/7"), ":/\u{e4}rzte/{id}");
}

#[test]
fn patterns_of_other_forms_are_refused() {
    for (text, error) in [
        ("", MalformedPattern::Relative),
        ("articles", MalformedPattern::Relative),
        ("//", MalformedPattern::EmptySegment),
        ("/articles/", MalformedPattern::EmptySegment),
        ("/articles//x", MalformedPattern::EmptySegment),
        ("/{}", MalformedPattern::Braces),
        ("/{*}", MalformedPattern::Braces),
        ("/{id", MalformedPattern::Braces),
        ("/id}", MalformedPattern::Braces),
        ("/a{id}", MalformedPattern::Braces),
        ("/{id}.json", MalformedPattern::Braces),
        ("/{a b}", MalformedPattern::Braces),
        ("/{*rest}/more", MalformedPattern::Braces),
        ("/a%20b", MalformedPattern::Unmatchable),
        ("/a b", MalformedPattern::Unmatchable),
        ("/a?b", MalformedPattern::Unmatchable),
        ("/a;b", MalformedPattern::Unmatchable),
        ("/..", MalformedPattern::Unmatchable),
        ("/a\u{0}", MalformedPattern::Unmatchable),
    ] {
        assert_eq!(PathPattern::parse(text), Err(error), "{text}");
    }
}

#[test]
fn routes_conflict_where_neither_is_the_narrower() {
    for (one, other, conflicts) in [
        (route(&[], "/a"), route(&[], "/a"), true),
        (route(&[], "/a"), route(&[], "/A"), true),
        (route(&[], "/{x}"), route(&[], "/{y}"), true),
        (route(&["GET"], "/a"), route(&["GET", "HEAD"], "/a"), true),
        (route(&["GET"], "/a"), route(&["HEAD"], "/a"), false),
        (route(&["GET"], "/a"), route(&["PUT"], "/a"), false),
        (
            route(&["GET", "PUT"], "/a"),
            route(&["PUT", "POST"], "/a"),
            true,
        ),
        (route(&["GET"], "/{x}"), route(&[], "/a"), true),
        (route(&["GET"], "/a"), route(&[], "/{x}"), false),
        (route(&[], "/a/{x}"), route(&[], "/{x}/b"), true),
        (route(&[], "/a/{x}"), route(&[], "/{*rest}"), false),
        (route(&[], "/a"), route(&[], "/a/{*rest}"), false),
        (route(&[], "/{x}/b"), route(&[], "/a/{*rest}"), true),
        (route(&[], "/a/b"), route(&[], "/a"), false),
    ] {
        assert_eq!(one.conflicts(&other), conflicts, "{one:?} {other:?}");
        assert_eq!(other.conflicts(&one), conflicts, "{other:?} {one:?}");
    }
}

/// A few segments and methods, so that routes often overlap.
fn any_route() -> impl Strategy<Value = Route> {
    let methods = prop::sample::subsequence(vec!["GET", "HEAD", "PUT"], 0..=3);
    let segments = prop::collection::vec(prop::sample::select(vec!["a", "b", "{x}"]), 0..=3);
    (methods, segments, any::<bool>()).prop_map(|(methods, segments, open)| {
        let open = if open { "/{*rest}" } else { "" };
        let path: String = segments.iter().map(|each| format!("/{each}")).collect();
        let path = path + open;
        route(&methods, if path.is_empty() { "/" } else { &path })
    })
}

proptest! {
    #[test]
    fn the_order_of_the_routes_does_not_matter(
        routes in prop::collection::vec(any_route(), 1..6),
        path in prop::collection::vec(prop::sample::select(vec!["a", "b", "c"]), 0..=4),
        method in prop::sample::select(vec!["GET", "HEAD", "PUT"]),
    ) {
        let mut kept: Vec<Route> = Vec::new();
        for route in routes {
            if !kept.iter().any(|other| other.conflicts(&route)) {
                kept.push(route);
            }
        }
        let target = format!("/{}", path.join("/"));
        let there = RouteMap::new(kept.clone());
        kept.reverse();
        let back = RouteMap::new(kept.clone());
        prop_assert_eq!(there.demand(method, &target), back.demand(method, &target));
        // Every other route that matches contains the one that was taken.
        if let Ok(demand) = there.demand(method, &target) {
            let taken = kept.iter().find(|route| route.demand == *demand).unwrap();
            let path: Vec<Vec<u8>> = path.iter().map(|part| part.as_bytes().to_vec()).collect();
            let matching = kept.iter().filter(|route| {
                route.path.matches(&path) && route.methods.matches(method)
            });
            for route in matching {
                prop_assert!(route.contains(taken), "{:?} {:?}", route, taken);
            }
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in any::<String>(), pattern in any::<String>()) {
        let _ = (map().demand("GET", &text), PathPattern::parse(&pattern));
    }
}
