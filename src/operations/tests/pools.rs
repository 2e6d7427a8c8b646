//! User pools.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Server, with};

#[tokio::test]
async fn a_pool_made_by_its_name_alone_is_described_with_every_default() {
    let server = Server::new().await;
    let made = server.ok("CreateUserPool", json!({"PoolName": "p"})).await;
    let mut pool = made["UserPool"].clone();
    let id = pool["Id"].as_str().unwrap().to_owned();
    assert!(id.starts_with("us-east-1_") && id.len() == 19, "{id}");
    let described = server
        .ok("DescribeUserPool", json!({"UserPoolId": id}))
        .await;
    assert_eq!(made, described);
    let schema = pool
        .as_object_mut()
        .unwrap()
        .remove("SchemaAttributes")
        .unwrap();
    assert_eq!(schema.as_array().unwrap().len(), 20);
    assert_eq!(
        pool,
        json!({
            "Id": id, "Name": "p",
            "Policies": {
                "PasswordPolicy": {"MinimumLength": 8, "RequireUppercase": true, "RequireLowercase": true, "RequireNumbers": true,
                    "RequireSymbols": true, "TemporaryPasswordValidityDays": 7},
                "SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD"]}},
            "DeletionProtection": "INACTIVE", "LambdaConfig": {},
            "LastModifiedDate": 1700000000.123, "CreationDate": 1700000000.123,
            "VerificationMessageTemplate": {"DefaultEmailOption": "CONFIRM_WITH_CODE"},
            "MfaConfiguration": "OFF", "EstimatedNumberOfUsers": 0,
            "EmailConfiguration": {"EmailSendingAccount": "COGNITO_DEFAULT"},
            "UserPoolTags": {},
            "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": false, "UnusedAccountValidityDays": 7},
            "UserPoolTier": "ESSENTIALS",
            "AcrConfiguration": {"Level1": {"AcrValue": "urn:cognito:loa:1"}, "Level2": {"AcrValue": "urn:cognito:loa:2"},
                "Level3": {"AcrValue": "urn:cognito:loa:3"}, "Level4": {"AcrValue": "urn:cognito:loa:4"}},
            "Arn": format!("arn:aws:cognito-idp:us-east-1:123456789012:userpool/{id}"),
        })
    );
}

#[tokio::test]
async fn what_was_written_is_read_back() {
    let server = Server::new().await;
    let role = "arn:aws:iam::123456789012:role/sns";
    let asked = json!({
        "PoolName": "everything",
        "Policies": {"PasswordPolicy": {"MinimumLength": 12, "RequireUppercase": false, "RequireLowercase": true, "RequireNumbers": true,
            "RequireSymbols": false, "PasswordHistorySize": 3, "TemporaryPasswordValidityDays": 2},
            "SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"]}},
        "DeletionProtection": "ACTIVE",
        "AutoVerifiedAttributes": ["email"],
        "AliasAttributes": ["email", "preferred_username"],
        "SmsAuthenticationMessage": "code {####}",
        "MfaConfiguration": "OPTIONAL",
        "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email"]},
        "DeviceConfiguration": {"ChallengeRequiredOnNewDevice": true, "DeviceOnlyRememberedOnUserPrompt": false},
        "EmailConfiguration": {"EmailSendingAccount": "DEVELOPER", "SourceArn": "arn:aws:ses:us-east-1:123456789012:identity/a@b.c", "From": "a@b.c"},
        "SmsConfiguration": {"SnsCallerArn": role, "ExternalId": "x", "SnsRegion": "us-east-1"},
        "UserPoolTags": {"stage": "test"},
        "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": true, "UnusedAccountValidityDays": 2,
            "InviteMessageTemplate": {"EmailMessage": "{username} {####}", "EmailSubject": "hi", "SMSMessage": "{username} {####}"}},
        "UserPoolAddOns": {"AdvancedSecurityMode": "AUDIT"},
        "UsernameConfiguration": {"CaseSensitive": false},
        "AccountRecoverySetting": {"RecoveryMechanisms": [{"Priority": 1, "Name": "verified_email"}, {"Priority": 2, "Name": "verified_phone_number"}]},
        "UserPoolTier": "PLUS",
        "VerificationMessageTemplate": {"DefaultEmailOption": "CONFIRM_WITH_LINK", "EmailMessageByLink": "{##click##}", "EmailSubjectByLink": "s",
            "EmailMessage": "your {####}", "EmailSubject": "subject", "SmsMessage": "sms {####}"},
        "LambdaConfig": {"PreSignUp": "arn:aws:lambda:us-east-1:123456789012:function:f"},
    });
    let made = server.ok("CreateUserPool", asked.clone()).await["UserPool"].clone();
    for (member, value) in asked.as_object().unwrap() {
        let described = if member == "PoolName" { "Name" } else { member };
        assert_eq!(&made[described], value, "{member}");
    }
    for (member, value) in [
        ("SmsVerificationMessage", "sms {####}"),
        ("EmailVerificationMessage", "your {####}"),
        ("EmailVerificationSubject", "subject"),
    ] {
        assert_eq!(made[member], value);
    }
    let mfa = server
        .ok("GetUserPoolMfaConfig", json!({"UserPoolId": made["Id"]}))
        .await;
    assert_eq!(
        mfa,
        json!({"MfaConfiguration": "OPTIONAL", "SmsMfaConfiguration": {"SmsAuthenticationMessage": "code {####}",
            "SmsConfiguration": {"SnsCallerArn": role, "ExternalId": "x", "SnsRegion": "us-east-1"}}})
    );
    let id = json!({"UserPoolId": made["Id"]});
    assert_eq!(
        server.refused("DeleteUserPool", id.clone()).await,
        "InvalidParameterException: The user pool cannot be deleted because deletion protection is activated. Deletion protection must be inactivated first."
    );

    // An update that says nothing resets everything that can change.
    let empty = server
        .ok("UpdateUserPool", with(&id, json!({"PoolName": "bare"})))
        .await;
    assert_eq!(empty, json!({}));
    let bare = server
        .ok("CreateUserPool", json!({"PoolName": "bare"}))
        .await["UserPool"]
        .clone();
    let reset = server.ok("DescribeUserPool", id.clone()).await["UserPool"].clone();
    let kept = json!({"Id": made["Id"], "Arn": made["Arn"], "AliasAttributes": ["email", "preferred_username"],
        "UsernameConfiguration": {"CaseSensitive": false}});
    assert_eq!(reset, with(&bare, kept));
    server.ok("DeleteUserPool", id.clone()).await;
    assert_eq!(
        server.refused("DescribeUserPool", id).await,
        format!(
            "ResourceNotFoundException: User pool {} does not exist.",
            made["Id"].as_str().unwrap()
        )
    );
}

#[tokio::test]
async fn pools_that_do_not_hold_together_are_refused() {
    let server = Server::new().await;
    for (asked, message) in [
        (
            json!({"AliasAttributes": ["email"], "UsernameAttributes": ["email"]}),
            "Only one of the aliasAttributes or usernameAttributes can be set in a user pool.",
        ),
        (
            json!({"MfaConfiguration": "ON"}),
            "SMS configuration and Auto verification for phone_number are required when MFA is required/optional",
        ),
        (
            json!({"Policies": {"PasswordPolicy": {"TemporaryPasswordValidityDays": 3}}, "AdminCreateUserConfig": {"UnusedAccountValidityDays": 4}}),
            "Please use TemporaryPasswordValidityDays in PasswordPolicy instead of UnusedAccountValidityDays",
        ),
        (
            json!({"UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email"]}}),
            "AttributesRequireVerificationBeforeUpdate must be a subset of AutoVerifiedAttributes",
        ),
        (
            json!({"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["EMAIL_OTP"]}}}),
            "AllowedFirstAuthFactors must contain PASSWORD",
        ),
        (
            json!({"AccountRecoverySetting": {"RecoveryMechanisms": [{"Priority": 1, "Name": "admin_only"}, {"Priority": 2, "Name": "verified_email"}]}}),
            "Invalid account recovery setting parameter. Please use admin_only recovery mechanism alone",
        ),
        (
            json!({"AccountRecoverySetting": {"RecoveryMechanisms": [{"Priority": 1, "Name": "verified_phone_number"}, {"Priority": 1, "Name": "verified_email"}]}}),
            "Account Recovery Setting cannot have two mechanisms with the same name or priority.",
        ),
        (
            json!({"AdminCreateUserConfig": {"InviteMessageTemplate": {"EmailMessage": "welcome {username}"}}}),
            "EmailMessage must contain both placeholders, {username} and {####}",
        ),
        (
            json!({"LambdaConfig": {"PreTokenGeneration": "arn:aws:lambda:us-east-1:123456789012:function:f",
                "PreTokenGenerationConfig": {"LambdaVersion": "V2_0", "LambdaArn": "arn:aws:lambda:us-east-1:123456789012:function:g"}}}),
            "PreTokenGeneration and PreTokenGenerationConfig must name the same function",
        ),
        (
            json!({"AliasAttributes": ["preferred_username"], "Schema": [{"Name": "preferred_username", "Required": true}]}),
            "preferred_username cannot be both a required attribute and an alias.",
        ),
        (
            json!({"UserPoolTags": {"_custom_id_": "eu-west-1_abc"}}),
            "The tag asks for the user pool id eu-west-1_abc, which must have the form us-east-1_[0-9a-zA-Z]+",
        ),
    ] {
        let refused = server
            .refused("CreateUserPool", with(&json!({"PoolName": "p"}), asked))
            .await;
        assert_eq!(refused, format!("InvalidParameterException: {message}"));
    }
    let none = server.ok("ListUserPools", json!({"MaxResults": 60})).await;
    assert_eq!(none, json!({"UserPools": []}));
}

#[tokio::test]
async fn pools_are_listed_per_region_and_page_by_page() {
    let server = Server::new().await;
    for name in ["c", "a", "b"] {
        server.pool(name).await;
    }
    let tags = json!({"PoolName": "p", "UserPoolTags": {"ms-custom-id": "a"}});
    assert_eq!(
        server.refused("CreateUserPool", tags.clone()).await,
        "InvalidParameterException: User pool us-east-1_a already exists."
    );
    server
        .call_in("eu-west-1", "CreateUserPool", tags)
        .await
        .unwrap();
    let first = server.ok("ListUserPools", json!({"MaxResults": 2})).await;
    let ids = |page: &Value| -> Vec<String> {
        let pools = page["UserPools"].as_array().unwrap().iter();
        pools
            .map(|pool| pool["Id"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(ids(&first), ["us-east-1_a", "us-east-1_b"]);
    let token = first["NextToken"].clone();
    let second = json!({"MaxResults": 2, "NextToken": token});
    let page = server.ok("ListUserPools", second.clone()).await;
    assert_eq!(ids(&page), ["us-east-1_c"]);
    assert_eq!(page.get("NextToken"), None);
    let elsewhere = server.call_in("eu-west-1", "ListUserPools", second).await;
    assert_eq!(
        elsewhere.unwrap_err(),
        "InvalidParameterException: Invalid pagination token"
    );
    let there = server
        .call_in("eu-west-1", "ListUserPools", json!({"MaxResults": 2}))
        .await;
    assert_eq!(ids(&there.unwrap()), ["eu-west-1_a"]);
    let foreign = json!({"UserPoolId": "us-east-1_a"});
    for operation in ["DescribeUserPool", "UpdateUserPool", "DeleteUserPool"] {
        let refused = server
            .call_in("eu-west-1", operation, foreign.clone())
            .await;
        assert_eq!(
            refused.unwrap_err(),
            "ResourceNotFoundException: User pool us-east-1_a does not exist."
        );
    }
}

#[tokio::test]
async fn custom_attributes_are_added_and_never_twice() {
    let server = Server::new().await;
    let id = server.pool("a").await;
    let add = |name: &str| json!({"UserPoolId": id, "CustomAttributes": [{"Name": name, "AttributeDataType": "Number"}]});
    assert_eq!(
        server.ok("AddCustomAttributes", add("banana")).await,
        json!({})
    );
    assert_eq!(
        server.refused("AddCustomAttributes", add("banana")).await,
        "InvalidParameterException: custom:banana: Existing attribute already has name custom:banana."
    );
    let pool = server
        .ok("DescribeUserPool", json!({"UserPoolId": id}))
        .await;
    assert_eq!(
        pool["UserPool"]["SchemaAttributes"][20]["Name"],
        "custom:banana"
    );
}

#[tokio::test]
async fn a_new_pool_gets_its_keys_without_being_asked() {
    let server = Server::new().await;
    let id = server.pool("a").await;
    for _ in 0..600 {
        let kept = server
            .0
            .store
            .read()
            .await
            .unwrap()
            .signing_keys()
            .list(&id)
            .await
            .unwrap();
        if kept.len() == 2 {
            return;
        }
        tokio::task::yield_now().await;
        tokio::time::timeout(Duration::from_millis(50), std::future::pending::<()>())
            .await
            .unwrap_err();
    }
    panic!("no keys were minted");
}
