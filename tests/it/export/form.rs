//! What a user may be described with, and what is refused with its place.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::json;

use super::{exported, load, loaded};
use crate::support::authenticator::Authenticator;
use crate::support::totp::App;
use crate::support::{PASSWORD, Server, attribute, text, with_password};

const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA";

/// What is wrong with a user of this kind, without its place.
async fn fault(user: &str) -> String {
    let server = Server::start().await;
    let yaml = format!(
        "UserPools: [{{PoolName: p, UserPoolId: us-east-1_p, Users: [{{Username: u, {user}}}]}}]"
    );
    let why = load(&server, &yaml).await.unwrap_err();
    let pools = server
        .ok("ListUserPools", json!({ "MaxResults": 60 }))
        .await;
    assert_eq!(pools["UserPools"], json!([]), "{why}");
    let (place, why) = why.split_once("UserPools[0].Users[0] (u)").unwrap();
    assert!(place.starts_with("state.yaml:1:"), "{place}{why}");
    why.trim_start_matches(": ").to_owned()
}

#[tokio::test]
async fn somebody_with_an_app_can_be_written_by_hand() {
    let yaml = format!(
        "UserPools:
  - PoolName: p
    UserPoolId: us-east-1_Hand00001
    MfaConfig: {{MfaConfiguration: OPTIONAL, SoftwareTokenMfaConfiguration: {{Enabled: true}}}}
    IdentityProviders:
      - ProviderName: Partner
        ProviderType: OIDC
        ProviderDetails: {{client_id: a, attributes_request_method: GET,
          oidc_issuer: 'https://idp.example.com', authorize_scopes: openid}}
    Clients:
      - ClientName: c
        ClientId: handclient
        ExplicitAuthFlows: [ALLOW_USER_PASSWORD_AUTH, ALLOW_REFRESH_TOKEN_AUTH]
    Users:
      - Username: ada
        Password: {PASSWORD}
        SoftwareTokenSecret: {SECRET}
        MfaPreference: SOFTWARE_TOKEN_MFA
        UserCreateDate: '2020-02-03T04:05:06.789Z'
        LinkedProviders: [{{ProviderName: Partner, ProviderAttributeValue: '7'}}]
      - Username: Partner_8
        LinkedProviders:
          - {{ProviderName: Partner, ProviderAttributeValue: '8', Primary: true}}
"
    );
    let server = loaded(&yaml).await;
    let asked = server
        .ok("InitiateAuth", with_password("handclient", "ada", PASSWORD))
        .await;
    assert_eq!(asked["ChallengeName"], "SOFTWARE_TOKEN_MFA");
    let answer = json!({
        "ClientId": "handclient", "ChallengeName": "SOFTWARE_TOKEN_MFA",
        "Session": asked["Session"],
        "ChallengeResponses": {
            "USERNAME": "ada", "SOFTWARE_TOKEN_MFA_CODE": App::new(&json!(SECRET)).code(0),
        },
    });
    server.ok("RespondToAuthChallenge", answer).await;
    let pool = "us-east-1_Hand00001";
    let ada = server.described_user(pool, "ada").await;
    assert_eq!(ada["UserCreateDate"], json!(1_580_702_706.789));
    let identities = attribute(&ada["UserAttributes"], "identities").unwrap();
    assert!(identities.contains("\"userId\":\"7\""), "{identities}");
    let external = server.described_user(pool, "Partner_8").await;
    assert_eq!(external["UserStatus"], "EXTERNAL_PROVIDER");
    let text = exported(&server).await;
    assert_eq!(exported(&loaded(&text).await).await, text);
}

#[tokio::test]
async fn a_passkey_of_a_virtual_authenticator_signs_in() {
    let sub = "11111111-1111-4111-8111-111111111111";
    let mut passkey = Authenticator::es256();
    passkey.handle = Some(URL_SAFE_NO_PAD.encode(sub));
    let (id, key) = (STANDARD.encode(&passkey.id), passkey.private_key());
    let yaml = format!(
        "UserPools:
  - PoolName: p
    UserPoolId: us-east-1_Virtual01
    Policies: {{SignInPolicy: {{AllowedFirstAuthFactors: [PASSWORD, WEB_AUTHN]}}}}
    MfaConfig: {{WebAuthnConfiguration: {{RelyingPartyId: localhost}}}}
    Clients:
      - {{ClientName: c, ClientId: virtualclient, ExplicitAuthFlows: [ALLOW_USER_AUTH]}}
    Users:
      - Username: ada
        Sub: {sub}
        Password: {PASSWORD}
        Passkeys: [{{CredentialId: '{id}', RelyingPartyId: localhost, PrivateKey: '{key}'}}]
"
    );
    let server = loaded(&yaml).await;
    let begin = json!({
        "AuthFlow": "USER_AUTH", "ClientId": "virtualclient",
        "AuthParameters": { "USERNAME": "ada", "PREFERRED_CHALLENGE": "WEB_AUTHN" },
    });
    let asked = server.ok("InitiateAuth", begin).await;
    let options = text(&asked["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"]);
    let credential = passkey.get(&serde_json::from_str(&options).unwrap());
    let answer = json!({
        "ClientId": "virtualclient", "ChallengeName": "WEB_AUTHN", "Session": asked["Session"],
        "ChallengeResponses": { "USERNAME": "ada", "CREDENTIAL": credential.to_string() },
    });
    let answer = server.ok("RespondToAuthChallenge", answer).await;
    assert!(answer["AuthenticationResult"].is_object(), "{answer}");
    // The private half is nowhere.
    assert!(!exported(&server).await.contains(&key));
}

#[tokio::test]
async fn bad_values_are_refused_with_their_place() {
    let password = format!("Password: {PASSWORD}");
    for (user, why) in [
        (
            format!("{password}, SoftwareTokenSecret: short"),
            ".SoftwareTokenSecret: must be 52 characters of Base32",
        ),
        (
            format!("{password}, SoftwareTokenSecret: [a, b]"),
            ".SoftwareTokenSecret: a user has one authenticator app",
        ),
        (
            format!("{password}, MfaPreference: FAX"),
            ".MfaPreference: FAX is no second factor; there are SMS_MFA",
        ),
        (
            format!("{password}, UserMFASettingList: [SMS_MFA, PIGEON]"),
            ".UserMFASettingList[1]: PIGEON is no second factor",
        ),
        (
            format!("{password}, MfaPreference: SOFTWARE_TOKEN_MFA"),
            "InvalidParameterException: User has not verified software token mfa",
        ),
        (
            format!("{password}, MfaPreference: SMS_MFA"),
            "InvalidParameterException: User does not have delivery config set to turn on SMS_MFA",
        ),
        (
            format!("{password}, MFAOptions: [{{DeliveryMedium: FAX}}]"),
            ".MFAOptions: may be [",
        ),
        (
            format!("{password}, PasswordVerifier: {{Salt: AA==, Verifier: AA==}}"),
            ".PasswordVerifier.Verifier: is no SRP verifier",
        ),
        (
            format!("{password}, Passwordless: true"),
            "what is kept of a password",
        ),
        (
            "Passwordless: maybe".to_owned(),
            ".Passwordless: must be true or false",
        ),
        (
            "PasswordVerifier: {Salt: '', Verifier: AA==}".to_owned(),
            ".PasswordVerifier.Salt: must be 1 to 64 bytes",
        ),
        (
            "PasswordHash: plain".to_owned(),
            ".PasswordHash: is no hash",
        ),
        (
            "PasswordHash: {Hash: x, Colour: red}".to_owned(),
            ".PasswordHash.Colour: unknown key",
        ),
        (
            "Passwordless: true, UserStatus: HAPPY".to_owned(),
            ".UserStatus: may be UNCONFIRMED, CONFIRMED",
        ),
        (
            "Passwordless: true, Groups: [none]".to_owned(),
            "ResourceNotFoundException: Group not found.",
        ),
        (
            "Passwordless: true, UserAttributes: {email: nobody}".to_owned(),
            "InvalidParameterException: Invalid email address format.",
        ),
        (
            "Passwordless: true, UserAttributes: {'custom:x': a}".to_owned(),
            "InvalidParameterException: Attributes did not conform to the schema",
        ),
        (
            "Passwordless: true, UserCreateDate: yesterday".to_owned(),
            ".UserCreateDate: must be an instant such as",
        ),
        (
            "Passwordless: true, Passkeys: [{CredentialId: 'a b'}]".to_owned(),
            ".Passkeys[0].CredentialId: must be the credential's id",
        ),
        (
            "Passwordless: true, Passkeys: [{CredentialId: a, PublicKey: AAAA}]".to_owned(),
            ".Passkeys[0].PublicKey: is no public key",
        ),
        (
            "Passwordless: true, Passkeys: [{Id: a}]".to_owned(),
            ".Passkeys[0].Id: unknown key",
        ),
        (
            "Passwordless: true, Devices: [{DeviceKey: x}]".to_owned(),
            ".Devices[0].DeviceKey: InvalidParameterException: 1 validation error",
        ),
        (
            "Passwordless: true, Devices: [{DeviceKey: \
          us-east-1_11111111-1111-4111-8111-111111111111, DeviceSecretVerifierConfig: \
          {PasswordVerifier: AA==, Salt: AA==}}]"
                .to_owned(),
            ".Devices[0].DeviceSecretVerifierConfig: InvalidParameterException: Invalid device \
             secret verifier given.",
        ),
        (
            "LinkedProviders: [{ProviderName: Nobody, ProviderAttributeValue: a, Primary: true}]"
                .to_owned(),
            "ResourceNotFoundException: Identity provider Nobody for tenantId",
        ),
        (
            "LinkedProviders: [{ProviderName: a}]".to_owned(),
            ".LinkedProviders[0].ProviderAttributeValue: is missing",
        ),
    ] {
        let told = fault(&user).await;
        assert!(told.starts_with(why), "{user}: {told}");
    }
}

#[tokio::test]
async fn of_a_batch_all_are_made_or_none_and_names_stay_somebodys() {
    let server = Server::start().await;
    let pool = "UserPoolId: us-east-1_p, PoolName: p, AliasAttributes: [email]";
    let one = format!("UserPools: [{{{pool}, Users: [{{Username: a, Passwordless: true}}]}}]");
    load(&server, &one).await.unwrap();
    let mail = "UserAttributes: {email: a@example.com, email_verified: 'true'}";
    let two = format!(
        "UserPools: [{{{pool}, Users: [{{Username: b, Passwordless: true, {mail}}}, \
         {{Username: c, Passwordless: true, {mail}}}]}}]"
    );
    let why = load(&server, &two).await.unwrap_err();
    assert!(why.contains("UserPools[0].Users[1] (c): "), "{why}");
    let listed = server
        .ok("ListUsers", json!({ "UserPoolId": "us-east-1_p" }))
        .await;
    assert_eq!(listed["Users"].as_array().map(Vec::len), Some(1));
    // A sub of another pool is nobody else's.
    let sub = "11111111-1111-4111-8111-111111111111";
    let with_sub = |pool: &str| {
        format!(
            "UserPools: [{{UserPoolId: {pool}, PoolName: x, Users: [{{Username: d, Sub: {sub}, \
             Passwordless: true}}]}}]"
        )
    };
    load(&server, &with_sub("us-east-1_q")).await.unwrap();
    load(&server, &with_sub("us-east-1_q")).await.unwrap();
    let why = load(&server, &with_sub("us-east-1_r")).await.unwrap_err();
    assert!(
        why.ends_with(&format!("User {sub} already exists.")),
        "{why}"
    );
    let pools = server
        .ok("ListUserPools", json!({ "MaxResults": 60 }))
        .await;
    assert_eq!(pools["UserPools"].as_array().map(Vec::len), Some(2));
}
