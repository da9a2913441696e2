//! The gate: who may pass.

use std::sync::Arc;
use std::time::Duration;

use auth_crypto::SystemClock;
use auth_key_sets::{FetchKeySet, FetchedKeys, Freshness};
use auth_rest::{MalformedBearer, bearer_token};
use auth_rules::route_map::{Demand, RouteMap, Unrouted};
use auth_runtime::{
    Claims, Clock, DecideError, Decision, Engine, Error, Expectation, Limits, PolicySource,
    Question, TokenError, Verifier, VerifierCapabilities,
};
use http::HeaderMap;

use crate::refusal::Refusal;

/// How long to wait where the part that failed does not say.
const RETRY_DEFAULT: Duration = Duration::from_secs(1);

/// What a request asks to do.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The method of the request.
    pub method: &'a str,
    /// Its path, with or without a query, as the client sent it.
    pub target: &'a str,
    /// Permissions that it needs besides what its route demands. A client may have had a hand in them,
    /// so they never stand in place of the route's.
    pub permissions: &'a [String],
}

/// Judges requests by token, permission and route.
pub struct Gate {
    verifier: Verifier,
    keys: FetchedKeys,
    expected: Expectation,
    routes: RouteMap,
}

impl Gate {
    /// A gate with the system's clock, and keys that are fetched from this source.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn of_system(
        engine: &Engine,
        source: Arc<dyn FetchKeySet>,
        policy: PolicySource,
        routes: RouteMap,
    ) -> Result<Self, Error> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let freshness = Freshness::default();
        let keys = FetchedKeys::new(source, Arc::clone(&clock), fastrand::f64, freshness);
        Self::new(engine, clock, keys, policy, routes)
    }

    /// A gate that takes the tokens of the issuer and for the audience that the policy's deployment
    /// names, and whose routes are those of the same policy.
    ///
    /// # Errors
    /// When the component imports an interface that this host does not provide.
    pub fn new(
        engine: &Engine,
        clock: Arc<dyn Clock>,
        keys: FetchedKeys,
        policy: PolicySource,
        routes: RouteMap,
    ) -> Result<Self, Error> {
        let deployment = policy.deployment();
        let expected = Expectation {
            issuer: deployment.issuer.clone(),
            audience: deployment.audience.clone(),
            leeway_seconds: policy.settings().token.leeway_seconds,
        };
        let keyring = Arc::new(keys.clone());
        let capabilities = VerifierCapabilities { clock, keyring };
        Ok(Self {
            verifier: Verifier::new(engine, capabilities, policy, Limits::default())?,
            keys,
            expected,
            routes,
        })
    }

    /// The routes of the policy. Where it has none, what passes does not depend on method and path.
    #[must_use]
    pub fn routes(&self) -> &RouteMap {
        &self.routes
    }

    /// The keys of the issuer.
    #[must_use]
    pub fn keys(&self) -> &FetchedKeys {
        &self.keys
    }

    /// Judges a request. Where the policy has no routes, any valid token passes. Returns the claims of
    /// the token; `None` for a request that needs no token, whose token is then not looked at.
    ///
    /// # Errors
    /// When the request may not pass.
    pub async fn judge(
        &self,
        headers: &HeaderMap,
        asked: Asked<'_>,
    ) -> Result<Option<Claims>, Refusal> {
        let of_route = match self.demand(asked.method, asked.target)? {
            Demand::Nothing if asked.permissions.is_empty() => return Ok(None),
            Demand::Nothing | Demand::Token => None,
            Demand::Permission(permission) => Some(permission),
        };
        let token = bearer_token(headers).map_err(|MalformedBearer| Refusal::MalformedBearer)?;
        let claims = self.verify(token.ok_or(Refusal::TokenRequired)?).await?;
        for permission in of_route.into_iter().chain(asked.permissions) {
            self.require(&claims, permission)?;
        }
        Ok(Some(claims))
    }

    fn demand(&self, method: &str, target: &str) -> Result<&Demand, Refusal> {
        if self.routes.is_empty() {
            return Ok(&Demand::Token);
        }
        let demand = self.routes.demand(method, target);
        demand.map_err(|unrouted| match unrouted {
            Unrouted::NoRoute => Refusal::NoRoute,
            Unrouted::AmbiguousPath => Refusal::AmbiguousPath,
        })
    }

    /// Verifies a token, and fetches keys where they are missing. A token that can be refused without
    /// a key causes no fetch.
    async fn verify(&self, token: &str) -> Result<Claims, Refusal> {
        if !self.keys.is_ready() {
            let read = self.verifier.read_signature(token).map_err(unanswered)?;
            read.map_err(Refusal::Token)?;
        }
        self.keys.prepare().await;
        if !self.keys.is_ready() {
            return Err(Refusal::Unavailable {
                retry_after: RETRY_DEFAULT,
            });
        }
        let mut judged = self.ask(token)?;
        if judged == Err(Refusal::Token(TokenError::UnknownKey)) && self.keys.seek().await {
            judged = self.ask(token)?;
        }
        judged
    }

    /// The verdict of the component, or why there is none.
    fn ask(&self, token: &str) -> Result<Result<Claims, Refusal>, Refusal> {
        let judged = self.verifier.verify(token, &self.expected);
        Ok(judged.map_err(unanswered)?.map_err(Refusal::Token))
    }

    fn require(&self, claims: &Claims, permission: &str) -> Result<(), Refusal> {
        let question = Question {
            subject: claims.subject.clone(),
            roles: claims.roles.clone(),
            permission: permission.to_owned(),
            owner: None,
        };
        match self.verifier.decide(&question).map_err(unanswered)? {
            Ok(Decision::Allowed(_)) => Ok(()),
            Ok(Decision::Denied(_) | Decision::Unmatched) => {
                Err(Refusal::Permission(question.permission))
            }
            Err(DecideError::MalformedPermission) => Err(Refusal::MalformedPermission),
            Err(DecideError::Token(error)) => Err(Refusal::Token(error)),
        }
    }
}

/// The next call gets a fresh instance, so another attempt may help.
fn unanswered(error: Error) -> Refusal {
    let retry_after = error.retry_after.unwrap_or(RETRY_DEFAULT);
    tracing::error!(blame = ?error.blame, error = %error.cause, "a request could not be judged");
    Refusal::Unavailable { retry_after }
}
