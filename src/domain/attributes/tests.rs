//! Attributes: what may be written by whom, and what follows. The rules are in `attributes.rs`.

use super::*;
use crate::wire::user_pools::{
    NumberAttributeConstraintsType, StringAttributeConstraintsType,
    UserAttributeUpdateSettingsType, UserPoolClientType, UserPoolType, UserStatusType,
};

fn schema(name: &str, kind: AttributeDataType) -> SchemaAttributeType {
    SchemaAttributeType {
        name: Some(name.to_owned()),
        attribute_data_type: Some(kind),
        mutable: Some(true),
        required: Some(false),
        ..SchemaAttributeType::default()
    }
}

fn text(name: &str, min: &str, max: &str) -> SchemaAttributeType {
    SchemaAttributeType {
        string_attribute_constraints: Some(StringAttributeConstraintsType {
            min_length: Some(min.to_owned()),
            max_length: Some(max.to_owned()),
        }),
        ..schema(name, AttributeDataType::String)
    }
}

fn pool() -> Pool {
    Pool {
        id: "eu-west-1_Pool".to_owned(),
        region: "eu-west-1".to_owned(),
        name: "pool".to_owned(),
        settings: UserPoolType {
            schema_attributes: Some(vec![
                SchemaAttributeType {
                    mutable: Some(false),
                    required: Some(true),
                    ..text("sub", "1", "2048")
                },
                SchemaAttributeType {
                    required: Some(true),
                    ..text("given_name", "0", "2048")
                },
                text("nickname", "0", "2048"),
                text("email", "0", "2048"),
                schema("email_verified", AttributeDataType::Boolean),
                text("phone_number", "0", "2048"),
                schema("phone_number_verified", AttributeDataType::Boolean),
                text("birthdate", "10", "10"),
                SchemaAttributeType {
                    number_attribute_constraints: Some(NumberAttributeConstraintsType {
                        min_value: Some("-5".to_owned()),
                        max_value: Some("99999999999999999999999999".to_owned()),
                    }),
                    ..schema("custom:count", AttributeDataType::Number)
                },
                schema("custom:since", AttributeDataType::DateTime),
                text("custom:short", "2", "3"),
                SchemaAttributeType {
                    mutable: Some(false),
                    ..text("custom:fixed", "0", "9")
                },
                text("dev:custom:inner", "0", "9"),
            ]),
            ..UserPoolType::default()
        },
        factors: crate::store::MfaFactors::default(),
        token_sessions: None,
        created_at: Timestamp(0),
        updated_at: Timestamp(0),
    }
}

fn verifying(before_update: bool) -> Pool {
    let mut pool = pool();
    let email = vec![VerifiedAttributeType::Email];
    pool.settings.auto_verified_attributes = Some(email.clone());
    pool.settings.user_attribute_update_settings = Some(UserAttributeUpdateSettingsType {
        attributes_require_verification_before_update: before_update.then_some(email),
    });
    pool
}

fn client(writable: Option<&[&str]>) -> Client {
    Client {
        id: "client".to_owned(),
        pool_id: "eu-west-1_Pool".to_owned(),
        name: "app".to_owned(),
        settings: UserPoolClientType {
            write_attributes: writable
                .map(|names| names.iter().map(|name| (*name).to_owned()).collect()),
            ..UserPoolClientType::default()
        },
        secrets: Vec::new(),
        registered: false,
        created_at: Timestamp(0),
        updated_at: Timestamp(0),
    }
}

fn user(attributes: &[(&str, &str)]) -> User {
    User {
        sub: "sub".to_owned(),
        pool_id: "eu-west-1_Pool".to_owned(),
        username: "alice".to_owned(),
        status: UserStatusType::Confirmed,
        enabled: true,
        attributes: owned(attributes).into_iter().collect(),
        password: None,
        signed_out_at: None,
        mfa: crate::store::MfaPreferences::default(),
        created_at: Timestamp(0),
        updated_at: Timestamp(0),
    }
}

fn owned(attributes: &[(&str, &str)]) -> Vec<(String, String)> {
    attributes
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn list(attributes: &[(&str, &str)]) -> Vec<AttributeType> {
    owned(attributes)
        .into_iter()
        .map(|(name, value)| AttributeType {
            name,
            value: Some(value.into()),
        })
        .collect()
}

/// The user's attributes after an administrator's change, or what was answered.
fn by_admin(before: &[(&str, &str)], changes: &[(&str, &str)]) -> Result<Vec<String>, String> {
    let mut user = user(before);
    set_by_admin(&pool(), &mut user, list(changes)).map_err(|error| error.message())?;
    Ok(shown(&user))
}

fn by_user(before: &[(&str, &str)], changes: &[(&str, &str)]) -> Result<Vec<String>, String> {
    let mut user = user(before);
    set_by_user(&pool(), &client(None), &mut user, list(changes)).map_err(|e| e.message())?;
    Ok(shown(&user))
}

fn created(given: &[(&str, &str)]) -> Result<Attributes, String> {
    at_creation(&pool(), None, list(given)).map_err(|error| error.message())
}

fn shown(user: &User) -> Vec<String> {
    user.attributes
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect()
}

#[test]
fn unknown_attributes_are_refused_in_the_words_of_each_operation() {
    assert_eq!(
        created(&[("custom:x", "1")]).unwrap_err(),
        "Attributes did not conform to the schema: custom:x: Attribute does not exist in the schema.\n"
    );
    assert_eq!(
        by_user(&[], &[("custom:x", "1"), ("y", "1")]).unwrap_err(),
        "Attributes did not conform to the schema: custom:x: Attribute does not exist in the \
         schema.\n\
         y: Attribute does not exist in the schema.\n"
    );
    assert_eq!(
        by_admin(&[], &[("custom:foo", "1")]).unwrap_err(),
        "Invalid user attributes: user.custom:foo: Attribute does not exist in the schema.\n"
    );
}

#[test]
fn values_have_the_type_and_the_bounds_of_the_schema() {
    for (name, value) in [
        ("birthdate", "1970-1-1"),
        ("birthdate", "1970-01-011"),
        ("custom:short", "a"),
        ("custom:short", "abcd"),
        ("custom:count", "1.5"),
        ("custom:count", "-"),
        ("custom:count", "-6"),
        ("custom:count", "100000000000000000000000000"),
        ("custom:since", "yesterday"),
        ("email_verified", "yes"),
        ("email", "nobody"),
        ("email", "a@b@c"),
        ("phone_number", "0123"),
        ("phone_number", "+1234567890123456"),
    ] {
        assert!(created(&[(name, value)]).is_err(), "{name}={value}");
    }
    for (name, value) in [
        ("birthdate", "1970-01-01"),
        ("birthdate", "äöüäöüäöüß"),
        ("custom:short", "äöü"),
        ("custom:count", "-5"),
        ("custom:count", "-0"),
        ("custom:count", "00099999999999999999999999999"),
        ("custom:since", "2026-01-01"),
        ("custom:since", "2026-01-01T10:00:00"),
        ("custom:since", "2026-01-01T10:00:00Z"),
        ("email", "a@b"),
        ("phone_number", "+123456789012345"),
    ] {
        let attributes = created(&[(name, value)]).unwrap();
        assert_eq!(attributes[name], value);
    }
    assert_eq!(
        created(&[("custom:short", "abcd"), ("birthdate", "1")]).unwrap_err(),
        "Attributes did not conform to the schema: custom:short: String attributes cannot have a \
         length of more than 3\n\
         birthdate: String must be exactly 10 characters\n"
    );
}

#[test]
fn flags_are_kept_in_lower_case() {
    assert_eq!(
        created(&[("email", "a@b.c"), ("email_verified", "True")]).unwrap()["email_verified"],
        "true"
    );
}

#[test]
fn whole_numbers_compare_whatever_their_size() {
    for (left, right, order) in [
        ("10", "9", Ordering::Greater),
        ("-10", "-9", Ordering::Less),
        ("-1", "1", Ordering::Less),
        ("1", "-1", Ordering::Greater),
        ("-0", "0", Ordering::Equal),
        ("007", "7", Ordering::Equal),
    ] {
        assert_eq!(compare_integers(left, right), order, "{left} {right}");
    }
}

#[test]
fn immutable_attributes_are_set_at_creation_only() {
    assert!(created(&[("custom:fixed", "1")]).is_ok());
    for answer in [
        by_admin(&[], &[("custom:fixed", "1")]),
        by_user(&[], &[("custom:fixed", "1")]),
    ] {
        assert_eq!(
            answer.unwrap_err(),
            "user.custom:fixed: Attribute cannot be updated.\n"
        );
    }
    for name in ["sub", "identities"] {
        assert!(created(&[(name, "1")]).is_err());
        assert!(by_admin(&[], &[(name, "1")]).is_err());
        assert!(by_user(&[], &[(name, "1")]).is_err());
    }
    let mut missing = user(&[]);
    let fixed = owned(&[("custom:fixed", "1")]);
    assert!(apply_user_writes(&pool(), &client(None), &mut missing, fixed.clone()).is_ok());
    assert!(apply_user_writes(&pool(), &client(None), &mut missing, fixed).is_err());
}

#[test]
fn users_write_what_their_client_may_write_and_nothing_else() {
    let set = |client: &Client, name: &str, value: &str| {
        let mut user = user(&[("email", "a@b.c")]);
        set_by_user(&pool(), client, &mut user, list(&[(name, value)]))
            .err()
            .map_or("fine", |error| error.situation())
    };
    assert_eq!(set(&client(None), "nickname", "al"), "fine");
    assert_eq!(set(&client(Some(&["nickname"])), "nickname", "al"), "fine");
    for client in [client(Some(&["given_name"])), client(None)] {
        for name in [
            "email_verified",
            "phone_number_verified",
            "dev:custom:inner",
        ] {
            assert_eq!(set(&client, name, "true"), "AttributeNotWritable", "{name}");
        }
    }
    assert_eq!(
        set(&client(Some(&["given_name"])), "nickname", "al"),
        "AttributeNotWritable"
    );
    assert!(by_admin(&[], &[("dev:custom:inner", "1")]).is_ok());
}

#[test]
fn an_empty_value_clears_and_a_missing_one_is_refused() {
    assert_eq!(
        by_user(
            &[("nickname", "al"), ("given_name", "A")],
            &[("nickname", "")]
        )
        .unwrap(),
        ["given_name=A"]
    );
    assert!(by_user(&[("given_name", "A")], &[("given_name", "")]).is_err());
    let null = vec![AttributeType {
        name: "nickname".to_owned(),
        value: None,
    }];
    assert_eq!(
        set_by_admin(&pool(), &mut user(&[]), null)
            .unwrap_err()
            .message(),
        "Attribute value for nickname must not be null"
    );
}

#[test]
fn a_changed_address_is_no_longer_verified_unless_the_administrator_says_so() {
    let before = [("email", "a@b.c"), ("email_verified", "true")];
    assert_eq!(
        by_user(&before, &[("email", "new@b.c")]).unwrap(),
        ["email=new@b.c", "email_verified=false"]
    );
    assert_eq!(
        by_user(&before, &[("email", "a@b.c")]).unwrap(),
        ["email=a@b.c", "email_verified=true"]
    );
    assert_eq!(
        by_admin(&before, &[("email", "new@b.c"), ("email_verified", "true")]).unwrap(),
        ["email=new@b.c", "email_verified=true"]
    );
    assert_eq!(by_user(&before, &[("email", "")]).unwrap(), [""; 0]);
    assert_eq!(
        created(&[("email", "a@b.c")]).unwrap().len(),
        1,
        "creation says nothing of verification"
    );
}

#[test]
fn only_what_is_there_can_be_verified() {
    assert_eq!(
        by_admin(&[], &[("email_verified", "true")]).unwrap_err(),
        "Email is required to verify/un-verify an email"
    );
    assert_eq!(
        created(&[("phone_number_verified", "false")]).unwrap_err(),
        "Phone Number is required to verify/un-verify a phone number"
    );
    assert!(by_admin(&[("email", "a@b.c")], &[("email_verified", "false")]).is_ok());
}

#[test]
fn an_auto_verified_address_gets_a_code_and_can_be_made_to_wait_for_it() {
    let change = |pool: &Pool, changes: &[(&str, &str)]| {
        let mut user = user(&[("email", "a@b.c"), ("email_verified", "true")]);
        let codes = set_by_admin(pool, &mut user, list(changes)).unwrap();
        (codes, shown(&user))
    };
    let due = |pending| CodeDue {
        attribute: VerifiedAttributeType::Email,
        value: "new@b.c".to_owned(),
        pending,
    };
    let new = ("email", "new@b.c");
    let (codes, after) = change(&verifying(false), &[new]);
    assert_eq!(codes, [due(false)]);
    assert_eq!(after, ["email=new@b.c", "email_verified=false"]);
    let (codes, after) = change(&verifying(true), &[new, ("email_verified", "false")]);
    assert_eq!(codes, [due(true)]);
    assert_eq!(after, ["email=a@b.c", "email_verified=true"]);
    for pool in [verifying(false), verifying(true)] {
        let (codes, after) = change(&pool, &[new, ("email_verified", "true")]);
        assert_eq!(codes, []);
        assert_eq!(after, ["email=new@b.c", "email_verified=true"]);
        assert_eq!(change(&pool, &[("email", "a@b.c")]).0, []);
        assert_eq!(change(&pool, &[("phone_number", "+123")]).0, []);
    }
}

#[test]
fn required_and_unknown_attributes_cannot_be_deleted() {
    let delete = |name: &str| {
        let mut user = user(&[
            ("given_name", "A"),
            ("email", "a@b.c"),
            ("email_verified", "true"),
            ("nickname", "al"),
        ]);
        delete_by_admin(&pool(), &mut user, &[name.to_owned()]).map_err(|e| e.message())?;
        Ok::<_, String>(shown(&user))
    };
    assert_eq!(
        delete("given_name").unwrap_err(),
        "Invalid user attributes: given_name: Required attribute cannot be deleted."
    );
    assert_eq!(
        delete("custom:foo").unwrap_err(),
        "Invalid user attributes: user.custom:foo: Attribute does not exist in the schema.\n"
    );
    assert!(delete("sub").is_err());
    assert!(delete("custom:fixed").is_err());
    assert_eq!(delete("email").unwrap(), ["given_name=A", "nickname=al"]);
    let names = ["nickname".to_owned()];
    let mut alice = user(&[("nickname", "al")]);
    let other = client(Some(&["email"]));
    assert!(delete_by_user(&pool(), &other, &mut alice, &names).is_err());
    assert!(delete_by_user(&pool(), &client(None), &mut alice, &names).is_ok());
    assert_eq!(shown(&alice), [""; 0]);
}

#[test]
fn the_first_sign_in_asks_for_required_attributes_but_not_for_sub() {
    assert_eq!(missing_required(&pool(), &user(&[])), ["given_name"]);
    let named = user(&[("given_name", "A")]);
    assert_eq!(missing_required(&pool(), &named), [""; 0]);
}
