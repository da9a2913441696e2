use super::*;

use serde_json::json;

fn error(event: Value) -> Diagnostic {
    match Payload::read(event) {
        Ok(_) => panic!("it was answered"),
        Err(error) => error.into(),
    }
}

fn http(event: Value) -> HttpEvent {
    match Payload::read(event) {
        Ok(Payload::Http(event)) => event,
        Ok(Payload::Warmer) => panic!("a warmer"),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn tells_who_sent_a_request() {
    let load_balancer =
        json!({ "httpMethod": "GET", "path": "/", "requestContext": { "elb": {} } });
    let mut multi_value = load_balancer.clone();
    multi_value["multiValueHeaders"] = json!({});
    for (event, sender) in [
        (
            json!({ "httpMethod": "GET", "path": "/", "requestContext": { "stage": "prod" } }),
            Sender::RestApi,
        ),
        (
            json!({ "version": "1.0", "httpMethod": "GET", "path": "/", "requestContext": {} }),
            Sender::RestApi,
        ),
        (
            json!({ "rawPath": "/", "requestContext": { "http": { "method": "GET" } } }),
            Sender::HttpApi,
        ),
        (load_balancer, Sender::LoadBalancer { multi_value: false }),
        (multi_value, Sender::LoadBalancer { multi_value: true }),
    ] {
        let event = http(event);
        assert_eq!((event.sender, event.path.as_str()), (sender, "/"));
    }
}

#[test]
fn a_body_is_text_or_base64() {
    let event = |body: Value, encoded: bool| {
        json!({
            "rawPath": "/", "body": body, "isBase64Encoded": encoded,
            "requestContext": { "http": { "method": "POST" } },
        })
    };
    assert_eq!(http(event(json!("e30="), false)).body, b"e30=");
    assert_eq!(http(event(json!("e30="), true)).body, b"{}");
    assert_eq!(http(event(Value::Null, true)).body, b"");
    let torn = error(event(json!("no base64 at all!"), true));
    assert_eq!(torn.error_type, "MalformedEvent");
}

#[test]
fn knows_what_only_keeps_the_function_warm() {
    for event in [
        json!({}),
        json!({ "warmer": true }),
        json!({ "warmer": true, "concurrency": 3 }),
        json!({ "source": "aws.events", "detail-type": "Scheduled Event", "detail": {} }),
        json!({ "source": "aws.scheduler", "detail-type": "Scheduled Event" }),
        json!({ "source": "serverless-plugin-warmup" }),
        json!({ "key1": "value1", "key2": "value2", "key3": "value3" }),
    ] {
        assert!(matches!(Payload::read(event), Ok(Payload::Warmer)));
    }
}

#[test]
fn names_what_cannot_be_answered_and_quotes_nothing() {
    let message = "hunter2";
    for (event, kind, kept) in [
        (json!(null), "no JSON object", "UnsupportedEvent"),
        (json!([message]), "no JSON object", "UnsupportedEvent"),
        (
            json!({ "warmer": message }),
            "this event",
            "UnsupportedEvent",
        ),
        (
            json!({ "source": message }),
            "this event",
            "UnsupportedEvent",
        ),
        (
            json!({ "Records": [{ "eventSource": "aws:sqs", "body": message }] }),
            "a batch of records",
            "UnsupportedEvent",
        ),
        (
            json!({ "type": "TOKEN", "methodArn": message }),
            "an authorizer",
            "UnsupportedEvent",
        ),
        (
            json!({ "requestContext": { "connectionId": message, "eventType": "CONNECT" } }),
            "a WebSocket API",
            "UnsupportedEvent",
        ),
        (
            json!({ "version": "2.0", "path": message, "requestContext": { "serviceArn": "" } }),
            "VPC Lattice",
            "UnsupportedEvent",
        ),
        (
            json!({ "source": "aws.ec2", "detail-type": message }),
            "no schedule",
            "UnsupportedEvent",
        ),
        (
            json!({ "httpMethod": 7, "path": message, "requestContext": {} }),
            "lacks its method",
            "MalformedEvent",
        ),
        (
            json!({ "rawPath": null, "requestContext": { "http": { "method": message } } }),
            "lacks its path",
            "MalformedEvent",
        ),
    ] {
        let error = error(event);
        assert_eq!(error.error_type, kept, "{error:?}");
        assert!(error.error_message.contains(kind), "{error:?}");
        assert!(!error.error_message.contains(message), "{error:?}");
    }
}
