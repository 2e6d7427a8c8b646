//! How the models' structures and enums become JSON and are made of it: a member after the other.
//!
//! serde's derived readers and writers are general, and so large that those of these types were a
//! fifth of what the compiler saw of this crate (docs/decisions/0147). Not here: what is allowed,
//! which was looked at before (`validate`).

use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::scalars::{Blob, Sensitive, Timestamp};

/// What is made of JSON.
pub trait FromJson: Sized {
    fn from_json(value: Value) -> serde_json::Result<Self>;
}

/// What becomes JSON.
pub trait ToJson {
    fn to_json(&self) -> Value;
}

/// The members of an object that have not been taken yet.
pub struct Members(Map<String, Value>);

impl Members {
    /// Of a structure.
    pub fn of(value: Value) -> serde_json::Result<Self> {
        Map::deserialize(value).map(Self)
    }

    /// A member's value. One that is not there is read like `null`, as what is optional is.
    pub fn take<T: FromJson>(&mut self, name: &'static str) -> serde_json::Result<T> {
        match self.0.remove(name) {
            Some(value) => T::from_json(value),
            None => T::from_json(Value::Null).map_err(|_| serde_json::Error::missing_field(name)),
        }
    }
}

/// The members of an object that is being written.
#[derive(Default)]
pub struct WrittenMembers(Map<String, Value>);

impl WrittenMembers {
    /// What there is none of is left out.
    pub fn put(&mut self, name: &'static str, value: Value) {
        if !value.is_null() {
            self.0.insert(name.to_owned(), value);
        }
    }

    pub fn finish(self) -> Value {
        Value::Object(self.0)
    }
}

/// Reads a structure.
pub fn structure<'de, D: Deserializer<'de>, T: FromJson>(from: D) -> Result<T, D::Error> {
    T::from_json(Value::deserialize(from)?).map_err(D::Error::custom)
}

/// Reads one of a fixed set of values.
pub fn one_of<'de, D: Deserializer<'de>, T: Copy>(
    from: D,
    all: &[T],
    text: fn(T) -> &'static str,
) -> Result<T, D::Error> {
    let written = String::deserialize(from)?;
    let found = all.iter().find(|value| text(**value) == written);
    found.copied().ok_or_else(|| {
        let known = all.iter().map(|value| format!("`{}`", text(*value)));
        let known = known.collect::<Vec<_>>().join(", ");
        D::Error::custom(format_args!(
            "unknown value `{written}`, expected one of {known}"
        ))
    })
}

/// What serde reads without ado.
macro_rules! read_by_serde {
    ($($scalar:ty),*) => {
        $(impl FromJson for $scalar {
            fn from_json(value: Value) -> serde_json::Result<Self> {
                Self::deserialize(value)
            }
        })*
    };
}

read_by_serde!(bool, i32, i64, f64, String, Value, Blob, Timestamp);

macro_rules! written_as_values {
    ($($scalar:ty),*) => {
        $(impl ToJson for $scalar {
            fn to_json(&self) -> Value {
                Value::from(self.clone())
            }
        })*
    };
}

written_as_values!(bool, i32, i64, f64, String, Value, Timestamp);

impl ToJson for Blob {
    fn to_json(&self) -> Value {
        Value::from(self)
    }
}

impl<T: FromJson> FromJson for Sensitive<T> {
    fn from_json(value: Value) -> serde_json::Result<Self> {
        T::from_json(value).map(Self::new)
    }
}

impl<T: ToJson> ToJson for Sensitive<T> {
    fn to_json(&self) -> Value {
        self.expose().to_json()
    }
}

impl<T: FromJson> FromJson for Option<T> {
    fn from_json(value: Value) -> serde_json::Result<Self> {
        match value {
            Value::Null => Ok(None),
            value => T::from_json(value).map(Some),
        }
    }
}

impl<T: ToJson> ToJson for Option<T> {
    fn to_json(&self) -> Value {
        self.as_ref().map_or(Value::Null, ToJson::to_json)
    }
}

impl<T: FromJson> FromJson for Vec<T> {
    fn from_json(value: Value) -> serde_json::Result<Self> {
        let values = Vec::<Value>::deserialize(value)?;
        values.into_iter().map(T::from_json).collect()
    }
}

impl<T: ToJson> ToJson for Vec<T> {
    fn to_json(&self) -> Value {
        Value::Array(self.iter().map(ToJson::to_json).collect())
    }
}

impl<T: FromJson> FromJson for BTreeMap<String, T> {
    fn from_json(value: Value) -> serde_json::Result<Self> {
        let values = Map::deserialize(value)?;
        let values = values.into_iter();
        values
            .map(|(name, value)| Ok((name, T::from_json(value)?)))
            .collect()
    }
}

impl<T: ToJson> ToJson for BTreeMap<String, T> {
    fn to_json(&self) -> Value {
        let values = self.iter();
        Value::Object(
            values
                .map(|(name, value)| (name.clone(), value.to_json()))
                .collect(),
        )
    }
}

/// A structure by its members' names on the wire and its fields, where it is made of JSON, where it
/// becomes JSON, or both.
macro_rules! members {
    ($structure:ident: FromJson { $($members:tt)* }) => {
        $crate::wire::json::read_members! { $structure { $($members)* } }
    };
    ($structure:ident: ToJson { $($members:tt)* }) => {
        $crate::wire::json::written_members! { $structure { $($members)* } }
    };
    ($structure:ident: FromJson + ToJson { $($members:tt)* }) => {
        $crate::wire::json::read_members! { $structure { $($members)* } }
        $crate::wire::json::written_members! { $structure { $($members)* } }
    };
}

macro_rules! read_members {
    ($structure:ident { $($name:literal => $field:ident,)* }) => {
        impl $crate::wire::json::FromJson for $structure {
            fn from_json(value: serde_json::Value) -> serde_json::Result<Self> {
                let mut _members = $crate::wire::json::Members::of(value)?;
                Ok(Self { $($field: _members.take($name)?,)* })
            }
        }

        impl<'de> serde::Deserialize<'de> for $structure {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                $crate::wire::json::structure(from)
            }
        }
    };
}

macro_rules! written_members {
    ($structure:ident { $($name:literal => $field:ident,)* }) => {
        impl $crate::wire::json::ToJson for $structure {
            fn to_json(&self) -> serde_json::Value {
                let mut _members = $crate::wire::json::WrittenMembers::default();
                $(_members.put($name, $crate::wire::json::ToJson::to_json(&self.$field));)*
                _members.finish()
            }
        }

        impl serde::Serialize for $structure {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                serde::Serialize::serialize(&$crate::wire::json::ToJson::to_json(self), to)
            }
        }
    };
}

/// A fixed set of values, which are texts.
macro_rules! fixed_values {
    ($name:ident) => {
        impl $crate::wire::json::FromJson for $name {
            fn from_json(value: serde_json::Value) -> serde_json::Result<Self> {
                $crate::wire::json::one_of(value, Self::ALL, Self::as_str)
            }
        }

        impl $crate::wire::json::ToJson for $name {
            fn to_json(&self) -> serde_json::Value {
                serde_json::Value::from(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                $crate::wire::json::one_of(from, Self::ALL, Self::as_str)
            }
        }
    };
}

pub(in crate::wire) use {fixed_values, members, read_members, written_members};
