//! Signing out at a SAML provider, too: the request that goes there, the answer that comes back,
//! and every answer that does not count.

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use mocknito::keys;
use serde_json::{Value, json};

use super::saml::{Answer, ENTITY, KEY, OTHER_KEY, metadata, request, said, send};
use super::{Browser, Federated, field, location, parameters};
use crate::support::{Reply, Server, merge};

const GOODBYE: &str = "https://app.example.com/goodbye";
const SLO: &str = "https://idp.test/slo?x=1";
const HERE: &str = "http://localhost:9339/saml2/logout";

fn with_logout() -> String {
    let service = format!(
        "<SingleLogoutService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" \
         Location=\"{SLO}\"/></IDPSSODescriptor>"
    );
    metadata("https://idp.test/sso").replace("</IDPSSODescriptor>", &service)
}

async fn world<'s>(server: &'s Server, details: Value) -> Federated<'s> {
    let mut all = json!({ "MetadataFile": with_logout(), "IDPSignout": "true" });
    merge(&mut all, details);
    let settings = json!({
        "ProviderName": "Corp", "ProviderType": "SAML", "ProviderDetails": all,
    });
    let pool = server.pool(json!({})).await;
    let world = Federated::with(server, pool, settings).await;
    let mut settings = super::application(&["Corp"]);
    settings["UserPoolId"] = json!(world.pool);
    settings["ClientId"] = json!(world.client);
    settings["LogoutURLs"] = json!([GOODBYE]);
    server.ok("UpdateUserPoolClient", settings).await;
    world
}

/// Signs in with a name in every namespace.
async fn sign_in(world: &Federated<'_>, browser: &mut Browser<'_>) {
    let url = world.begin(browser).await;
    let answer = Answer::to(world, &request(&url));
    let assertion = answer
        .assertion(&keys::template(&answer.id))
        .replace(
            "<saml:NameID>",
            "<saml:NameID Format=\"urn:f\" NameQualifier=\"&quot;n&quot;\" SPNameQualifier=\"s\">",
        )
        .replace(
            "<saml:AttributeStatement>",
            "<saml:AuthnStatement SessionIndex=\"_s&lt;1\"/><saml:AttributeStatement>",
        );
    let response = keys::fill_in(answer.key, &answer.around(&assertion)).unwrap();
    let back = send(browser, &parameters(&url)["RelayState"], &response).await;
    world.tokens(&back).await;
}

fn sign_out(world: &Federated<'_>) -> String {
    format!("/logout?client_id={}&logout_uri={GOODBYE}", world.client)
}

/// The provider's word that it signed the user out; everything can be bent.
struct Goodbye {
    root: &'static str,
    issuer: String,
    in_response_to: String,
    destination: String,
    status: String,
    key: Option<&'static [u8]>,
}

impl Goodbye {
    fn to(url: &str) -> Self {
        Self {
            root: "LogoutResponse",
            issuer: ENTITY.to_owned(),
            in_response_to: said(&request(url), "ID").to_owned(),
            destination: HERE.to_owned(),
            status: "Success".to_owned(),
            key: Some(KEY),
        }
    }

    fn document(&self) -> String {
        let template = match self.key {
            Some(_) => keys::template("_goodbye"),
            None => String::new(),
        };
        let document = format!(
            "<samlp:{} xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_goodbye\" \
             Version=\"2.0\" InResponseTo=\"{}\" Destination=\"{}\"><saml:Issuer \
             xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">{}</saml:Issuer>{template}\
             <samlp:Status><samlp:StatusCode \
             Value=\"urn:oasis:names:tc:SAML:2.0:status:{}\"/></samlp:Status></samlp:{}>",
            self.root, self.in_response_to, self.destination, self.issuer, self.status, self.root
        );
        match self.key {
            Some(key) => keys::fill_in(key, &document).unwrap(),
            None => document,
        }
    }
}

async fn come_back(browser: &mut Browser<'_>, state: &str, document: &str) -> Reply {
    let encoded = STANDARD.encode(document);
    let form = [("SAMLResponse", encoded.as_str()), ("RelayState", state)];
    browser.post("/saml2/logout", &form).await
}

#[track_caller]
fn assert_stays(reply: &Reply, what: &str) {
    let page = String::from_utf8_lossy(&reply.body);
    assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{what}: {page}");
    assert!(reply.headers.get("location").is_none(), "{what}");
}

#[tokio::test]
async fn signing_out_signs_out_at_the_provider_and_then_leads_where_the_application_wants() {
    let server = Server::start().await;
    let world = world(&server, json!({})).await;
    let mut browser = Browser::new(&server);
    sign_in(&world, &mut browser).await;
    let url = location(&browser.get(&sign_out(&world)).await);
    assert!(url.starts_with(&format!("{SLO}&SAMLRequest=")), "{url}");
    let asked = request(&url);
    assert!(asked.starts_with("<samlp:LogoutRequest "), "{asked}");
    assert_eq!(said(&asked, "Destination"), SLO.replace('&', "&amp;"));
    assert_eq!(said(&asked, "IssueInstant"), "2026-01-01T00:00:00Z");
    assert_eq!(said(&asked, "NotOnOrAfter"), "2026-01-01T00:05:00Z");
    for part in [
        format!(
            "<saml:Issuer>urn:amazon:cognito:sp:{}</saml:Issuer>",
            world.pool
        ),
        "<saml:NameID Format=\"urn:f\" NameQualifier=\"&quot;n&quot;\" SPNameQualifier=\"s\">ann\
         </saml:NameID><samlp:SessionIndex>_s&lt;1</samlp:SessionIndex>"
            .to_owned(),
    ] {
        assert!(asked.contains(&part), "{asked}");
    }
    // Signed by the key of the pool's certificate.
    let (_, query) = url.split_once("x=1&").unwrap();
    let (signed, _) = query.split_once("&Signature=").unwrap();
    let signature = STANDARD.decode(&parameters(&url)["Signature"]).unwrap();
    let jwk = serde_json::to_value(keys::SigningKey::from_pkcs8(OTHER_KEY).unwrap().jwk()).unwrap();
    let part = |name: &str| URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap()).unwrap();
    let public = RsaPublicKeyComponents {
        n: part("n"),
        e: part("e"),
    };
    public
        .verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &signature)
        .unwrap();

    // Here the user is signed out already.
    let start = format!("{}&prompt=none", world.start());
    assert!(location(&browser.get(&start).await).contains("error=login_required"));

    let state = parameters(&url)["RelayState"].clone();
    let good = Goodbye::to(&url).document();
    // Another site's form brings no cookies: a page of ours sends it once more.
    let mut other = Browser::new(&server);
    let once_more = come_back(&mut other, &state, &good).await;
    assert_eq!(once_more.status, StatusCode::OK);
    assert_eq!(field(&once_more, "RelayState"), state);
    let encoded = STANDARD.encode(&good);
    let again = [
        ("SAMLResponse", encoded.as_str()),
        ("RelayState", &state),
        ("again", "1"),
    ];
    assert_stays(
        &other.post("/saml2/logout", &again).await,
        "another browser",
    );

    assert_eq!(
        location(&browser.post("/saml2/logout", &again).await),
        GOODBYE
    );
    assert_stays(&come_back(&mut browser, &state, &good).await, "replayed");
}

#[tokio::test]
async fn an_answer_that_does_not_hold_leads_nowhere_and_leaves_the_round_to_the_right_one() {
    let server = Server::start().await;
    let world = world(&server, json!({})).await;
    let mut browser = Browser::new(&server);
    sign_in(&world, &mut browser).await;
    let url = location(&browser.get(&sign_out(&world)).await);
    let state = parameters(&url)["RelayState"].clone();
    type Bend = fn(&mut Goodbye);
    let bends: [(&str, Bend); 8] = [
        ("not signed", |answer| answer.key = None),
        ("somebody else's", |answer| answer.key = Some(OTHER_KEY)),
        ("another issuer", |answer| {
            answer.issuer = "https://evil.test".to_owned()
        }),
        ("another request", |answer| {
            answer.in_response_to = "_other".to_owned()
        }),
        ("no request", |answer| answer.in_response_to.clear()),
        ("another place", |answer| {
            answer.destination = "https://evil.test/".to_owned()
        }),
        ("not signed out", |answer| {
            answer.status = "Responder".to_owned()
        }),
        ("another message", |answer| answer.root = "Response"),
    ];
    for (what, bend) in bends {
        let mut answer = Goodbye::to(&url);
        bend(&mut answer);
        assert_stays(
            &come_back(&mut browser, &state, &answer.document()).await,
            what,
        );
    }
    let good = Goodbye::to(&url).document();
    for (what, document) in [
        ("altered", good.replace("status:Success", "status:Other")),
        ("no XML", "no XML".to_owned()),
        ("a DTD", format!("<!DOCTYPE a>{good}")),
    ] {
        assert_stays(&come_back(&mut browser, &state, &document).await, what);
    }
    // What is sealed for a sign-in is no sign-out, and the other way round.
    let started = world.begin(&mut browser).await;
    let of_sign_in = parameters(&started)["RelayState"].clone();
    assert_stays(
        &come_back(&mut browser, &of_sign_in, &good).await,
        "a sign-in's state",
    );
    assert_stays(
        &send(&mut browser, &state, &good).await,
        "a sign-out's state",
    );
    assert_stays(&come_back(&mut browser, "", &good).await, "no state");
    // What begins at the provider.
    let encoded = STANDARD.encode("<samlp:LogoutRequest/>");
    let begun = [("SAMLRequest", encoded.as_str()), ("RelayState", &state)];
    assert_stays(&browser.post("/saml2/logout", &begun).await, "begun there");
    assert_eq!(
        location(&come_back(&mut browser, &state, &good).await),
        GOODBYE
    );

    sign_in(&world, &mut browser).await;
    let url = location(&browser.get(&sign_out(&world)).await);
    server.advance(std::time::Duration::from_secs(300));
    let late = Goodbye::to(&url).document();
    let state = parameters(&url)["RelayState"].clone();
    assert_stays(&come_back(&mut browser, &state, &late).await, "too late");
}

#[tokio::test]
async fn nobody_is_sent_away_who_did_not_come_from_there_or_where_it_is_not_wanted() {
    let server = Server::start().await;
    // Not signed in at all.
    let wanted = world(&server, json!({})).await;
    let mut browser = Browser::new(&server);
    assert_eq!(location(&browser.get(&sign_out(&wanted)).await), GOODBYE);
    // A refused request sends nobody anywhere.
    sign_in(&wanted, &mut browser).await;
    let elsewhere = sign_out(&wanted).replace("goodbye", "elsewhere");
    assert_stays(&browser.get(&elsewhere).await, "another logout_uri");
    // To sign in again, by way of the provider.
    let again = wanted.start().replace("/oauth2/authorize", "/logout");
    let url = location(&browser.get(&again).await);
    assert!(url.starts_with(SLO), "{url}");
    let good = Goodbye::to(&url).document();
    let state = parameters(&url)["RelayState"].clone();
    let back = location(&come_back(&mut browser, &state, &good).await);
    assert!(back.starts_with("/login?client_id="), "{back}");

    let without = json!({ "MetadataFile": metadata("https://idp.test/sso") });
    for details in [json!({ "IDPSignout": "false" }), without] {
        let world = world(&server, details).await;
        let mut browser = Browser::new(&server);
        sign_in(&world, &mut browser).await;
        assert_eq!(location(&browser.get(&sign_out(&world)).await), GOODBYE);
    }
}
