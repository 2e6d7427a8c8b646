//! One call of a function: the event's document around the request, the checks of the answer's
//! envelope, and the members of the response.
//!
//! A response member of the wrong type is refused; unknown ones are ignored, as on AWS. Functions
//! with typed events answer with what their types hold, so a null is as good as nothing and nothing
//! as good as a null.

use serde_json::{Map, Value, json};

use super::caller_data;
use super::trigger::Function;
use crate::app::Ctx;
use crate::error::{Error, Result};
use crate::faults::FaultTarget;
use crate::journal::Feature;
use crate::store::{Client, Pool, User};
use crate::triggers::{Call, Failure, Invoker};
use crate::wire::user_pools::{AliasAttributeType, VerifiedAttributeType};

/// Nearly all events say this, whatever the caller's SDK is.
const SDK: &str = "aws-sdk-unknown-unknown";

/// Through which client the event came about.
#[derive(Debug, Clone, Copy)]
pub enum Caller<'a> {
    Client(&'a Client),
    /// An administrator's operation, which names no client.
    Administrator,
    /// AdminConfirmSignUp: captured with null in place of a client.
    Nobody,
}

impl Caller<'_> {
    fn client_id(self) -> Value {
        match self {
            Self::Client(client) => Value::from(client.id.as_str()),
            Self::Administrator => Value::from("CLIENT_ID_NOT_APPLICABLE"),
            Self::Nobody => Value::Null,
        }
    }
}

/// What a function is to be told.
pub struct FunctionEvent<'a> {
    pub function: Function<'a>,
    pub pool: &'a Pool,
    /// `triggerSource`
    pub source: &'a str,
    pub username: &'a str,
    pub caller: Caller<'a>,
    pub request: Value,
    /// The members that the function may fill in; None where it has no say.
    pub response: Option<Value>,
}

impl FunctionEvent<'_> {
    fn document(self) -> (Value, Envelope) {
        let trigger = self.function.trigger;
        let mut event = Map::new();
        let mut put = |name: &str, value: Value| {
            event.insert(name.to_owned(), value);
        };
        put("version", self.function.version.as_str().into());
        if trigger.names_source_early() {
            put("triggerSource", self.source.into());
        }
        put("region", self.pool.region.as_str().into());
        put("userPoolId", self.pool.id.as_str().into());
        put("userName", self.username.into());
        put(
            "callerContext",
            json!({ "awsSdkVersion": SDK, "clientId": self.caller.client_id() }),
        );
        if !trigger.names_source_early() {
            put("triggerSource", self.source.into());
        }
        put("request", self.request);
        if let Some(response) = self.response {
            put("response", response);
        }
        let envelope = Envelope::of(&event);
        (Value::Object(event), envelope)
    }
}

/// What an answer must repeat.
struct Envelope {
    members: Vec<(&'static str, Value)>,
    caller: Value,
}

impl Envelope {
    const MEMBERS: [&'static str; 5] = [
        "version",
        "region",
        "userPoolId",
        "userName",
        "triggerSource",
    ];

    fn of(event: &Map<String, Value>) -> Self {
        let member = |name| event.get(name).cloned().unwrap_or_default();
        Self {
            members: Self::MEMBERS.map(|name| (name, member(name))).to_vec(),
            caller: member("callerContext"),
        }
    }

    /// The response of an answer that is the event again; none counts as an empty one, since AWS's
    /// own types for Java have no such member where there is nothing to say.
    fn open(&self, answer: Value) -> Result<FunctionAnswer> {
        let mut answer = match answer {
            Value::Object(answer) => answer,
            Value::Null => return Err(Error::FunctionOutputNotJson),
            _ => return Err(Error::FunctionOutput),
        };
        let repeats = self
            .members
            .iter()
            .all(|(name, value)| answer.get(*name) == Some(value));
        // (unsure) How much of the request the service compares. It must be there; what functions
        // drop, add or change in it does no harm.
        let has_request = answer.get("request").is_some_and(Value::is_object);
        if !repeats || !has_request || !self.is_caller(answer.get("callerContext")) {
            return Err(Error::FunctionOutput);
        }
        match answer.remove("response") {
            Some(Value::Object(response)) => Ok(FunctionAnswer(response)),
            // (unsure) For triggers that fill something in; a null member has always been as good
            // as an absent one.
            None | Some(Value::Null) => Ok(FunctionAnswer::default()),
            Some(_) => Err(Error::FunctionOutput),
        }
    }

    /// Whether this is the caller's context again. What the event has not may be null or empty, as
    /// Go and .NET write it, and what a type does not know may be missing.
    fn is_caller(&self, given: Option<&Value>) -> bool {
        let Some(Value::Object(given)) = given else {
            return false;
        };
        ["awsSdkVersion", "clientId"].into_iter().all(|name| {
            match (given.get(name), &self.caller[name]) {
                (None | Some(Value::Null), _) => true,
                (Some(Value::String(text)), Value::Null) => text.is_empty(),
                (Some(given), sent) => given == sent,
            }
        })
    }
}

/// Tells the function and gives its response.
pub async fn call(ctx: &Ctx, event: FunctionEvent<'_>) -> Result<FunctionAnswer> {
    let function = event.function;
    let pool = event.pool;
    if !ctx.tells_functions {
        return Ok(FunctionAnswer::default());
    }
    let (document, envelope) = event.document();
    let answer = invoke(ctx, pool, function, &document).await?;
    envelope.open(answer)
}

/// Tells the function; what it answers does not matter.
pub async fn tell(ctx: &Ctx, event: FunctionEvent<'_>) -> Result<()> {
    let function = event.function;
    let pool = event.pool;
    if !ctx.tells_functions {
        return Ok(());
    }
    let (document, _) = event.document();
    match invoke(ctx, pool, function, &document).await {
        Err(Error::FunctionOutputNotJson) | Ok(_) => Ok(()),
        Err(other) => Err(other),
    }
}

async fn invoke(ctx: &Ctx, pool: &Pool, function: Function<'_>, document: &Value) -> Result<Value> {
    let trigger = function.trigger.name();
    let target = FaultTarget::Function(trigger.to_owned());
    let username = document.get("userName").and_then(Value::as_str);
    if let Some(ordered) = ctx.struck(&target, Some(&pool.id), username).await {
        let message = ordered.error.unwrap_or_default();
        return Err(Error::FunctionFailed { trigger, message });
    }
    let call = Call {
        invoker: Invoker::Pool {
            pool_id: &pool.id,
            trigger,
        },
        function: function.arn,
        version: function.version.as_str(),
        request_id: &ctx.request_id,
        now: ctx.now,
        event: document,
    };
    let invoked = ctx.app.functions.invoke(call).await;
    let journal = &ctx.app.journal;
    journal.coverage.count(Feature::Trigger, trigger);
    let outcome = invoked.as_ref().map_or_else(Failure::kind, |_| "ok");
    journal.metrics.count_function(trigger, outcome);
    let failure = match invoked {
        Ok(answer) => return Ok(answer),
        Err(failure) => failure,
    };
    let not_invoked = |error: &str| Error::FunctionNotInvoked {
        trigger,
        error: error.to_owned(),
    };
    Err(match failure {
        Failure::Raised { message } => Error::FunctionFailed { trigger, message },
        // Captured:
        // `PreSignUp invocation failed due to error Socket timeout while invoking Lambda function.`
        Failure::TimedOut => not_invoked("Socket timeout while invoking Lambda function"),
        Failure::NotReachable { why } => not_invoked(&why),
        // (unsure) The service's word for a function that is gone.
        Failure::NotMapped => not_invoked("ResourceNotFoundException"),
        Failure::NotJson => Error::FunctionOutputNotJson,
    })
}

/// The response of a function, or an object in it. A member that is absent is as good as null.
#[derive(Debug, Default)]
pub struct FunctionAnswer(Map<String, Value>);

impl FunctionAnswer {
    fn get(&self, name: &str) -> &Value {
        self.0.get(name).unwrap_or(&Value::Null)
    }

    /// A flag; absent means false.
    pub fn flag(&self, name: &str) -> Result<bool> {
        match self.get(name) {
            Value::Null => Ok(false),
            Value::Bool(flag) => Ok(*flag),
            _ => Err(Error::FunctionOutput),
        }
    }

    /// A text. (unsure) An empty one is none: Go's types have it where nothing was said.
    pub fn text(&self, name: &str) -> Result<Option<String>> {
        match self.get(name) {
            Value::Null => Ok(None),
            Value::String(text) if text.is_empty() => Ok(None),
            Value::String(text) => Ok(Some(text.clone())),
            _ => Err(Error::FunctionOutput),
        }
    }

    /// A map of texts; what is null in it is left out.
    pub fn texts(&self, name: &str) -> Result<Option<Vec<(String, String)>>> {
        let Some(Self(map)) = self.object(name)? else {
            return Ok(None);
        };
        let pairs = map.into_iter().filter_map(|(name, value)| match value {
            Value::Null => None,
            Value::String(text) => Some(Ok((name, text))),
            _ => Some(Err(Error::FunctionOutput)),
        });
        pairs.collect::<Result<_>>().map(Some)
    }

    pub fn list(&self, name: &str) -> Result<Option<Vec<String>>> {
        let list = match self.get(name) {
            Value::Null => return Ok(None),
            Value::Array(list) => list,
            _ => return Err(Error::FunctionOutput),
        };
        let texts = list.iter().map(|one| match one {
            Value::String(text) => Ok(text.clone()),
            _ => Err(Error::FunctionOutput),
        });
        texts.collect::<Result<_>>().map(Some)
    }

    pub fn object(&self, name: &str) -> Result<Option<Self>> {
        match self.get(name) {
            Value::Null => Ok(None),
            Value::Object(object) => Ok(Some(Self(object.clone()))),
            _ => Err(Error::FunctionOutput),
        }
    }

    pub fn into_members(self) -> Map<String, Value> {
        self.0
    }
}

/// A request's members, in their order; `clientMetadata` comes last and only when there is some.
pub fn request<const N: usize>(ctx: &Ctx, members: [(&str, Value); N]) -> Value {
    let mut request = object(members);
    if let Some(metadata) = caller_data::client_metadata(ctx) {
        request.insert("clientMetadata".to_owned(), metadata);
    }
    Value::Object(request)
}

/// A document of these members.
pub fn object<const N: usize>(members: [(&str, Value); N]) -> Map<String, Value> {
    let members = members.into_iter();
    members
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// `userAttributes` of a user who is there: all attributes, and what the service says of the user
/// among them.
pub fn user_attributes(pool: &Pool, user: &User) -> Value {
    let mut attributes = Map::new();
    let mut put = |name: &str, value: &str| {
        attributes.insert(name.to_owned(), value.into());
    };
    put("sub", &user.sub);
    let aliases = [
        (
            AliasAttributeType::Email,
            VerifiedAttributeType::Email,
            "cognito:email_alias",
        ),
        (
            AliasAttributeType::PhoneNumber,
            VerifiedAttributeType::PhoneNumber,
            "cognito:phone_number_alias",
        ),
    ];
    for (alias, attribute, name) in aliases {
        if let Some(value) = user.attributes.get(attribute.as_str())
            && attribute.is_verified(&user.attributes)
            && pool.alias_attributes().contains(&alias)
        {
            put(name, value);
        }
    }
    put("cognito:user_status", user.status.as_str());
    for (name, value) in &user.attributes {
        put(name, value);
    }
    Value::Object(attributes)
}
