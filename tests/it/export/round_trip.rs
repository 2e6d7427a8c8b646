//! Every kind of user, exported and loaded elsewhere: the same bytes, and everybody signs in with
//! the factor that they had.

use serde_json::{Value, json};

use super::{exported, load, loaded};
use crate::federation::{Federated, google};
use crate::support::authenticator::Authenticator;
use crate::support::devices::Device;
use crate::support::srp::SrpClient;
use crate::support::totp::App;
use crate::support::{PASSWORD, Server, attribute, claims, text, with_password};

/// Made by Python's bcrypt, of [`PASSWORD`] at the least cost.
const BCRYPT: &str = "$2b$04$EqBB/bEZoHrtcSe3g9AKfO2jxTx7RP15DKtFLynIHTD6oXOGJzvkS";

const ANN: &[(&str, &str)] = &[("email", "ann@example.com"), ("name", "Ann Lee")];

/// A pool with every factor, and somebody for each.
pub struct Everybody {
    pub server: Server,
    pub pool: String,
    pub client: String,
    pub application: String,
    pub app: App,
    pub passkey: Authenticator,
    pub device: Device,
}

pub async fn everybody() -> Everybody {
    let server = Server::start().await;
    let factors = ["PASSWORD", "WEB_AUTHN", "EMAIL_OTP"];
    let pool = server
        .pool(json!({
            "SmsConfiguration": { "SnsCallerArn": "arn:aws:iam::123456789012:role/sms" },
            "EmailConfiguration": {
                "EmailSendingAccount": "DEVELOPER",
                "SourceArn": "arn:aws:ses:us-east-1:123456789012:identity/a@example.com",
            },
            "AutoVerifiedAttributes": ["email"],
            "DeviceConfiguration": {
                "ChallengeRequiredOnNewDevice": true,
                "DeviceOnlyRememberedOnUserPrompt": false,
            },
            "Policies": { "SignInPolicy": { "AllowedFirstAuthFactors": factors } },
            "Schema": [{ "Name": "tenant", "AttributeDataType": "String", "Mutable": true }],
        }))
        .await;
    let mfa = json!({
        "UserPoolId": pool,
        "MfaConfiguration": "OPTIONAL",
        "SmsMfaConfiguration": {
            "SmsAuthenticationMessage": "Your code: {####}",
            "SmsConfiguration": { "SnsCallerArn": "arn:aws:iam::123456789012:role/sms" },
        },
        "SoftwareTokenMfaConfiguration": { "Enabled": true },
        "EmailMfaConfiguration": {},
        "WebAuthnConfiguration": { "RelyingPartyId": "localhost" },
    });
    server.ok("SetUserPoolMfaConfig", mfa).await;
    let client = server
        .client_id(
            &pool,
            json!({ "ExplicitAuthFlows": [
                "ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_USER_AUTH",
                "ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH",
            ] }),
        )
        .await;
    for group in ["admins", "users"] {
        let input = json!({ "UserPoolId": pool, "GroupName": group, "Precedence": 1 });
        server.ok("CreateGroup", input).await;
    }
    let number = [
        ("phone_number", "+4915112345"),
        ("phone_number_verified", "true"),
    ];
    for name in [
        "plain", "totp", "email", "passkey", "device", "reset", "disabled", "linked",
    ] {
        let email = format!("{name}@example.com");
        let attributes = [
            ("custom:tenant", "a: \"quoted\"\n# line"),
            ("email", email.as_str()),
            ("email_verified", "true"),
        ];
        server.user(&pool, name, &attributes).await;
        server.advance(std::time::Duration::from_millis(1));
    }
    server.user(&pool, "sms", &number).await;
    let named = |name: &str| json!({ "UserPoolId": pool, "Username": name });
    for group in ["users", "admins"] {
        let mut input = named("plain");
        input["GroupName"] = json!(group);
        server.ok("AdminAddUserToGroup", input).await;
    }

    let token = server.sign_in(&client, "totp").await["AccessToken"].clone();
    let associated = server
        .ok("AssociateSoftwareToken", json!({ "AccessToken": token }))
        .await;
    let app = App::new(&associated["SecretCode"]);
    let verify = json!({
        "AccessToken": token, "UserCode": app.code(0), "FriendlyDeviceName": "Phone",
    });
    server.ok("VerifySoftwareToken", verify).await;
    for (name, factor) in [
        ("totp", "SoftwareTokenMfaSettings"),
        ("sms", "SMSMfaSettings"),
        ("email", "EmailMfaSettings"),
    ] {
        let mut input = named(name);
        input[factor] = json!({ "Enabled": true, "PreferredMfa": true });
        server.ok("AdminSetUserMFAPreference", input).await;
    }

    let token = server.sign_in(&client, "passkey").await["AccessToken"].clone();
    let begun = server
        .ok("StartWebAuthnRegistration", json!({ "AccessToken": token }))
        .await;
    let mut passkey = Authenticator::es256();
    let credential = passkey.create(&begun["CredentialCreationOptions"]);
    let complete = json!({ "AccessToken": token, "Credential": credential });
    server.ok("CompleteWebAuthnRegistration", complete).await;

    let tokens = server.sign_in(&client, "device").await;
    let device = Device::new(&tokens["NewDeviceMetadata"], "device");
    let confirm = json!({
        "AccessToken": tokens["AccessToken"], "DeviceKey": device.key, "DeviceName": "Laptop",
        "DeviceSecretVerifierConfig": device.verifier(&[0x81; 16]),
    });
    server.ok("ConfirmDevice", confirm).await;

    let mut input = named("fresh");
    input["TemporaryPassword"] = json!(PASSWORD);
    input["MessageAction"] = json!("SUPPRESS");
    server.ok("AdminCreateUser", input).await;
    server.ok("AdminResetUserPassword", named("reset")).await;
    server.ok("AdminDisableUser", named("disabled")).await;
    let sign_up = json!({
        "ClientId": client, "Username": "unconfirmed", "Password": PASSWORD,
        "UserAttributes": [{ "Name": "email", "Value": "unconfirmed@example.com" }],
    });
    server.ok("SignUp", sign_up).await;
    let mut input = named("passwordless");
    input["MessageAction"] = json!("SUPPRESS");
    input["UserAttributes"] = json!([
        { "Name": "email", "Value": "passwordless@example.com" },
        { "Name": "email_verified", "Value": "true" },
    ]);
    server.ok("AdminCreateUser", input).await;

    let world = Federated::with(&server, pool.clone(), google()).await;
    world.sign_in(ANN).await;
    let application = world.client.clone();
    let link = json!({
        "UserPoolId": pool,
        "DestinationUser": { "ProviderName": "Cognito", "ProviderAttributeValue": "linked" },
        "SourceUser": {
            "ProviderName": "Google", "ProviderAttributeName": "Cognito_Subject",
            "ProviderAttributeValue": "1234",
        },
    });
    server.ok("AdminLinkProviderForUser", link).await;
    let hashed = format!(
        "UserPools: [{{PoolName: test, UserPoolId: {pool}, Users: [{{Username: hashed, \
         PasswordHash: '{BCRYPT}', UserStatus: CONFIRMED}}]}}]"
    );
    load(&server, &hashed).await.unwrap();
    Everybody {
        server,
        pool,
        client,
        application,
        app,
        passkey,
        device,
    }
}

/// Everything that administrators are told of the pool's users.
async fn told(server: &Server, pool: &str) -> Vec<Value> {
    let input = json!({ "UserPoolId": pool, "Limit": 60 });
    let listed = server.ok("ListUsers", input).await;
    let mut all = Vec::new();
    for user in listed["Users"].as_array().unwrap() {
        let named = json!({ "UserPoolId": pool, "Username": user["Username"] });
        all.push(json!([
            user,
            server.ok("AdminGetUser", named.clone()).await,
            server.ok("AdminListGroupsForUser", named.clone()).await,
            server.call("AdminListDevices", named.clone()).await.json(),
            server.ok("AdminGetUserAuthFactors", named).await,
        ]));
    }
    all
}

#[tokio::test]
async fn the_state_comes_back_to_the_byte_and_everybody_signs_in() {
    let mut before = everybody().await;
    let text = exported(&before.server).await;
    let second = loaded(&text).await;
    assert_eq!(exported(&second).await, text);
    assert_eq!(
        told(&second, &before.pool).await,
        told(&before.server, &before.pool).await
    );
    let (pool, client) = (before.pool.as_str(), before.client.as_str());
    let begin = async |name: &str| {
        second
            .ok("InitiateAuth", with_password(client, name, PASSWORD))
            .await
    };
    let answer = async |asked: &Value, name: &str, responses: Value| {
        let mut responses = responses;
        responses["USERNAME"] = json!(name);
        let input = json!({
            "ClientId": client, "ChallengeName": asked["ChallengeName"],
            "Session": asked["Session"], "ChallengeResponses": responses,
        });
        second.ok("RespondToAuthChallenge", input).await
    };
    let is_in = |answer: &Value| {
        let tokens = &answer["AuthenticationResult"];
        assert!(tokens["AccessToken"].is_string(), "{answer}");
        claims(&tokens["IdToken"])
    };

    // By SRP before anybody has typed the password there, and in clear.
    let srp = SrpClient::new("a");
    let asked = second.ok("InitiateAuth", srp.begin(client, "plain")).await;
    let proof = srp.answer(pool, client, &asked, PASSWORD);
    is_in(&second.ok("RespondToAuthChallenge", proof).await);
    let proof = srp.answer(pool, client, &asked, "0ther-Passw0rd");
    second.refused("RespondToAuthChallenge", proof).await;
    for _ in 0..2 {
        let wrong = with_password(client, "plain", "0ther-Passw0rd");
        let why = second.refused("InitiateAuth", wrong).await;
        assert_eq!(
            why,
            "NotAuthorizedException: Incorrect username or password."
        );
        let id = is_in(&begin("plain").await);
        assert_eq!(id["cognito:groups"], json!(["admins", "users"]));
        assert_eq!(id["custom:tenant"], "a: \"quoted\"\n# line");
    }
    is_in(&begin("linked").await);
    is_in(&begin("hashed").await);

    let asked = begin("totp").await;
    assert_eq!(asked["ChallengeName"], "SOFTWARE_TOKEN_MFA");
    let code = json!({ "SOFTWARE_TOKEN_MFA_CODE": before.app.code(0) });
    is_in(&answer(&asked, "totp", code).await);
    for (name, challenge, member, to) in [
        ("sms", "SMS_MFA", "SMS_MFA_CODE", "+4915112345"),
        ("email", "EMAIL_OTP", "EMAIL_OTP_CODE", "email@example.com"),
    ] {
        let asked = begin(name).await;
        assert_eq!(asked["ChallengeName"], challenge);
        let code = second.code(to).await;
        is_in(&answer(&asked, name, json!({ member: code })).await);
    }

    let with_passkey = json!({
        "AuthFlow": "USER_AUTH", "ClientId": client,
        "AuthParameters": { "USERNAME": "passkey", "PREFERRED_CHALLENGE": "WEB_AUTHN" },
    });
    let asked = second.ok("InitiateAuth", with_passkey).await;
    let options = text_of(&asked["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"]);
    let credential = before.passkey.get(&options).to_string();
    is_in(&answer(&asked, "passkey", json!({ "CREDENTIAL": credential })).await);

    let mut request = with_password(client, "device", PASSWORD);
    request["AuthParameters"]["DEVICE_KEY"] = json!(before.device.key);
    let asked = second.ok("InitiateAuth", request).await;
    assert_eq!(asked["ChallengeName"], "DEVICE_SRP_AUTH");
    let mut begun = srp.begin_device(client, "device", &before.device);
    begun["Session"] = asked["Session"].clone();
    let asked = second.ok("RespondToAuthChallenge", begun).await;
    let mut proof = srp.answer_device(client, &asked, &before.device);
    proof["Session"] = asked["Session"].clone();
    is_in(&second.ok("RespondToAuthChallenge", proof).await);

    let asked = begin("fresh").await;
    assert_eq!(asked["ChallengeName"], "NEW_PASSWORD_REQUIRED");
    is_in(&answer(&asked, "fresh", json!({ "NEW_PASSWORD": "N3w-Passw0rd" })).await);
    for (name, why) in [
        ("reset", "PasswordResetRequiredException"),
        ("disabled", "NotAuthorizedException: User is disabled."),
        ("unconfirmed", "UserNotConfirmedException"),
        ("passwordless", "NotAuthorizedException: Incorrect"),
    ] {
        let input = with_password(client, name, PASSWORD);
        let refused = second.refused("InitiateAuth", input).await;
        assert!(refused.starts_with(why), "{name}: {refused}");
    }
    let by_code = json!({
        "AuthFlow": "USER_AUTH", "ClientId": client,
        "AuthParameters": { "USERNAME": "passwordless", "PREFERRED_CHALLENGE": "EMAIL_OTP" },
    });
    let asked = second.ok("InitiateAuth", by_code).await;
    let code = second.code("passwordless@example.com").await;
    is_in(&answer(&asked, "passwordless", json!({ "EMAIL_OTP_CODE": code })).await);

    // Ann is the same at Google, and 1234 is linked there.
    let there = Federated {
        server: &second,
        pool: pool.to_owned(),
        client: before.application.clone(),
        provider: "Google".to_owned(),
    };
    let here = Federated {
        server: &before.server,
        pool: pool.to_owned(),
        client: before.application.clone(),
        provider: "Google".to_owned(),
    };
    let sub = |tokens: &Value| claims(&tokens["id_token"])["sub"].clone();
    assert_eq!(
        sub(&there.sign_in(ANN).await),
        sub(&here.sign_in(ANN).await)
    );
    let linked = there
        .sign_in(&[("id", "1234"), ("email", "x@example.com")])
        .await;
    assert_eq!(sub(&linked), second.sub_of(pool, "linked").await);
}

fn text_of(value: &Value) -> Value {
    serde_json::from_str(&text(value)).unwrap()
}

#[tokio::test]
async fn a_second_round_goes_on_from_the_first() {
    let before = everybody().await;
    let second = loaded(&exported(&before.server).await).await;
    // Whoever has typed the password is known by it, and nothing shows that outside.
    second.sign_in(&before.client, "plain").await;
    let third = loaded(&exported(&second).await).await;
    third.sign_in(&before.client, "plain").await;
    let described = third.described_user(&before.pool, "plain").await;
    assert_eq!(
        attribute(&described["UserAttributes"], "sub").unwrap(),
        before.server.sub_of(&before.pool, "plain").await
    );
    // Loading it into itself changes nothing.
    let text = exported(&third).await;
    load(&third, &text).await.unwrap();
    assert_eq!(exported(&third).await, text);
}

#[tokio::test]
async fn passwords_of_before_stay_forbidden_where_there_is_a_history() {
    let server = Server::start().await;
    let policy = json!({ "MinimumLength": 8, "PasswordHistorySize": 3 });
    let pool = server
        .pool(json!({ "Policies": { "PasswordPolicy": policy }, "UserPoolTier": "PLUS" }))
        .await;
    server.user(&pool, "alice", &[]).await;
    let second = loaded(&exported(&server).await).await;
    let set = |password: &str| {
        json!({
            "UserPoolId": pool, "Username": "alice", "Password": password, "Permanent": true,
        })
    };
    for password in [PASSWORD, "0ther-Passw0rd", PASSWORD] {
        let reply = second.call("AdminSetUserPassword", set(password)).await;
        let is_new = password != PASSWORD;
        assert_eq!(reply.status.is_success(), is_new, "{password}");
    }
}

#[tokio::test]
async fn users_whom_addresses_name_keep_their_names() {
    let server = Server::start().await;
    let pool = server
        .pool(json!({
            "UsernameAttributes": ["email", "phone_number"],
            "UsernameConfiguration": { "CaseSensitive": false },
        }))
        .await;
    let client = server.client_id(&pool, json!({})).await;
    for name in [
        "Ada@example.com",
        "+4915112345",
        "ben@example.com",
        "cleo@example.com",
    ] {
        server.user(&pool, name, &[("name", "Somebody")]).await;
    }
    let change = json!({
        "UserPoolId": pool, "Username": "ben@example.com",
        "UserAttributes": [{ "Name": "email", "Value": "benjamin@example.com" }],
    });
    server.ok("AdminUpdateUserAttributes", change).await;
    // Cleo has no address any more: only the id is left.
    let sub = server.sub_of(&pool, "cleo@example.com").await;
    let delete = json!({
        "UserPoolId": pool, "Username": sub, "UserAttributeNames": ["email"],
    });
    server.ok("AdminDeleteUserAttributes", delete).await;
    let world = Federated::with(&server, pool.clone(), google()).await;
    world.sign_in(ANN).await;

    let there = told(&server, &pool).await;
    let text = exported(&server).await;
    let second = loaded(&text).await;
    assert_eq!(exported(&second).await, text);
    assert_eq!(told(&second, &pool).await, there);
    for name in [
        "ada@example.com",
        "+4915112345",
        "benjamin@example.com",
        &sub,
    ] {
        second.sign_in(&client, name).await;
    }
    // All of them are there already, the one from the provider included.
    load(&second, &text).await.unwrap();
    assert_eq!(exported(&second).await, text);
}

#[tokio::test]
async fn the_copy_of_a_pool_keeps_the_names_that_srp_knows() {
    let server = Server::start().await;
    let world = server.world().await;
    let flows = json!({
        "UserPoolId": world.pool, "ClientId": world.client,
        "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH"],
    });
    server.ok("UpdateUserPoolClient", flows).await;
    let path = format!("pools/{}/copy", world.pool);
    let (status, copied) = server.own("POST", &path, Value::Null).await;
    assert_eq!(status, 200, "{copied}");
    let client = text(&copied["clients"][0]["client_id"]);
    let exported_text = exported(&server).await;
    let second = loaded(&exported_text).await;
    assert_eq!(exported(&second).await, exported_text);
    let srp = SrpClient::new("a");
    let asked = second.ok("InitiateAuth", srp.begin(&client, "alice")).await;
    let proof = srp.answer(&world.pool, &client, &asked, PASSWORD);
    let answer = second.ok("RespondToAuthChallenge", proof).await;
    assert!(answer["AuthenticationResult"].is_object(), "{answer}");
    second.sign_in(&client, "alice").await;
    second.sign_in(&client, "alice").await;
}
