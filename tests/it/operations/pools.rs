//! User pools: the whole document with its defaults, ids and Regions, the schema, and what must be
//! refused.

use mocknito::error::Error;
use serde_json::{Value, json};

use crate::support::{START, Server, each, keys, refusal, text, with_password, with_refresh_token};

const ROLE: &str = "arn:aws:iam::123456789012:role/sms";
const FUNCTION: &str = "arn:aws:lambda:us-east-1:123456789012:function:one";
const OTHER_FUNCTION: &str = "arn:aws:lambda:us-east-1:123456789012:function:two";

async fn describe(server: &Server, pool: &str) -> Value {
    server
        .ok("DescribeUserPool", json!({ "UserPoolId": pool }))
        .await["UserPool"]
        .clone()
}

fn missing(pool: &str) -> String {
    format!("ResourceNotFoundException: User pool {pool} does not exist.")
}

#[tokio::test]
async fn a_new_pool_is_described_with_every_default() {
    let server = Server::start().await;
    let created = server
        .ok("CreateUserPool", json!({ "PoolName": "p" }))
        .await["UserPool"]
        .clone();
    let id = text(&created["Id"]);
    assert_eq!(created, describe(&server, &id).await);

    let name = id.strip_prefix("us-east-1_").unwrap();
    assert_eq!(name.len(), 9);
    assert!(name.bytes().all(|b| b.is_ascii_alphanumeric()));
    assert_eq!(
        keys(&created),
        [
            "AcrConfiguration",
            "AdminCreateUserConfig",
            "Arn",
            "CreationDate",
            "DeletionProtection",
            "EmailConfiguration",
            "EstimatedNumberOfUsers",
            "Id",
            "LambdaConfig",
            "LastModifiedDate",
            "MfaConfiguration",
            "Name",
            "Policies",
            "SchemaAttributes",
            "UserPoolTags",
            "UserPoolTier",
            "VerificationMessageTemplate",
        ]
    );
    for (member, value) in [
        ("Name", json!("p")),
        (
            "Policies",
            json!({
                "PasswordPolicy": {
                    "MinimumLength": 8,
                    "RequireUppercase": true,
                    "RequireLowercase": true,
                    "RequireNumbers": true,
                    "RequireSymbols": true,
                    "TemporaryPasswordValidityDays": 7,
                },
                "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD"] },
            }),
        ),
        ("DeletionProtection", json!("INACTIVE")),
        ("LambdaConfig", json!({})),
        (
            "VerificationMessageTemplate",
            json!({ "DefaultEmailOption": "CONFIRM_WITH_CODE" }),
        ),
        ("MfaConfiguration", json!("OFF")),
        ("EstimatedNumberOfUsers", json!(0)),
        (
            "EmailConfiguration",
            json!({ "EmailSendingAccount": "COGNITO_DEFAULT" }),
        ),
        ("UserPoolTags", json!({})),
        (
            "AdminCreateUserConfig",
            json!({ "AllowAdminCreateUserOnly": false, "UnusedAccountValidityDays": 7 }),
        ),
        ("UserPoolTier", json!("ESSENTIALS")),
        (
            "Arn",
            json!(format!(
                "arn:aws:cognito-idp:us-east-1:123456789012:userpool/{id}"
            )),
        ),
    ] {
        assert_eq!(created[member], value, "{member}");
    }
    assert_eq!(created["CreationDate"].as_f64(), Some(START as f64));
    assert_eq!(created["CreationDate"], created["LastModifiedDate"]);
}

#[tokio::test]
async fn the_standard_schema_is_cognitos_in_its_order() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let schema = describe(&server, &pool).await["SchemaAttributes"].clone();
    let standard = [
        "sub",
        "name",
        "given_name",
        "family_name",
        "middle_name",
        "nickname",
        "preferred_username",
        "profile",
        "picture",
        "website",
        "email",
        "email_verified",
        "gender",
        "birthdate",
        "zoneinfo",
        "locale",
        "phone_number",
        "phone_number_verified",
        "address",
        "updated_at",
    ];
    assert_eq!(each(&schema, "Name")[..20], standard);
    for attribute in schema.as_array().unwrap() {
        let name = text(&attribute["Name"]);
        let mut expected = json!({
            "Name": name,
            "AttributeDataType": "String",
            "DeveloperOnlyAttribute": false,
            "Mutable": name != "sub",
            "Required": name == "sub",
        });
        match name.as_str() {
            "email_verified" | "phone_number_verified" => {
                expected["AttributeDataType"] = json!("Boolean");
            }
            "updated_at" => {
                expected["AttributeDataType"] = json!("Number");
                expected["NumberAttributeConstraints"] = json!({ "MinValue": "0" });
            }
            "sub" => {
                expected["StringAttributeConstraints"] =
                    json!({ "MinLength": "1", "MaxLength": "2048" });
            }
            "birthdate" => {
                expected["StringAttributeConstraints"] =
                    json!({ "MinLength": "10", "MaxLength": "10" });
            }
            // (unsure) Newest pools list it.
            "identities" => expected["StringAttributeConstraints"] = json!({}),
            _ => {
                expected["StringAttributeConstraints"] =
                    json!({ "MinLength": "0", "MaxLength": "2048" });
            }
        }
        assert_eq!(*attribute, expected);
    }
}

#[tokio::test]
async fn what_is_set_is_read_back_so_that_infrastructure_tools_find_no_difference() {
    let server = Server::start().await;
    let settings = json!({
        "Policies": {
            "PasswordPolicy": {
                "MinimumLength": 12, "RequireUppercase": false, "RequireLowercase": true, "RequireNumbers": false,
                "RequireSymbols": false, "PasswordHistorySize": 3, "TemporaryPasswordValidityDays": 30,
            },
            "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"] },
        },
        "DeletionProtection": "ACTIVE",
        "AutoVerifiedAttributes": ["email"],
        "AliasAttributes": ["email", "preferred_username"],
        "VerificationMessageTemplate": { "EmailMessage": "Code {####}", "EmailSubject": "Hello", "DefaultEmailOption": "CONFIRM_WITH_CODE" },
        "MfaConfiguration": "OPTIONAL",
        "SmsConfiguration": { "SnsCallerArn": ROLE, "ExternalId": "x" },
        "SmsAuthenticationMessage": "Code {####}",
        "UserAttributeUpdateSettings": { "AttributesRequireVerificationBeforeUpdate": ["email"] },
        "DeviceConfiguration": { "ChallengeRequiredOnNewDevice": true, "DeviceOnlyRememberedOnUserPrompt": false },
        "EmailConfiguration": { "EmailSendingAccount": "DEVELOPER", "SourceArn": "arn:aws:ses:us-east-1:123456789012:identity/a@b.co", "From": "a@b.co" },
        "UserPoolTags": { "stage": "test" },
        "AdminCreateUserConfig": {
            "AllowAdminCreateUserOnly": true,
            "InviteMessageTemplate": { "EmailMessage": "{username} {####}", "EmailSubject": "Welcome", "SMSMessage": "{username} {####}" },
        },
        "UserPoolAddOns": { "AdvancedSecurityMode": "OFF" },
        "UsernameConfiguration": { "CaseSensitive": false },
        "AccountRecoverySetting": { "RecoveryMechanisms": [{ "Priority": 1, "Name": "verified_email" }] },
        "UserPoolTier": "PLUS",
    });
    let pool = server.pool(settings.clone()).await;
    let described = describe(&server, &pool).await;
    let mut expected = settings;
    // The deprecated twin of TemporaryPasswordValidityDays.
    expected["AdminCreateUserConfig"]["UnusedAccountValidityDays"] = json!(30);
    for (member, value) in expected.as_object().unwrap() {
        assert_eq!(described[member], *value, "{member}");
    }
    // The older members mirror the template.
    assert_eq!(described["EmailVerificationMessage"], "Code {####}");
    assert_eq!(described["EmailVerificationSubject"], "Hello");
}

#[tokio::test]
async fn the_older_message_members_fill_the_template_and_lose_against_it() {
    let server = Server::start().await;
    let pool = server
        .pool(json!({
            "EmailVerificationMessage": "old {####}",
            "EmailVerificationSubject": "old subject",
            "SmsVerificationMessage": "sms {####}",
            "VerificationMessageTemplate": { "EmailMessage": "new {####}" },
        }))
        .await;
    let described = describe(&server, &pool).await;
    let template = &described["VerificationMessageTemplate"];
    assert_eq!(template["EmailMessage"], "new {####}");
    assert_eq!(template["EmailSubject"], "old subject");
    assert_eq!(template["SmsMessage"], "sms {####}");
    assert_eq!(described["EmailVerificationMessage"], "new {####}");
}

#[tokio::test]
async fn pools_with_mfa_and_an_sms_role_are_accepted_and_without_one_refused() {
    let server = Server::start().await;
    for mfa in ["ON", "OPTIONAL"] {
        let input = json!({ "PoolName": "p", "MfaConfiguration": mfa });
        server
            .refuses(
                "CreateUserPool",
                input,
                "InvalidParameterException: SMS configuration and Auto verification for phone_number are required when MFA is required/optional",
            )
            .await;
        server
            .pool(json!({ "MfaConfiguration": mfa, "SmsConfiguration": { "SnsCallerArn": ROLE } }))
            .await;
    }
}

#[tokio::test]
async fn settings_that_contradict_each_other_are_refused() {
    let server = Server::start().await;
    let both = json!({
        "PoolName": "p",
        "AliasAttributes": ["email"],
        "UsernameAttributes": ["email"],
    });
    server
        .refuses(
            "CreateUserPool",
            both,
            "InvalidParameterException: Only one of the aliasAttributes or usernameAttributes can be set in a user pool.",
        )
        .await;
    let mechanisms =
        |list: Value| json!({ "AccountRecoverySetting": { "RecoveryMechanisms": list } });
    for (settings, situation) in [
        (
            json!({ "LambdaConfig": { "PreTokenGeneration": FUNCTION, "PreTokenGenerationConfig": { "LambdaVersion": "V1_0", "LambdaArn": OTHER_FUNCTION } } }),
            "PreTokenArnsDiffer",
        ),
        (
            json!({
                "Policies": { "PasswordPolicy": { "MinimumLength": 8, "TemporaryPasswordValidityDays": 3 } },
                "AdminCreateUserConfig": { "UnusedAccountValidityDays": 5 },
            }),
            "ValidityDaysTwice",
        ),
        (
            json!({ "UserAttributeUpdateSettings": { "AttributesRequireVerificationBeforeUpdate": ["email"] } }),
            "VerificationBeforeUpdateNotAutoVerified",
        ),
        (
            json!({ "Policies": { "SignInPolicy": { "AllowedFirstAuthFactors": ["EMAIL_OTP"] } } }),
            "PasswordFactorRequired",
        ),
        (
            mechanisms(json!([
                { "Priority": 1, "Name": "admin_only" },
                { "Priority": 2, "Name": "verified_email" },
            ])),
            "AdminOnlyRecoveryIsExclusive",
        ),
        (
            mechanisms(json!([
                { "Priority": 1, "Name": "verified_email" },
                { "Priority": 1, "Name": "verified_phone_number" },
            ])),
            "RecoveryPrioritiesRepeat",
        ),
        (
            mechanisms(json!([
                { "Priority": 1, "Name": "verified_email" },
                { "Priority": 2, "Name": "verified_email" },
            ])),
            "RecoveryPrioritiesRepeat",
        ),
        (
            json!({ "AdminCreateUserConfig": { "InviteMessageTemplate": { "EmailMessage": "{####} only the code" } } }),
            "InviteTemplateWithoutPlaceholders",
        ),
        (
            json!({ "AliasAttributes": ["preferred_username"], "Schema": [{ "Name": "preferred_username", "Required": true }] }),
            "PreferredUsernameRequiredAndAlias",
        ),
        (
            json!({ "UserPoolTags": { "aws:owner": "me" } }),
            "TagKeyReserved",
        ),
        (
            json!({ "Schema": [{ "AttributeDataType": "String" }] }),
            "AttributeNameMissing",
        ),
    ] {
        let mut input = json!({ "PoolName": "p" });
        crate::support::merge(&mut input, settings);
        server.refuses_as("CreateUserPool", input, situation).await;
    }
    // What was refused is not there.
    let listed = server
        .ok("ListUserPools", json!({ "MaxResults": 60 }))
        .await;
    assert_eq!(listed["UserPools"], json!([]));
}

#[tokio::test]
async fn the_schema_of_a_new_pool_may_say_what_aws_lets_it_say() {
    let server = Server::start().await;
    let pool = server
        .pool(json!({ "Schema": [
            { "Name": "email", "AttributeDataType": "String", "Required": true, "Mutable": false, "StringAttributeConstraints": { "MaxLength": "100" } },
            { "Name": "plain", "AttributeDataType": "String" },
            { "Name": "age", "AttributeDataType": "Number", "NumberAttributeConstraints": { "MinValue": "18", "MaxValue": "120" } },
            { "Name": "key", "AttributeDataType": "String", "Mutable": false, "StringAttributeConstraints": { "MinLength": "2", "MaxLength": "5" } },
            { "Name": "secret", "AttributeDataType": "Boolean", "DeveloperOnlyAttribute": true },
            { "Name": "since", "AttributeDataType": "DateTime" },
        ] }))
        .await;
    let schema = describe(&server, &pool).await["SchemaAttributes"].clone();
    let find = |name: &str| {
        let list = schema.as_array().unwrap().iter();
        list.into_iter()
            .find(|one| one["Name"] == name)
            .unwrap_or_else(|| panic!("{name}"))
            .clone()
    };
    let email = find("email");
    assert_eq!(
        (&email["Required"], &email["Mutable"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(email["StringAttributeConstraints"]["MaxLength"], "100");
    assert_eq!(
        find("custom:plain"),
        json!({ "Name": "custom:plain", "AttributeDataType": "String", "DeveloperOnlyAttribute": false, "Mutable": true, "Required": false, "StringAttributeConstraints": {} })
    );
    assert_eq!(
        find("custom:age")["NumberAttributeConstraints"],
        json!({ "MinValue": "18", "MaxValue": "120" })
    );
    assert_eq!(find("custom:key")["Mutable"], false);
    assert_eq!(find("dev:custom:secret")["DeveloperOnlyAttribute"], true);
    let names = each(&schema, "Name");
    assert_eq!(names.last().unwrap(), "custom:since");
}

#[tokio::test]
async fn a_schema_that_aws_would_not_take_is_refused() {
    let server = Server::start().await;
    let string = |min: &str, max: &str| json!({ "Name": "x", "AttributeDataType": "String", "StringAttributeConstraints": { "MinLength": min, "MaxLength": max } });
    let cases = [
        (
            json!({ "Name": "x", "AttributeDataType": "String", "Required": true }),
            "Required custom attributes are not supported currently.",
        ),
        (
            json!({ "Name": "email", "AttributeDataType": "Number" }),
            "You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute email",
        ),
        (
            json!({ "Name": "email", "DeveloperOnlyAttribute": true }),
            "You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute email",
        ),
        (
            string("5", "2"),
            "user.custom:x: Max length cannot be less than min length.",
        ),
        (
            string("0", "2049"),
            "user.custom:x: String attributes cannot have a length of more than 2048",
        ),
        (
            json!({ "Name": "x", "AttributeDataType": "Number", "NumberAttributeConstraints": { "MinValue": "2", "MaxValue": "1" } }),
            "user.custom:x: Max value cannot be less than min value.",
        ),
    ];
    let pool = server.pool(json!({})).await;
    for (attribute, message) in cases {
        let expected = format!("InvalidParameterException: {message}");
        let input = json!({ "PoolName": "p", "Schema": [attribute] });
        server.refuses("CreateUserPool", input, &expected).await;
        if attribute["Name"] == "x" {
            let input = json!({ "UserPoolId": pool, "CustomAttributes": [attribute] });
            server
                .refuses("AddCustomAttributes", input, &expected)
                .await;
        }
    }
    for broken in [string("a", "5"), string("-1", "5"), string("", "5")] {
        let input = json!({ "PoolName": "p", "Schema": [broken] });
        server
            .refuses_as("CreateUserPool", input, "AttributeBoundMalformed")
            .await;
    }
}

#[tokio::test]
async fn custom_attributes_are_added_never_changed_and_at_most_fifty() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let add = |names: &[String]| {
        let list: Vec<Value> = names
            .iter()
            .map(|name| json!({ "Name": name, "AttributeDataType": "String" }))
            .collect();
        json!({ "UserPoolId": pool, "CustomAttributes": list })
    };
    let banana = add(&["banana".to_owned()]);
    assert_eq!(
        server.ok("AddCustomAttributes", banana.clone()).await,
        json!({})
    );
    server
        .refuses(
            "AddCustomAttributes",
            banana,
            "InvalidParameterException: custom:banana: Existing attribute already has name custom:banana.",
        )
        .await;
    let schema = describe(&server, &pool).await["SchemaAttributes"].clone();
    assert_eq!(
        schema.as_array().unwrap().last().unwrap()["Name"],
        "custom:banana"
    );

    // A developer's attribute is shown without its prefix, and then with it.
    let mut secret = add(&["banana".to_owned()]);
    secret["CustomAttributes"][0]["DeveloperOnlyAttribute"] = json!(true);
    server.ok("AddCustomAttributes", secret.clone()).await;
    server
        .refuses(
            "AddCustomAttributes",
            secret,
            "InvalidParameterException: custom:banana: Existing attribute already has name dev:custom:banana.",
        )
        .await;
    let schema = describe(&server, &pool).await["SchemaAttributes"].clone();

    // Without a type nothing is added.
    let untyped = json!({ "UserPoolId": pool, "CustomAttributes": [{ "Name": "x" }] });
    let no_type = "InvalidParameterException: Invalid AttributeDataType input, consider using the provided AttributeDataType enum.";
    server
        .refuses("AddCustomAttributes", untyped, no_type)
        .await;
    let input = json!({ "PoolName": "p", "Schema": [{ "Name": "x" }] });
    server.refuses("CreateUserPool", input, no_type).await;
    let input = json!({ "PoolName": "p", "Schema": [{ "Name": "email", "Required": true }] });
    server.ok("CreateUserPool", input).await;

    // Of a list with one bad attribute nothing is added.
    let half = add(&["good".to_owned(), "banana".to_owned()]);
    server
        .refuses_as("AddCustomAttributes", half, "AttributeAlreadyInSchema")
        .await;
    assert_eq!(describe(&server, &pool).await["SchemaAttributes"], schema);

    let names = |from: usize, to: usize| (from..to).map(|n| format!("n{n}")).collect::<Vec<_>>();
    server.ok("AddCustomAttributes", add(&names(0, 25))).await;
    server.ok("AddCustomAttributes", add(&names(25, 48))).await;
    server
        .refuses_as(
            "AddCustomAttributes",
            add(&names(48, 49)),
            "TooManyCustomAttributes",
        )
        .await;
    let input = json!({ "UserPoolId": "us-east-1_nowhere00", "CustomAttributes": [{ "Name": "x", "AttributeDataType": "String" }] });
    server
        .refuses(
            "AddCustomAttributes",
            input,
            &missing("us-east-1_nowhere00"),
        )
        .await;
}

#[tokio::test]
async fn the_settings_in_force_are_those_of_the_last_update() {
    let server = Server::start().await;
    let world = server.world().await;
    let set = |password: &str| json!({ "UserPoolId": world.pool, "Username": "alice", "Password": password, "Permanent": true });
    server.ok("AdminSetUserPassword", set("Passw0rd!")).await;
    let policy = json!({ "UserPoolId": world.pool, "Policies": { "PasswordPolicy": { "MinimumLength": 15 } } });
    server.ok("UpdateUserPool", policy).await;
    server
        .refuses(
            "AdminSetUserPassword",
            set("Passw0rd!"),
            "InvalidPasswordException: Password did not conform with policy: Password not long enough",
        )
        .await;
    server
        .ok("AdminSetUserPassword", set("aaaaaaaaaaaaaaa"))
        .await;
}

#[tokio::test]
async fn a_pool_goes_with_everything_in_it() {
    let server = Server::start().await;
    let world = server.world().await;
    let tokens = world.tokens().await;
    let group = json!({ "UserPoolId": world.pool, "GroupName": "g" });
    server.ok("CreateGroup", group.clone()).await;
    let id = json!({ "UserPoolId": world.pool });
    let reply = server.call("DeleteUserPool", id.clone()).await;
    assert_eq!((reply.status.as_u16(), reply.body.len()), (200, 0));

    let gone = missing(&world.pool);
    for (operation, more) in [
        ("DescribeUserPool", json!({})),
        ("DeleteUserPool", json!({})),
        ("GetGroup", json!({ "GroupName": "g" })),
        ("AdminGetUser", json!({ "Username": "alice" })),
        ("ListUsers", json!({})),
        (
            "DescribeUserPoolClient",
            json!({ "ClientId": world.client }),
        ),
    ] {
        let mut input = id.clone();
        crate::support::merge(&mut input, more);
        server.refuses(operation, input, &gone).await;
    }
    let no_client = format!(
        "ResourceNotFoundException: User pool client {} does not exist.",
        world.client
    );
    let sign_in = with_password(&world.client, "alice", crate::support::PASSWORD);
    server.refuses("InitiateAuth", sign_in, &no_client).await;
    let refresh = with_refresh_token(&world.client, &tokens["RefreshToken"]);
    server.refuses("InitiateAuth", refresh, &no_client).await;
    server
        .refuses_as(
            "GetUser",
            json!({ "AccessToken": tokens["AccessToken"] }),
            "AccessTokenForged",
        )
        .await;
    assert_eq!(
        server
            .get(&format!("/{}/.well-known/jwks.json", world.pool))
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn a_protected_pool_is_deleted_only_after_its_protection() {
    let server = Server::start().await;
    let pool = server.pool(json!({ "DeletionProtection": "ACTIVE" })).await;
    let id = json!({ "UserPoolId": pool });
    server
        .refuses(
            "DeleteUserPool",
            id.clone(),
            "InvalidParameterException: The user pool cannot be deleted because deletion protection is activated. Deletion protection must be inactivated first.",
        )
        .await;
    let off = json!({ "UserPoolId": pool, "DeletionProtection": "INACTIVE" });
    server.ok("UpdateUserPool", off).await;
    server.ok("DeleteUserPool", id).await;
}

#[tokio::test]
async fn the_number_of_users_is_exact() {
    let server = Server::start().await;
    let world = server.world().await;
    server.user(&world.pool, "bob", &[]).await;
    assert_eq!(
        describe(&server, &world.pool).await["EstimatedNumberOfUsers"],
        2
    );
    let bob = json!({ "UserPoolId": world.pool, "Username": "bob" });
    server.ok("AdminDeleteUser", bob).await;
    assert_eq!(
        describe(&server, &world.pool).await["EstimatedNumberOfUsers"],
        1
    );
}

#[tokio::test]
async fn a_tag_fixes_the_id_of_a_new_pool() {
    let server = Server::start().await;
    for (tag, asked, id) in [
        ("_custom_id_", "us-east-1_One", "us-east-1_One"),
        ("floci:override-id", "Two", "us-east-1_Two"),
        ("ms-custom-id", "us-east-1_Three3", "us-east-1_Three3"),
    ] {
        let made = server.pool(json!({ "UserPoolTags": { tag: asked } })).await;
        assert_eq!(made, id);
        let again = json!({ "PoolName": "p", "UserPoolTags": { tag: asked } });
        server
            .refuses(
                "CreateUserPool",
                again,
                &format!("InvalidParameterException: User pool {id} already exists."),
            )
            .await;
        server
            .ok("DeleteUserPool", json!({ "UserPoolId": id }))
            .await;
        server.pool(json!({ "UserPoolTags": { tag: asked } })).await;
    }
    for wrong in [
        "eu-west-1_One",
        "us-east-1_",
        "",
        "a/b",
        "../x",
        "us-east-1_a-b",
    ] {
        let input = json!({ "PoolName": "p", "UserPoolTags": { "_custom_id_": wrong } });
        server
            .refuses_as("CreateUserPool", input, "PoolIdMalformed")
            .await;
    }
}

#[tokio::test]
async fn a_pool_lives_in_the_region_of_the_signature_that_made_it() {
    let server = Server::start().await;
    let here = server.pool(json!({})).await;
    let reply = server
        .call_in(
            "eu-west-1",
            "CreateUserPool",
            json!({ "PoolName": "there" }),
        )
        .await;
    let made = reply.json()["UserPool"].clone();
    let there = text(&made["Id"]);
    assert!(there.starts_with("eu-west-1_"));
    assert_eq!(
        made["Arn"],
        format!("arn:aws:cognito-idp:eu-west-1:123456789012:userpool/{there}")
    );

    let listed = async |region: &str| {
        let reply = server
            .call_in(region, "ListUserPools", json!({ "MaxResults": 60 }))
            .await;
        each(&reply.json()["UserPools"], "Id")
    };
    assert_eq!(listed("us-east-1").await, [here.as_str()]);
    assert_eq!(listed("eu-west-1").await, [there.as_str()]);
    assert_eq!(listed("ap-south-1").await, [""; 0]);

    // Signed for another Region the pool is not there, in no operation.
    for (operation, input) in [
        ("DescribeUserPool", json!({ "UserPoolId": there })),
        ("UpdateUserPool", json!({ "UserPoolId": there })),
        ("DeleteUserPool", json!({ "UserPoolId": there })),
        (
            "AdminGetUser",
            json!({ "UserPoolId": there, "Username": "alice" }),
        ),
        ("ListGroups", json!({ "UserPoolId": there })),
        (
            "CreateUserPoolClient",
            json!({ "UserPoolId": there, "ClientName": "c" }),
        ),
        (
            "CreateResourceServer",
            json!({ "UserPoolId": there, "Identifier": "i", "Name": "n" }),
        ),
        (
            "AdminCreateUser",
            json!({ "UserPoolId": there, "Username": "x" }),
        ),
    ] {
        let reply = server.call_in("us-east-1", operation, input).await;
        assert_eq!(refusal(&reply), missing(&there), "{operation}");
    }
    // Who signs nothing, as browsers do, finds it by its id.
    describe(&server, &there).await;
}

#[tokio::test]
async fn pools_are_listed_page_by_page() {
    let server = Server::start().await;
    let mut pools = Vec::new();
    for _ in 0..5 {
        pools.push(server.pool(json!({})).await);
    }
    let mut found = Vec::new();
    let mut token = Value::Null;
    let mut pages = 0;
    loop {
        let page = server
            .ok(
                "ListUserPools",
                json!({ "MaxResults": 2, "NextToken": token }),
            )
            .await;
        found.extend(each(&page["UserPools"], "Id"));
        pages += 1;
        token = page["NextToken"].clone();
        if token.is_null() {
            break;
        }
    }
    assert_eq!(pages, 3);
    found.sort();
    pools.sort();
    assert_eq!(found, pools);
    // A page that is exactly full is the last one.
    let page = server.ok("ListUserPools", json!({ "MaxResults": 5 })).await;
    assert_eq!(keys(&page), ["UserPools"]);
    assert_eq!(
        keys(&page["UserPools"][0]),
        [
            "CreationDate",
            "Id",
            "LambdaConfig",
            "LastModifiedDate",
            "Name"
        ]
    );
    for size in [0, 61, -1] {
        let input = json!({ "MaxResults": size });
        assert!(
            server
                .refused("ListUserPools", input)
                .await
                .contains("at 'maxResults' failed to satisfy constraint")
        );
    }
}

#[tokio::test]
async fn a_pool_that_is_gone_gets_no_keys_and_that_is_no_fault() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    server
        .ok("DeleteUserPool", json!({ "UserPoolId": pool }))
        .await;
    let app = &server.app;
    let keys = app.keys.of_pool(&app.store, &pool, app.clock.now()).await;
    assert!(matches!(keys, Err(Error::PoolNotFound { .. })), "{keys:?}");
}
