//! Where a pool's logs go: the rules for setting it. Not here: sending any.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::store::PoolDocument;
use crate::wire::user_pools::{EventSourceName, LogConfigurationType, LogLevel};

/// What was set for a pool.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LogDelivery(pub Vec<LogConfigurationType>);

impl PoolDocument for LogDelivery {
    const KIND: &'static str = "log_delivery";
}

impl LogDelivery {
    /// Checks a request: each source once, at its own level, to one destination.
    pub fn new(configurations: Vec<LogConfigurationType>) -> Result<Self> {
        for (index, one) in configurations.iter().enumerate() {
            let source = one.event_source;
            let earlier = &configurations[..index];
            if earlier.iter().any(|other| other.event_source == source) {
                return Err(Error::LogSourceRepeats {
                    source: source.as_str().to_owned(),
                });
            }
            let level = match source {
                EventSourceName::UserNotification => LogLevel::Error,
                EventSourceName::UserAuthEvents => LogLevel::Info,
            };
            if one.log_level != level {
                return Err(Error::LogLevelMismatch {
                    source: source.as_str().to_owned(),
                    level: level.as_str().to_owned(),
                });
            }
            if !has_one_destination(one) {
                return Err(Error::LogDestination {
                    source: source.as_str().to_owned(),
                });
            }
        }
        Ok(Self(configurations))
    }
}

/// Messages are logged to CloudWatch only; sign-ins also to a bucket or a stream.
fn has_one_destination(configuration: &LogConfigurationType) -> bool {
    let group = configuration.cloud_watch_logs_configuration.as_ref();
    let bucket = configuration.s3_configuration.as_ref();
    let stream = configuration.firehose_configuration.as_ref();
    let is_of = |arn: Option<&String>, service: &str| {
        arn.is_some_and(|arn| arn.split(':').nth(2) == Some(service))
    };
    match (group, bucket, stream) {
        (Some(group), None, None) => is_of(group.log_group_arn.as_ref(), "logs"),
        (None, Some(bucket), None) => {
            configuration.event_source == EventSourceName::UserAuthEvents
                && is_of(bucket.bucket_arn.as_ref(), "s3")
        }
        (None, None, Some(stream)) => {
            configuration.event_source == EventSourceName::UserAuthEvents
                && is_of(stream.stream_arn.as_ref(), "firehose")
        }
        _ => false,
    }
}
