//! A state that has changed since its export, updated from the exported file: authenticator apps,
//! passkeys, devices and linked providers are told, set back, and sign in.

use mocknito::config::FixturesMode;
use serde_json::{Value, json};

use super::exported;
use super::round_trip::{Everybody, everybody};
use crate::support::authenticator::Authenticator;
use crate::support::devices::Device;
use crate::support::srp::SrpClient;
use crate::support::totp::App;
use crate::support::{PASSWORD, Server, attribute, fixtures, text, with_password};

async fn load(server: &Server, text: &str, mode: FixturesMode) -> Result<Vec<String>, String> {
    fixtures::load(server, "state.yaml", text, mode).await
}

/// What somebody set up in the place of what the export has.
struct SetUpSince {
    app: App,
    secret: String,
    passkey: Authenticator,
    device: Device,
}

async fn code_of(place: &Everybody, app: &App, step: i64) -> Value {
    let (server, client) = (&place.server, &place.client);
    let asked = server.ok("InitiateAuth", with_password(client, "totp", PASSWORD));
    let asked = asked.await;
    assert_eq!(asked["ChallengeName"], "SOFTWARE_TOKEN_MFA");
    let answer = json!({
        "ClientId": client, "ChallengeName": "SOFTWARE_TOKEN_MFA", "Session": asked["Session"],
        "ChallengeResponses": { "USERNAME": "totp", "SOFTWARE_TOKEN_MFA_CODE": app.code(step) },
    });
    server.call("RespondToAuthChallenge", answer).await.json()
}

async fn by_passkey(place: &Everybody, passkey: &mut Authenticator) -> Value {
    let (server, client) = (&place.server, &place.client);
    let begin = json!({
        "AuthFlow": "USER_AUTH", "ClientId": client,
        "AuthParameters": { "USERNAME": "passkey", "PREFERRED_CHALLENGE": "WEB_AUTHN" },
    });
    let asked = server.ok("InitiateAuth", begin).await;
    let options = text(&asked["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"]);
    let options: Value = serde_json::from_str(&options).unwrap();
    let credential = passkey.get(&options).to_string();
    let answer = json!({
        "ClientId": client, "ChallengeName": "WEB_AUTHN", "Session": asked["Session"],
        "ChallengeResponses": { "USERNAME": "passkey", "CREDENTIAL": credential },
    });
    server.call("RespondToAuthChallenge", answer).await.json()
}

async fn by_device(place: &Everybody, device: &Device) -> Value {
    let (server, client) = (&place.server, &place.client);
    let mut request = with_password(client, "device", PASSWORD);
    request["AuthParameters"]["DEVICE_KEY"] = json!(device.key);
    let asked = server.call("InitiateAuth", request).await.json();
    if asked["ChallengeName"] != "DEVICE_SRP_AUTH" {
        return asked;
    }
    let srp = SrpClient::new("a");
    let mut begun = srp.begin_device(client, "device", device);
    begun["Session"] = asked["Session"].clone();
    let asked = server.ok("RespondToAuthChallenge", begun).await;
    let mut proof = srp.answer_device(client, &asked, device);
    proof["Session"] = asked["Session"].clone();
    server.call("RespondToAuthChallenge", proof).await.json()
}

fn is_in(answer: &Value) -> bool {
    answer["AuthenticationResult"]["AccessToken"].is_string()
}

async fn set_up_anew(place: &Everybody) -> SetUpSince {
    let (server, pool, client) = (&place.server, &place.pool, &place.client);
    // That of now was used to verify the app.
    let answer = code_of(place, &place.app, 1).await;
    let token = answer["AuthenticationResult"]["AccessToken"].clone();
    let associate = json!({ "AccessToken": token });
    let associated = server.ok("AssociateSoftwareToken", associate).await;
    let app = App::new(&associated["SecretCode"]);
    let verify = json!({ "AccessToken": token, "UserCode": app.code(0) });
    server.ok("VerifySoftwareToken", verify).await;

    let token = server.sign_in(client, "passkey").await["AccessToken"].clone();
    let begin = json!({ "AccessToken": token });
    let begun = server.ok("StartWebAuthnRegistration", begin).await;
    let mut passkey = Authenticator::es256();
    let credential = passkey.create(&begun["CredentialCreationOptions"]);
    let complete = json!({ "AccessToken": token, "Credential": credential });
    server.ok("CompleteWebAuthnRegistration", complete).await;
    let old = place.passkey.credential_id();
    let delete = json!({ "AccessToken": token, "CredentialId": old });
    server.ok("DeleteWebAuthnCredential", delete).await;

    let tokens = server.sign_in(client, "device").await;
    let device = Device::new(&tokens["NewDeviceMetadata"], "another");
    let confirm = json!({
        "AccessToken": tokens["AccessToken"], "DeviceKey": device.key,
        "DeviceSecretVerifierConfig": device.verifier(&[0x41; 16]),
    });
    server.ok("ConfirmDevice", confirm).await;
    let forget = json!({
        "UserPoolId": pool, "Username": "device", "DeviceKey": place.device.key,
    });
    server.ok("AdminForgetDevice", forget).await;

    let google = |id: &str| {
        json!({
            "ProviderName": "Google", "ProviderAttributeName": "Cognito_Subject",
            "ProviderAttributeValue": id,
        })
    };
    let unlink = json!({ "UserPoolId": pool, "User": google("1234") });
    server.ok("AdminDisableProviderForUser", unlink).await;
    let link = json!({
        "UserPoolId": pool, "SourceUser": google("5678"),
        "DestinationUser": { "ProviderName": "Cognito", "ProviderAttributeValue": "linked" },
    });
    server.ok("AdminLinkProviderForUser", link).await;
    SetUpSince {
        app,
        secret: text(&associated["SecretCode"]),
        passkey,
        device,
    }
}

async fn identities(place: &Everybody) -> String {
    let linked = place.server.described_user(&place.pool, "linked").await;
    attribute(&linked["UserAttributes"], "identities").unwrap()
}

#[tokio::test]
async fn what_users_have_is_told_set_back_and_signs_in() {
    let mut place = everybody().await;
    let state = exported(&place.server).await;
    let again = load(&place.server, &state, FixturesMode::Update).await;
    assert_eq!(again.unwrap(), [""; 0]);
    let mut since = set_up_anew(&place).await;
    let changed = exported(&place.server).await;

    let pool = place.pool.clone();
    let (old, new) = (place.passkey.credential_id(), since.passkey.credential_id());
    let kept = load(&place.server, &state, FixturesMode::Keep)
        .await
        .unwrap();
    let mut expected = [
        format!("{pool}, user totp: SoftwareTokenSecret differs from state.yaml"),
        format!("{pool}, user passkey: Passkeys is [{new}] here, [{old}] in state.yaml"),
        format!(
            "{pool}, user device: Devices is [{}] here, [{}] in state.yaml",
            since.device.key, place.device.key
        ),
        format!(
            "{pool}, user linked: LinkedProviders is [Google/5678] here, [Google/1234] in \
             state.yaml"
        ),
    ];
    expected.sort();
    let mut told = kept.clone();
    told.sort();
    assert_eq!(told, expected);
    assert_eq!(exported(&place.server).await, changed);
    assert!(is_in(&by_device(&place, &since.device).await));

    let set = load(&place.server, &state, FixturesMode::Update).await;
    let set = set.unwrap();
    assert_eq!(set.len(), 4, "{set:?}");
    let secret = format!("{pool}, user totp: SoftwareTokenSecret is another now");
    assert!(set.contains(&secret), "{set:?}");
    for note in kept.iter().chain(&set) {
        assert!(!note.contains(&since.secret), "{note}");
    }
    let again = load(&place.server, &state, FixturesMode::Keep).await;
    assert_eq!(again.unwrap(), [""; 0]);
    // Each signs in by what the file says, and by what came since nobody does.
    let refused = code_of(&place, &since.app, 1).await;
    assert!(!is_in(&refused), "{refused}");
    let taken = code_of(&place, &place.app, 0).await;
    assert!(is_in(&taken), "{taken}");
    let refused = by_passkey(&place, &mut since.passkey).await;
    assert!(!is_in(&refused), "{refused}");
    let mut passkey = std::mem::replace(&mut place.passkey, Authenticator::es256());
    let taken = by_passkey(&place, &mut passkey).await;
    assert!(is_in(&taken), "{taken}");
    let refused = by_device(&place, &since.device).await;
    assert!(!is_in(&refused), "{refused}");
    let taken = by_device(&place, &place.device).await;
    assert!(is_in(&taken), "{taken}");
    let identities = identities(&place).await;
    assert!(identities.contains("1234"), "{identities}");
    assert!(!identities.contains("5678"), "{identities}");
}

/// The exported users by their names.
fn users(document: &mut Value) -> &mut Vec<Value> {
    document["UserPools"][0]["Users"].as_array_mut().unwrap()
}

fn user<'d>(document: &'d mut Value, name: &str) -> &'d mut Value {
    let mut users = users(document).iter_mut();
    users.find(|user| user["Username"] == name).unwrap()
}

#[tokio::test]
async fn what_is_otherwise_in_one_of_them_is_set_by_itself() {
    let mut place = everybody().await;
    let state = exported(&place.server).await;
    let mut passkey = std::mem::replace(&mut place.passkey, Authenticator::es256());
    assert!(is_in(&by_passkey(&place, &mut passkey).await));
    // Use is no difference.
    let kept = load(&place.server, &state, FixturesMode::Keep).await;
    assert_eq!(kept.unwrap(), [""; 0]);

    let mut document: Value = serde_saphyr::from_str(&state).unwrap();
    let before = user(&mut document, "passkey")["Passkeys"][0]["SignCount"].clone();
    user(&mut document, "passkey")["Passkeys"][0]["FriendlyCredentialName"] = json!("Key");
    let device = &mut user(&mut document, "device")["Devices"][0];
    device["DeviceName"] = json!("Desk");
    device["DeviceRememberedStatus"] = json!("not_remembered");
    let token = &mut user(&mut document, "totp")["SoftwareTokenSecret"];
    token["FriendlyDeviceName"] = json!("Tablet");
    // What the file does not say is not compared.
    let link = json!([{ "ProviderName": "Google", "ProviderAttributeValue": "1234" }]);
    user(&mut document, "linked")["LinkedProviders"] = link;
    let text = document.to_string();
    let set = load(&place.server, &text, FixturesMode::Update).await;
    let mut set = set.unwrap();
    set.sort();
    let (pool, id, key) = (&place.pool, passkey.credential_id(), &place.device.key);
    let of_device = format!("{pool}, user device: Devices[{key}]");
    let of_passkey = format!("{pool}, user passkey: Passkeys[{id}]");
    assert_eq!(set.len(), 5, "{set:?}");
    assert_eq!(
        set[0],
        format!("{of_device}.DeviceName was Laptop, is Desk now")
    );
    assert_eq!(
        set[1],
        format!("{of_device}.DeviceRememberedStatus was remembered, is not_remembered now")
    );
    assert!(set[2].starts_with(&format!("{of_passkey}.FriendlyCredentialName was ")));
    assert!(set[2].ends_with(", is Key now"), "{set:?}");
    assert!(
        set[3].starts_with(&format!("{of_passkey}.SignCount was "))
            && set[3].ends_with(&format!(", is {before} now")),
        "{set:?}"
    );
    assert_eq!(
        set[4],
        format!(
            "{pool}, user totp: SoftwareTokenSecret.FriendlyDeviceName was Phone, is Tablet now"
        )
    );
    assert!(is_in(&by_passkey(&place, &mut passkey).await));
    // A code that was used stays used.
    assert!(!is_in(&code_of(&place, &place.app, 0).await));
    assert!(is_in(&code_of(&place, &place.app, 1).await));
    let named = json!({ "UserPoolId": pool, "Username": "device" });
    let devices = place.server.ok("AdminListDevices", named).await;
    let attributes = &devices["Devices"][0]["DeviceAttributes"];
    let told = attribute(attributes, "device_name");
    assert_eq!(told.as_deref(), Some("Desk"));

    // A device with another secret is another device: its refresh tokens end.
    let load_again = load(&place.server, &state, FixturesMode::Update).await;
    assert_eq!(load_again.unwrap().len(), 5);
    let tokens = by_device(&place, &place.device).await;
    let refresh = json!({
        "ClientId": place.client, "AuthFlow": "REFRESH_TOKEN_AUTH",
        "AuthParameters": {
            "REFRESH_TOKEN": tokens["AuthenticationResult"]["RefreshToken"],
            "DEVICE_KEY": place.device.key,
        },
    });
    place.server.ok("InitiateAuth", refresh.clone()).await;
    let mut document: Value = serde_saphyr::from_str(&state).unwrap();
    let another = Device {
        secret: "AAAA".to_owned(),
        ..place.device.clone()
    };
    let config = another.verifier(&[0x42; 16]);
    user(&mut document, "device")["Devices"][0]["DeviceSecretVerifierConfig"] = config;
    let text = document.to_string();
    let set = load(&place.server, &text, FixturesMode::Update)
        .await
        .unwrap();
    let secret = format!("{of_device}.DeviceSecretVerifierConfig is another now");
    assert!(set.contains(&secret), "{set:?}");
    let refused = place.server.refused("InitiateAuth", refresh).await;
    assert!(refused.starts_with("NotAuthorizedException"), "{refused}");
    assert!(!is_in(&by_device(&place, &place.device).await));
    assert!(is_in(&by_device(&place, &another).await));
}

#[tokio::test]
async fn what_is_anothers_is_refused_and_nothing_is_set() {
    let place = everybody().await;
    let state = exported(&place.server).await;
    let same = state.clone();
    for (list, from, why) in [
        ("Passkeys", "passkey", "PasskeyExists"),
        ("Devices", "device", "DeviceKeyExists"),
        ("LinkedProviders", "linked", "LinkedElsewhere"),
    ] {
        let mut document: Value = serde_saphyr::from_str(&state).unwrap();
        let theirs = user(&mut document, from)[list].clone();
        // The last of the file takes it; whoever stands before has another app then.
        let last = users(&mut document).len() - 1;
        users(&mut document)[last][list] = theirs;
        let token = &mut user(&mut document, "totp")["SoftwareTokenSecret"];
        token["SecretCode"] = json!("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXPJBSW");
        let text = document.to_string();
        let refused = load(&place.server, &text, FixturesMode::Update).await;
        let refused = refused.unwrap_err();
        assert!(
            refused.contains(&format!("Users[{last}]")),
            "{why}: {refused}"
        );
        assert_eq!(exported(&place.server).await, same, "{why}");
    }
}
