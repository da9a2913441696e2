//! The gate alone, as proxies ask it, and as API Gateway does.

mod authorizer;
mod forward_auth;
mod gate;
mod smuggling;
mod verifier;

/// What the tests demand of requests.
const POLICY: &str = "
[roles.admin]
allow = ['*:*']
[roles.user]
[roles.reader]
allow = ['articles:read']

[[routes]]
path = '/articles/{id}'
methods = ['GET']
permission = 'articles:read'
[[routes]]
path = '/articles/{id}'
permission = 'articles:write'
[[routes]]
path = '/me'
access = 'token'
[[routes]]
path = '/health'
access = 'public'
";
