//! Where an API is: at its host it is alone, by its path it stands behind the guard of hosts.

use serde_json::json;

use super::{call, echo, gateway, get, says};

const APIS: &str = "
Apis:
  - Name: orders
    Type: REST
    Routes: [{ Route: 'ANY /{proxy+}', Target: 'TARGET' }]
  - Name: shop
    Type: HTTP
    Routes: [{ Route: $default, Target: 'TARGET' }]
";

#[tokio::test]
async fn an_api_is_at_its_host_and_below_its_path() {
    let server = gateway(APIS, &echo().await).await;
    for host in [
        "orders.execute-api.localhost:9339",
        "orders.execute-api.localhost",
        "ORDERS.Execute-API.localhost.:9339",
    ] {
        let reply = get(&server, host, "/prod/a/b?c=d").await;
        assert_eq!(reply.json()["uri"], "/a/b?c=d", "{host}");
    }
    let reply = get(
        &server,
        "localhost:9339",
        "/_mocknito/apis/orders/prod/a%2Fb?c=d",
    )
    .await;
    assert_eq!(reply.json()["uri"], "/a%2Fb?c=d");
    for path in ["/_mocknito/apis/shop", "/_mocknito/apis/shop/"] {
        assert_eq!(get(&server, "localhost", path).await.json()["uri"], "/");
    }
    for path in [
        "/_mocknito/apis/nobody/prod/a",
        "/_mocknito/apis/%6frders/prod/a",
    ] {
        assert_eq!(get(&server, "localhost", path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn its_host_serves_the_api_and_nothing_else() {
    let server = gateway(APIS, &echo().await).await;
    let host = "shop.execute-api.localhost:9339";
    // What opens the server elsewhere is a path of the API's here.
    for path in [
        "/_mocknito/inbox",
        "/_mocknito/health",
        "/_mocknito/apis/orders/prod/x",
        "/login",
        "/us-east-1_Shop00001/.well-known/jwks.json",
    ] {
        assert_eq!(get(&server, host, path).await.json()["uri"], *path);
    }
    // So is an operation of Cognito.
    let target = (
        "x-amz-target",
        "AWSCognitoIdentityProviderService.ListUserPools",
    );
    let reply = call(&server, "POST", host, "/", &[target], r#"{"MaxResults":1}"#).await;
    assert_eq!(reply.json()["body"], r#"{"MaxResults":1}"#);
    let orders = "orders.execute-api.localhost";
    says(
        &get(&server, orders, "/_mocknito/inbox").await,
        403,
        "Forbidden",
    );
    // A host of the form that no API has is nothing, too.
    let nobody = "nobody.execute-api.localhost";
    says(
        &get(&server, nobody, "/_mocknito/inbox").await,
        403,
        "Forbidden",
    );
}

#[tokio::test]
async fn a_strangers_name_leads_to_no_api() {
    let server = gateway(APIS, &echo().await).await;
    for host in ["evil.example", "orders.execute-api.localhost.evil.example"] {
        let reply = get(&server, host, "/_mocknito/apis/shop/x").await;
        assert_eq!(reply.status, 403, "{host}");
        assert_eq!(reply.json()["error"], "forbidden_host");
    }
    // An app's page may call by the path, from whatever origin; the list of APIs is no page's.
    let page = [("origin", "https://app.example.com")];
    let reply = call(
        &server,
        "GET",
        "localhost",
        "/_mocknito/apis/shop/x",
        &page,
        "",
    )
    .await;
    assert_eq!(reply.status, 200);
    assert!(!reply.headers.contains_key("access-control-allow-origin"));
    let reply = call(&server, "GET", "localhost", "/_mocknito/apis", &page, "").await;
    assert_eq!(reply.status, 403);
}

#[tokio::test]
async fn the_apis_are_listed_with_their_addresses_and_outlive_a_reset() {
    let server = gateway(APIS, "http://localhost:3000").await;
    let listed = server.own("GET", "apis", json!(null)).await;
    let orders = &listed.1["apis"][0];
    assert_eq!(
        orders["url"],
        "http://orders.execute-api.localhost:9339/prod"
    );
    assert_eq!(
        orders["path_url"],
        "http://localhost:9339/_mocknito/apis/orders/prod"
    );
    assert_eq!(orders["routes"][0]["target"], "http://localhost:3000");
    assert_eq!(
        listed.1["apis"][1]["url"],
        "http://shop.execute-api.localhost:9339"
    );
    let (status, _) = server.own("POST", "reset", json!(null)).await;
    assert_eq!(status, 200);
    assert_eq!(server.own("GET", "apis", json!(null)).await, listed);
}
