//! A client of the REST interface: one method for each call, JSON in and out.

use http::{Method, Request};
use serde_json::{Value, json};
use ureq::Agent;

use crate::Answer;

/// A password that every policy in these tests accepts.
pub const PASSWORD: &str = "a long and quiet evening";

/// A client of one server, with or without an access token.
#[derive(Clone)]
pub struct Client {
    agent: Agent,
    url: String,
    headers: Vec<(String, String)>,
}

/// The tokens of a login, and a client that uses them.
#[derive(Clone)]
pub struct Session {
    /// A client that sends the access token.
    pub client: Client,
    /// The id of the session.
    pub id: String,
    /// The access token.
    pub access: String,
    /// The refresh token.
    pub refresh: String,
    /// The device token, which marks the device as known.
    pub device: Option<String>,
}

impl Client {
    /// A client without a token.
    #[must_use]
    pub fn new(url: &str) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .build();
        Self {
            agent: config.into(),
            url: url.to_owned(),
            headers: Vec::new(),
        }
    }

    /// The same client, which sends one more header with every call.
    #[must_use]
    pub fn header(&self, name: &str, value: &str) -> Self {
        let mut client = self.clone();
        client.headers.push((name.to_owned(), value.to_owned()));
        client
    }

    /// A client of the same server that sends this access token and no other header.
    #[must_use]
    pub fn bearer(&self, token: &str) -> Self {
        let plain = Self {
            headers: Vec::new(),
            ..self.clone()
        };
        plain.header("authorization", &format!("Bearer {token}"))
    }

    /// Makes a call without a body.
    pub fn call(&self, method: Method, path: &str) -> Answer {
        self.try_send(method, path, None).expect("an answer")
    }

    /// Makes a call with a JSON body.
    pub fn send(&self, method: Method, path: &str, body: &Value) -> Answer {
        self.try_send(method, path, Some(body)).expect("an answer")
    }

    /// Makes a call that may get no answer, because the server may be killed while it runs.
    ///
    /// # Errors
    /// When no complete answer arrives.
    pub fn try_send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, ureq::Error> {
        let mut request = Request::builder()
            .method(method.clone())
            .uri(format!("{}{path}", self.url));
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let response = match body {
            Some(body) => {
                let request = request.header("content-type", "application/json");
                self.agent
                    .run(request.body(body.to_string()).expect("a request"))
            }
            None => self.agent.run(request.body(()).expect("a request")),
        }?;
        Answer::read(&method, path, response)
    }

    /// `GET`
    pub fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path)
    }

    /// `POST` with a JSON body.
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, body)
    }

    /// `PUT` with a JSON body.
    pub fn put(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::PUT, path, body)
    }

    /// `PATCH` with a JSON body.
    pub fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::PATCH, path, body)
    }

    /// `DELETE`
    pub fn delete(&self, path: &str) -> Answer {
        self.call(Method::DELETE, path)
    }

    /// Creates the first administrator, with [`PASSWORD`].
    pub fn set_up(&self, token: &str, email: &str) -> Answer {
        let body = json!({ "token": token, "email": email, "password": PASSWORD });
        self.post("/v1/setup", &body)
    }

    /// Registers an address with [`PASSWORD`].
    pub fn register(&self, email: &str) -> Answer {
        self.post(
            "/v1/register",
            &json!({ "email": email, "password": PASSWORD }),
        )
    }

    /// Tries to log in with a password.
    pub fn try_login(&self, email: &str, password: &str) -> Answer {
        self.post(
            "/v1/login",
            &json!({ "email": email, "password": password }),
        )
    }

    /// Logs in with [`PASSWORD`].
    ///
    /// # Panics
    /// When the login fails.
    pub fn login(&self, email: &str) -> Session {
        self.session(&self.try_login(email, PASSWORD).expect(200))
    }

    /// Registers an address and logs in.
    ///
    /// # Panics
    /// When one of the two fails.
    pub fn join(&self, email: &str) -> Session {
        self.register(email).expect(202);
        self.login(email)
    }

    /// Exchanges a refresh token for new tokens.
    pub fn refresh(&self, token: &str) -> Answer {
        self.post("/v1/token/refresh", &json!({ "refresh_token": token }))
    }

    /// Reads the answer to a login or a refresh.
    ///
    /// # Panics
    /// When the answer lacks a token.
    #[must_use]
    pub fn session(&self, answer: &Answer) -> Session {
        let tokens = answer.json();
        let text = |name: &str| tokens[name].as_str().expect("a token").to_owned();
        let access = text("access_token");
        Session {
            client: self.bearer(&access),
            id: text("session_id"),
            refresh: text("refresh_token"),
            device: tokens["device_token"].as_str().map(str::to_owned),
            access,
        }
    }
}
