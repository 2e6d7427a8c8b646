//! What a pool's styles make of the pages.

use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Page, Place};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nlogo";

async fn domain(place: &Place, version: i64) {
    let input =
        json!({ "UserPoolId": place.pool, "Domain": "looks", "ManagedLoginVersion": version });
    place.server.ok("CreateUserPoolDomain", input).await;
}

/// The address of the sheet that the style adds.
fn sheet(page: &Page) -> Option<String> {
    let links = page.html.matches("<link rel=\"stylesheet\" href=\"");
    let second = page.html.split("<link rel=\"stylesheet\" href=\"").nth(2)?;
    assert_eq!(links.count(), 2);
    second.split('"').next().map(str::to_owned)
}

#[tokio::test]
async fn the_sheet_and_the_script_have_names_that_change_with_them_and_are_kept() {
    let place = Place::with_alice(json!({})).await;
    let page = place.browser().get(&place.at("/login")).await;
    assert_eq!(sheet(&page), None);
    let rest = page.html.split("<link rel=\"stylesheet\" href=\"").nth(1);
    let url = rest.unwrap().split('"').next().unwrap();
    let file = place.server.get(url).await;
    assert_eq!(file.status, StatusCode::OK);
    assert_eq!(file.headers["content-type"], "text/css; charset=utf-8");
    assert!(
        file.headers["cache-control"]
            .to_str()
            .unwrap()
            .contains("immutable")
    );
    let other = place
        .server
        .get("/_mocknito/pages/0000000000000000.css")
        .await;
    assert_eq!(other.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_classic_look_brings_its_css_and_logo() {
    let place = Place::with_alice(json!({})).await;
    domain(&place, 1).await;
    let css = ".submitButton-customizable { background-color: #bada55; } /* </style><script>alert(1)</script> */";
    let input = json!({
        "UserPoolId": place.pool, "CSS": css, "ImageFile": STANDARD.encode(PNG),
    });
    place.server.ok("SetUICustomization", input).await;
    let browser = place.browser();
    let page = browser.get(&place.at("/login")).await;
    assert!(
        !page.html.contains("bada55"),
        "a sheet of its own, so that it cannot leave it"
    );
    let url = sheet(&page).unwrap();
    let file = place.server.get(&url).await;
    assert_eq!(file.headers["content-type"], "text/css; charset=utf-8");
    assert_eq!(file.headers["x-content-type-options"], "nosniff");
    assert_eq!(String::from_utf8(file.body).unwrap(), css);
    for class in [
        "background-customizable",
        "banner-customizable",
        "inputField-customizable",
        "label-customizable",
        "logo-customizable",
        "submitButton-customizable",
        "textDescription-customizable",
    ] {
        assert!(page.html.contains(class), "{class}");
    }
    let logo = page
        .html
        .split("logo-customizable\" src=\"")
        .nth(1)
        .unwrap();
    let logo = logo.split('"').next().unwrap();
    let image = place.server.get(logo).await;
    assert_eq!((image.status, image.body.as_slice()), (StatusCode::OK, PNG));

    // A change is seen at once, though looks are kept in memory.
    let input = json!({ "UserPoolId": place.pool, "ClientId": place.client, "CSS": ".logo-customizable { width: 1px; }" });
    place.server.ok("SetUICustomization", input).await;
    let page = browser.get(&place.at("/login")).await;
    assert_eq!(
        page.html.matches("logo-customizable").count(),
        0,
        "this client has no logo"
    );
    let file = place.server.get(&sheet(&page).unwrap()).await;
    assert!(String::from_utf8(file.body).unwrap().contains("width: 1px"));
}

fn style(place: &Place, settings: Value, assets: Value) -> Value {
    json!({ "UserPoolId": place.pool, "ClientId": place.client, "Settings": settings, "Assets": assets })
}

#[tokio::test]
async fn a_managed_style_sets_colours_logo_and_what_is_shown() {
    let place = Place::with_alice(json!({})).await;
    domain(&place, 2).await;
    let svg = "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
    let input = style(
        &place,
        json!({
            "categories": {
                "global": { "colorSchemeMode": "DARK", "spacingDensity": "COMPACT", "pageHeader": { "enabled": true } },
                "auth": { "authMethodOrder": [[{ "display": "BUTTON", "type": "FEDERATED" }, { "display": "INPUT", "type": "USERNAME_PASSWORD" }]] },
            },
            "components": {
                "primaryButton": { "darkMode": { "defaults": { "backgroundColor": "bada55ff", "textColor": "</style>" } } },
                "form": { "logo": { "enabled": true, "location": "START" } },
            },
        }),
        json!([
            { "Category": "FORM_LOGO", "ColorMode": "DARK", "Extension": "SVG", "Bytes": STANDARD.encode(svg) },
            { "Category": "FORM_LOGO", "ColorMode": "LIGHT", "Extension": "PNG", "Bytes": STANDARD.encode(PNG) },
        ]),
    );
    place.server.ok("CreateManagedLoginBranding", input).await;
    let page = place.browser().get(&place.at("/login")).await;
    assert!(
        page.html
            .contains("data-scheme=\"dark\" data-density=\"compact\"")
    );
    assert!(page.html.contains("<header class=\"bar center\">"));
    let file = place.server.get(&sheet(&page).unwrap()).await;
    let css = String::from_utf8(file.body).unwrap();
    assert!(
        css.contains("--button: light-dark(#1d5fc4, #bada55ff);"),
        "{css}"
    );
    assert!(!css.contains('<'), "{css}");
    let logo = page
        .html
        .split("logo-customizable\" src=\"")
        .nth(1)
        .unwrap();
    let image = place.server.get(logo.split('"').next().unwrap()).await;
    assert_eq!(image.body, svg.as_bytes());
    assert_eq!(image.headers["content-type"], "image/svg+xml");
    let policy = image.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("default-src 'none'") && policy.contains("sandbox"));
}

#[tokio::test]
async fn managed_login_without_a_style_has_no_pages() {
    let place = Place::with_alice(json!({})).await;
    domain(&place, 2).await;
    let browser = place.browser();
    let page = browser.get(&place.at("/login")).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(
        page.html
            .contains("Login pages unavailable. Please contact an administrator.")
    );
    let input = json!({ "UserPoolId": place.pool, "ClientId": place.client, "UseCognitoProvidedValues": true });
    place.server.ok("CreateManagedLoginBranding", input).await;
    let page = browser.get(&place.at("/login")).await;
    assert!(page.has("sign-in-form"));
}
