//! What is set beside a pool's own document: second factors, session tracking, request rates,
//! replicas, the certificate for SAML.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::support::{Server, merge};

const ROLE: &str = "arn:aws:iam::123456789012:role/sms";

fn sms() -> Value {
    json!({ "SmsAuthenticationMessage": "Code {####}", "SmsConfiguration": { "SnsCallerArn": ROLE, "ExternalId": "x" } })
}

async fn mfa(server: &Server, pool: &str) -> Value {
    server
        .ok("GetUserPoolMfaConfig", json!({ "UserPoolId": pool }))
        .await
}

async fn set_mfa(server: &Server, pool: &str, more: Value) -> Value {
    let mut input = json!({ "UserPoolId": pool });
    merge(&mut input, more);
    server.ok("SetUserPoolMfaConfig", input).await
}

#[tokio::test]
async fn factors_are_set_read_back_and_switched_off_when_left_out() {
    let server = Server::start().await;
    let pool = server
        .pool(json!({ "EmailConfiguration": {
            "EmailSendingAccount": "DEVELOPER",
            "SourceArn": "arn:aws:ses:us-east-1:123456789012:identity/example.com",
        } }))
        .await;
    assert_eq!(
        mfa(&server, &pool).await,
        json!({ "MfaConfiguration": "OFF" })
    );

    let all = json!({
        "MfaConfiguration": "ON",
        "SmsMfaConfiguration": sms(),
        "SoftwareTokenMfaConfiguration": { "Enabled": true },
        "EmailMfaConfiguration": { "Message": "Your code is {####}", "Subject": "Code" },
        "WebAuthnConfiguration": { "RelyingPartyId": "example.com", "UserVerification": "required", "FactorConfiguration": "SINGLE_FACTOR" },
    });
    assert_eq!(set_mfa(&server, &pool, all.clone()).await, all);
    assert_eq!(mfa(&server, &pool).await, all);
    let described = server
        .ok("DescribeUserPool", json!({ "UserPoolId": pool }))
        .await;
    assert_eq!(described["UserPool"]["MfaConfiguration"], "ON");
    assert_eq!(
        described["UserPool"]["SmsConfiguration"]["SnsCallerArn"],
        ROLE
    );

    let only_token = json!({ "MfaConfiguration": "OPTIONAL", "SoftwareTokenMfaConfiguration": { "Enabled": true } });
    set_mfa(&server, &pool, only_token.clone()).await;
    assert_eq!(mfa(&server, &pool).await, only_token);

    // The pool can still send messages, which MFA would use if it were on.
    set_mfa(&server, &pool, json!({})).await;
    assert_eq!(
        mfa(&server, &pool).await,
        json!({ "MfaConfiguration": "OFF", "SmsMfaConfiguration": sms() })
    );
}

#[tokio::test]
async fn passkeys_are_configured_without_mfa() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let passkeys = json!({ "WebAuthnConfiguration": { "RelyingPartyId": "example.com" } });
    set_mfa(&server, &pool, passkeys).await;
    assert_eq!(
        mfa(&server, &pool).await,
        json!({ "MfaConfiguration": "OFF", "WebAuthnConfiguration": { "RelyingPartyId": "example.com", "UserVerification": "preferred" } })
    );
}

#[tokio::test]
async fn a_pool_with_software_tokens_is_updated_without_sms() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let update = |state: &str| json!({ "UserPoolId": pool, "MfaConfiguration": state });
    let too_late = "InvalidParameterException: Cannot turn MFA functionality ON, once the user pool has been created.";
    assert_eq!(
        server.refused("UpdateUserPool", update("ON")).await,
        too_late
    );
    let token = json!({ "MfaConfiguration": "OPTIONAL", "SoftwareTokenMfaConfiguration": { "Enabled": true } });
    set_mfa(&server, &pool, token.clone()).await;
    server.ok("UpdateUserPool", update("OPTIONAL")).await;
    assert_eq!(mfa(&server, &pool).await, token);
    server.ok("UpdateUserPool", update("OFF")).await;
    assert_eq!(
        mfa(&server, &pool).await,
        json!({ "MfaConfiguration": "OFF" })
    );
    assert_eq!(
        server.refused("UpdateUserPool", update("ON")).await,
        too_late
    );
}

#[tokio::test]
async fn a_factor_counts_by_being_there_even_switched_off() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let off =
        json!({ "MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": { "Enabled": false } });
    assert_eq!(set_mfa(&server, &pool, off.clone()).await, off);
    assert_eq!(mfa(&server, &pool).await, off);
}

/// Passkeys that count as one factor, or as two.
fn passkeys(factors: &str) -> Value {
    json!({ "WebAuthnConfiguration": { "RelyingPartyId": "example.com", "UserVerification": "required", "FactorConfiguration": factors } })
}

const TWO_FACTORS: &str = "MULTI_FACTOR_WITH_USER_VERIFICATION";
const ONE_FACTOR: &str = "SINGLE_FACTOR";

fn first_factors(factors: &[&str]) -> Value {
    let factors = [&["PASSWORD"], factors].concat();
    json!({ "Policies": { "SignInPolicy": { "AllowedFirstAuthFactors": factors } } })
}

fn token(state: &str) -> Value {
    json!({ "MfaConfiguration": state, "SoftwareTokenMfaConfiguration": { "Enabled": true } })
}

async fn refused_mfa(server: &Server, pool: &str, more: &[Value]) -> String {
    let before = mfa(server, pool).await;
    let mut input = json!({ "UserPoolId": pool });
    for more in more {
        merge(&mut input, more.clone());
    }
    let refusal = server.refused("SetUserPoolMfaConfig", input).await;
    assert_eq!(mfa(server, pool).await, before);
    refusal
}

async fn refused_update(server: &Server, pool: &str, more: Value) -> String {
    let mut input = json!({ "UserPoolId": pool });
    merge(&mut input, more);
    server.refused("UpdateUserPool", input).await
}

#[tokio::test]
async fn codes_as_first_factors_exclude_required_mfa_from_either_side() {
    let server = Server::start().await;
    let only = "InvalidParameterException: Only PASSWORD and WEB_AUTHN (if configured) can be enabled as an auth factor if MFA is enabled";
    let sms = json!({ "SmsConfiguration": { "SnsCallerArn": ROLE, "ExternalId": "x" } });
    for factor in ["EMAIL_OTP", "SMS_OTP"] {
        let mut settings = first_factors(&[factor]);
        merge(&mut settings, sms.clone());
        let mut made_with = json!({ "PoolName": "p", "MfaConfiguration": "ON" });
        merge(&mut made_with, settings.clone());
        server.refuses("CreateUserPool", made_with, only).await;

        let pool = server.pool(settings).await;
        assert_eq!(refused_mfa(&server, &pool, &[token("ON")]).await, only);
        assert_eq!(
            refused_update(&server, &pool, json!({ "MfaConfiguration": "ON" })).await,
            only
        );
        set_mfa(&server, &pool, token("OPTIONAL")).await;

        let pool = server.pool(sms.clone()).await;
        set_mfa(&server, &pool, token("ON")).await;
        assert_eq!(
            refused_update(&server, &pool, first_factors(&[factor])).await,
            only
        );
    }
}

#[tokio::test]
async fn passkeys_as_first_factors_stand_beside_required_mfa_when_they_count_twice() {
    let server = Server::start().await;
    let pool = server.pool(first_factors(&["WEB_AUTHN"])).await;
    let single = "InvalidParameterException: Cannot set WebAuthn factor configuration to SINGLE_FACTOR if MFA is required and WebAuthn is an allowed first auth factor";
    for passkeys in [json!({}), passkeys(ONE_FACTOR)] {
        assert_eq!(
            refused_mfa(&server, &pool, &[token("ON"), passkeys.clone()]).await,
            single
        );
        let mut optional = token("OPTIONAL");
        merge(&mut optional, passkeys);
        set_mfa(&server, &pool, optional).await;
        assert_eq!(
            refused_update(&server, &pool, json!({ "MfaConfiguration": "ON" })).await,
            single
        );
    }
    let mut both = token("ON");
    merge(&mut both, passkeys(TWO_FACTORS));
    set_mfa(&server, &pool, both).await;

    let later = server.pool(json!({})).await;
    set_mfa(&server, &later, token("ON")).await;
    assert_eq!(
        refused_update(&server, &later, first_factors(&["WEB_AUTHN"])).await,
        "InvalidParameterException: WEB_AUTHN cannot be used as an auth factor when MFA is enabled if not configured for MFA"
    );
}

#[tokio::test]
async fn codes_by_sms_need_a_way_to_send_them() {
    let server = Server::start().await;
    let missing = "InvalidParameterException: SMS_OTP can not be configured as AuthFactor as user pool is missing valid SMS configuration";
    let mut input = json!({ "PoolName": "p" });
    merge(&mut input, first_factors(&["SMS_OTP"]));
    server.refuses("CreateUserPool", input, missing).await;
    let pool = server.pool(json!({})).await;
    assert_eq!(
        refused_update(&server, &pool, first_factors(&["SMS_OTP"])).await,
        missing
    );
}

#[tokio::test]
async fn a_wrong_mfa_state_is_answered_with_the_values_in_the_services_order() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let input = json!({ "UserPoolId": pool, "MfaConfiguration": "MAYBE" });
    server
        .refuses(
            "SetUserPoolMfaConfig",
            input,
            "InvalidParameterException: 1 validation error detected: Value 'MAYBE' at 'mfaConfiguration' failed to satisfy constraint: Member must satisfy enum value set: [OPTIONAL, OFF, ON]",
        )
        .await;
}

#[tokio::test]
async fn factors_that_do_not_hold_together_are_refused() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let lite = server.pool(json!({ "UserPoolTier": "LITE" })).await;
    let together = "InvalidParameterException: Invalid MFA configuration given, can't turn off MFA and configure an MFA together.";
    let none = "InvalidParameterException: Invalid MFA Configuration given. SMS MFA, Email MFA, or Software Token MFA must be enabled.";
    for (pool, more, refusal) in [
        (
            &pool,
            json!({ "SoftwareTokenMfaConfiguration": { "Enabled": true } }),
            together,
        ),
        (
            &pool,
            json!({ "MfaConfiguration": "OFF", "SoftwareTokenMfaConfiguration": { "Enabled": false } }),
            together,
        ),
        (
            &pool,
            json!({ "MfaConfiguration": "OFF", "SmsMfaConfiguration": sms() }),
            together,
        ),
        (
            &pool,
            json!({ "MfaConfiguration": "OFF", "EmailMfaConfiguration": {} }),
            together,
        ),
        (&pool, json!({ "MfaConfiguration": "ON" }), none),
        (&pool, json!({ "MfaConfiguration": "OPTIONAL" }), none),
        (
            &pool,
            json!({ "MfaConfiguration": "ON", "WebAuthnConfiguration": { "RelyingPartyId": "example.com" } }),
            none,
        ),
        (
            &pool,
            json!({ "MfaConfiguration": "ON", "SmsMfaConfiguration": { "SmsAuthenticationMessage": "Code {####}" } }),
            "InvalidParameterException: SmsMfaConfiguration needs an SmsConfiguration.",
        ),
        (
            &pool,
            json!({ "MfaConfiguration": "ON", "EmailMfaConfiguration": {} }),
            "InvalidParameterException: Cannot set EmailMfaConfiguration when user pool EmailConfiguration contains an EmailSendingAccount of COGNITO_DEFAULT",
        ),
        (
            &lite,
            json!({ "MfaConfiguration": "ON", "EmailMfaConfiguration": {} }),
            "FeatureUnavailableInTierException: Email MFA is not available in the feature plan of this user pool.",
        ),
        (
            &"us-east-1_none".to_owned(),
            json!({}),
            "ResourceNotFoundException: User pool us-east-1_none does not exist.",
        ),
    ] {
        let mut input = json!({ "UserPoolId": pool });
        merge(&mut input, more);
        assert_eq!(server.refused("SetUserPoolMfaConfig", input).await, refusal);
    }
}

#[tokio::test]
async fn session_tracking_is_configured_for_pool_and_client() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let client = server.client(&pool, json!({})).await["ClientId"].clone();
    let of_pool = json!({ "UserPoolId": pool });
    let of_client = json!({ "UserPoolId": pool, "ClientId": client });
    assert_eq!(
        server
            .ok("GetUserPoolSessionConfiguration", of_pool.clone())
            .await,
        json!({ "UserPoolId": pool, "UserSessionTracking": "DISABLED", "TokenSession": { "MaxPerUser": 20 } })
    );
    assert_eq!(
        server
            .ok("GetUserPoolClientSessionConfiguration", of_client.clone())
            .await,
        json!({ "UserPoolId": pool, "ClientId": client, "SSOSession": { "MaxValidityMinutes": 60 } })
    );

    let mut silent = of_client.clone();
    merge(
        &mut silent,
        json!({ "SSOSession": { "MaxValidityMinutes": 0 } }),
    );
    assert_eq!(
        server
            .refused("SetUserPoolClientSessionConfiguration", silent.clone())
            .await,
        "InvalidParameterException: Session tracking is not enabled for the user pool."
    );
    let track = |state: &str| json!({ "UserPoolId": pool, "UserSessionTracking": state, "TokenSession": { "MaxPerUser": 5 } });
    assert_eq!(
        server
            .ok("SetUserPoolSessionConfiguration", track("ENABLED"))
            .await,
        track("ENABLED")
    );
    assert_eq!(
        server
            .ok("SetUserPoolClientSessionConfiguration", silent.clone())
            .await,
        silent
    );
    // What a client has stays while nothing is tracked.
    server
        .ok("SetUserPoolSessionConfiguration", track("DISABLED"))
        .await;
    assert_eq!(
        server
            .ok("GetUserPoolClientSessionConfiguration", of_client)
            .await,
        silent
    );
}

#[tokio::test]
async fn session_tracking_is_refused_where_it_cannot_be() {
    let server = Server::start().await;
    let lite = server.pool(json!({ "UserPoolTier": "LITE" })).await;
    let input = json!({ "UserPoolId": lite, "UserSessionTracking": "ENABLED", "TokenSession": { "MaxPerUser": 5 } });
    assert_eq!(
        server
            .refused("SetUserPoolSessionConfiguration", input)
            .await,
        "FeatureUnavailableInTierException: Session tracking is not available in the feature plan of this user pool."
    );
    let unknown = json!({ "UserPoolId": lite, "ClientId": "unknown" });
    assert_eq!(
        server
            .refused("GetUserPoolClientSessionConfiguration", unknown)
            .await,
        "ResourceNotFoundException: User pool client unknown does not exist."
    );
}

fn category(name: &str) -> Value {
    json!({ "LimitDefinition": { "LimitClass": "API_CATEGORY", "Attributes": { "Category": name } } })
}

#[tokio::test]
async fn request_rates_are_kept() {
    let server = Server::start().await;
    let limit = |value: i32| {
        let mut limit = category("UserCreation");
        merge(
            &mut limit,
            json!({ "ProvisionedLimitValue": value, "FreeLimitValue": 50 }),
        );
        json!({ "Limit": limit })
    };
    assert_eq!(
        server
            .ok("GetProvisionedLimit", category("UserCreation"))
            .await,
        limit(50)
    );
    let mut input = category("UserCreation");
    merge(&mut input, json!({ "RequestedLimitValue": 75 }));
    assert_eq!(server.ok("UpdateProvisionedLimit", input).await, limit(75));
    assert_eq!(
        server
            .ok("GetProvisionedLimit", category("UserCreation"))
            .await,
        limit(75)
    );
}

#[tokio::test]
async fn rates_that_do_not_exist_or_are_too_low_are_refused() {
    let server = Server::start().await;
    let unknown = "ResourceNotFoundException: The API category Nothing does not exist.";
    assert_eq!(
        server
            .refused("GetProvisionedLimit", category("Nothing"))
            .await,
        unknown
    );
    for (mut input, refusal) in [
        (category("Nothing"), unknown),
        (
            category("UserCreation"),
            "InvalidParameterException: The limit for UserCreation cannot be less than 50.",
        ),
        (
            json!({ "LimitDefinition": { "LimitClass": "API_CATEGORY", "Attributes": {} } }),
            "InvalidParameterException: LimitDefinition must have exactly the attribute Category.",
        ),
    ] {
        merge(&mut input, json!({ "RequestedLimitValue": 49 }));
        assert_eq!(
            server.refused("UpdateProvisionedLimit", input).await,
            refusal
        );
    }
}

async fn replicable(server: &Server) -> String {
    // The issuer may be of either type.
    server
        .pool(json!({
            "KeyConfiguration": { "KeyType": "CUSTOMER_MANAGED_KEY", "KmsKeyArn": "arn:aws:kms:us-east-1:123456789012:key/mrk-0a1b" },
        }))
        .await
}

#[tokio::test]
async fn a_replica_is_made_activated_and_deleted() {
    let server = Server::start().await;
    let pool = replicable(&server).await;
    let west = json!({ "UserPoolId": pool, "RegionName": "us-west-2" });
    let replica = |region: &str, status: &str, role: &str| {
        json!({
            "RegionName": region,
            "Status": status,
            "Role": role,
            "UserPoolArn": format!("arn:aws:cognito-idp:{region}:123456789012:userpool/{pool}"),
        })
    };
    let made = server.ok("CreateUserPoolReplica", west.clone()).await;
    assert_eq!(
        made["UserPoolReplica"],
        replica("us-west-2", "CREATING", "SECONDARY")
    );
    let list = json!({ "UserPoolId": pool });
    assert_eq!(
        server.ok("ListUserPoolReplicas", list.clone()).await,
        json!({ "UserPoolReplicas": [
            replica("us-east-1", "ACTIVE", "PRIMARY"),
            replica("us-west-2", "INACTIVE", "SECONDARY"),
        ] })
    );
    let status = |status: &str| {
        let mut input = west.clone();
        merge(&mut input, json!({ "Status": status }));
        input
    };
    let changed = server.ok("UpdateUserPoolReplica", status("ACTIVE")).await;
    assert_eq!(
        changed["UserPoolReplica"],
        replica("us-west-2", "ACTIVE", "SECONDARY")
    );
    assert_eq!(
        server.refused("DeleteUserPoolReplica", west.clone()).await,
        "InvalidParameterException: The replica in us-west-2 is active. Only inactive replicas can be deleted."
    );
    server.ok("UpdateUserPoolReplica", status("INACTIVE")).await;
    let deleted = server.ok("DeleteUserPoolReplica", west).await;
    assert_eq!(
        deleted["UserPoolReplica"],
        replica("us-west-2", "DELETING", "SECONDARY")
    );
    assert_eq!(
        server.ok("ListUserPoolReplicas", list).await,
        json!({ "UserPoolReplicas": [replica("us-east-1", "ACTIVE", "PRIMARY")] })
    );
}

#[tokio::test]
async fn replicas_that_cannot_be_are_refused() {
    let server = Server::start().await;
    let plain = server.pool(json!({})).await;
    let pool = replicable(&server).await;
    let at = |pool: &str, region: &str| json!({ "UserPoolId": pool, "RegionName": region });
    server
        .ok("CreateUserPoolReplica", at(&pool, "us-west-2"))
        .await;
    for (input, refusal) in [
        (
            at(&plain, "us-west-2"),
            "InvalidParameterException: The user pool must use a multi-Region customer managed key to be replicated.",
        ),
        (
            at(&pool, "us-west-2"),
            "InvalidParameterException: The user pool already has a replica in us-west-2.",
        ),
        (
            at(&pool, "us-east-1"),
            "InvalidParameterException: The user pool already has a replica in us-east-1.",
        ),
        (
            at(&pool, "nowhere"),
            "InvalidParameterException: nowhere is not a valid Region.",
        ),
    ] {
        assert_eq!(
            server.refused("CreateUserPoolReplica", input).await,
            refusal
        );
    }
    for (region, refusal) in [
        (
            "eu-west-1",
            "ResourceNotFoundException: The user pool has no replica in eu-west-1.",
        ),
        (
            "us-east-1",
            "OperationNotEnabledException: The operation is not available for the primary user pool.",
        ),
    ] {
        let mut update = at(&pool, region);
        merge(&mut update, json!({ "Status": "ACTIVE" }));
        assert_eq!(
            server.refused("UpdateUserPoolReplica", update).await,
            refusal
        );
        assert_eq!(
            server
                .refused("DeleteUserPoolReplica", at(&pool, region))
                .await,
            refusal
        );
    }
}

#[tokio::test]
async fn a_pools_signing_certificate_is_x509_and_stays_the_same() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let input = json!({ "UserPoolId": pool });
    let first = server.ok("GetSigningCertificate", input.clone()).await;
    let der = STANDARD
        .decode(first["Certificate"].as_str().unwrap())
        .unwrap();
    // A DER sequence that names the pool.
    assert_eq!(der[0], 0x30);
    assert!(der.windows(pool.len()).any(|part| part == pool.as_bytes()));
    server.advance(std::time::Duration::from_secs(86_400));
    assert_eq!(server.ok("GetSigningCertificate", input).await, first);
    assert_eq!(
        server
            .refused(
                "GetSigningCertificate",
                json!({ "UserPoolId": "us-east-1_none" })
            )
            .await,
        "ResourceNotFoundException: User pool us-east-1_none does not exist."
    );
}
