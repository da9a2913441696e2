//! The request of a client, as API Gateway hands it on.

use auth_end_to_end::Answer;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use serde_json::{Map, Value, json};

/// Recorded events. Each call replaces the members that it is about.
const REST_API: &str = include_str!("../fixtures/rest-api.json");
const HTTP_API: &str = include_str!("../fixtures/http-api.json");

/// The stage of both fixtures.
const STAGE: &str = "prod";

/// The kind of an API in API Gateway, which decides the format of its events and answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Api {
    /// An HTTP API, with payload format 2.0.
    Http,
    /// A REST API, with payload format 1.0.
    Rest,
}

impl Api {
    /// Both kinds.
    pub const ALL: [Self; 2] = [Self::Rest, Self::Http];

    /// The kind of an event.
    #[must_use]
    pub fn of(event: &Value) -> Self {
        if event["version"] == "2.0" {
            Self::Http
        } else {
            Self::Rest
        }
    }

    /// A call without a body.
    #[must_use]
    pub fn call(self, method: &str, path: &str) -> Call {
        let fixture = match self {
            Self::Rest => REST_API,
            Self::Http => HTTP_API,
        };
        let event = serde_json::from_str(fixture).expect("the fixture is JSON");
        Call { api: self, event }.to(method, path)
    }

    /// `GET`
    #[must_use]
    pub fn get(self, path: &str) -> Call {
        self.call("GET", path)
    }

    /// `POST` with a JSON body.
    #[must_use]
    pub fn post(self, path: &str, body: &Value) -> Call {
        self.call("POST", path).json(body)
    }

    /// Reads the function's answer to an event as the client would receive it.
    pub(crate) fn read(self, event: &Value, answer: &[u8]) -> Answer {
        let answer: Value = serde_json::from_slice(answer).expect("an answer is JSON");
        let mut headers = HeaderMap::new();
        match self {
            Self::Rest => {
                assert_eq!(answer["headers"], Value::Null, "they would come twice");
                for (name, values) in object(&answer["multiValueHeaders"]) {
                    for value in values.as_array().expect("a list") {
                        append(&mut headers, name, value);
                    }
                }
            }
            Self::Http => {
                for (name, value) in object(&answer["headers"]) {
                    append(&mut headers, name, value);
                }
            }
        }
        let text = answer["body"].as_str().unwrap_or_default();
        let body = if answer["isBase64Encoded"] == true {
            STANDARD.decode(text).expect("base64")
        } else {
            text.as_bytes().to_vec()
        };
        let status = answer["statusCode"].as_u64().expect("a status");
        let status = u16::try_from(status).expect("a status");
        let answer = http::Response::builder().status(status).body(body);
        let mut answer = answer.expect("a status");
        *answer.headers_mut() = headers;
        let (method, path) = self.target(event);
        Answer::of(&method.parse().expect("a method"), path, answer)
    }

    fn target(self, event: &Value) -> (&str, &str) {
        let (method, path) = match self {
            Self::Rest => (&event["httpMethod"], &event["path"]),
            Self::Http => (
                &event["requestContext"]["http"]["method"],
                &event["rawPath"],
            ),
        };
        (
            method.as_str().expect("a method"),
            path.as_str().expect("a path"),
        )
    }
}

/// The request of a client, as an event that is under construction.
#[derive(Clone)]
pub struct Call {
    api: Api,
    event: Value,
}

impl Call {
    fn to(mut self, method: &str, path: &str) -> Self {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let context = &mut self.event["requestContext"];
        match self.api {
            Api::Rest => {
                context["httpMethod"] = json!(method);
                context["path"] = json!(format!("/{STAGE}{path}"));
                self.event["httpMethod"] = json!(method);
                self.event["path"] = json!(path);
            }
            Api::Http => {
                context["http"]["method"] = json!(method);
                context["http"]["path"] = json!(format!("/{STAGE}{path}"));
                self.event["rawPath"] = json!(format!("/{STAGE}{path}"));
                self.event["rawQueryString"] = json!(query);
            }
        }
        self.query(query)
    }

    fn query(mut self, query: &str) -> Self {
        if query.is_empty() {
            return self;
        }
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let mut lists = Map::new();
        for (name, value) in pairs {
            let list = lists.entry(name).or_insert_with(|| json!([]));
            list.as_array_mut().expect("a list").push(json!(value));
        }
        let joined = |list: &Value| {
            let list = list.as_array().expect("a list").iter();
            let texts: Vec<_> = list.map(|value| value.as_str().expect("text")).collect();
            match self.api {
                Api::Rest => json!(texts.last()),
                Api::Http => json!(texts.join(",")),
            }
        };
        let single: Map<String, Value> = lists
            .iter()
            .map(|(name, list)| (name.clone(), joined(list)))
            .collect();
        self.event["queryStringParameters"] = single.into();
        if self.api == Api::Rest {
            self.event["multiValueQueryStringParameters"] = lists.into();
        }
        self
    }

    /// Adds a header; an HTTP API joins those of one name with commas.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        match self.api {
            Api::Rest => {
                self.event["headers"][name] = json!(value);
                let list = &mut self.event["multiValueHeaders"][name];
                match list.as_array_mut() {
                    Some(list) => list.push(json!(value)),
                    None => *list = json!([value]),
                }
            }
            Api::Http => {
                let name = name.to_lowercase();
                let before = self.event["headers"][&name].as_str();
                let joined = before.map_or(value.to_owned(), |before| format!("{before},{value}"));
                self.event["headers"][name] = json!(joined);
            }
        }
        self
    }

    /// Adds an access token in the `Authorization` header.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.header("Authorization", &format!("Bearer {token}"))
    }

    /// Adds a cookie, which an HTTP API keeps apart from the headers.
    #[must_use]
    pub fn cookie(mut self, cookie: &str) -> Self {
        match self.api {
            Api::Rest => self.header("Cookie", cookie),
            Api::Http => {
                let cookies = &mut self.event["cookies"];
                match cookies.as_array_mut() {
                    Some(cookies) => cookies.push(json!(cookie)),
                    None => *cookies = json!([cookie]),
                }
                self
            }
        }
    }

    /// Sets the body to this JSON, and its content type.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.header("Content-Type", "application/json")
            .text(&body.to_string())
    }

    /// Sets the body to this text.
    #[must_use]
    pub fn text(mut self, body: &str) -> Self {
        self.event["body"] = json!(body);
        self.event["isBase64Encoded"] = json!(false);
        self
    }

    /// Encodes the body in base64, as an API does with a body that it considers binary.
    #[must_use]
    pub fn encoded(mut self) -> Self {
        let body = self.event["body"].as_str().unwrap_or_default();
        self.event["body"] = json!(STANDARD.encode(body));
        self.event["isBase64Encoded"] = json!(true);
        self
    }

    /// Sets the address that the request comes from.
    #[must_use]
    pub fn from(mut self, address: &str) -> Self {
        let context = &mut self.event["requestContext"];
        match self.api {
            Api::Rest => context["identity"]["sourceIp"] = json!(address),
            Api::Http => context["http"]["sourceIp"] = json!(address),
        }
        self
    }

    /// Sets a member of the event by its JSON pointer, whether or not it exists.
    ///
    /// # Panics
    /// When the parent of the member does not exist.
    #[must_use]
    pub fn set(mut self, pointer: &str, value: Value) -> Self {
        let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
        let parent = self.event.pointer_mut(parent).expect("a parent");
        parent[name] = value;
        self
    }

    /// The finished event.
    #[must_use]
    pub fn event(self) -> Value {
        self.event
    }
}

fn object(value: &Value) -> &Map<String, Value> {
    value.as_object().expect("an object")
}

fn append(headers: &mut HeaderMap, name: &str, value: &Value) {
    let name: http::HeaderName = name.parse().expect("a name");
    let value = value.as_str().expect("text").parse().expect("a value");
    headers.append(name, value);
}
