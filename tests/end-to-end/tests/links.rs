//! The links of `openapi.json`: a program that knows nothing else walks from registration to logout.

use auth_end_to_end::{Answer, Client, Options, Server};
use http::Method;
use serde_json::{Map, Value, json};

/// One call as the description states it, and its answer.
struct Step {
    operation: Value,
    request: Value,
    answer: Answer,
}

/// Reads the description that a server serves, and calls its operations.
struct Walker {
    client: Client,
    description: Value,
}

impl Walker {
    fn of(server: &Server) -> Self {
        let client = server.client();
        let description = client.get("/openapi.json").expect(200).json();
        Self {
            client,
            description,
        }
    }

    /// Method, path and operation of this id.
    fn find(&self, id: &str) -> (Method, String, Value) {
        let paths = self.description["paths"].as_object().expect("paths");
        for (path, item) in paths {
            for (method, operation) in item.as_object().expect("a path item") {
                if operation["operationId"] == id {
                    let method = method.to_uppercase().parse().expect("a method");
                    return (method, path.clone(), operation.clone());
                }
            }
        }
        panic!("no operation `{id}`");
    }

    fn call(&self, id: &str, parameters: &Map<String, Value>, request: Value) -> Step {
        let (method, mut path, operation) = self.find(id);
        for (name, value) in parameters {
            let value = value.as_str().expect("a segment");
            path = path.replace(&format!("{{{name}}}"), value);
        }
        assert!(!path.contains('{'), "{id}: {path} lacks a parameter");
        let answer = match &request {
            Value::Null => self.client.call(method, &path),
            body => self.client.send(method, &path, body),
        };
        Step {
            operation,
            request,
            answer,
        }
    }

    /// Calls an operation with the example of its request body.
    fn begin(&self, id: &str) -> Step {
        let (_, _, operation) = self.find(id);
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        let reference = schema["$ref"].as_str().expect("a schema");
        let schema = self.description.pointer(reference.trim_start_matches('#'));
        let schema = schema.expect("the schema");
        self.call(id, &Map::new(), example(schema))
    }

    /// Follows a link of the answer's description.
    fn follow(&self, step: &Step, link: &str) -> Step {
        let status = step.answer.status().to_string();
        let link = &step.operation["responses"][&status]["links"][link];
        let id = link["operationId"].as_str().expect("a link");
        let evaluated = step.evaluate(&link["parameters"]);
        let parameters = evaluated.as_object().cloned().unwrap_or_default();
        self.call(id, &parameters, step.body(&link["requestBody"]))
    }
}

impl Step {
    /// The body that a link gives: a runtime expression, or a JSON text with expressions in braces
    /// (OpenAPI 3.1 §4.8.20.4).
    fn body(&self, template: &Value) -> Value {
        let Some(text) = template.as_str().filter(|text| text.starts_with('{')) else {
            return self.evaluate(template);
        };
        let mut parts = text.split("{$");
        let mut body = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (expression, rest) = part.split_once('}').expect("the end of an expression");
            let value = self.expression(&format!("${expression}"));
            body += value.as_str().expect("a text that JSON need not escape");
            body += rest;
        }
        serde_json::from_str(&body).expect("JSON")
    }

    /// A value with its runtime expressions evaluated.
    fn evaluate(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => self.expression(text),
            Value::Object(members) => members
                .iter()
                .map(|(name, value)| (name.clone(), self.evaluate(value)))
                .collect(),
            other => other.clone(),
        }
    }

    fn expression(&self, text: &str) -> Value {
        let (source, pointer) = text.split_once('#').unwrap_or((text, ""));
        let document = match source {
            "$request.body" => self.request.clone(),
            "$response.body" => self.answer.json(),
            _ => return json!(text),
        };
        document.pointer(pointer).cloned().expect("its target")
    }
}

/// The example of an object, or the examples of its members.
fn example(schema: &Value) -> Value {
    if schema["example"].is_object() {
        return schema["example"].clone();
    }
    let members = schema["properties"].as_object().expect("an object");
    members
        .iter()
        .map(|(name, member)| (name.clone(), member["example"].clone()))
        .collect()
}

#[test]
fn a_program_walks_from_registration_to_logout() {
    let server = Server::start(&Options::default());
    let walker = Walker::of(&server);
    let registered = walker.begin("register");
    assert_eq!(registered.answer.status(), 202);
    let logged_in = walker.follow(&registered, "LogIn");
    assert_eq!(logged_in.answer.status(), 200);
    let refreshed = walker.follow(&logged_in, "Refresh");
    assert_eq!(refreshed.answer.status(), 200);
    let again = walker.follow(&refreshed, "Refresh");
    assert_eq!(again.answer.status(), 200);
    let access = again.answer.text("access_token");
    let me = server.client().bearer(&access);
    me.get("/v1/me").expect(200);
    let ended = walker.follow(&again, "LogOut");
    assert_eq!(ended.answer.status(), 204);
    me.get("/v1/me").expect_problem(401, "invalid-token");
}

#[test]
fn the_example_of_a_login_succeeds_after_the_example_of_a_registration() {
    let server = Server::start(&Options::default());
    let walker = Walker::of(&server);
    assert_eq!(walker.begin("register").answer.status(), 202);
    let login = walker.begin("login");
    assert_eq!(login.answer.status(), 200);
    let me = Walker {
        client: server.client().bearer(&login.answer.text("access_token")),
        ..walker
    };
    let none = Map::new();
    let sessions = me.call("list_my_sessions", &none, Value::Null);
    assert_eq!(sessions.answer.status(), 200);
    assert_eq!(me.begin("authorize").answer.json()["allowed"], false);
    assert_eq!(me.begin("change_password").answer.status(), 204);
    assert_eq!(me.follow(&sessions, "EndSession").answer.status(), 204);
}

#[test]
fn every_link_leads_to_an_operation() {
    let server = Server::start(&Options::default());
    let walker = Walker::of(&server);
    let paths = walker.description["paths"].as_object().expect("paths");
    let operations = paths.values().flat_map(|item| item.as_object()).flatten();
    let mut links = 0;
    for (_, operation) in operations {
        let responses = operation["responses"].as_object().expect("responses");
        for link in responses
            .values()
            .filter_map(|response| response["links"].as_object())
            .flat_map(|links| links.values())
        {
            let id = link["operationId"].as_str().expect("an operation id");
            let (_, path, _) = walker.find(id);
            let parameters = link["parameters"].as_object();
            for name in parameters.into_iter().flat_map(Map::keys) {
                assert!(path.contains(&format!("{{{name}}}")), "{id}: {name}");
            }
            links += 1;
        }
    }
    assert!(links >= 10, "only {links} links");
}
