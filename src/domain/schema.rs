//! A pool's attribute schema: the standard attributes, the custom ones, and what may be changed
//! about either.
//!
//! Not here: whether a user's values fit the schema.

use super::identities::IDENTITIES;
use crate::error::{Error, Result};
use crate::wire::user_pools::{
    AttributeDataType, NumberAttributeConstraintsType, SchemaAttributeType,
    StringAttributeConstraintsType,
};

/// The most custom attributes of one pool.
const MOST_CUSTOM: usize = 50;
/// The greatest length of any attribute's value.
const MOST_LENGTH: i128 = 2048;

/// The standard attributes in the order in which the service describes them. `identities` comes
/// with a pool's first identity provider.
const STANDARD: [(&str, AttributeDataType); 20] = [
    ("sub", AttributeDataType::String),
    ("name", AttributeDataType::String),
    ("given_name", AttributeDataType::String),
    ("family_name", AttributeDataType::String),
    ("middle_name", AttributeDataType::String),
    ("nickname", AttributeDataType::String),
    ("preferred_username", AttributeDataType::String),
    ("profile", AttributeDataType::String),
    ("picture", AttributeDataType::String),
    ("website", AttributeDataType::String),
    ("email", AttributeDataType::String),
    ("email_verified", AttributeDataType::Boolean),
    ("gender", AttributeDataType::String),
    ("birthdate", AttributeDataType::String),
    ("zoneinfo", AttributeDataType::String),
    ("locale", AttributeDataType::String),
    ("phone_number", AttributeDataType::String),
    ("phone_number_verified", AttributeDataType::Boolean),
    ("address", AttributeDataType::String),
    ("updated_at", AttributeDataType::Number),
];

/// How the names of a pool's own attributes begin, and before that those which only developers
/// change.
const CUSTOM: &str = "custom:";
const FOR_DEVELOPERS: &str = "dev:";

/// A custom attribute's name as a request says it that adds the attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlainName<'n> {
    pub name: &'n str,
    pub developer_only: bool,
}

/// The name under which users have a custom attribute.
pub fn custom_name(plain: PlainName<'_>) -> String {
    let prefix = if plain.developer_only {
        FOR_DEVELOPERS
    } else {
        ""
    };
    format!("{prefix}{CUSTOM}{}", plain.name)
}

/// The inverse. None of a name that no custom attribute has.
pub fn plain_name(name: &str) -> Option<PlainName<'_>> {
    let own = name.strip_prefix(FOR_DEVELOPERS);
    let plain = own.unwrap_or(name).strip_prefix(CUSTOM)?;
    Some(PlainName {
        name: plain,
        developer_only: own.is_some(),
    })
}

/// The names of the standard attributes.
pub fn standard_names() -> impl Iterator<Item = &'static str> {
    STANDARD.iter().map(|(name, _)| *name)
}

/// The schema of a new pool: the standard attributes, changed as the request says, and then its
/// custom attributes.
pub fn create(requested: &[SchemaAttributeType]) -> Result<Vec<SchemaAttributeType>> {
    let mut schema: Vec<_> = STANDARD
        .iter()
        .map(|(name, kind)| standard(name, *kind))
        .collect();
    let mut custom = Vec::new();
    let mut changed: Vec<&str> = Vec::new();
    for attribute in requested {
        let name = name_of(attribute)?;
        let Some(known) = schema
            .iter_mut()
            .find(|known| known.name.as_deref() == Some(name))
        else {
            custom.push(attribute.clone());
            continue;
        };
        if changed.contains(&name) {
            return Err(already_there(name));
        }
        changed.push(name);
        change_standard(known, attribute)?;
    }
    add_custom(&mut schema, &custom)?;
    Ok(schema)
}

/// Adds custom attributes. They can never be changed or removed.
pub fn add_custom(
    schema: &mut Vec<SchemaAttributeType>,
    requested: &[SchemaAttributeType],
) -> Result<()> {
    for attribute in requested {
        let attribute = custom(attribute)?;
        if schema.iter().any(|known| known.name == attribute.name) {
            return Err(already_there(&attribute.name.unwrap_or_default()));
        }
        schema.push(attribute);
    }
    let is_custom =
        |attribute: &&SchemaAttributeType| attribute.name.as_deref().and_then(plain_name).is_some();
    if schema.iter().filter(is_custom).count() > MOST_CUSTOM {
        return Err(Error::TooManyCustomAttributes);
    }
    Ok(())
}

/// Adds what a pool with identity providers has: where its users come from.
pub fn add_identities(schema: &mut Vec<SchemaAttributeType>) {
    let is_there = |one: &SchemaAttributeType| one.name.as_deref() == Some(IDENTITIES);
    if !schema.iter().any(is_there) {
        schema.push(SchemaAttributeType {
            string_attribute_constraints: Some(StringAttributeConstraintsType::default()),
            ..standard(IDENTITIES, AttributeDataType::String)
        });
    }
}

/// The name is shown without the prefix of developer attributes, and then with it: captured so.
fn already_there(name: &str) -> Error {
    Error::AttributeAlreadyInSchema {
        shown: name.strip_prefix(FOR_DEVELOPERS).unwrap_or(name).to_owned(),
        name: name.to_owned(),
    }
}

fn standard(name: &str, kind: AttributeDataType) -> SchemaAttributeType {
    let (least, most) = match name {
        "sub" => ("1", "2048"),
        "birthdate" => ("10", "10"),
        _ => ("0", "2048"),
    };
    SchemaAttributeType {
        name: Some(name.to_owned()),
        attribute_data_type: Some(kind),
        developer_only_attribute: Some(false),
        mutable: Some(name != "sub"),
        required: Some(name == "sub"),
        number_attribute_constraints: (kind == AttributeDataType::Number).then(|| {
            NumberAttributeConstraintsType {
                min_value: Some("0".to_owned()),
                max_value: None,
            }
        }),
        string_attribute_constraints: (kind == AttributeDataType::String).then(|| {
            StringAttributeConstraintsType {
                min_length: Some(least.to_owned()),
                max_length: Some(most.to_owned()),
            }
        }),
    }
}

/// Takes over what a request may say about a standard attribute: whether it is required, whether it
/// can change, its bounds.
fn change_standard(known: &mut SchemaAttributeType, asked: &SchemaAttributeType) -> Result<()> {
    let name = name_of(known)?.to_owned();
    let retyped = asked.attribute_data_type.is_some()
        && asked.attribute_data_type != known.attribute_data_type;
    if retyped || asked.developer_only_attribute == Some(true) {
        return Err(Error::StandardAttributeChanged { name });
    }
    check_bounds(&name, asked)?;
    // (unsure) `sub` belongs to the service whatever the request says; the service may refuse this.
    if name == "sub" {
        return Ok(());
    }
    known.required = asked.required.or(known.required);
    known.mutable = asked.mutable.or(known.mutable);
    if let (Some(bounds), Some(asked)) = (
        &mut known.string_attribute_constraints,
        &asked.string_attribute_constraints,
    ) {
        bounds.min_length = asked.min_length.clone().or(bounds.min_length.take());
        bounds.max_length = asked.max_length.clone().or(bounds.max_length.take());
    }
    if let (Some(bounds), Some(asked)) = (
        &mut known.number_attribute_constraints,
        &asked.number_attribute_constraints,
    ) {
        bounds.min_value = asked.min_value.clone().or(bounds.min_value.take());
        bounds.max_value = asked.max_value.clone().or(bounds.max_value.take());
    }
    check_bounds(&name, known)
}

/// A custom attribute as it is stored and described: prefixed and complete.
fn custom(asked: &SchemaAttributeType) -> Result<SchemaAttributeType> {
    let developer_only = asked.developer_only_attribute.unwrap_or(false);
    let name = custom_name(PlainName {
        name: name_of(asked)?,
        developer_only,
    });
    if asked.required == Some(true) {
        return Err(Error::CustomAttributeRequired);
    }
    let kind = asked
        .attribute_data_type
        .ok_or(Error::AttributeTypeMissing)?;
    // (unsure) Bounds of another type are dropped.
    check_bounds(&name, asked)?;
    Ok(SchemaAttributeType {
        name: Some(name),
        attribute_data_type: Some(kind),
        developer_only_attribute: Some(developer_only),
        mutable: Some(asked.mutable.unwrap_or(true)),
        required: Some(false),
        number_attribute_constraints: (kind == AttributeDataType::Number).then(|| {
            asked
                .number_attribute_constraints
                .clone()
                .unwrap_or_default()
        }),
        string_attribute_constraints: (kind == AttributeDataType::String).then(|| {
            asked
                .string_attribute_constraints
                .clone()
                .unwrap_or_default()
        }),
    })
}

fn name_of(attribute: &SchemaAttributeType) -> Result<&str> {
    attribute.name.as_deref().ok_or(Error::AttributeNameMissing)
}

fn check_bounds(name: &str, attribute: &SchemaAttributeType) -> Result<()> {
    let name = || name.to_owned();
    let number = |text: &Option<String>| match text {
        None => Ok(None),
        Some(text) => match text.parse::<i128>() {
            Ok(number) => Ok(Some(number)),
            Err(_) => Err(Error::AttributeBoundMalformed {
                name: name(),
                value: text.clone(),
            }),
        },
    };
    if let Some(lengths) = &attribute.string_attribute_constraints {
        let (least, most) = (number(&lengths.min_length)?, number(&lengths.max_length)?);
        if let Some(negative) = [least, most].into_iter().flatten().find(|one| *one < 0) {
            return Err(Error::AttributeBoundMalformed {
                name: name(),
                value: negative.to_string(),
            });
        }
        if [least, most]
            .into_iter()
            .flatten()
            .any(|one| one > MOST_LENGTH)
        {
            return Err(Error::AttributeLengthOverLimit { name: name() });
        }
        if least.unwrap_or(0) > most.unwrap_or(MOST_LENGTH) {
            return Err(Error::AttributeMaxLengthBelowMin { name: name() });
        }
    }
    if let Some(values) = &attribute.number_attribute_constraints {
        let (least, most) = (number(&values.min_value)?, number(&values.max_value)?);
        if let (Some(least), Some(most)) = (least, most)
            && least > most
        {
            return Err(Error::AttributeMaxValueBelowMin { name: name() });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn asked(json: serde_json::Value) -> Vec<SchemaAttributeType> {
        serde_json::from_value(json).unwrap()
    }

    fn refusal(json: serde_json::Value) -> String {
        create(&asked(json)).unwrap_err().message()
    }

    #[test]
    fn a_custom_name_is_taken_apart_as_it_was_made() {
        for (whole, name, developer_only) in [
            ("custom:plan", "plan", false),
            ("dev:custom:plan", "plan", true),
            ("custom:dev:plan", "dev:plan", false),
        ] {
            let plain = PlainName {
                name,
                developer_only,
            };
            assert_eq!(plain_name(whole), Some(plain));
            assert_eq!(custom_name(plain), whole);
        }
        for other in ["email", "dev:plan", "customs:plan", "dev:dev:custom:plan"] {
            assert_eq!(plain_name(other), None, "{other}");
        }
    }

    #[test]
    fn a_new_pool_has_the_twenty_standard_attributes() {
        let schema = serde_json::to_value(create(&[]).unwrap()).unwrap();
        assert_eq!(schema.as_array().unwrap().len(), 20);
        assert_eq!(
            schema[0],
            json!({"Name": "sub", "AttributeDataType": "String", "DeveloperOnlyAttribute": false, "Mutable": false, "Required": true,
                "StringAttributeConstraints": {"MinLength": "1", "MaxLength": "2048"}})
        );
        assert_eq!(
            schema[11],
            json!({"Name": "email_verified", "AttributeDataType": "Boolean", "DeveloperOnlyAttribute": false, "Mutable": true, "Required": false})
        );
        assert_eq!(
            schema[19],
            json!({"Name": "updated_at", "AttributeDataType": "Number", "DeveloperOnlyAttribute": false, "Mutable": true, "Required": false,
                "NumberAttributeConstraints": {"MinValue": "0"}})
        );
    }

    #[test]
    fn a_request_changes_standard_attributes_and_adds_prefixed_ones() {
        let schema = create(&asked(json!([
            {"Name": "email", "Required": true, "Mutable": false, "StringAttributeConstraints": {"MaxLength": "99"}},
            {"Name": "plan", "AttributeDataType": "String"},
            {"Name": "score", "AttributeDataType": "Number", "DeveloperOnlyAttribute": true, "Mutable": false,
                "NumberAttributeConstraints": {"MinValue": "-1", "MaxValue": "1"}},
        ])))
        .unwrap();
        let schema = serde_json::to_value(schema).unwrap();
        assert_eq!(
            schema[10],
            json!({"Name": "email", "AttributeDataType": "String", "DeveloperOnlyAttribute": false, "Mutable": false, "Required": true,
                "StringAttributeConstraints": {"MinLength": "0", "MaxLength": "99"}})
        );
        assert_eq!(
            schema[20],
            json!({"Name": "custom:plan", "AttributeDataType": "String", "DeveloperOnlyAttribute": false, "Mutable": true, "Required": false,
                "StringAttributeConstraints": {}})
        );
        assert_eq!(
            schema[21],
            json!({"Name": "dev:custom:score", "AttributeDataType": "Number", "DeveloperOnlyAttribute": true, "Mutable": false, "Required": false,
                "NumberAttributeConstraints": {"MinValue": "-1", "MaxValue": "1"}})
        );
    }

    #[test]
    fn what_a_schema_may_not_say_is_refused() {
        for (request, message) in [
            (
                json!([{"Name": "plan", "AttributeDataType": "String", "Required": true}]),
                "Required custom attributes are not supported currently.",
            ),
            (
                json!([{"Name": "email", "AttributeDataType": "Number"}]),
                "You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute email",
            ),
            (
                json!([{"Name": "x", "AttributeDataType": "String", "StringAttributeConstraints": {"MinLength": "5", "MaxLength": "4"}}]),
                "user.custom:x: Max length cannot be less than min length.",
            ),
            (
                json!([{"Name": "x", "AttributeDataType": "String", "StringAttributeConstraints": {"MaxLength": "2049"}}]),
                "user.custom:x: String attributes cannot have a length of more than 2048",
            ),
            (
                json!([{"Name": "x", "AttributeDataType": "Number", "NumberAttributeConstraints": {"MinValue": "5", "MaxValue": "4"}}]),
                "user.custom:x: Max value cannot be less than min value.",
            ),
            (
                json!([{"Name": "birthdate", "StringAttributeConstraints": {"MaxLength": "9"}}]),
                "user.birthdate: Max length cannot be less than min length.",
            ),
            (
                json!([{"Name": "x", "AttributeDataType": "String"}, {"Name": "x", "AttributeDataType": "String"}]),
                "custom:x: Existing attribute already has name custom:x.",
            ),
            (
                json!([{"Name": "x"}]),
                "Invalid AttributeDataType input, consider using the provided AttributeDataType enum.",
            ),
        ] {
            assert_eq!(refusal(request), message);
        }
        assert_eq!(
            refusal(
                json!([{"Name": "x", "AttributeDataType": "String", "StringAttributeConstraints": {"MinLength": "-1"}}])
            ),
            "user.custom:x: -1 is not a valid number."
        );
    }

    #[test]
    fn a_pool_has_at_most_fifty_custom_attributes() {
        let names = |from: usize, to: usize| -> Vec<_> {
            (from..to)
                .map(|n| SchemaAttributeType {
                    name: Some(format!("a{n}")),
                    attribute_data_type: Some(AttributeDataType::String),
                    ..SchemaAttributeType::default()
                })
                .collect()
        };
        let mut schema = create(&names(0, 49)).unwrap();
        add_identities(&mut schema);
        add_custom(&mut schema, &names(49, 50)).unwrap();
        assert!(matches!(
            add_custom(&mut schema, &names(50, 51)),
            Err(Error::TooManyCustomAttributes)
        ));
    }
}
