//! The functions' journal: what every function was given and gave, newest first, for people who
//! wonder. In memory and bounded.
//!
//! Passwords are not kept. Not here: its URL (`http::mocknito::functions`), the journal of requests
//! (`crate::journal`).

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;
use tokio::sync::watch;

use super::call::{Call, Invoker, Missed};
use crate::clock::Timestamp;
use crate::journal::{BoundedEntries, WITHHELD};

/// The longest event or answer that is kept in full.
const LONGEST: usize = 256 << 10;

/// An invocation that is over.
pub(super) struct Invocation<'a> {
    pub target: String,
    pub attempts: u32,
    pub duration: Duration,
    pub call: &'a Call<'a>,
    pub outcome: &'a Result<Value, Missed>,
}

/// One as it is kept and shown.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct InvocationEntry {
    /// Counts up.
    pub id: u64,
    #[serde(serialize_with = "rfc3339")]
    pub at: Timestamp,
    /// Of what a pool calls; null for an API's.
    pub user_pool_id: Option<String>,
    pub trigger: Option<&'static str>,
    /// Of what an API calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route: Option<String>,
    pub trigger_source: Option<String>,
    pub version: String,
    pub function: String,
    /// Where the function was reached; empty when nothing says where it is.
    pub target: String,
    pub request_id: String,
    pub attempts: u32,
    pub duration_ms: f64,
    pub event: Value,
    /// What it answered; null, too, when it failed.
    pub answer: Value,
    pub error: Option<EntryError>,
}

/// Why it failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EntryError {
    /// `raised`, `timed_out`, `not_reachable`, `not_json` or `not_mapped`.
    pub kind: &'static str,
    pub message: String,
}

/// Which ones are asked for; what is None does not matter.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    pub pool_id: Option<String>,
    pub trigger: Option<String>,
}

impl Wanted {
    fn includes(&self, entry: &InvocationEntry) -> bool {
        let is = |wanted: &Option<String>, value: Option<&str>| {
            wanted.is_none() || wanted.as_deref() == value
        };
        is(&self.pool_id, entry.user_pool_id.as_deref()) && is(&self.trigger, entry.trigger)
    }
}

/// The latest invocations.
#[derive(Debug)]
pub struct FunctionJournal {
    kept: Mutex<KeptEntries>,
    /// Changes with every change, so that whoever waits for one wakes up.
    changed: watch::Sender<u64>,
}

impl Default for FunctionJournal {
    fn default() -> Self {
        Self {
            kept: Mutex::default(),
            changed: watch::Sender::new(0),
        }
    }
}

#[derive(Debug, Default)]
struct KeptEntries {
    entries: BoundedEntries<InvocationEntry>,
    next: u64,
}

impl FunctionJournal {
    pub(super) fn note(&self, invocation: &Invocation<'_>) {
        let (mut entry, bytes) = invocation.entry();
        {
            let mut kept = self.kept();
            kept.next += 1;
            entry.id = kept.next;
            kept.entries.keep(entry, bytes);
        }
        self.change();
    }

    /// The newest that match, newest first.
    pub fn list(&self, wanted: &Wanted, limit: usize) -> Vec<InvocationEntry> {
        let kept = self.kept();
        let matching = kept.entries.oldest_first().rev();
        matching
            .filter(|entry| wanted.includes(entry))
            .take(limit)
            .cloned()
            .collect()
    }

    /// Forgets those that match; answers how many.
    pub fn clear(&self, wanted: &Wanted) -> usize {
        let deleted = {
            let mut kept = self.kept();
            kept.entries.forget(|entry| wanted.includes(entry))
        };
        self.change();
        deleted
    }

    /// The ids of the invocations that requests caused, by the ids of the requests.
    pub fn by_request(&self) -> HashMap<String, Vec<u64>> {
        let mut found: HashMap<String, Vec<u64>> = HashMap::new();
        let kept = self.kept();
        for entry in kept.entries.oldest_first() {
            let ids = found.entry(entry.request_id.clone()).or_default();
            ids.push(entry.id);
        }
        found
    }

    /// Changes with every change of the journal.
    pub fn version(&self) -> u64 {
        *self.changed.borrow()
    }

    /// Returns once the journal has another version, or after `wait`.
    pub async fn other_than(&self, version: u64, wait: Duration) {
        let mut changed = self.changed.subscribe();
        let other = changed.wait_for(|now| *now != version);
        let _or_the_time_is_over = tokio::time::timeout(wait, other).await.is_ok();
    }

    fn change(&self) {
        self.changed
            .send_modify(|count| *count = count.wrapping_add(1));
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, KeptEntries> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Invocation<'_> {
    /// The line that the log has for it.
    pub fn log(&self) {
        let Call {
            invoker,
            function,
            request_id,
            ..
        } = *self.call;
        let (pool, trigger) = invoker.moment().unzip();
        let (api, route) = invoker.api_route().unzip();
        let (attempts, duration_ms) = (self.attempts, self.duration_ms());
        match self.outcome {
            Ok(_) => tracing::info!(
                trigger,
                pool,
                api,
                route,
                function,
                outcome = "ok",
                attempts,
                duration_ms,
                request_id,
                "function"
            ),
            Err(missed) => tracing::warn!(
                trigger,
                pool,
                api,
                route,
                function,
                outcome = missed.failure.kind(),
                attempts,
                duration_ms,
                request_id,
                "function: {}",
                message(missed)
            ),
        }
    }

    fn duration_ms(&self) -> f64 {
        self.duration.as_micros() as f64 / 1_000.0
    }

    /// What is kept of it, and how much that is.
    fn entry(&self) -> (InvocationEntry, usize) {
        let is_http = matches!(self.call.invoker, Invoker::Api { .. });
        let (event, event_bytes) = kept(self.call.event, is_http);
        let (answer, answer_bytes) = match self.outcome {
            Ok(answer) => kept(answer, is_http),
            Err(_) => (Value::Null, 0),
        };
        let (user_pool_id, trigger) = self.call.invoker.moment().unzip();
        let (api, route) = self.call.invoker.api_route().unzip();
        let entry = InvocationEntry {
            id: 0,
            at: self.call.now,
            user_pool_id: user_pool_id.map(str::to_owned),
            trigger,
            api: api.map(str::to_owned),
            route: route.map(str::to_owned),
            trigger_source: self.call.event["triggerSource"].as_str().map(str::to_owned),
            version: self.call.version.to_owned(),
            function: self.call.function.to_owned(),
            target: self.target.clone(),
            request_id: self.call.request_id.to_owned(),
            attempts: self.attempts,
            duration_ms: self.duration_ms(),
            event,
            answer,
            error: self.outcome.as_ref().err().map(|missed| EntryError {
                kind: missed.failure.kind(),
                message: message(missed),
            }),
        };
        (entry, event_bytes + answer_bytes)
    }
}

fn message(missed: &Missed) -> String {
    match &missed.detail {
        Some(detail) => format!("{}: {detail}", missed.failure),
        None => missed.failure.to_string(),
    }
}

/// What is kept of a document, and how much that is: without passwords, and nothing of what is very
/// long. HTTP in it is kept without what opens doors.
fn kept(document: &Value, is_http: bool) -> (Value, usize) {
    let bytes = size(document);
    if bytes > LONGEST {
        let note = format!("({bytes} bytes, not kept)");
        return (Value::String(note), 64);
    }
    let mut document = document.clone();
    if is_http {
        withhold_http(&mut document);
    }
    withhold(&mut document);
    (document, bytes)
}

/// About the length of the document's text.
fn size(document: &Value) -> usize {
    match document {
        Value::String(text) => text.len() + 2,
        Value::Array(list) => 2 + list.iter().map(|value| size(value) + 1).sum::<usize>(),
        Value::Object(object) => {
            let members = object
                .iter()
                .map(|(key, value)| key.len() + size(value) + 4);
            2 + members.sum::<usize>()
        }
        _ => 8,
    }
}

/// Takes out what is called a password, wherever it stands: a function may have put it elsewhere.
fn withhold(document: &mut Value) {
    match document {
        Value::Array(list) => list.iter_mut().for_each(withhold),
        Value::Object(object) => {
            for (key, value) in object.iter_mut() {
                if key.eq_ignore_ascii_case("password") && !value.is_null() {
                    *value = Value::String(WITHHELD.to_owned());
                } else {
                    withhold(value);
                }
            }
        }
        _ => {}
    }
}

/// Headers that a request or an answer can be repeated with.
const SECRET_HEADERS: [&str; 6] = [
    "authorization",
    "cookie",
    "proxy-authorization",
    "set-cookie",
    "x-amz-security-token",
    "x-api-key",
];

/// Takes tokens and cookies out of an API's event or answer, and a body that is no JSON: what is a
/// password in a form is not known.
fn withhold_http(document: &mut Value) {
    let Value::Object(document) = document else {
        return;
    };
    for (key, value) in document.iter_mut() {
        match (key.as_str(), value) {
            ("headers" | "multiValueHeaders", Value::Object(headers)) => {
                for (name, value) in headers.iter_mut() {
                    let name = name.to_ascii_lowercase();
                    if SECRET_HEADERS.contains(&name.as_str()) {
                        *value = Value::String(WITHHELD.to_owned());
                    }
                }
            }
            ("cookies", cookies) => *cookies = Value::String(WITHHELD.to_owned()),
            ("body", Value::String(body)) => match serde_json::from_str::<Value>(body) {
                Ok(mut inner @ (Value::Object(_) | Value::Array(_))) => {
                    withhold_http(&mut inner);
                    withhold(&mut inner);
                    *body = inner.to_string();
                }
                _ if body.is_empty() => {}
                _ => *body = format!("({} bytes, not kept)", body.len()),
            },
            _ => {}
        }
    }
}

fn rfc3339<S: serde::Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&at.rfc3339())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::journal::{MOST_BYTES, MOST_ENTRIES};

    fn note(journal: &FunctionJournal, trigger: &'static str, event: &Value) {
        let call = Call {
            invoker: Invoker::Pool {
                pool_id: "us-east-1_Pool",
                trigger,
            },
            function: "arn:aws:lambda:us-east-1:123456789012:function:hook",
            version: "1",
            request_id: "1",
            now: Timestamp(0),
            event,
        };
        journal.note(&Invocation {
            target: "http://localhost:1/".to_owned(),
            attempts: 1,
            duration: Duration::from_millis(2),
            call: &call,
            outcome: &Ok(event.clone()),
        });
    }

    #[test]
    fn a_password_is_not_kept_in_the_event_nor_in_the_answer() {
        let journal = FunctionJournal::default();
        let event = json!({ "request": { "password": "Passw0rd!", "list": [{ "Password": "Passw0rd!" }] } });
        note(&journal, "UserMigration", &event);
        let shown = serde_json::to_string(&journal.list(&Wanted::default(), 10)).unwrap();
        assert!(!shown.contains("Passw0rd!"), "{shown}");
        assert_eq!(shown.matches(WITHHELD).count(), 4, "{shown}");
    }

    #[test]
    fn what_opens_doors_is_not_kept_of_http() {
        let mut event = json!({
            "headers": { "Authorization": "eyJ1", "accept": "*/*" },
            "multiValueHeaders": { "Cookie": ["eyJ2"] },
            "cookies": ["session=eyJ3"],
            "body": "{\"password\":\"Passw0rd!\",\"a\":1}",
        });
        withhold_http(&mut event);
        let shown = event.to_string();
        assert!(
            !shown.contains("eyJ") && !shown.contains("Passw0rd!"),
            "{shown}"
        );
        assert!(
            shown.contains("*/*") && shown.contains("\\\"a\\\":1"),
            "{shown}"
        );
        let mut form = json!({ "body": "password=Passw0rd!" });
        withhold_http(&mut form);
        assert_eq!(form["body"], "(18 bytes, not kept)");
    }

    #[test]
    fn it_is_bounded_in_number_and_in_size() {
        let journal = FunctionJournal::default();
        for _ in 0..MOST_ENTRIES + 5 {
            note(&journal, "PreSignUp", &json!({}));
        }
        let all = journal.list(&Wanted::default(), usize::MAX);
        assert_eq!(
            (all.len(), all[0].id),
            (MOST_ENTRIES, MOST_ENTRIES as u64 + 5)
        );

        let long = json!({ "text": "x".repeat(LONGEST / 2) });
        for _ in 0..MOST_BYTES / LONGEST + 20 {
            note(&journal, "PreSignUp", &long);
        }
        let kept = journal.kept().entries.bytes();
        assert!(kept <= MOST_BYTES, "{kept}");
        note(
            &journal,
            "CustomMessage",
            &json!({ "text": "x".repeat(LONGEST) }),
        );
        let longest = &journal.list(&Wanted::default(), 1)[0].event;
        assert!(
            longest
                .as_str()
                .is_some_and(|note| note.ends_with("not kept)"))
        );

        let messages = Wanted {
            trigger: Some("CustomMessage".to_owned()),
            ..Wanted::default()
        };
        assert_eq!(journal.clear(&messages), 1);
        assert!(journal.list(&messages, 10).is_empty());
        journal.clear(&Wanted::default());
        assert_eq!(journal.kept().entries.bytes(), 0);
    }
}
