//! The route map: what a request must prove, by its method and path. For hosts that stand before
//! other programs, such as a gateway.
//!
//! A program behind may read a path in another way than the map does. So a path that can be read in
//! two ways matches no route, and letters match in either case: a request never has a weaker demand
//! than the one that it has where it arrives.

mod pattern;
mod request_path;

#[cfg(test)]
mod tests;

pub use self::pattern::{MalformedPattern, PathPattern};

/// What a route demands of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Demand {
    /// Nothing: a request without a token passes.
    Nothing,
    /// A valid access token.
    Token,
    /// A valid access token whose roles allow this permission.
    Permission(String),
}

/// The methods of a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Methods {
    /// Every method.
    All,
    /// These methods, in upper case. `GET` stands for `HEAD` as well (RFC 9110 §9.3.2).
    Only(Vec<String>),
}

/// A set of requests, and what they must prove.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The methods of the requests.
    pub methods: Methods,
    /// The paths of the requests.
    pub path: PathPattern,
    /// What they must prove.
    pub demand: Demand,
}

/// Why a request has no route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unrouted {
    /// The path can be read in several ways: it has an empty segment, `.` or `..`, an encoded
    /// separator, a parameter (`;`), or is no path at all.
    AmbiguousPath,
    /// No route matches.
    NoRoute,
}

/// All routes of a policy. A request has the demand of the narrowest route that matches it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RouteMap {
    /// A route that is contained in another stands before it.
    routes: Vec<Route>,
}

impl Methods {
    fn matches(&self, method: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(methods) => methods.iter().any(|each| {
                each.eq_ignore_ascii_case(method)
                    || each == "GET" && method.eq_ignore_ascii_case("HEAD")
            }),
        }
    }

    fn contain(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::All, _) => true,
            (_, Self::All) => false,
            (_, Self::Only(others)) => others.iter().all(|other| self.matches(other)),
        }
    }

    fn overlap(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::All, _) | (_, Self::All) => true,
            (Self::Only(methods), Self::Only(others)) => {
                methods.iter().any(|method| other.matches(method))
                    || others.iter().any(|method| self.matches(method))
            }
        }
    }

    fn count(&self) -> usize {
        match self {
            Self::All => usize::MAX,
            Self::Only(methods) => {
                let has = |name: &str| methods.iter().any(|method| method == name);
                methods
                    .len()
                    .saturating_add((has("GET") && !has("HEAD")).into())
            }
        }
    }
}

impl Route {
    /// Whether some request matches both routes and neither is the narrower one. Then it would have
    /// two demands.
    pub fn conflicts(&self, other: &Self) -> bool {
        self.methods.overlap(&other.methods)
            && self.path.overlaps(&other.path)
            && self.contains(other) == other.contains(self)
    }

    fn contains(&self, other: &Self) -> bool {
        self.methods.contain(&other.methods) && self.path.contains(&other.path)
    }
}

impl RouteMap {
    /// A map of routes of which no two conflict.
    pub fn new(mut routes: Vec<Route>) -> Self {
        // INVARIANT: a route that is contained in another has more literal segments; or as many, and
        // more segments; or the same, and is closed; or the same paths, and fewer methods.
        routes.sort_by_key(|route| (route.path.breadth(), route.methods.count()));
        Self { routes }
    }

    /// Whether the policy has no routes.
    pub fn is_empty(&self) -> bool {
        self.routes.is_empty()
    }

    /// The routes, of which one that is contained in another stands before it.
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }

    /// What a request must prove. `target` is its path, with or without a query.
    ///
    /// # Errors
    /// When no route matches, or the path can be read in several ways.
    pub fn demand(&self, method: &str, target: &str) -> Result<&Demand, Unrouted> {
        let path = request_path::segments(target).ok_or(Unrouted::AmbiguousPath)?;
        let matching = |route: &&Route| route.path.matches(&path) && route.methods.matches(method);
        let found = self.routes.iter().find(matching);
        found.map(|route| &route.demand).ok_or(Unrouted::NoRoute)
    }
}
