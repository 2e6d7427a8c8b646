//! The look of pages: style sheet and logo of the classic hosted UI, styles of managed login.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::support::{Server, World, keys, merge};

const CSS: &str = ".submitButton-customizable:hover { background-color: #c00; }";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\nand the rest";
const NO_ID: &str = "0a1b2c3d-0000-4000-8000-000000000000";

async fn with_domain(server: &Server) -> World<'_> {
    let world = server.world().await;
    server
        .ok(
            "CreateUserPoolDomain",
            json!({ "UserPoolId": world.pool, "Domain": "my-app" }),
        )
        .await;
    world
}

async fn look(world: &World<'_>, client: Option<&str>) -> Value {
    let input = json!({ "UserPoolId": world.pool, "ClientId": client });
    let answer = world.server.ok("GetUICustomization", input).await;
    answer["UICustomization"].clone()
}

async fn get(server: &Server, url: &str) -> (StatusCode, Vec<u8>, String) {
    let path = url.strip_prefix("http://localhost:9339").unwrap();
    let request = Request::get(path).body(Body::empty()).unwrap();
    let reply = server.send(request).await;
    let kind = reply.headers.get("content-type");
    let kind = kind.map_or("", |kind| kind.to_str().unwrap()).to_owned();
    (reply.status, reply.body, kind)
}

#[tokio::test]
async fn a_client_has_its_own_look_or_that_of_all_clients_or_none() {
    let server = Server::start().await;
    let world = with_domain(&server).await;
    assert_eq!(look(&world, None).await, json!({}));
    assert_eq!(look(&world, Some(&world.client)).await, json!({}));

    let set = server
        .ok(
            "SetUICustomization",
            json!({ "UserPoolId": world.pool, "ClientId": "ALL", "CSS": CSS }),
        )
        .await;
    assert_eq!(
        set["UICustomization"],
        json!({
            "UserPoolId": world.pool,
            "ClientId": "ALL",
            "CSS": CSS,
            "CSSVersion": "20260101000000",
            "LastModifiedDate": 1_767_225_600,
            "CreationDate": 1_767_225_600,
        })
    );
    assert_eq!(
        look(&world, Some(&world.client)).await,
        set["UICustomization"]
    );

    let own = json!({ "UserPoolId": world.pool, "ClientId": world.client, "ImageFile": STANDARD.encode(PNG) });
    server.ok("SetUICustomization", own).await;
    let own = look(&world, Some(&world.client)).await;
    assert_eq!(own["ClientId"], world.client.as_str());
    assert_eq!(own["CSS"], Value::Null);
    assert_eq!(look(&world, None).await, set["UICustomization"]);
}

#[tokio::test]
async fn a_logo_is_served_where_its_url_says() {
    let server = Server::start().await;
    let world = with_domain(&server).await;
    let input = json!({ "UserPoolId": world.pool, "ImageFile": STANDARD.encode(PNG) });
    let set = server.ok("SetUICustomization", input).await;
    let url = set["UICustomization"]["ImageUrl"].as_str().unwrap();
    let (status, body, kind) = get(&server, url).await;
    assert_eq!(
        (status, body.as_slice(), kind.as_str()),
        (StatusCode::OK, PNG, "image/png")
    );
    let (status, ..) = get(&server, &url.replace("/ALL", &format!("/{}", world.client))).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn looks_that_cannot_be_shown_are_refused() {
    let server = Server::start().await;
    let world = server.world().await;
    let look = |more: Value| {
        let mut input = json!({ "UserPoolId": world.pool });
        merge(&mut input, more);
        input
    };
    assert_eq!(
        server
            .refused("SetUICustomization", look(json!({ "CSS": CSS })))
            .await,
        "InvalidParameterException: There has to be an existing domain associated with this user pool"
    );
    server
        .ok("CreateUserPoolDomain", look(json!({ "Domain": "my-app" })))
        .await;
    for (more, refusal) in [
        (
            json!({ "CSS": "@import url(x.css);" }),
            "InvalidParameterException: The CSS cannot contain @import statements.",
        ),
        (
            json!({ "CSS": "body { color: red }" }),
            "InvalidParameterException: The CSS contains a class that cannot be customized: body",
        ),
        (
            json!({ "CSS": "{" }),
            "InvalidParameterException: The CSS is not valid.",
        ),
        (
            json!({ "ImageFile": STANDARD.encode("<svg/>") }),
            "InvalidParameterException: The image must be a PNG or JPEG file of at most 100 KB.",
        ),
        (
            json!({ "ClientId": "unknown", "CSS": CSS }),
            "ResourceNotFoundException: User pool client unknown does not exist.",
        ),
    ] {
        assert_eq!(
            server.refused("SetUICustomization", look(more)).await,
            refusal
        );
    }
    assert_eq!(
        server
            .refused("GetUICustomization", look(json!({ "ClientId": "unknown" })))
            .await,
        "ResourceNotFoundException: User pool client unknown does not exist."
    );
}

fn logo(mode: &str, bytes: &str) -> Value {
    json!({ "Category": "FORM_LOGO", "ColorMode": mode, "Extension": "PNG", "Bytes": STANDARD.encode(bytes) })
}

#[tokio::test]
async fn a_style_is_made_described_changed_and_deleted() {
    let server = Server::start().await;
    let world = server.world().await;
    let made = server
        .ok(
            "CreateManagedLoginBranding",
            json!({
                "UserPoolId": world.pool,
                "ClientId": world.client,
                "Settings": { "components": { "form": { "lightMode": { "backgroundColor": "ffffffff" } } } },
                "Assets": [logo("LIGHT", "light"), logo("DARK", "dark")],
            }),
        )
        .await["ManagedLoginBranding"]
        .clone();
    assert_eq!(
        keys(&made),
        [
            "Assets",
            "CreationDate",
            "LastModifiedDate",
            "ManagedLoginBrandingId",
            "Settings",
            "UseCognitoProvidedValues",
            "UserPoolId"
        ]
    );
    assert_eq!(made["UseCognitoProvidedValues"], false);
    let by_id = json!({ "UserPoolId": world.pool, "ManagedLoginBrandingId": made["ManagedLoginBrandingId"] });
    let described = server
        .ok("DescribeManagedLoginBranding", by_id.clone())
        .await;
    assert_eq!(described["ManagedLoginBranding"], made);
    let by_client = json!({ "UserPoolId": world.pool, "ClientId": world.client });
    let described = server
        .ok("DescribeManagedLoginBrandingByClient", by_client.clone())
        .await;
    assert_eq!(described["ManagedLoginBranding"], made);

    let mut change = by_id.clone();
    merge(
        &mut change,
        json!({
            "Settings": { "components": { "form": { "darkMode": {} } } },
            "Assets": [logo("DARK", "darker")],
        }),
    );
    let changed =
        server.ok("UpdateManagedLoginBranding", change).await["ManagedLoginBranding"].clone();
    assert_eq!(
        changed["Settings"],
        json!({ "components": { "form": { "lightMode": { "backgroundColor": "ffffffff" }, "darkMode": {} } } })
    );
    let images = changed["Assets"].as_array().unwrap();
    assert_eq!(images.len(), 2);
    assert_eq!(images[0], made["Assets"][0]);
    assert_eq!(images[1]["Bytes"], STANDARD.encode("darker"));
    assert_eq!(images[1]["ResourceId"], made["Assets"][1]["ResourceId"]);

    let mut plain = by_id.clone();
    merge(&mut plain, json!({ "UseCognitoProvidedValues": true }));
    let plain =
        server.ok("UpdateManagedLoginBranding", plain).await["ManagedLoginBranding"].clone();
    assert_eq!(plain["UseCognitoProvidedValues"], true);
    assert_eq!(
        (&plain["Settings"], &plain["Assets"]),
        (&Value::Null, &Value::Null)
    );

    server.ok("DeleteManagedLoginBranding", by_id.clone()).await;
    let id = made["ManagedLoginBrandingId"].as_str().unwrap();
    assert_eq!(
        server.refused("DescribeManagedLoginBranding", by_id).await,
        format!("ResourceNotFoundException: Managed login branding {id} does not exist.")
    );
    assert_eq!(
        server
            .refused("DescribeManagedLoginBrandingByClient", by_client)
            .await,
        format!(
            "ResourceNotFoundException: No managed login branding style exists for the client {}.",
            world.client
        )
    );
}

#[tokio::test]
async fn the_services_own_values_take_images() {
    let server = Server::start().await;
    let world = server.world().await;
    let made = server
        .ok(
            "CreateManagedLoginBranding",
            json!({
                "UserPoolId": world.pool,
                "ClientId": world.client,
                "UseCognitoProvidedValues": true,
                "Assets": [logo("LIGHT", "light")],
            }),
        )
        .await["ManagedLoginBranding"]
        .clone();
    assert_eq!(made["UseCognitoProvidedValues"], true);
    assert_eq!(made["Assets"][0]["Bytes"], STANDARD.encode("light"));
    // An image for another colour mode stands beside the one that was there.
    let more = json!({
        "UserPoolId": world.pool,
        "ManagedLoginBrandingId": made["ManagedLoginBrandingId"],
        "UseCognitoProvidedValues": true,
        "Assets": [logo("DARK", "dark")],
    });
    let changed = server.ok("UpdateManagedLoginBranding", more).await;
    let images = &changed["ManagedLoginBranding"]["Assets"];
    assert_eq!(images[0], made["Assets"][0]);
    assert_eq!(images[1]["Bytes"], STANDARD.encode("dark"));
}

#[tokio::test]
async fn merged_resources_have_settings_whatever_the_style_says() {
    let server = Server::start().await;
    let world = server.world().await;
    let made = server
        .ok(
            "CreateManagedLoginBranding",
            json!({ "UserPoolId": world.pool, "ClientId": world.client, "UseCognitoProvidedValues": true }),
        )
        .await["ManagedLoginBranding"]
        .clone();
    let by_id = json!({ "UserPoolId": world.pool, "ManagedLoginBrandingId": made["ManagedLoginBrandingId"] });
    let by_client = json!({ "UserPoolId": world.pool, "ClientId": world.client });
    for (operation, input) in [
        ("DescribeManagedLoginBranding", by_id.clone()),
        ("DescribeManagedLoginBrandingByClient", by_client),
    ] {
        let plain = server.ok(operation, input.clone()).await["ManagedLoginBranding"].clone();
        assert_eq!(plain.get("Settings"), None, "{operation}");
        let mut merged = input;
        merge(&mut merged, json!({ "ReturnMergedResources": true }));
        let merged = server.ok(operation, merged).await["ManagedLoginBranding"].clone();
        assert_eq!(
            merged["Settings"]["categories"]["global"]["colorSchemeMode"],
            "LIGHT"
        );
    }
    // The style's own settings come first.
    let mut change = by_id.clone();
    merge(
        &mut change,
        json!({ "Settings": { "categories": { "global": { "colorSchemeMode": "DARK" } } } }),
    );
    server.ok("UpdateManagedLoginBranding", change).await;
    let mut merged = by_id;
    merge(&mut merged, json!({ "ReturnMergedResources": true }));
    let merged = server.ok("DescribeManagedLoginBranding", merged).await;
    let global = &merged["ManagedLoginBranding"]["Settings"]["categories"]["global"];
    assert_eq!(global["colorSchemeMode"], "DARK");
    assert_eq!(global["spacingDensity"], "REGULAR");
}

#[tokio::test]
async fn styles_that_do_not_hold_together_are_refused() {
    let server = Server::start().await;
    let world = server.world().await;
    let style = |more: Value| {
        let mut input = json!({ "UserPoolId": world.pool, "ClientId": world.client });
        merge(&mut input, more);
        input
    };
    let both =
        "InvalidParameterException: Settings cannot be set when UseCognitoProvidedValues is true.";
    let neither = "InvalidParameterException: Either UseCognitoProvidedValues must be true, or Settings or Assets must be set.";
    for (more, refusal) in [
        (
            json!({ "UseCognitoProvidedValues": true, "Settings": {} }),
            both,
        ),
        (json!({}), neither),
        (json!({ "UseCognitoProvidedValues": false }), neither),
        (
            json!({ "Settings": ["a list"] }),
            "InvalidParameterException: Settings must be a JSON object.",
        ),
        (
            json!({ "Assets": [logo("DARK", "x"), logo("DARK", "y")] }),
            "InvalidParameterException: Assets contains more than one FORM_LOGO image for the color mode DARK.",
        ),
        (
            json!({ "Assets": [{ "Category": "FORM_LOGO", "ColorMode": "DARK", "Extension": "PNG" }] }),
            "InvalidParameterException: The FORM_LOGO asset has no image.",
        ),
        (
            json!({ "ClientId": "unknown", "UseCognitoProvidedValues": true }),
            "ResourceNotFoundException: User pool client unknown does not exist.",
        ),
    ] {
        let refused = server
            .refused("CreateManagedLoginBranding", style(more))
            .await;
        assert_eq!(refused, refusal);
    }
    let plain = json!({ "UseCognitoProvidedValues": true });
    server
        .ok("CreateManagedLoginBranding", style(plain.clone()))
        .await;
    assert_eq!(
        server
            .refused("CreateManagedLoginBranding", style(plain))
            .await,
        format!(
            "ManagedLoginBrandingExistsException: A managed login branding style already exists for the client {}.",
            world.client
        )
    );
    let missing =
        format!("ResourceNotFoundException: Managed login branding {NO_ID} does not exist.");
    for operation in ["UpdateManagedLoginBranding", "DeleteManagedLoginBranding"] {
        let input = json!({ "UserPoolId": world.pool, "ManagedLoginBrandingId": NO_ID });
        assert_eq!(server.refused(operation, input).await, missing);
    }
    assert_eq!(
        server
            .refused(
                "UpdateManagedLoginBranding",
                json!({ "UserPoolId": world.pool })
            )
            .await,
        "InvalidParameterException: Missing required parameter ManagedLoginBrandingId"
    );
}

#[tokio::test]
async fn a_client_takes_its_looks_with_it() {
    let server = Server::start().await;
    let world = with_domain(&server).await;
    let client = json!({ "UserPoolId": world.pool, "ClientId": world.client });
    let mut look = client.clone();
    merge(&mut look, json!({ "CSS": CSS }));
    server.ok("SetUICustomization", look).await;
    let mut style = client.clone();
    merge(&mut style, json!({ "UseCognitoProvidedValues": true }));
    let made = server.ok("CreateManagedLoginBranding", style).await;
    server.ok("DeleteUserPoolClient", client).await;
    let id = &made["ManagedLoginBranding"]["ManagedLoginBrandingId"];
    let by_id = json!({ "UserPoolId": world.pool, "ManagedLoginBrandingId": id });
    let refused = server.refused("DescribeManagedLoginBranding", by_id).await;
    assert!(
        refused.starts_with("ResourceNotFoundException"),
        "{refused}"
    );
}

#[tokio::test]
async fn a_pool_has_at_most_twenty_styles() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    for number in 0..=20 {
        let client = server.client_id(&pool, json!({})).await;
        let style =
            json!({ "UserPoolId": pool, "ClientId": client, "UseCognitoProvidedValues": true });
        if number < 20 {
            server.ok("CreateManagedLoginBranding", style).await;
        } else {
            server
                .refuses_as("CreateManagedLoginBranding", style, "BrandingTooMany")
                .await;
        }
    }
}
