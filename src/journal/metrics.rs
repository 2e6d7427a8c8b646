//! Numbers for Prometheus, counted since the start. Every label has few values: names of ours,
//! never what a client sent.
//!
//! Not here: the URL (`http::mocknito::metrics`).

use std::fmt::{self, Debug};

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use super::{Door, JournalEntry, Outcome};

/// Seconds: from what a document from memory takes to what a function may take three times.
const BUCKETS: [f64; 12] = [
    0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.1, 0.5, 1.0, 5.0, 15.0,
];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    door: &'static str,
    operation: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DurationLabels {
    door: &'static str,
    operation: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct FunctionLabels {
    trigger: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct MessageLabels {
    medium: String,
    kind: String,
}

type Durations = Family<DurationLabels, Histogram, fn() -> Histogram>;

/// All of them.
pub struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    durations: Durations,
    functions: Family<FunctionLabels, Counter>,
    messages: Family<MessageLabels, Counter>,
    store: Gauge,
}

impl Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("mocknito");
        let requests = Family::default();
        let durations: Durations = Family::new_with_constructor(|| Histogram::new(BUCKETS));
        let functions = Family::default();
        let messages = Family::default();
        let store = Gauge::default();
        registry.register("requests", "Requests answered", requests.clone());
        let help = "How long requests took";
        registry.register_with_unit("request_duration", help, Unit::Seconds, durations.clone());
        let help = "Invocations of Lambda functions";
        registry.register("functions", help, functions.clone());
        registry.register("messages", "E-mails and text messages", messages.clone());
        registry.register_with_unit("store", "Size of the store", Unit::Bytes, store.clone());
        Self {
            registry,
            requests,
            durations,
            functions,
            messages,
            store,
        }
    }
}

impl Metrics {
    /// A request that is answered.
    pub fn count(&self, entry: &JournalEntry) {
        // What nobody gave a name has none here: addresses may be anything.
        let operation = entry.noted_operation().unwrap_or("-");
        let door = entry.door().name();
        self.requests
            .get_or_create(&RequestLabels {
                door,
                operation,
                outcome: entry.outcome().name(),
            })
            .inc();
        self.durations
            .get_or_create(&DurationLabels { door, operation })
            .observe(entry.duration().as_secs_f64());
    }

    /// An invocation: `ok`, or the kind of its failure.
    pub fn count_function(&self, trigger: &'static str, outcome: &'static str) {
        let labels = FunctionLabels { trigger, outcome };
        self.functions.get_or_create(&labels).inc();
    }

    /// A message, by its medium and kind in the inbox.
    pub fn count_message(&self, medium: &str, kind: &str) {
        let labels = MessageLabels {
            medium: medium.to_owned(),
            kind: kind.to_owned(),
        };
        self.messages.get_or_create(&labels).inc();
    }

    /// All numbers in Prometheus' text format, with the store's present size.
    pub fn text(&self, store_bytes: i64) -> Result<String, fmt::Error> {
        self.store.set(store_bytes);
        let mut text = String::new();
        text::encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

impl Door {
    fn name(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::OAuth => "oauth",
            Self::Pages => "pages",
            Self::Gateway => "gateway",
        }
    }
}

impl Outcome {
    fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}
