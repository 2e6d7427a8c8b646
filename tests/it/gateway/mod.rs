//! APIs of fixtures: which requests reach a target, as what, and what becomes of the answer.
//! What authorizers look at is tested elsewhere; here somebody signs in and calls.

mod alb;
mod answers;
mod appsync;
mod cors;
mod events;
mod hosts;
mod proxy;
mod routing;

use axum::Json;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, Method};
use mocknito::triggers::{Functions, Setup};
use serde_json::{Map, Value, json};

use crate::functions::serve;
use crate::support::{Reply, Server, text};

pub const CLIENT: &str = "shopclient0000000000000001";

/// The user pool of all these tests, and Ada in it.
const USER_POOLS: &str = "
UserPools:
  - UserPoolId: us-east-1_Shop00001
    PoolName: shop
    ResourceServers:
      - { Identifier: orders, Name: orders, Scopes: [{ ScopeName: read, ScopeDescription: read }] }
    Clients:
      - ClientId: shopclient0000000000000001
        ClientName: web
        ExplicitAuthFlows: [ALLOW_USER_PASSWORD_AUTH]
    Groups: [{ GroupName: admins }, { GroupName: buyers }]
    Users:
      - Username: ada
        Sub: 11111111-1111-4111-8111-111111111111
        Password: Passw0rd!
        Groups: [admins, buyers]
        UserAttributes: { email: ada@example.com, email_verified: true }
";

/// A server with these APIs and that user pool.
pub async fn gateway(apis: &str, target: &str) -> Server {
    serving(&format!("{USER_POOLS}\n{apis}"), target).await
}

/// A server with this fixture, `TARGET` in it being an address, and functions as the file says.
pub async fn serving(fixture: &str, target: &str) -> Server {
    Server::with_fixture(&fixture.replace("TARGET", target), |rules| {
        Functions::new(Setup {
            rules,
            ..Setup::default()
        })
        .unwrap()
    })
    .await
}

/// A target that answers with what it was asked.
pub async fn echo() -> String {
    let router = Router::new().fallback(echoed);
    serve(router).await.0
}

async fn echoed(request: Request) -> Json<Value> {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    Json(json!({
        "method": parts.method.as_str(),
        "uri": parts.uri.to_string(),
        "headers": headers(&parts.headers),
        "body": String::from_utf8_lossy(&body),
    }))
}

fn headers(headers: &HeaderMap) -> Value {
    let mut map = Map::new();
    for name in headers.keys() {
        let all = headers.get_all(name).iter();
        let all: Vec<_> = all
            .map(|value| String::from_utf8_lossy(value.as_bytes()))
            .collect();
        map.insert(name.to_string(), all.join(" | ").into());
    }
    Value::Object(map)
}

/// A function at a URL that answers with its event as a body.
pub async fn told() -> String {
    let handler = async |Json(event): Json<Value>| {
        Json(json!({ "statusCode": 200, "body": event.to_string() }))
    };
    serve(Router::new().fallback(handler)).await.0
}

pub async fn get(server: &Server, host: &str, path: &str) -> Reply {
    call(server, "GET", host, path, &[], "").await
}

pub async fn call(
    server: &Server,
    method: &str,
    host: &str,
    path: &str,
    more: &[(&str, &str)],
    body: &str,
) -> Reply {
    let method: Method = method.parse().unwrap();
    let headers = [&[("host", host)][..], more].concat();
    server.ask(method, path, &headers, body).await
}

/// Ada's tokens.
pub async fn tokens(server: &Server) -> Value {
    let answer = server
        .ok(
            "InitiateAuth",
            json!({
                "AuthFlow": "USER_PASSWORD_AUTH",
                "ClientId": CLIENT,
                "AuthParameters": { "USERNAME": "ada", "PASSWORD": "Passw0rd!" },
            }),
        )
        .await;
    answer["AuthenticationResult"].clone()
}

pub async fn id_token(server: &Server) -> String {
    text(&tokens(server).await["IdToken"])
}

pub fn says(reply: &Reply, status: u16, message: &str) {
    assert_eq!(
        reply.status.as_u16(),
        status,
        "{}",
        String::from_utf8_lossy(&reply.body)
    );
    assert_eq!(reply.json(), json!({ "message": message }));
}

/// A request with a body that is no text.
pub fn request(method: &str, host: &str, path: &str, body: Body) -> axum::http::Request<Body> {
    let request = axum::http::Request::builder().method(method).uri(path);
    request.header("host", host).body(body).unwrap()
}
