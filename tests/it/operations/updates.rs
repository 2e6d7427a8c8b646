//! What UpdateUserPool keeps of what it leaves out, what it resets, and what it cannot change.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{START, Server, merge};

const ROLE: &str = "arn:aws:iam::123456789012:role/sms";
const FUNCTION: &str = "arn:aws:lambda:us-east-1:123456789012:function:one";
const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/mrk-0a1b";

async fn describe(server: &Server, pool: &str) -> Value {
    let described = server
        .ok("DescribeUserPool", json!({ "UserPoolId": pool }))
        .await;
    described["UserPool"].clone()
}

async fn update(server: &Server, pool: &str, more: Value) -> Value {
    let mut input = json!({ "UserPoolId": pool });
    merge(&mut input, more);
    assert_eq!(server.ok("UpdateUserPool", input).await, json!({}));
    describe(server, pool).await
}

async fn refused(server: &Server, pool: &str, more: Value) -> String {
    let before = describe(server, pool).await;
    let mut input = json!({ "UserPoolId": pool });
    merge(&mut input, more);
    let refusal = server.refused("UpdateUserPool", input).await;
    // Whatever is refused, nothing of it is done.
    assert_eq!(describe(server, pool).await, before);
    refusal
}

/// A pool with everything that an update can say.
fn everything() -> Value {
    json!({
        "Policies": {
            "PasswordPolicy": { "MinimumLength": 20, "RequireNumbers": true, "TemporaryPasswordValidityDays": 3 },
            "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"] },
        },
        "DeletionProtection": "ACTIVE",
        "UserPoolTags": { "a": "b" },
        "UserPoolTier": "PLUS",
        "AccountRecoverySetting": { "RecoveryMechanisms": [{ "Priority": 1, "Name": "verified_email" }] },
        "SmsConfiguration": { "SnsCallerArn": ROLE, "ExternalId": "x" },
        "EmailConfiguration": {
            "EmailSendingAccount": "DEVELOPER",
            "SourceArn": "arn:aws:ses:us-east-1:123456789012:identity/example.com",
        },
        "KeyConfiguration": { "KeyType": "CUSTOMER_MANAGED_KEY", "KmsKeyArn": KEY },
        "IssuerConfiguration": { "Type": "UPDATED" },
        "MfaConfiguration": "OPTIONAL",
        "AutoVerifiedAttributes": ["email"],
        "UserAttributeUpdateSettings": { "AttributesRequireVerificationBeforeUpdate": [] },
        "LambdaConfig": { "PreSignUp": FUNCTION },
        "UserPoolAddOns": { "AdvancedSecurityMode": "AUDIT" },
        "AdminCreateUserConfig": { "AllowAdminCreateUserOnly": true },
        "VerificationMessageTemplate": { "DefaultEmailOption": "CONFIRM_WITH_LINK" },
        "SmsAuthenticationMessage": "Code {####}",
        "DeviceConfiguration": { "ChallengeRequiredOnNewDevice": true },
    })
}

#[tokio::test]
async fn policies_mfa_protection_tags_plan_and_ways_to_send_are_kept_when_left_out() {
    let server = Server::start().await;
    let pool = server.pool(everything()).await;
    let before = describe(&server, &pool).await;
    let after = update(&server, &pool, json!({})).await;
    for kept in [
        "Policies",
        "MfaConfiguration",
        "DeletionProtection",
        "UserPoolTags",
        "UserPoolTier",
        "AccountRecoverySetting",
        "SmsConfiguration",
        "UserAttributeUpdateSettings",
        "EmailConfiguration",
        "KeyConfiguration",
        "IssuerConfiguration",
    ] {
        assert!(before.get(kept).is_some(), "{kept}");
        assert_eq!(after[kept], before[kept], "{kept}");
    }
}

#[tokio::test]
async fn functions_add_ons_who_may_sign_up_messages_and_devices_are_reset_when_left_out() {
    let server = Server::start().await;
    let pool = server.pool(everything()).await;
    let after = update(&server, &pool, json!({})).await;
    for gone in [
        "UserPoolAddOns",
        "AutoVerifiedAttributes",
        "SmsAuthenticationMessage",
        "DeviceConfiguration",
    ] {
        assert!(after.get(gone).is_none(), "{gone}");
    }
    assert_eq!(after["LambdaConfig"], json!({}));
    assert_eq!(
        after["AdminCreateUserConfig"],
        json!({ "AllowAdminCreateUserOnly": false, "UnusedAccountValidityDays": 3 })
    );
    assert_eq!(
        after["VerificationMessageTemplate"],
        json!({ "DefaultEmailOption": "CONFIRM_WITH_CODE" })
    );
}

#[tokio::test]
async fn each_policy_is_kept_when_only_the_other_comes() {
    let server = Server::start().await;
    let pool = server.pool(everything()).await;
    let before = describe(&server, &pool).await["Policies"].clone();
    let only_sign_in =
        json!({ "Policies": { "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD"] } } });
    let after = update(&server, &pool, only_sign_in).await["Policies"].clone();
    assert_eq!(after["PasswordPolicy"], before["PasswordPolicy"]);
    assert_eq!(
        after["SignInPolicy"]["AllowedFirstAuthFactors"],
        json!(["PASSWORD"])
    );

    let back = json!({ "Policies": { "SignInPolicy": before["SignInPolicy"] } });
    update(&server, &pool, back).await;
    let only_password = json!({ "Policies": { "PasswordPolicy": { "MinimumLength": 9 } } });
    let after = update(&server, &pool, only_password).await["Policies"].clone();
    assert_eq!(after["PasswordPolicy"]["MinimumLength"], 9);
    assert_eq!(after["SignInPolicy"], before["SignInPolicy"]);

    for nothing in [json!({ "SignInPolicy": {} }), json!({})] {
        let kept = update(&server, &pool, json!({ "Policies": nothing })).await;
        assert_eq!(kept["Policies"], after);
    }
}

#[tokio::test]
async fn an_update_keeps_every_factor_and_the_passkeys_settings() {
    let server = Server::start().await;
    let pool = server.pool(everything()).await;
    let factors = json!({
        "MfaConfiguration": "ON",
        "SoftwareTokenMfaConfiguration": { "Enabled": true },
        "EmailMfaConfiguration": {},
        "WebAuthnConfiguration": {
            "RelyingPartyId": "example.com",
            "UserVerification": "required",
            "FactorConfiguration": "MULTI_FACTOR_WITH_USER_VERIFICATION",
        },
    });
    let of_pool = json!({ "UserPoolId": pool });
    let mut input = of_pool.clone();
    merge(&mut input, factors.clone());
    server.ok("SetUserPoolMfaConfig", input).await;
    update(&server, &pool, json!({ "PoolName": "renamed" })).await;
    assert_eq!(server.ok("GetUserPoolMfaConfig", of_pool).await, factors);
}

#[tokio::test]
async fn what_is_kept_and_what_is_dropped_must_hold_together() {
    let server = Server::start().await;
    let before_update = json!({ "AttributesRequireVerificationBeforeUpdate": ["email"] });
    let pool = server
        .pool(json!({ "AutoVerifiedAttributes": ["email"], "UserAttributeUpdateSettings": before_update }))
        .await;
    let must_exist = "InvalidParameterException: All attributes in AttributesRequireVerificationBeforeUpdate must exist in AutoVerifiedAttributes";
    assert_eq!(refused(&server, &pool, json!({})).await, must_exist);
    let others = json!({ "AutoVerifiedAttributes": ["phone_number"] });
    assert_eq!(refused(&server, &pool, others).await, must_exist);
    let both = json!({
        "UserAttributeUpdateSettings": { "AttributesRequireVerificationBeforeUpdate": [] },
    });
    let after = update(&server, &pool, both).await;
    assert!(after.get("AutoVerifiedAttributes").is_none());
}

#[tokio::test]
async fn an_update_changes_the_name_and_never_what_a_pool_is_made_with() {
    let server = Server::start().await;
    let pool = server
        .pool(json!({
            "AliasAttributes": ["email"],
            "UsernameConfiguration": { "CaseSensitive": false },
            "Schema": [{ "Name": "x", "AttributeDataType": "String" }],
            "EmailVerificationMessage": "old {####}",
        }))
        .await;
    let before = describe(&server, &pool).await;
    server.advance(Duration::from_millis(1_234));
    let renamed = json!({ "PoolName": "renamed", "AutoVerifiedAttributes": ["phone_number"] });
    let after = update(&server, &pool, renamed).await;
    for kept in [
        "Id",
        "Arn",
        "AliasAttributes",
        "UsernameConfiguration",
        "SchemaAttributes",
        "CreationDate",
    ] {
        assert_eq!(after[kept], before[kept], "{kept}");
    }
    assert_eq!(after["Name"], "renamed");
    assert_eq!(after["AutoVerifiedAttributes"], json!(["phone_number"]));
    assert!(after.get("EmailVerificationMessage").is_none());
    assert_eq!(
        after["LastModifiedDate"].as_f64(),
        Some(START as f64 + 1.234)
    );
    assert_eq!(update(&server, &pool, json!({})).await["Name"], "renamed");

    server
        .refuses(
            "UpdateUserPool",
            json!({ "UserPoolId": "us-east-1_nowhere00" }),
            "ResourceNotFoundException: User pool us-east-1_nowhere00 does not exist.",
        )
        .await;
}

#[tokio::test]
async fn mfa_is_not_turned_on_by_an_update_of_a_pool_without_a_factor() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let on = json!({ "MfaConfiguration": "ON" });
    assert_eq!(
        refused(&server, &pool, on.clone()).await,
        "InvalidParameterException: Cannot turn MFA functionality ON, once the user pool has been created."
    );
    update(
        &server,
        &pool,
        json!({ "SmsConfiguration": { "SnsCallerArn": ROLE } }),
    )
    .await;
    let after = update(&server, &pool, on).await;
    assert_eq!(after["MfaConfiguration"], "ON");
}

#[tokio::test]
async fn the_days_of_temporary_passwords_are_said_by_one_member_only() {
    let server = Server::start().await;
    let both = |days: i32| {
        json!({
            "Policies": { "PasswordPolicy": { "TemporaryPasswordValidityDays": 7 } },
            "AdminCreateUserConfig": { "UnusedAccountValidityDays": days },
        })
    };
    let please = "InvalidParameterException: Please use TemporaryPasswordValidityDays in PasswordPolicy instead of UnusedAccountValidityDays";
    let pool = server.pool(json!({})).await;
    for days in [7, 8] {
        let mut input = json!({ "PoolName": "p" });
        merge(&mut input, both(days));
        server.refuses("CreateUserPool", input, please).await;
        assert_eq!(refused(&server, &pool, both(days)).await, please);
    }
    // What was read is sent back, without a password policy.
    let read = describe(&server, &pool).await["AdminCreateUserConfig"].clone();
    let same = update(&server, &pool, json!({ "AdminCreateUserConfig": read })).await;
    assert_eq!(same["AdminCreateUserConfig"], read);
    // The old member still says it, to both.
    let old = json!({ "AdminCreateUserConfig": { "UnusedAccountValidityDays": 30 } });
    let after = update(&server, &pool, old).await;
    assert_eq!(
        after["Policies"]["PasswordPolicy"]["TemporaryPasswordValidityDays"],
        30
    );
    assert_eq!(
        after["AdminCreateUserConfig"]["UnusedAccountValidityDays"],
        30
    );
}
