//! A function: an endpoint that notes the events it gets and answers as the test says. Without a
//! word of the test it gives the event back.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::functions_at;
use crate::support::Server;

pub const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:triggers";

/// What the function answers.
pub enum Answer {
    /// A document, usually the event.
    Json(Value),
    /// It throws.
    Raises(&'static str),
    /// Bytes that are no JSON.
    Text(&'static str),
}

type Answering = Pin<Box<dyn Future<Output = Answer> + Send>>;
type Behaviour = Arc<dyn Fn(Value) -> Answering + Send + Sync>;

#[derive(Clone, Default)]
pub struct Lambda {
    events: Arc<Mutex<Vec<Value>>>,
    /// By the part of `triggerSource` before the underscore.
    behaviours: Arc<Mutex<HashMap<String, Behaviour>>>,
}

impl Lambda {
    /// A function, and a server whose pools can name it by [`ARN`].
    pub async fn start() -> (Self, Server) {
        let lambda = Self::default();
        let router = Router::new().fallback(answer).with_state(lambda.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let server = Server::with_functions(functions_at(&url)).await;
        (lambda, server)
    }

    /// Changes the event before it goes back.
    pub fn on(&self, trigger: &str, change: impl Fn(&mut Value) + Send + Sync + 'static) {
        self.does(trigger, move |mut event| {
            change(&mut event);
            let answer: Answering = Box::pin(async { Answer::Json(event) });
            answer
        });
    }

    /// Fills in members of the response.
    pub fn responds(&self, trigger: &str, members: Value) {
        self.on(trigger, move |event| {
            let response = event["response"].as_object_mut().unwrap();
            response.extend(members.as_object().unwrap().clone());
        });
    }

    pub fn raises(&self, trigger: &str, message: &'static str) {
        self.does(trigger, move |_| {
            Box::pin(async move { Answer::Raises(message) })
        });
    }

    pub fn answers(&self, trigger: &str, answer: fn() -> Answer) {
        self.does(trigger, move |_| Box::pin(async move { answer() }));
    }

    pub fn does(
        &self,
        trigger: &str,
        behaviour: impl Fn(Value) -> Answering + Send + Sync + 'static,
    ) {
        let mut behaviours = self.behaviours.lock().unwrap();
        behaviours.insert(trigger.to_owned(), Arc::new(behaviour));
    }

    /// The events so far, once.
    pub fn take(&self) -> Vec<Value> {
        std::mem::take(&mut *self.events.lock().unwrap())
    }

    /// The sources of the events so far, once.
    pub fn take_sources(&self) -> Vec<String> {
        let events = self.take().into_iter();
        events
            .map(|event| crate::support::text(&event["triggerSource"]))
            .collect()
    }

    /// The only event so far, once.
    #[track_caller]
    pub fn take_one(&self) -> Value {
        let mut events = self.take();
        assert_eq!(events.len(), 1, "{events:?}");
        events.remove(0)
    }
}

async fn answer(State(lambda): State<Lambda>, body: Bytes) -> Response {
    let event: Value = serde_json::from_slice(&body).unwrap();
    lambda.events.lock().unwrap().push(event.clone());
    let source = event["triggerSource"].as_str().unwrap();
    let trigger = source.split('_').next().unwrap();
    let behaviour = lambda.behaviours.lock().unwrap().get(trigger).cloned();
    let answer = match behaviour {
        Some(behaviour) => behaviour(event).await,
        None => Answer::Json(event),
    };
    match answer {
        Answer::Json(value) => value.to_string().into_response(),
        Answer::Raises(message) => (
            [("x-amz-function-error", "Unhandled")],
            json!({ "errorMessage": message, "errorType": "Error" }).to_string(),
        )
            .into_response(),
        Answer::Text(text) => text.into_response(),
    }
}

/// `LambdaConfig` with the function for these triggers.
pub fn config(triggers: &[&str]) -> Value {
    let mut config = Map::new();
    for trigger in triggers {
        let (name, value) = match *trigger {
            "CustomEmailSender" | "CustomSMSSender" | "InboundFederation" => {
                let key =
                    "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-0000-0000-000000000000";
                config.insert("KMSKeyID".to_owned(), json!(key));
                (
                    *trigger,
                    json!({ "LambdaVersion": "V1_0", "LambdaArn": ARN }),
                )
            }
            "PreTokenGenerationV2" => (
                "PreTokenGenerationConfig",
                json!({ "LambdaVersion": "V2_0", "LambdaArn": ARN }),
            ),
            "PreTokenGenerationV3" => (
                "PreTokenGenerationConfig",
                json!({ "LambdaVersion": "V3_0", "LambdaArn": ARN }),
            ),
            name => (name, json!(ARN)),
        };
        config.insert(name.to_owned(), value);
    }
    json!({ "LambdaConfig": config })
}

/// [`config`] with further settings of the pool.
pub fn pool(triggers: &[&str], settings: Value) -> Value {
    let mut all = config(triggers);
    crate::support::merge(&mut all, settings);
    all
}
