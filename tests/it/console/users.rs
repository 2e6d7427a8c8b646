//! The pages about users and pools, and the JSON about one user: to whom they are given, and that
//! it ends what it says.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

use super::{BROWSER, get};
use crate::pages::Place;
use crate::support::totp::App;
use crate::support::{Server, text};

const PAGES: [&str; 3] = [
    "/_mocknito/users",
    "/_mocknito/pool",
    "/_mocknito/identity-pools",
];

#[tokio::test]
async fn pages_are_given_to_this_machine_with_their_scripts() {
    let server = Server::start().await;
    for path in PAGES {
        let page = get(&server, path, Some(BROWSER)).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"));
        let html = String::from_utf8(page.body).unwrap();
        let script = html.split('"').find(|part| part.ends_with(".js")).unwrap();
        let loaded = get(&server, script, None).await;
        assert_eq!(loaded.status, StatusCode::OK, "{path}: {script}");
        for (name, value) in [("host", "evil.example"), ("origin", "https://evil.example")] {
            let request = Request::get(path)
                .header("accept", BROWSER)
                .header(name, value);
            let refused = server.send(request.body(Body::empty()).unwrap()).await;
            assert_eq!(refused.status, StatusCode::FORBIDDEN, "{path} {name}");
        }
    }
}

#[tokio::test]
async fn scripts_load_the_consoles_own_and_write_no_markup() {
    let server = Server::start().await;
    for name in [
        "actions",
        "identity",
        "pool",
        "pool_lists",
        "user",
        "user_access",
        "user_state",
        "user_tokens",
        "users",
    ] {
        let path = format!("/_mocknito/console/{name}.js");
        let script = get(&server, &path, None).await;
        assert_eq!(script.status, StatusCode::OK, "{name}");
        let script = String::from_utf8(script.body).unwrap();
        for hazard in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "eval(",
            "document.write",
        ] {
            assert!(!script.contains(hazard), "{name}: {hazard}");
        }
        for import in script.split(" from \"").skip(1) {
            let file = import.split('"').next().unwrap().trim_start_matches("./");
            let found = get(&server, &format!("/_mocknito/console/{file}"), None).await;
            assert_eq!(found.status, StatusCode::OK, "{name} imports {file}");
        }
    }
}

/// A pool whose users may have apps, with alice and a client for the API.
struct Home {
    place: Place,
    client: String,
}

impl Home {
    async fn new() -> Self {
        let place = Place::with_alice(json!({})).await;
        let input = json!({
            "UserPoolId": place.pool, "MfaConfiguration": "OPTIONAL",
            "SoftwareTokenMfaConfiguration": { "Enabled": true },
        });
        place.server.ok("SetUserPoolMfaConfig", input).await;
        let client = place.server.client(&place.pool, json!({})).await;
        let client = text(&client["ClientId"]);
        Self { place, client }
    }

    fn address(&self, more: &str, name: &str) -> String {
        let pool = &self.place.pool;
        format!("/_mocknito/user{more}?user_pool_id={pool}&username={name}")
    }

    async fn look(&self, name: &str) -> Value {
        let (status, document) = self.own("GET", &self.address("", name)).await;
        assert_eq!(status, 200, "{document}");
        document
    }

    async fn own(&self, method: &str, path: &str) -> (u16, Value) {
        let path = path.trim_start_matches("/_mocknito/");
        self.place.server.own(method, path, Value::Null).await
    }
}

#[tokio::test]
async fn a_user_is_shown_with_the_apps_code() {
    let home = Home::new().await;
    let server = &home.place.server;
    let before = home.look("alice").await;
    assert_eq!(before["software_token"], Value::Null);
    assert_eq!(
        (&before["has_password"], &before["username"]),
        (&json!(true), &json!("alice"))
    );
    let tokens = server.sign_in(&home.client, "alice").await;
    let access = &tokens["AccessToken"];
    let input = json!({ "AccessToken": access });
    let drawn = server.ok("AssociateSoftwareToken", input).await;
    assert_eq!(
        home.look("alice").await["software_token"],
        Value::Null,
        "not verified yet"
    );
    let app = App::new(&drawn["SecretCode"]);
    let input = json!({
        "AccessToken": access, "UserCode": app.code(0), "FriendlyDeviceName": "<b>phone</b>",
    });
    server.ok("VerifySoftwareToken", input).await;
    let found = home.look("alice").await;
    // That of now was used up by the set-up.
    let shown = json!({ "name": "<b>phone</b>", "code": app.code(1) });
    assert_eq!(found["software_token"], shown);
    let whole = found.to_string();
    for secret in [
        text(&drawn["SecretCode"]),
        text(access),
        text(&tokens["RefreshToken"]),
    ] {
        assert!(!whole.contains(&secret));
    }
    // By an alias as well, and with the risk that was set.
    let risk = json!({ "user_pool_id": home.place.pool, "username": "alice", "level": "High" });
    server.own("POST", "risk", risk).await;
    let by_sub = home.look(&text(&found["sub"])).await;
    assert_eq!(
        (&by_sub["username"], &by_sub["risk"]),
        (&json!("alice"), &json!("High"))
    );
}

#[tokio::test]
async fn a_sign_in_is_ended_by_itself_and_only_its_users() {
    let home = Home::new().await;
    let (server, place) = (&home.place.server, &home.place);
    server.user(&place.pool, "bob", &[]).await;
    let one = server.sign_in(&home.client, "alice").await;
    let other = server.sign_in(&home.client, "alice").await;
    let browser = place.browser();
    let page = browser.get(&place.at("/login")).await;
    let fields = [
        ("username", "alice"),
        ("password", crate::support::PASSWORD),
    ];
    browser
        .submit(&page, &place.at("/login"), &fields)
        .await
        .code();
    let sessions = home.look("alice").await["sessions"].clone();
    let kinds: Vec<&str> = each(&sessions, "kind");
    assert_eq!(kinds, ["tokens", "tokens", "browser"], "{sessions}");
    assert_eq!(home.look("bob").await["sessions"], json!([]));

    let origin = text(&crate::support::claims(&one["AccessToken"])["origin_jti"]);
    let ended = format!("/sessions/{origin}");
    for (who, id) in [("bob", &*ended), ("alice", "/sessions/nothing")] {
        let (status, refused) = home.own("DELETE", &home.address(id, who)).await;
        assert_eq!(
            (status, &refused["error"]),
            (404, &json!("ResourceNotFoundException")),
            "{who}"
        );
    }
    let (status, _) = home.own("DELETE", &home.address(&ended, "alice")).await;
    assert_eq!(status, 200);
    let get_user = |tokens: &Value| json!({ "AccessToken": tokens["AccessToken"] });
    server
        .refuses_as("GetUser", get_user(&one), "AccessTokenRevoked")
        .await;
    server.ok("GetUser", get_user(&other)).await;

    let browsers = text(&sessions[2]["id"]);
    let path = home.address(&format!("/sessions/{browsers}"), "alice");
    assert_eq!(home.own("DELETE", &path).await.0, 200);
    let again = browser.get(&place.at("/login")).await;
    assert!(again.has("sign-in-form"), "nobody is signed in any more");
    assert_eq!(
        each(&home.look("alice").await["sessions"], "kind"),
        ["tokens"]
    );
}

fn each<'v>(list: &'v Value, member: &str) -> Vec<&'v str> {
    let list = list.as_array().unwrap().iter();
    list.filter_map(|one| one[member].as_str()).collect()
}

#[tokio::test]
async fn what_is_not_there_or_not_asked_right_is_refused() {
    let home = Home::new().await;
    for (path, status, error) in [
        (home.address("", "nobody"), 404, "UserNotFoundException"),
        (
            "/_mocknito/user?user_pool_id=us-east-1_nothing&username=a".to_owned(),
            404,
            "ResourceNotFoundException",
        ),
        ("/_mocknito/user".to_owned(), 400, "invalid_request"),
        (
            home.address("", "alice") + "&more=1",
            400,
            "invalid_request",
        ),
    ] {
        let (is, refused) = home.own("GET", &path).await;
        assert_eq!((is, &refused["error"]), (status, &json!(error)), "{path}");
    }
    let passkey = home.address("/passkeys/none", "alice");
    let (status, refused) = home.own("DELETE", &passkey).await;
    assert_eq!(
        (status, &refused["message"]),
        (404, &json!("WebAuthn credential does not exist."))
    );
    // Nor by a page of somebody else's.
    let ways = [
        ("GET", home.address("", "alice")),
        ("DELETE", home.address("/sessions/a", "alice")),
        ("DELETE", passkey),
    ];
    for (method, path) in ways {
        for (name, value) in [("host", "evil.example"), ("origin", "https://evil.example")] {
            let request = Request::builder()
                .method(method)
                .uri(&path)
                .header(name, value);
            let request = request.body(Body::empty()).unwrap();
            let refused = home.place.server.send(request).await;
            assert_eq!(
                refused.status,
                StatusCode::FORBIDDEN,
                "{method} {path} {name}"
            );
        }
    }
}
