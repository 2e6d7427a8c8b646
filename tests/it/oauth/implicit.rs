//! The implicit grant: tokens in the fragment, and never a refresh token.

use std::time::Duration;

use serde_json::json;

use super::web::{CALLBACK, Web, get_with, parameter};
use crate::support::claims;

#[tokio::test]
async fn tokens_come_in_the_fragment_in_the_services_order() {
    let web = Web::start().await;
    let asked = json!({ "response_type": "token", "scope": "openid", "nonce": "n1" });
    let (location, _) = web.sign_in(asked).await;
    let fragment = location.strip_prefix(&format!("{CALLBACK}#")).unwrap();
    let names: Vec<String> = form_urlencoded::parse(fragment.as_bytes())
        .map(|(name, _)| name.into_owned())
        .collect();
    assert_eq!(
        names,
        [
            "id_token",
            "access_token",
            "expires_in",
            "token_type",
            "state"
        ]
    );
    let token = |name: &str| claims(&json!(parameter(&location, name).unwrap()));
    assert_eq!(token("id_token")["nonce"], "n1");
    assert!(token("id_token")["at_hash"].is_string());
    assert_eq!(token("access_token")["version"], 2);
    assert_eq!(parameter(&location, "expires_in").as_deref(), Some("3600"));
    assert_eq!(
        parameter(&location, "token_type").as_deref(),
        Some("Bearer")
    );

    let asked = json!({ "response_type": "token", "scope": "aws.cognito.signin.user.admin" });
    let (location, _) = web.sign_in(asked).await;
    assert_eq!(parameter(&location, "id_token"), None);
    let access = parameter(&location, "access_token").unwrap();
    web.server
        .ok("GetUser", json!({ "AccessToken": access }))
        .await;
    // The token ends with the user's sign-out, as every other.
    let alice = json!({ "UserPoolId": web.pool, "Username": "alice" });
    web.server.ok("AdminUserGlobalSignOut", alice).await;
    let refused = "NotAuthorizedException: Access Token has been revoked";
    web.server
        .refuses("GetUser", json!({ "AccessToken": access }), refused)
        .await;
}

#[tokio::test]
async fn an_access_token_lives_as_long_as_it_says() {
    let web = Web::start().await;
    let asked = json!({ "response_type": "token", "scope": "openid" });
    let (location, _) = web.sign_in(asked).await;
    let bearer = format!("Bearer {}", parameter(&location, "access_token").unwrap());
    let headers = [("authorization", bearer.as_str())];
    web.server.advance(Duration::from_secs(3_599));
    assert_eq!(
        get_with(&web.server, &headers, "/oauth2/userInfo")
            .await
            .status,
        200
    );
    web.server.advance(Duration::from_secs(1));
    assert_eq!(
        get_with(&web.server, &headers, "/oauth2/userInfo")
            .await
            .status,
        401
    );
}
