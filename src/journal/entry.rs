//! One request as it is kept, and as it is shown. Bodies are kept as they came and are read when
//! somebody asks: most entries are never looked at.

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::recording::{LONGEST, Noted};
use super::withheld;
use crate::clock::Timestamp;

/// What an entry weighs beside its bodies.
const OVERHEAD: usize = 512;

/// The longest path that is shown.
const LONGEST_PATH: usize = 256;

/// Through which door a request came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Door {
    /// `POST /`, whichever service is called.
    #[default]
    Api,
    /// The endpoints of a pool's domain, and what is published of its keys.
    OAuth,
    /// The hosted pages.
    Pages,
    /// What stands before an application's own API.
    Gateway,
}

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RequestOutcome {
    Ok,
    /// By a rule.
    Refused,
    /// By our own fault.
    Failed,
}

/// What was asked.
#[derive(Debug, Default)]
pub struct RequestRecord {
    pub door: Door,
    pub method: String,
    pub path: String,
    pub query: Option<String>,
    pub is_form: bool,
    pub at: Timestamp,
    pub input: Bytes,
}

impl RequestRecord {
    fn shown_path(&self) -> String {
        self.path.chars().take(LONGEST_PATH).collect()
    }
}

/// What was answered.
#[derive(Debug, Default)]
pub struct AnswerRecord {
    pub status: u16,
    pub duration: Duration,
    /// A JSON document.
    pub document: Option<Bytes>,
    /// Where the browser was sent.
    pub location: Option<String>,
}

/// A request as it is kept.
#[derive(Debug)]
pub struct JournalEntry {
    /// Counts up.
    pub id: u64,
    request: RequestRecord,
    noted: Option<Noted>,
    answer: AnswerRecord,
}

/// A request as it is shown.
#[derive(Debug, Serialize)]
pub struct ShownEntry<'a> {
    pub id: u64,
    pub at: String,
    pub door: Door,
    pub operation: Cow<'a, str>,
    pub user_pool_id: Option<&'a str>,
    pub client_id: Option<&'a str>,
    pub username: Option<&'a str>,
    pub status: u16,
    pub error: Option<Cow<'a, str>>,
    pub situation: Option<&'a str>,
    pub why: Option<Cow<'a, str>>,
    pub duration_ms: f64,
    pub request_id: Option<&'a str>,
    pub input: Value,
    pub output: Value,
    /// The invocations of functions that it caused, by their ids in the functions' journal.
    pub functions: Vec<u64>,
    /// The messages that it caused, by their ids in the inbox.
    pub messages: &'a [String],
}

/// Whom and what a request was about, as far as it came to be known.
#[derive(Default)]
pub(super) struct RequestAbout<'e> {
    pub user_pool_id: Option<&'e str>,
    pub client_id: Option<&'e str>,
    pub username: Option<&'e str>,
    /// The user, as the request calls them.
    pub named: Option<&'e str>,
}

impl JournalEntry {
    pub fn new(request: RequestRecord, noted: Option<Noted>, answer: AnswerRecord) -> Self {
        Self {
            id: 0,
            request,
            noted,
            answer,
        }
    }

    /// About what it takes in memory.
    pub(super) fn bytes(&self) -> usize {
        let (request, answer) = (&self.request, &self.answer);
        let why = self.noted.as_ref().and_then(|noted| noted.why.as_ref());
        OVERHEAD
            + request.input.len()
            + request.path.len()
            + request.query.as_ref().map_or(0, String::len)
            + answer.document.as_ref().map_or(0, Bytes::len)
            + answer.location.as_ref().map_or(0, String::len)
            + why.map_or(0, String::len)
    }

    pub fn door(&self) -> Door {
        self.request.door
    }

    pub fn duration(&self) -> Duration {
        self.answer.duration
    }

    /// The operation's or the endpoint's name, if it has one.
    pub fn noted_operation(&self) -> Option<&'static str> {
        self.noted.as_ref().map(|noted| noted.operation)
    }

    pub fn request_id(&self) -> Option<&str> {
        self.noted.as_ref().map(|noted| noted.request_id.as_str())
    }

    pub fn outcome(&self) -> RequestOutcome {
        match self.answer.status {
            500.. => RequestOutcome::Failed,
            400.. => RequestOutcome::Refused,
            _ if self.named_error().is_some() => RequestOutcome::Refused,
            _ => RequestOutcome::Ok,
        }
    }

    fn error(&self) -> Option<Cow<'_, str>> {
        let named = self.named_error()?;
        // A client that is told by a redirect reads the error in the address.
        let told = self.answer.location.as_deref().and_then(withheld::error_in);
        Some(told.map_or(Cow::Borrowed(named), Cow::Owned))
    }

    fn named_error(&self) -> Option<&'static str> {
        match &self.noted {
            Some(noted) => noted.error,
            None => match self.answer.status {
                404 => Some("not_found"),
                405 => Some("method_not_allowed"),
                403 => Some("forbidden"),
                400.. => Some("refused"),
                _ => None,
            },
        }
    }

    /// What nobody gave a name is called by its address.
    pub(super) fn operation(&self) -> Cow<'_, str> {
        match &self.noted {
            Some(noted) => Cow::Borrowed(noted.operation),
            None => {
                let RequestRecord { method, .. } = &self.request;
                Cow::Owned(format!("{method} {}", self.request.shown_path()))
            }
        }
    }

    /// Whom and what the request was about.
    pub(super) fn about(&self) -> RequestAbout<'_> {
        let Some(noted) = &self.noted else {
            return RequestAbout::default();
        };
        RequestAbout {
            user_pool_id: noted.user_pool_id.as_deref(),
            client_id: noted.client_id.as_deref(),
            username: noted.username.as_deref(),
            named: noted.named.as_deref(),
        }
    }

    /// As people and programs read it. `functions` are the invocations that it caused.
    pub fn shown(&self, functions: Vec<u64>) -> ShownEntry<'_> {
        let (noted, about) = (self.noted.as_ref(), self.about());
        let at = noted.map_or(self.request.at, |noted| noted.at);
        ShownEntry {
            id: self.id,
            at: at.rfc3339(),
            door: self.request.door,
            operation: self.operation(),
            user_pool_id: about.user_pool_id,
            client_id: about.client_id,
            username: about.username.or(about.named),
            status: self.answer.status,
            error: self.error(),
            situation: noted.and_then(|noted| noted.situation),
            why: noted
                .and_then(|noted| noted.why.as_deref())
                .map(withheld::without_values),
            duration_ms: self.answer.duration.as_micros() as f64 / 1_000.0,
            request_id: self.request_id(),
            input: self.input(),
            output: self.output(),
            functions,
            messages: noted.map_or(&[], |noted| &noted.messages),
        }
    }

    fn input(&self) -> Value {
        let RequestRecord {
            door,
            method,
            query,
            is_form,
            input,
            ..
        } = &self.request;
        let shape = self.noted.as_ref().and_then(|noted| noted.facts);
        // An operation's body is read as JSON whatever the client calls it: curl calls all a form.
        if *door == Door::Api && (!is_form || shape.is_some()) {
            return document(input, |body| match shape {
                Some(facts) => withheld::by_shape(facts.input, body),
                None => withheld::but_names(body),
            });
        }
        let mut shown = Map::new();
        shown.insert("method".to_owned(), json!(method));
        shown.insert("path".to_owned(), json!(self.request.shown_path()));
        if let Some(query) = query {
            shown.insert("query".to_owned(), withheld::parameters(query.as_bytes()));
        }
        if *is_form && !input.is_empty() {
            shown.insert("form".to_owned(), withheld::parameters(input));
        } else if !input.is_empty() {
            let body = match door {
                Door::OAuth => document(input, withheld::in_document),
                // Nobody sends JSON to a page.
                _ => Value::from(withheld::WITHHELD),
            };
            shown.insert("body".to_owned(), body);
        }
        Value::Object(shown)
    }

    fn output(&self) -> Value {
        if let Some(location) = &self.answer.location {
            return json!({ "location": withheld::location(location) });
        }
        let Some(bytes) = &self.answer.document else {
            return Value::Null;
        };
        let facts = self.noted.as_ref().and_then(|noted| noted.facts);
        document(bytes, |body| match (self.request.door, facts) {
            (Door::Api, Some(facts)) if self.answer.status < 400 => {
                withheld::by_shape(facts.output, body);
            }
            (Door::Api, _) => {
                withheld::but_names(body);
                for member in ["message", "Message"] {
                    if let Some(Value::String(text)) = body.get_mut(member) {
                        *text = withheld::without_values(text).into_owned();
                    }
                }
            }
            _ => withheld::in_document(body),
        })
    }
}

/// A JSON document without its secrets.
fn document(bytes: &Bytes, withhold: impl FnOnce(&mut Value)) -> Value {
    if bytes.is_empty() {
        return Value::Null;
    }
    if bytes.len() > LONGEST {
        return Value::from("(too long to be kept)");
    }
    match serde_json::from_slice(bytes) {
        Ok(mut body) => {
            withhold(&mut body);
            body
        }
        Err(_) => Value::from(format!("({} bytes that are not JSON)", bytes.len())),
    }
}
