//! Devices: confirmed, shown, forgotten, and signing in beside a password; and everybody who should
//! not get in by one.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::support::devices::Device;
use crate::support::srp::{SrpClient, prime};
use crate::support::{
    PASSWORD, Server, altered, attribute, claims, each, keys, merge, text, with_password,
    with_refresh_token,
};

const NO_DEVICE: &str = "ResourceNotFoundException: Device does not exist.";
const BAD: &str = "NotAuthorizedException: Incorrect username or password.";
const SALT: [u8; 16] = [0x81; 16];

/// A pool that tracks devices, with alice and mallory.
struct World {
    server: Server,
    pool: String,
    client: String,
    srp: SrpClient,
}

impl World {
    async fn start() -> Self {
        Self::with(false).await
    }

    async fn with(asks: bool) -> Self {
        let server = Server::start().await;
        let pool = server.pool(tracking(asks)).await;
        let client = server.client_id(&pool, json!({})).await;
        server.user(&pool, "alice", &[]).await;
        server.user(&pool, "mallory", &[]).await;
        Self {
            server,
            pool,
            client,
            srp: SrpClient::new("a"),
        }
    }

    /// Signs in without a device and confirms the one that comes with it.
    async fn device(&self, username: &str) -> (Value, Device) {
        let tokens = self.server.sign_in(&self.client, username).await;
        let device = Device::new(&tokens["NewDeviceMetadata"], username);
        self.confirm(&tokens, &device, &SALT).await;
        (tokens, device)
    }

    async fn confirm(&self, tokens: &Value, device: &Device, salt: &[u8]) -> bool {
        let answer = self
            .server
            .ok("ConfirmDevice", confirmation(tokens, device, salt))
            .await;
        answer["UserConfirmationNecessary"].as_bool().unwrap()
    }

    fn password(&self, username: &str, device: &Device) -> Value {
        let mut request = with_password(&self.client, username, PASSWORD);
        request["AuthParameters"]["DEVICE_KEY"] = json!(device.key);
        request
    }

    /// As far as the device's challenge: the answer to DEVICE_SRP_AUTH.
    async fn challenge(&self, username: &str, device: &Device) -> Value {
        let asked = self
            .server
            .ok("InitiateAuth", self.password(username, device))
            .await;
        assert_eq!(asked["ChallengeName"], "DEVICE_SRP_AUTH");
        let mut begin = self.srp.begin_device(&self.client, username, device);
        begin["Session"] = asked["Session"].clone();
        self.server.ok("RespondToAuthChallenge", begin).await
    }

    fn answer(&self, challenge: &Value, device: &Device) -> Value {
        let mut answer = self.srp.answer_device(&self.client, challenge, device);
        answer["Session"] = challenge["Session"].clone();
        answer
    }

    /// The whole sign-in with a device.
    async fn sign_in(&self, username: &str, device: &Device) -> Value {
        let challenge = self.challenge(username, device).await;
        let answer = self.answer(&challenge, device);
        let answer = self.server.ok("RespondToAuthChallenge", answer).await;
        answer["AuthenticationResult"].clone()
    }

    async fn refuses(&self, answer: Value, expected: &str) {
        self.server
            .refuses("RespondToAuthChallenge", answer, expected)
            .await;
    }
}

fn tracking(asks: bool) -> Value {
    json!({ "DeviceConfiguration": { "ChallengeRequiredOnNewDevice": true, "DeviceOnlyRememberedOnUserPrompt": asks } })
}

fn confirmation(tokens: &Value, device: &Device, salt: &[u8]) -> Value {
    json!({
        "AccessToken": tokens["AccessToken"],
        "DeviceKey": device.key,
        "DeviceName": "a phone",
        "DeviceSecretVerifierConfig": device.verifier(salt),
    })
}

fn of(tokens: &Value, device: &Device) -> Value {
    json!({ "AccessToken": tokens["AccessToken"], "DeviceKey": device.key })
}

fn with(mut answer: Value, name: &str, value: Value) -> Value {
    answer["ChallengeResponses"][name] = value;
    answer
}

#[tokio::test]
async fn a_device_is_made_by_a_sign_in_confirmed_and_shown() {
    let world = World::start().await;
    let server = &world.server;
    let tokens = server.sign_in(&world.client, "alice").await;
    let device = Device::new(&tokens["NewDeviceMetadata"], "alice");
    assert!(device.key.starts_with("us-east-1_"), "{}", device.key);
    assert_eq!((device.key.len(), device.group_key.len()), (46, 9));
    assert!(device.group_key.starts_with('-'));
    assert_eq!(
        claims(&tokens["AccessToken"])["device_key"],
        json!(device.key)
    );
    assert_eq!(claims(&tokens["IdToken"]).get("device_key"), None);
    // Until it is confirmed, nobody knows it.
    server
        .refuses("GetDevice", of(&tokens, &device), NO_DEVICE)
        .await;
    assert!(!world.confirm(&tokens, &device, &SALT).await);

    let shown = server.ok("GetDevice", of(&tokens, &device)).await;
    let shown = &shown["Device"];
    assert_eq!(
        keys(shown),
        [
            "DeviceAttributes",
            "DeviceCreateDate",
            "DeviceKey",
            "DeviceLastAuthenticatedDate",
            "DeviceLastModifiedDate"
        ]
    );
    let value = |name: &str| attribute(&shown["DeviceAttributes"], name);
    assert_eq!(value("device_status").as_deref(), Some("valid"));
    assert_eq!(value("device_name").as_deref(), Some("a phone"));
    assert_eq!(
        value("dev:device_remembered_status").as_deref(),
        Some("remembered")
    );
    let admin = json!({ "UserPoolId": world.pool, "Username": "alice", "DeviceKey": device.key });
    let seen = server.ok("AdminGetDevice", admin).await;
    assert_eq!(&seen["Device"], shown);

    let again = confirmation(&tokens, &device, &SALT);
    server
        .refuses_as("ConfirmDevice", again, "DeviceKeyExists")
        .await;
}

#[tokio::test]
async fn a_remembered_device_signs_in_beside_the_password() {
    let world = World::start().await;
    let (_, device) = world.device("alice").await;
    let challenge = world.challenge("alice", &device).await;
    assert_eq!(challenge["ChallengeName"], "DEVICE_PASSWORD_VERIFIER");
    let parameters = &challenge["ChallengeParameters"];
    assert_eq!(
        keys(parameters),
        ["DEVICE_KEY", "SALT", "SECRET_BLOCK", "SRP_B", "USERNAME"]
    );
    // Digit for digit as the client sent it, a leading zero byte included.
    assert_eq!(parameters["SALT"], json!(format!("00{}", "81".repeat(16))));
    let tokens = world.sign_in("alice", &device).await;
    assert_eq!(tokens.get("NewDeviceMetadata"), None);
    assert_eq!(
        claims(&tokens["AccessToken"])["device_key"],
        json!(device.key)
    );
}

#[tokio::test]
async fn a_client_that_sends_no_session_back_signs_in_too() {
    let world = World::start().await;
    let (_, device) = world.device("alice").await;
    world
        .server
        .ok("InitiateAuth", world.password("alice", &device))
        .await;
    let begin = world.srp.begin_device(&world.client, "alice", &device);
    let challenge = world.server.ok("RespondToAuthChallenge", begin).await;
    let answer = world.srp.answer_device(&world.client, &challenge, &device);
    let answer = world.server.ok("RespondToAuthChallenge", answer).await;
    assert!(answer["AuthenticationResult"]["AccessToken"].is_string());
}

#[tokio::test]
async fn a_device_alone_signs_nobody_in() {
    let world = World::start().await;
    let (_, device) = world.device("alice").await;
    let begin = world.srp.begin_device(&world.client, "alice", &device);
    let reply = world
        .server
        .call("RespondToAuthChallenge", begin.clone())
        .await;
    assert_eq!(reply.status, 400);
    // Nor does one after a wrong password, or after another user's right one.
    let mut wrong = world.password("alice", &device);
    wrong["AuthParameters"]["PASSWORD"] = json!("Wr0ng!pass");
    world.server.refuses("InitiateAuth", wrong, BAD).await;
    world.server.sign_in(&world.client, "mallory").await;
    let reply = world.server.call("RespondToAuthChallenge", begin).await;
    assert_eq!(reply.status, 400);
}

#[tokio::test]
async fn another_users_device_is_no_device() {
    let world = World::start().await;
    let server = &world.server;
    let (_, device) = world.device("alice").await;
    let (mallory, own) = world.device("mallory").await;
    server
        .refuses(
            "InitiateAuth",
            world.password("mallory", &device),
            NO_DEVICE,
        )
        .await;
    for operation in ["GetDevice", "ForgetDevice", "UpdateDeviceStatus"] {
        server
            .refuses(operation, of(&mallory, &device), NO_DEVICE)
            .await;
    }
    for operation in [
        "AdminGetDevice",
        "AdminForgetDevice",
        "AdminUpdateDeviceStatus",
    ] {
        let input =
            json!({ "UserPoolId": world.pool, "Username": "mallory", "DeviceKey": device.key });
        server.refuses(operation, input, NO_DEVICE).await;
    }
    let list = json!({ "AccessToken": mallory["AccessToken"] });
    let listed = server.ok("ListDevices", list).await;
    assert_eq!(
        each(&listed["Devices"], "DeviceKey"),
        std::slice::from_ref(&own.key)
    );
    // Her own challenge does not serve his device, nor his proof her name.
    let challenge = world.challenge("mallory", &own).await;
    let answer = world.answer(&challenge, &own);
    world
        .refuses(
            with(answer.clone(), "DEVICE_KEY", json!(device.key)),
            NO_DEVICE,
        )
        .await;
    let reply = server
        .call(
            "RespondToAuthChallenge",
            with(answer, "USERNAME", json!("alice")),
        )
        .await;
    assert_eq!(reply.status, 400);
}

#[tokio::test]
async fn nothing_of_the_proof_can_be_altered_left_out_or_sent_twice() {
    let world = World::start().await;
    let (_, device) = world.device("alice").await;
    let challenge = world.challenge("alice", &device).await;
    let good = world.answer(&challenge, &device);
    let responses = &good["ChallengeResponses"];
    for name in ["PASSWORD_CLAIM_SECRET_BLOCK", "PASSWORD_CLAIM_SIGNATURE"] {
        world
            .refuses(with(good.clone(), name, altered(&responses[name])), BAD)
            .await;
    }
    let late = json!("Thu Jan 1 00:00:01 UTC 2026");
    world
        .refuses(with(good.clone(), "TIMESTAMP", late), BAD)
        .await;
    for name in [
        "DEVICE_KEY",
        "PASSWORD_CLAIM_SECRET_BLOCK",
        "PASSWORD_CLAIM_SIGNATURE",
        "TIMESTAMP",
    ] {
        let expected = format!("InvalidParameterException: Missing required parameter {name}");
        world
            .refuses(with(good.clone(), name, json!("")), &expected)
            .await;
    }
    let stranger = Device {
        secret: "guessed".to_owned(),
        ..device.clone()
    };
    world
        .refuses(world.answer(&challenge, &stranger), BAD)
        .await;
    // Tried so often, the account is locked for a while; after it the right proof works, once.
    world.server.advance(std::time::Duration::from_secs(120));
    world
        .server
        .ok("RespondToAuthChallenge", good.clone())
        .await;
    let again = world.server.refused("RespondToAuthChallenge", good).await;
    assert!(
        again.starts_with("NotAuthorizedException: Invalid session for the user"),
        "{again}"
    );
}

#[tokio::test]
async fn a_zero_key_and_a_users_block_are_refused() {
    let world = World::start().await;
    let (_, device) = world.device("alice").await;
    for zero in ["0", "00", &prime()] {
        let asked = world
            .server
            .ok("InitiateAuth", world.password("alice", &device))
            .await;
        let mut begin = world.srp.begin_device(&world.client, "alice", &device);
        begin["Session"] = asked["Session"].clone();
        let expected = "InvalidParameterException: Incorrect SRP_A";
        world
            .refuses(with(begin, "SRP_A", json!(zero)), expected)
            .await;
    }
    // The two kinds of challenge do not open each other's blocks.
    let srp = json!({ "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH"] });
    let client = world.server.client_id(&world.pool, srp).await;
    let users = world
        .server
        .ok("InitiateAuth", world.srp.begin(&client, "alice"))
        .await;
    let challenge = world.challenge("alice", &device).await;
    let block = &challenge["ChallengeParameters"]["SECRET_BLOCK"];
    let answer = world.srp.answer(&world.pool, &client, &users, PASSWORD);
    world
        .refuses(
            with(answer, "PASSWORD_CLAIM_SECRET_BLOCK", block.clone()),
            BAD,
        )
        .await;
    let block = &users["ChallengeParameters"]["SECRET_BLOCK"];
    let answer = world.answer(&challenge, &device);
    world
        .refuses(
            with(answer, "PASSWORD_CLAIM_SECRET_BLOCK", block.clone()),
            BAD,
        )
        .await;
}

#[tokio::test]
async fn only_the_sign_ins_own_key_is_confirmed_and_only_with_a_verifier() {
    let world = World::start().await;
    let server = &world.server;
    let tokens = server.sign_in(&world.client, "alice").await;
    let device = Device::new(&tokens["NewDeviceMetadata"], "alice");
    let other = server.sign_in(&world.client, "alice").await;
    let mallory = server.sign_in(&world.client, "mallory").await;
    for wrong in [&other, &mallory] {
        let input = confirmation(wrong, &device, &SALT);
        let expected = "InvalidParameterException: Invalid device key given";
        server.refuses("ConfirmDevice", input, expected).await;
    }
    let number = |hex: &str| {
        let bytes: Vec<u8> = (0..hex.len() / 2)
            .map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap())
            .collect();
        json!({ "Salt": STANDARD.encode(SALT), "PasswordVerifier": STANDARD.encode(bytes) })
    };
    let good = device.verifier(&SALT);
    for wrong in [
        Value::Null,
        json!({}),
        number("00"),
        number("01"),
        number(&prime()),
        number(&format!("{}00", prime())),
        json!({ "Salt": "", "PasswordVerifier": good["PasswordVerifier"] }),
        json!({ "Salt": good["Salt"], "PasswordVerifier": "!" }),
    ] {
        let mut input = of(&tokens, &device);
        merge(&mut input, json!({ "DeviceSecretVerifierConfig": wrong }));
        let expected = "InvalidParameterException: Invalid device secret verifier given.";
        server.refuses("ConfirmDevice", input, expected).await;
    }
    world.confirm(&tokens, &device, &SALT).await;
}

#[tokio::test]
async fn a_device_that_is_not_remembered_is_asked_for_nothing() {
    let world = World::with(true).await;
    let server = &world.server;
    let tokens = server.sign_in(&world.client, "alice").await;
    let device = Device::new(&tokens["NewDeviceMetadata"], "alice");
    assert!(world.confirm(&tokens, &device, &SALT).await);
    let answer = server
        .ok("InitiateAuth", world.password("alice", &device))
        .await;
    let result = &answer["AuthenticationResult"];
    assert_eq!(result.get("NewDeviceMetadata"), None);
    assert_eq!(
        claims(&result["AccessToken"])["device_key"],
        json!(device.key)
    );

    let mut remember = of(&tokens, &device);
    merge(
        &mut remember,
        json!({ "DeviceRememberedStatus": "remembered" }),
    );
    server.ok("UpdateDeviceStatus", remember).await;
    let challenge = world.challenge("alice", &device).await;
    // Taken back in between: the proof is worth nothing any more.
    let forget = json!({ "UserPoolId": world.pool, "Username": "alice", "DeviceKey": device.key, "DeviceRememberedStatus": "not_remembered" });
    server.ok("AdminUpdateDeviceStatus", forget).await;
    world
        .refuses(world.answer(&challenge, &device), NO_DEVICE)
        .await;
}

#[tokio::test]
async fn refreshing_needs_the_device_and_ends_with_it() {
    let world = World::start().await;
    let server = &world.server;
    let (tokens, device) = world.device("alice").await;
    let refresh = |key: Option<&str>| {
        let mut request = with_refresh_token(&world.client, &tokens["RefreshToken"]);
        request["AuthParameters"]["DEVICE_KEY"] = json!(key);
        if key.is_none() {
            request = with_refresh_token(&world.client, &tokens["RefreshToken"]);
        }
        request
    };
    let invalid = "NotAuthorizedException: Invalid Refresh Token.";
    let (_, other) = world.device("alice").await;
    for wrong in [None, Some(other.key.as_str())] {
        server
            .refuses("InitiateAuth", refresh(wrong), invalid)
            .await;
    }
    let answer = server.ok("InitiateAuth", refresh(Some(&device.key))).await;
    let access = &answer["AuthenticationResult"]["AccessToken"];
    assert_eq!(claims(access)["device_key"], json!(device.key));
    let by_hand = json!({ "ClientId": world.client, "RefreshToken": tokens["RefreshToken"] });
    server
        .refuses("GetTokensFromRefreshToken", by_hand.clone(), invalid)
        .await;
    let mut with_key = by_hand;
    merge(&mut with_key, json!({ "DeviceKey": device.key }));
    server.ok("GetTokensFromRefreshToken", with_key).await;

    server.ok("ForgetDevice", of(&tokens, &device)).await;
    let revoked = "NotAuthorizedException: Refresh Token has been revoked";
    server
        .refuses("InitiateAuth", refresh(Some(&device.key)), revoked)
        .await;
    server
        .refuses("InitiateAuth", world.password("alice", &device), NO_DEVICE)
        .await;
    world.sign_in("alice", &other).await;
}

#[tokio::test]
async fn refreshing_begins_when_the_device_is_confirmed() {
    let world = World::start().await;
    let server = &world.server;
    let sign_in = with_password(&world.client, "alice", PASSWORD);
    let tokens = server.ok("InitiateAuth", sign_in).await["AuthenticationResult"].clone();
    let key = tokens["NewDeviceMetadata"]["DeviceKey"].clone();
    let invalid = "NotAuthorizedException: Invalid Refresh Token.";
    let mut refresh = with_refresh_token(&world.client, &tokens["RefreshToken"]);
    refresh["AuthParameters"]["DEVICE_KEY"] = key.clone();
    server.refuses("InitiateAuth", refresh, invalid).await;
    let by_hand = json!({ "ClientId": world.client, "RefreshToken": tokens["RefreshToken"], "DeviceKey": key });
    server
        .refuses("GetTokensFromRefreshToken", by_hand, invalid)
        .await;
    // The token endpoint cannot be told a device at all.
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", world.client.as_str()),
        ("refresh_token", tokens["RefreshToken"].as_str().unwrap()),
    ];
    assert_eq!(
        server.token_endpoint(None, &form).await.1,
        json!({ "error": "invalid_grant" })
    );
}

#[tokio::test]
async fn devices_are_listed_page_by_page_to_their_user() {
    let world = World::start().await;
    let server = &world.server;
    let mut made = Vec::new();
    let mut last = Value::Null;
    for _ in 0..3 {
        let (tokens, device) = world.device("alice").await;
        server.advance(std::time::Duration::from_secs(1));
        made.push(device.key);
        last = tokens;
    }
    let list = |token: &Value| {
        let mut input = json!({ "AccessToken": last["AccessToken"], "Limit": 2 });
        if !token.is_null() {
            input["PaginationToken"] = token.clone();
        }
        input
    };
    let first = server.ok("ListDevices", list(&Value::Null)).await;
    assert_eq!(each(&first["Devices"], "DeviceKey"), made[..2]);
    let second = server
        .ok("ListDevices", list(&first["PaginationToken"]))
        .await;
    assert_eq!(each(&second["Devices"], "DeviceKey"), made[2..]);
    assert_eq!(second.get("PaginationToken"), None);
    let admin = json!({ "UserPoolId": world.pool, "Username": "alice" });
    let all = server.ok("AdminListDevices", admin).await;
    assert_eq!(each(&all["Devices"], "DeviceKey"), made);
    let nobody = json!({ "UserPoolId": world.pool, "Username": "nobody" });
    let unknown = "ResourceNotFoundException: User does not exist.";
    server.refuses("AdminListDevices", nobody, unknown).await;
}

#[tokio::test]
async fn a_pool_that_does_not_track_devices_knows_none() {
    let server = Server::start().await;
    let world = server.world().await;
    let tokens = world.tokens().await;
    assert_eq!(tokens.get("NewDeviceMetadata"), None);
    assert_eq!(claims(&tokens["AccessToken"]).get("device_key"), None);
    let off = "InvalidParameterException: Device tracking is not enabled for the user pool.";
    let list = json!({ "AccessToken": tokens["AccessToken"] });
    server.refuses("ListDevices", list, off).await;
    let list = json!({ "UserPoolId": world.pool, "Username": "alice" });
    server.refuses("AdminListDevices", list, off).await;
    let mut request = with_password(&world.client, "alice", PASSWORD);
    request["AuthParameters"]["DEVICE_KEY"] =
        json!("us-east-1_01234567-89ab-cdef-0123-456789abcdef");
    server.refuses("InitiateAuth", request, NO_DEVICE).await;
    drop(text(&tokens["AccessToken"]));
}
