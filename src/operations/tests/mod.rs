//! The operations, called through the dispatcher as a client's JSON would be. Here: the server they are called on.

mod clients;
mod pools;
mod resource_servers;
mod settings;

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Called, dispatch};
use crate::app::{App, Ctx, Issuer, Settings};
use crate::clock::{Clock, Timestamp};
use crate::keys::{Keys, Mint};
use crate::outbox::Outbox;
use crate::random::Random;
use crate::store::{Location, Store};

const NOW: i64 = 1_700_000_000_123_000;

struct Server(Arc<App>);

impl Server {
    async fn new() -> Self {
        let random = Random::new(Some(1));
        let store = Store::open(Location::Memory, &mut random.generator())
            .await
            .unwrap();
        Self(Arc::new(App {
            settings: Settings {
                region: "us-east-1".to_owned(),
                account_id: "123456789012".to_owned(),
                public_url: "http://localhost:9339".to_owned(),
                issuer: Issuer::Local,
                fixed_code: None,
            },
            keys: Keys::new(store.master_secret(), Mint::Seeded(1)),
            store,
            clock: Clock::frozen_at(Timestamp(NOW)),
            random,
            outbox: Outbox::default(),
        }))
    }

    async fn call_in(&self, region: &str, operation: &str, body: Value) -> Result<Value, String> {
        let target = format!("AWSCognitoIdentityProviderService.{operation}");
        let called = Called::from_target(&target).unwrap();
        let ctx = Ctx::new(self.0.clone(), called.facts().name, Some(region.to_owned()));
        let answer = dispatch(&ctx, called, body)
            .await
            .map_err(|error| error.to_string())?;
        Ok(serde_json::from_slice(&answer).unwrap_or(Value::Null))
    }

    async fn call(&self, operation: &str, body: Value) -> Result<Value, String> {
        self.call_in("us-east-1", operation, body).await
    }

    async fn ok(&self, operation: &str, body: Value) -> Value {
        match self.call(operation, body.clone()).await {
            Ok(answer) => answer,
            Err(error) => panic!("{operation} {body}: {error}"),
        }
    }

    async fn refused(&self, operation: &str, body: Value) -> String {
        match self.call(operation, body.clone()).await {
            Err(error) => error,
            Ok(answer) => panic!("{operation} {body}: {answer}"),
        }
    }

    /// A pool with this id behind the Region.
    async fn pool(&self, name: &str) -> String {
        let tags = json!({"_custom_id_": name});
        let made = self
            .ok(
                "CreateUserPool",
                json!({"PoolName": "p", "UserPoolTags": tags}),
            )
            .await;
        made["UserPool"]["Id"].as_str().unwrap().to_owned()
    }
}

/// `base` with the members of `more`.
fn with(base: &Value, more: Value) -> Value {
    let mut whole = base.as_object().unwrap().clone();
    whole.extend(more.as_object().unwrap().clone());
    Value::Object(whole)
}
