//! How the models' structures and enums are read: a member after the other out of a JSON object.
//!
//! serde's derived readers are general, and so large that those of these types were a fifth of what
//! the compiler saw of this crate (docs/decisions/0147). Not here: what is allowed, which was
//! looked at before (`validate`), and writing, which serde derives.

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// The members of an object that have not been taken yet.
pub struct Members(Map<String, Value>);

impl Members {
    /// A member's value. One that is not there is read like `null`, as what is optional is.
    pub fn take<T: DeserializeOwned>(&mut self, name: &'static str) -> serde_json::Result<T> {
        match self.0.remove(name) {
            Some(value) => T::deserialize(value),
            None => T::deserialize(Value::Null).map_err(|_| serde_json::Error::missing_field(name)),
        }
    }
}

/// A structure whose members are taken out of an object.
pub trait FromMembers: Sized {
    fn from_members(members: &mut Members) -> serde_json::Result<Self>;
}

/// Reads a structure.
pub fn structure<'de, D: Deserializer<'de>, T: FromMembers>(from: D) -> Result<T, D::Error> {
    let mut members = Members(Map::deserialize(from)?);
    T::from_members(&mut members).map_err(D::Error::custom)
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

/// `Deserialize` of a structure: its members' names on the wire, and its fields.
macro_rules! members {
    ($structure:ident { $($name:literal => $field:ident,)* }) => {
        impl $crate::wire::read::FromMembers for $structure {
            fn from_members(
                _members: &mut $crate::wire::read::Members,
            ) -> serde_json::Result<Self> {
                Ok(Self { $($field: _members.take($name)?,)* })
            }
        }

        impl<'de> serde::Deserialize<'de> for $structure {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                $crate::wire::read::structure(from)
            }
        }
    };
}

/// `Serialize` and `Deserialize` of a fixed set of values.
macro_rules! fixed_values {
    ($name:ident) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                $crate::wire::read::one_of(from, Self::ALL, Self::as_str)
            }
        }
    };
}

pub(in crate::wire) use {fixed_values, members};
