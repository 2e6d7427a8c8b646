//! The scalars of AWS's JSON 1.1 that Rust has no type for: secrets, instants, bytes. Plain
//! strings, numbers and flags are Rust's own.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// A value that the model marks as sensitive: it travels like any other, but is never printed.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sensitive<T>(T);

impl<T> Sensitive<T> {
    /// Wraps a value.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself. Called where it is used, never to print it.
    pub const fn expose(&self) -> &T {
        &self.0
    }

    /// The value itself, by move.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> fmt::Debug for Sensitive<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<sensitive>")
    }
}

impl From<String> for Sensitive<String> {
    fn from(value: String) -> Self {
        Self(value)
    }
}

impl From<&str> for Sensitive<String> {
    fn from(value: &str) -> Self {
        Self(value.to_owned())
    }
}

/// An instant, in microseconds since 1970. On the wire it is a number of seconds with at most three
/// decimals, as AWS writes it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl From<Timestamp> for Value {
    fn from(instant: Timestamp) -> Self {
        let milliseconds = instant.0.div_euclid(1_000);
        if milliseconds % 1_000 == 0 {
            Self::from(milliseconds / 1_000)
        } else {
            // The quotient is the double nearest to the decimal number, so its shortest form has
            // three decimals at most.
            Self::from(milliseconds as f64 / 1_000.0)
        }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Value::from(*self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(EpochSeconds)
    }
}

struct EpochSeconds;

impl Visitor<'_> for EpochSeconds {
    type Value = Timestamp;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number of seconds since 1970")
    }

    fn visit_i64<E: de::Error>(self, seconds: i64) -> Result<Timestamp, E> {
        Ok(Timestamp(seconds.saturating_mul(1_000_000)))
    }

    fn visit_u64<E: de::Error>(self, seconds: u64) -> Result<Timestamp, E> {
        self.visit_i64(i64::try_from(seconds).unwrap_or(i64::MAX))
    }

    fn visit_f64<E: de::Error>(self, seconds: f64) -> Result<Timestamp, E> {
        // The cast saturates, and JSON has no NaN.
        Ok(Timestamp((seconds * 1_000_000.0).round() as i64))
    }
}

/// Bytes; base64 on the wire.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Blob(pub Vec<u8>);

impl fmt::Debug for Blob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Blob({} bytes)", self.0.len())
    }
}

impl From<&Blob> for Value {
    fn from(bytes: &Blob) -> Self {
        Self::String(STANDARD.encode(&bytes.0))
    }
}

impl Serialize for Blob {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Value::from(self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Blob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Base64)
    }
}

struct Base64;

impl Visitor<'_> for Base64 {
    type Value = Blob;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("base64 text")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Blob, E> {
        STANDARD.decode(text).map(Blob).map_err(E::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sensitive_value_travels_but_is_not_printed() {
        let secret: Sensitive<String> = serde_json::from_str("\"hunter2\"").unwrap();
        assert_eq!(secret.expose(), "hunter2");
        assert_eq!(serde_json::to_string(&secret).unwrap(), "\"hunter2\"");
        assert_eq!(
            format!("{secret:?} {:?}", Some(&secret)),
            "<sensitive> Some(<sensitive>)"
        );
    }

    #[test]
    fn a_timestamp_is_written_as_seconds_with_at_most_three_decimals() {
        for (microseconds, text) in [
            (1_689_721_665_239_000, "1689721665.239"),
            (1_689_721_665_239_999, "1689721665.239"),
            (1_689_721_665_200_000, "1689721665.2"),
            (1_689_721_665_000_999, "1689721665"),
            (0, "0"),
            (-1_500_000, "-1.5"),
        ] {
            assert_eq!(
                serde_json::to_string(&Timestamp(microseconds)).unwrap(),
                text
            );
        }
    }

    #[test]
    fn every_millisecond_survives_a_round_trip() {
        for millisecond in 0..1_000 {
            let instant = Timestamp((1_753_000_000_000 + millisecond) * 1_000);
            let text = serde_json::to_string(&instant).unwrap();
            assert!(text.len() <= "1753000000.123".len(), "{text}");
            assert_eq!(serde_json::from_str::<Timestamp>(&text).unwrap(), instant);
        }
    }

    #[test]
    fn a_timestamp_beyond_all_time_is_capped() {
        assert_eq!(
            serde_json::from_str::<Timestamp>("1e300").unwrap(),
            Timestamp(i64::MAX)
        );
        assert_eq!(
            serde_json::from_str::<Timestamp>("18446744073709551615").unwrap(),
            Timestamp(i64::MAX)
        );
        assert!(serde_json::from_str::<Timestamp>("\"0\"").is_err());
    }

    #[test]
    fn a_blob_is_base64_text_and_prints_its_size_only() {
        let blob: Blob = serde_json::from_str("\"AAEC\"").unwrap();
        assert_eq!(blob, Blob(vec![0, 1, 2]));
        assert_eq!(serde_json::to_string(&blob).unwrap(), "\"AAEC\"");
        assert_eq!(format!("{blob:?}"), "Blob(3 bytes)");
        assert!(serde_json::from_str::<Blob>("\"AAE\"").is_err());
    }
}
