//! The validator against the real tables: what AWS says, word for word, and that nothing it lets
//! through fails to decode.

use std::collections::BTreeSet;

use serde_json::json;

use super::*;
use crate::wire::user_pools::OperationName as UserPools;
use crate::wire::{drop_null_entries, identity_pools, user_pools};

fn check_input(operation: UserPools, body: &Value) -> Result<(), Rejection> {
    validate(operation.input(), body)
}

/// The message of a refusal for violated constraints.
#[track_caller]
fn violations(operation: UserPools, body: &Value) -> String {
    match check_input(operation, body) {
        Err(Rejection::Validation(message)) => message,
        other => panic!("expected violations, got {other:?}"),
    }
}

/// The message of a refusal for a wrong JSON type.
#[track_caller]
fn complaint(operation: UserPools, body: &Value) -> String {
    match check_input(operation, body) {
        Err(Rejection::Serialization(message)) => message,
        other => panic!("expected a wrong type, got {other:?}"),
    }
}

/// One operation's input: the operation's name, the input's shape, and a way to decode it.
type Input = (
    &'static str,
    &'static Shape,
    Box<dyn Fn(&Value) -> serde_json::Result<()>>,
);

/// Every input of both services.
fn every_input() -> Vec<Input> {
    let user_pools = UserPools::ALL.iter().map(|operation| -> Input {
        (
            operation.as_str(),
            operation.input(),
            Box::new(|body| operation.try_decode(body)),
        )
    });
    let identity_pools = identity_pools::OperationName::ALL
        .iter()
        .map(|operation| -> Input {
            (
                operation.as_str(),
                operation.input(),
                Box::new(|body| operation.try_decode(body)),
            )
        });
    user_pools.chain(identity_pools).collect()
}

/// Every shape that an input can contain.
fn every_shape() -> Vec<&'static Shape> {
    fn collect(shape: &'static Shape, found: &mut Vec<&'static Shape>) {
        found.push(shape);
        match &shape.kind {
            Kind::List(element) => collect(element, found),
            Kind::Map(key, value) => {
                collect(key, found);
                collect(value, found);
            }
            Kind::Structure(members) => members.iter().for_each(|m| collect(m.shape, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    every_input()
        .iter()
        .for_each(|(_, shape, _)| collect(shape, &mut found));
    found
}

#[test]
fn every_pattern_compiles() {
    let mut texts = BTreeSet::new();
    for shape in every_shape() {
        if let Some(pattern) = shape.pattern {
            assert!(
                pattern.compiled().is_some(),
                "{}: {}",
                shape.name,
                pattern.text()
            );
            texts.insert(pattern.text());
        }
    }
    assert!(texts.len() > 40, "only {} patterns found", texts.len());
}

#[test]
fn equal_patterns_are_one() {
    let mut seen: Vec<&'static Pattern> = Vec::new();
    // A client's name may fix the client's id: it is matched by more than its text says.
    let shapes = every_shape();
    let plain = shapes.iter().filter(|s| s.name != "ClientNameType");
    for pattern in plain.filter_map(|s| s.pattern) {
        let same_text: Vec<_> = seen.iter().filter(|p| p.text() == pattern.text()).collect();
        assert!(
            same_text.iter().all(|p| std::ptr::eq(**p, pattern)),
            "{}",
            pattern.text()
        );
        seen.push(pattern);
    }
}

#[test]
fn a_good_request_passes_and_unknown_members_are_ignored() {
    let body = json!({
        "ClientId": "1example23456789",
        "Username": "jane",
        "Password": "Passw0rd!",
        "UserAttributes": [{"Name": "email", "Value": "jane@example.com"}],
        "ClientMetadata": {"a": ""},
        "Nonsense": [1, {"x": null}],
    });
    assert_eq!(check_input(UserPools::SignUp, &body), Ok(()));
}

#[test]
fn a_missing_member_and_a_null_are_the_same() {
    let expected = "1 validation error detected: Value null at 'clientId' failed to satisfy constraint: Member must not be null";
    assert_eq!(
        violations(
            UserPools::SignUp,
            &json!({"Username": "u", "Password": "Passw0rd"})
        ),
        expected
    );
    assert_eq!(
        violations(
            UserPools::SignUp,
            &json!({"ClientId": null, "Username": "u"})
        ),
        expected
    );
    assert_eq!(
        check_input(
            UserPools::SignUp,
            &json!({"ClientId": "c", "Username": "u", "ClientMetadata": null})
        ),
        Ok(())
    );
}

#[test]
fn all_violations_come_in_one_message() {
    let body = json!({"UserPoolId": "a b", "GroupName": "", "Precedence": -1});
    assert_eq!(
        violations(UserPools::CreateGroup, &body),
        "4 validation errors detected: \
         Value '' at 'groupName' failed to satisfy constraint: Member must have length greater \
         than or equal to 1; \
         Value '' at 'groupName' failed to satisfy constraint: Member must satisfy regular \
         expression pattern: [\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+; \
         Value 'a b' at 'userPoolId' failed to satisfy constraint: Member must satisfy regular \
         expression pattern: [\\w-]+_[0-9a-zA-Z]+; \
         Value '-1' at 'precedence' failed to satisfy constraint: Member must have value greater \
         than or equal to 0"
    );
}

#[test]
fn an_unknown_enum_value_is_answered_with_the_whole_set() {
    let message = violations(
        UserPools::InitiateAuth,
        &json!({"ClientId": "c", "AuthFlow": "FOO"}),
    );
    assert!(
        message.starts_with(
            "1 validation error detected: Value 'FOO' at 'authFlow' failed to satisfy constraint: \
             Member must satisfy enum value set: [USER_SRP_AUTH, REFRESH_TOKEN_AUTH,"
        ),
        "{message}"
    );
}

#[test]
fn a_sensitive_value_is_withheld() {
    let body = json!({"ClientId": "c", "Username": "u", "Password": " secret "});
    assert_eq!(
        violations(UserPools::SignUp, &body),
        "1 validation error detected: Value at 'password' failed to satisfy constraint: \
         Member must satisfy regular expression pattern: ^[\\S]+.*[\\S]+$"
    );
    let body = json!({"ClientId": "c c", "Username": "u u", "Password": "p"});
    let message = violations(UserPools::SignUp, &body);
    assert!(
        !message.contains("c c") && !message.contains("u u"),
        "{message}"
    );
    // A map whose own shape is sensitive.
    let long = "x".repeat(131_073);
    let body = json!({"ClientId": "c", "AuthFlow": "USER_AUTH", "AuthParameters": {"PASSWORD": long, "USERNAME": "me"}});
    assert_eq!(
        violations(UserPools::InitiateAuth, &body),
        "1 validation error detected: Value at 'authParameters' failed to satisfy constraint: Map \
         value must satisfy constraint: \
         [Member must have length less than or equal to 131072, Member must have length greater \
         than or equal to 0]"
    );
    // A null in a map is nothing.
    let body = json!({"ClientId": "c", "AuthFlow": "USER_AUTH", "AuthParameters": {"PASSWORD": null, "USERNAME": "me"}});
    assert!(check_input(UserPools::InitiateAuth, &body).is_ok());
}

#[test]
fn a_structure_in_a_list_is_named_by_its_place() {
    let long = "x".repeat(33);
    let body = json!({"ClientId": "c", "Username": "u", "UserAttributes": [{"Name": "email"}, {"Name": long}, {}]});
    assert_eq!(
        violations(UserPools::SignUp, &body),
        format!(
            "2 validation errors detected: \
             Value '{long}' at 'userAttributes.2.member.name' failed to satisfy constraint: \
             Member must have length less than or equal to 32; \
             Value null at 'userAttributes.3.member.name' failed to satisfy constraint: Member \
             must not be null"
        )
    );
}

#[test]
fn a_nested_structure_has_a_dotted_path() {
    let body = json!({"PoolName": "p", "Policies": {"PasswordPolicy": {"MinimumLength": 5}}});
    assert_eq!(
        violations(UserPools::CreateUserPool, &body),
        "1 validation error detected: Value '5' at 'policies.passwordPolicy.minimumLength' failed \
         to satisfy constraint: \
         Member must have value greater than or equal to 6"
    );
}

#[test]
fn a_bad_element_is_said_of_its_list_with_all_its_constraints() {
    let body =
        json!({"UserPoolId": "r_1", "ClientName": "n", "CallbackURLs": ["https://a", "a b", ""]});
    assert_eq!(
        violations(UserPools::CreateUserPoolClient, &body),
        "1 validation error detected: Value '[https://a, a b, ]' at 'callbackURLs' failed to \
         satisfy constraint: \
         Member must satisfy constraint: [Member must have length less than or equal to 1024, \
         Member must have length greater than or equal to 1, \
         Member must satisfy regular expression pattern: [\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+]"
    );
    let body =
        json!({"UserPoolId": "r_1", "ClientName": "n", "AllowedOAuthFlows": ["code", "password"]});
    assert_eq!(
        violations(UserPools::CreateUserPoolClient, &body),
        "1 validation error detected: Value '[code, password]' at 'allowedOAuthFlows' failed to \
         satisfy constraint: \
         Member must satisfy constraint: [Member must satisfy enum value set: [implicit, \
         client_credentials, code]]"
    );
}

#[test]
fn a_list_can_be_too_long_and_too_short() {
    let scopes: Vec<String> = (0..51).map(|n| format!("s{n}")).collect();
    let body = json!({"UserPoolId": "r_1", "ClientName": "n", "AllowedOAuthScopes": scopes});
    let message = violations(UserPools::CreateUserPoolClient, &body);
    assert!(
        message.starts_with("1 validation error detected: Value '[s0, s1, "),
        "{message}"
    );
    assert!(
        message.ends_with("s50]' at 'allowedOAuthScopes' failed to satisfy constraint: Member must have length less than or equal to 50"),
        "{message}"
    );
    let body = json!({"UserPoolId": "r_1", "CustomAttributes": []});
    assert_eq!(
        violations(UserPools::AddCustomAttributes, &body),
        "1 validation error detected: Value '[]' at 'customAttributes' failed to satisfy \
         constraint: \
         Member must have length greater than or equal to 1"
    );
}

#[test]
fn a_null_element_is_refused() {
    let body = json!({"UserPoolId": "r_1", "ClientId": "c", "Assets": [null]});
    assert_eq!(
        violations(UserPools::CreateManagedLoginBranding, &body),
        "1 validation error detected: Value '[null]' at 'assets' failed to satisfy constraint: \
         Member must satisfy constraint: [Member must not be null]"
    );
}

#[test]
fn a_bad_key_and_a_bad_value_are_said_of_their_map() {
    let long = "k".repeat(129);
    let tags = json!({"ResourceArn": "arn:aws:cognito-idp:r:123456789012:userpool/r_1", "Tags": {long.as_str(): "v".repeat(257)}});
    let message = violations(UserPools::TagResource, &tags);
    assert!(
        message.starts_with(&format!(
            "2 validation errors detected: Value '{{{long}=vvv"
        )),
        "{message}"
    );
    assert!(
        message.contains(
            "' at 'tags' failed to satisfy constraint: Map keys must satisfy constraint: \
             [Member must have length less than or equal to 128, Member must have length greater \
             than or equal to 1]; "
        ),
        "{message}"
    );
    assert!(
        message.ends_with(
            "' at 'tags' failed to satisfy constraint: Map value must satisfy constraint: \
             [Member must have length less than or equal to 256, Member must have length greater \
             than or equal to 0]"
        ),
        "{message}"
    );
}

#[test]
fn a_structure_in_a_map_is_named_by_its_key() {
    let body = json!({"IdentityPoolId": "r:1", "Roles": {}, "RoleMappings": {"graph.facebook.com": {"Type": "None"}}});
    let shape = identity_pools::OperationName::SetIdentityPoolRoles.input();
    assert_eq!(
        validate(shape, &body),
        Err(Rejection::Validation(
            "1 validation error detected: Value 'None' at \
             'roleMappings.graph.facebook.com.member.type' failed to satisfy constraint: \
             Member must satisfy enum value set: [Token, Rules]"
                .to_owned()
        ))
    );
}

#[test]
fn lengths_are_counted_as_java_counts_them() {
    // 64 characters outside the basic plane are 128 UTF-16 units.
    let create = |name: &str| {
        check_input(
            UserPools::CreateGroup,
            &json!({"UserPoolId": "r_1", "GroupName": name}),
        )
    };
    assert_eq!(create(&"😀".repeat(64)), Ok(()));
    assert!(create(&"😀".repeat(65)).is_err());
    assert_eq!(create(&"é".repeat(128)), Ok(()));
}

#[test]
fn a_blob_is_measured_in_bytes() {
    let upload = |bytes: usize| {
        use base64::Engine as _;
        let image = base64::engine::general_purpose::STANDARD.encode(vec![0; bytes]);
        check_input(
            UserPools::SetUICustomization,
            &json!({"UserPoolId": "r_1", "ImageFile": image}),
        )
    };
    assert_eq!(upload(131_072), Ok(()));
    assert_eq!(
        upload(131_073),
        Err(Rejection::Validation(
            "1 validation error detected: Value 'java.nio.HeapByteBuffer[pos=0 lim=131073 \
             cap=131073]' at 'imageFile' \
             failed to satisfy constraint: Member must have length less than or equal to 131072"
                .to_owned()
        ))
    );
}

#[test]
fn a_wrong_type_ends_it_before_any_constraint() {
    for (body, message) in [
        (
            json!({"UserPoolId": 1}),
            "NUMBER_VALUE can not be converted to a String",
        ),
        (
            json!({"UserPoolId": 1.5}),
            "DECIMAL_VALUE can not be converted to a String",
        ),
        (
            json!({"UserPoolId": true}),
            "TRUE_VALUE can not be converted to a String",
        ),
        (
            json!({"UserPoolId": []}),
            "Start of list found where not expected",
        ),
        (
            json!({"UserPoolId": {}}),
            "Start of structure or map found where not expected.",
        ),
        (
            json!({"Limit": "5"}),
            "STRING_VALUE can not be converted to an Integer",
        ),
        (
            json!({"Limit": 1.5}),
            "DECIMAL_VALUE can not be converted to an Integer",
        ),
        (
            json!({"Limit": 3_000_000_000_u64}),
            "NUMBER_VALUE can not be converted to an Integer",
        ),
        (json!({"AttributesToGet": "email"}), "Expected list or null"),
        (
            json!({"AttributesToGet": [1]}),
            "NUMBER_VALUE can not be converted to a String",
        ),
        (
            json!({"AttributesToGet": {}}),
            "Start of structure or map found where not expected.",
        ),
    ] {
        assert_eq!(complaint(UserPools::ListUsers, &body), message, "{body}");
    }
    assert_eq!(
        complaint(UserPools::SignUp, &json!({"ClientMetadata": 1})),
        "Expected map or null"
    );
    assert_eq!(
        complaint(UserPools::SignUp, &json!({"UserContextData": 1})),
        "Expected null"
    );
    assert_eq!(
        complaint(UserPools::SignUp, &json!({"UserAttributes": [1]})),
        "Unexpected value type in payload"
    );
    assert_eq!(
        complaint(UserPools::SignUp, &json!([])),
        "Start of list found where not expected"
    );
    assert_eq!(
        complaint(UserPools::SignUp, &json!("x")),
        "Unexpected value type in payload"
    );
}

#[test]
fn a_wrong_type_after_a_violation_still_comes_first() {
    let body = json!({"UserPoolId": "a b", "Limit": "5"});
    assert_eq!(
        complaint(UserPools::ListUsers, &body),
        "STRING_VALUE can not be converted to an Integer"
    );
}

#[test]
fn the_overrides_are_in_force() {
    let client = json!({"UserPoolId": "r_1", "ClientName": "n", "ExplicitAuthFlows": ["ALLOW_CLIENT_TOKEN_AUTH"]});
    assert_eq!(
        check_input(UserPools::CreateUserPoolClient, &client),
        Ok(())
    );
    let domain = |name: &str| {
        check_input(
            UserPools::CreateUserPoolDomain,
            &json!({"UserPoolId": "r_1", "Domain": name}),
        )
    };
    // A wrong character is refused further down, in words of its own (`operations::domains`).
    for any in ["auth.example.com", "my-app", "-a", "A", "a_b"] {
        assert_eq!(domain(any), Ok(()), "{any}");
    }
    let named = |name: &str| {
        check_input(
            UserPools::CreateUserPoolClient,
            &json!({"UserPoolId": "r_1", "ClientName": name}),
        )
    };
    assert_eq!(named("_custom_id_:abc"), Ok(()));
    assert!(named("custom_id_:abc").is_err());
    let signs_up = |password: &str| {
        check_input(
            UserPools::SignUp,
            &json!({"ClientId": "c", "Username": "u", "Password": password}),
        )
    };
    assert_eq!(signs_up("blanks in between"), Ok(()));
    for bad in [" a blank before", "a blank after ", "x"] {
        assert!(signs_up(bad).is_err(), "{bad:?} passes");
    }
    assert!(
        UserPools::GetClientToken.unsigned()
            && UserPools::SignUp.unsigned()
            && !UserPools::ListUsers.unsigned()
    );
}

#[test]
fn names_and_tables_agree() {
    for (index, operation) in UserPools::ALL.iter().enumerate() {
        assert_eq!(*operation as usize, index);
        assert_eq!(UserPools::from_wire(operation.as_str()), Some(*operation));
    }
    assert_eq!(UserPools::ALL.len(), 153);
    assert_eq!(identity_pools::OperationName::ALL.len(), 23);
    assert_eq!(UserPools::from_wire("signUp"), None);
    assert!(!UserPools::DeleteUser.has_output() && UserPools::SignUp.has_output());
    assert!(
        UserPools::SignUp
            .errors()
            .contains(&crate::wire::ErrorCode::UsernameExistsException)
    );
    assert_eq!(
        crate::wire::ErrorCode::InternalErrorException.http_status(),
        500
    );
    assert_eq!(
        crate::wire::ErrorCode::SerializationException.http_status(),
        400
    );
    assert_eq!(
        user_pools::TARGET_PREFIX,
        "AWSCognitoIdentityProviderService"
    );
}

/// A value that satisfies a shape; `full` fills in what is optional.
fn sample(shape: &Shape, full: bool) -> Value {
    match &shape.kind {
        Kind::String => json!(sample_text(shape)),
        Kind::Integer | Kind::Long => json!(shape.min.unwrap_or(1)),
        Kind::Boolean => json!(true),
        Kind::Blob => json!("AAEC"),
        Kind::Timestamp => json!(1_689_721_665.239),
        Kind::Document => json!({"any": [1, "x", null]}),
        Kind::List(element) => {
            let count = shape.min.unwrap_or(0).max(i64::from(full));
            (0..count).map(|_| sample(element, full)).collect()
        }
        Kind::Map(key, value) if full || shape.min > Some(0) => {
            json!({sample_text(key): sample(value, full)})
        }
        Kind::Map(..) => json!({}),
        Kind::Structure(members) => {
            let members = members.iter().filter(|m| full || m.required);
            Value::Object(
                members
                    .map(|m| (m.name.to_owned(), sample(m.shape, full)))
                    .collect(),
            )
        }
    }
}

/// The first of a few typical texts that satisfies a string shape.
fn sample_text(shape: &Shape) -> String {
    let uuid = "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed";
    let candidates = [
        "a",
        "abcdefghijklmnopqrstuvwxyz",
        "us-east-1_Ab1",
        "us-east-1:1b",
        "arn:aws:iam::123456789012:role/r",
        "arn:aws:s3:::bucket",
        "123456",
        "abc{####}",
        "abc{##link##}",
        "a@b.c",
        "Level1",
        "cognito:default",
        "terms-of-use",
        "import-1",
        "https://agent.example/*",
        "us-east-1_1b-9",
        "authenticated",
        "tkn0123456789012345678901234",
        uuid,
    ];
    let fits = |text: &&str| rules(shape).all(|rule| rule.holds_for_text(text));
    let fixed = shape.values.first().copied();
    let found = fixed.into_iter().chain(candidates).find(fits);
    found
        .unwrap_or_else(|| panic!("no sample satisfies {}", shape.name))
        .to_owned()
}

#[test]
fn what_passes_validation_decodes() {
    for (name, shape, decode) in every_input() {
        for full in [false, true] {
            let body = sample(shape, full);
            assert_eq!(validate(shape, &body), Ok(()), "{name}: {body}");
            decode(&body).unwrap_or_else(|e| panic!("{name}: {e}: {body}"));
        }
    }
}

/// Replaces every place of a body in turn by every kind of JSON value: what validation lets through
/// must decode.
#[test]
fn no_wrong_value_gets_past_validation_and_then_fails_to_decode() {
    let intruders = [
        json!(null),
        json!(true),
        json!(-1),
        json!(1.0),
        json!(9_999_999_999_i64),
        json!(u64::MAX),
        json!(""),
        json!("x"),
        json!([]),
        json!([null]),
        json!([1]),
        json!({}),
        json!({"x": null}),
        json!({"x": 1}),
    ];
    for (name, shape, decode) in every_input() {
        let body = sample(shape, true);
        for pointer in pointers(&body) {
            for intruder in &intruders {
                let mut changed = body.clone();
                *changed.pointer_mut(&pointer).unwrap() = intruder.clone();
                // As the dispatcher does, before anything else looks at the body.
                drop_null_entries(shape, &mut changed);
                if validate(shape, &changed).is_ok() {
                    decode(&changed)
                        .unwrap_or_else(|e| panic!("{name}{pointer} = {intruder}: {e}"));
                }
            }
        }
    }
}

/// The JSON pointers of every place in a value.
fn pointers(value: &Value) -> Vec<String> {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(map) => map
            .iter()
            .map(|(k, v)| (k.replace('~', "~0").replace('/', "~1"), v))
            .collect(),
        Value::Array(list) => list
            .iter()
            .enumerate()
            .map(|(i, v)| (i.to_string(), v))
            .collect(),
        _ => Vec::new(),
    };
    let deeper = children.into_iter().flat_map(|(key, child)| {
        pointers(child)
            .into_iter()
            .map(move |p| format!("/{key}{p}"))
    });
    std::iter::once(String::new()).chain(deeper).collect()
}
