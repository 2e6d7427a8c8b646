//! SAML: requests as providers read them, responses that are really signed, and everything that no
//! response may get away with.

use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use miniz_oxide::inflate::decompress_to_vec;
use mocknito::keys;
use serde_json::{Value, json};

use super::{Browser, Federated, field, parameters, told};
use crate::support::{Reply, Server, attribute, claims};

pub const EMAIL: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress";
pub const ENTITY: &str = "https://idp.test/saml";
pub const KEY: &[u8] = include_bytes!("../support/keys/access.pk8");
pub const OTHER_KEY: &[u8] = include_bytes!("../support/keys/id.pk8");

/// A certificate over the key, in base64.
fn certificate(pkcs8: &[u8]) -> String {
    let key = rcgen::KeyPair::try_from(pkcs8).unwrap();
    let parameters = rcgen::CertificateParams::new(vec!["idp.test".to_owned()]).unwrap();
    STANDARD.encode(parameters.self_signed(&key).unwrap().der())
}

pub fn metadata(sso: &str) -> String {
    format!(
        "<EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"{ENTITY}\">\
         <IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">\
         <KeyDescriptor use=\"signing\">\
         <ds:KeyInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:X509Data>\
         <ds:X509Certificate>\n{}\n</ds:X509Certificate></ds:X509Data>\
         </ds:KeyInfo></KeyDescriptor><SingleSignOnService \
         Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" Location=\"{sso}\"/>\
         </IDPSSODescriptor></EntityDescriptor>",
        certificate(KEY)
    )
}

pub async fn world<'s>(server: &'s Server, sso: &str, details: Value) -> Federated<'s> {
    let mut all = json!({ "MetadataFile": metadata(sso) });
    crate::support::merge(&mut all, details);
    let settings = json!({
        "ProviderName": "Corp",
        "ProviderType": "SAML",
        "ProviderDetails": all,
        "AttributeMapping": { "email": EMAIL, "nickname": "groups" },
    });
    let pool = server.pool(json!({})).await;
    Federated::with(server, pool, settings).await
}

/// What the request in the address says.
pub fn request(url: &str) -> String {
    let asked = parameters(url);
    let deflated = STANDARD.decode(&asked["SAMLRequest"]).unwrap();
    String::from_utf8(decompress_to_vec(&deflated).unwrap()).unwrap()
}

pub fn said<'r>(request: &'r str, name: &str) -> &'r str {
    let (_, rest) = request.split_once(&format!(" {name}=\"")).unwrap();
    rest.split('"').next().unwrap()
}

/// What a provider would answer; everything can be bent.
pub struct Answer {
    pub id: String,
    pub issuer: String,
    pub audience: String,
    pub recipient: String,
    pub in_response_to: String,
    pub ends: String,
    pub begins: String,
    pub name_id: String,
    pub more: String,
    pub key: &'static [u8],
}

impl Answer {
    pub fn to(world: &Federated<'_>, request: &str) -> Self {
        Self {
            id: "_assertion".to_owned(),
            issuer: ENTITY.to_owned(),
            audience: format!("urn:amazon:cognito:sp:{}", world.pool),
            recipient: "http://localhost:9339/saml2/idpresponse".to_owned(),
            in_response_to: said(request, "ID").to_owned(),
            begins: "2026-01-01T00:00:00Z".to_owned(),
            ends: "2026-01-01T00:05:00Z".to_owned(),
            name_id: "ann".to_owned(),
            more: String::new(),
            key: KEY,
        }
    }

    pub fn assertion(&self, signature: &str) -> String {
        format!(
            "<saml:Assertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"{}\" \
             Version=\"2.0\" IssueInstant=\"{}\">\
             <saml:Issuer>{}</saml:Issuer>{signature}<saml:Subject><saml:NameID>{}</saml:NameID>\
             <saml:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\">\
             <saml:SubjectConfirmationData \
             InResponseTo=\"{}\" NotOnOrAfter=\"{}\" Recipient=\"{}\"/></saml:SubjectConfirmation>\
             </saml:Subject>\
             <saml:Conditions NotBefore=\"{}\" NotOnOrAfter=\"{}\"><saml:AudienceRestriction>\
             <saml:Audience>{}</saml:Audience>\
             </saml:AudienceRestriction></saml:Conditions><saml:AttributeStatement>\
             <saml:Attribute Name=\"{EMAIL}\">\
             <saml:AttributeValue>ann@example.com</saml:AttributeValue></saml:Attribute>\
             <saml:Attribute Name=\"groups\">\
             <saml:AttributeValue>a</saml:AttributeValue>\
             <saml:AttributeValue>b c</saml:AttributeValue></saml:Attribute>{}\
             </saml:AttributeStatement></saml:Assertion>",
            self.id,
            self.begins,
            self.issuer,
            self.name_id,
            self.in_response_to,
            self.ends,
            self.recipient,
            self.begins,
            self.ends,
            self.audience,
            self.more,
        )
    }

    pub fn around(&self, inside: &str) -> String {
        format!(
            "<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" \
             ID=\"_response\" Version=\"2.0\" \
             Destination=\"{}\" InResponseTo=\"{}\"><samlp:Status><samlp:StatusCode \
             Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/>\
             </samlp:Status>{inside}</samlp:Response>",
            self.recipient, self.in_response_to
        )
    }

    pub fn signed(&self) -> String {
        let template = keys::template(&self.id);
        let document = self.around(&self.assertion(&template));
        keys::fill_in(self.key, &document).unwrap()
    }
}

pub async fn send(browser: &mut Browser<'_>, state: &str, response: &str) -> Reply {
    let encoded = STANDARD.encode(response);
    browser
        .post(
            "/saml2/idpresponse",
            &[("SAMLResponse", &encoded), ("RelayState", state)],
        )
        .await
}

/// A sign-in whose response is made like this.
pub async fn come_back(
    world: &Federated<'_>,
    make: impl FnOnce(&Answer) -> String,
    bend: impl FnOnce(&mut Answer),
) -> Reply {
    let mut browser = Browser::new(world.server);
    let url = world.begin(&mut browser).await;
    let mut answer = Answer::to(world, &request(&url));
    bend(&mut answer);
    send(
        &mut browser,
        &parameters(&url)["RelayState"],
        &make(&answer),
    )
    .await
}

#[tokio::test]
async fn a_signed_assertion_signs_in() {
    let server = Server::start().await;
    let world = world(&server, "https://idp.test/sso?x=1", json!({})).await;
    let mut browser = Browser::new(&server);
    let url = world.begin(&mut browser).await;
    assert!(
        url.starts_with("https://idp.test/sso?x=1&SAMLRequest="),
        "{url}"
    );
    let asked = request(&url);
    assert_eq!(said(&asked, "Destination"), "https://idp.test/sso?x=1");
    assert_eq!(
        said(&asked, "AssertionConsumerServiceURL"),
        "http://localhost:9339/saml2/idpresponse"
    );
    assert_eq!(said(&asked, "IssueInstant"), "2026-01-01T00:00:00Z");
    assert!(asked.contains(&format!(
        "<saml:Issuer>urn:amazon:cognito:sp:{}</saml:Issuer>",
        world.pool
    )));
    assert!(!parameters(&url).contains_key("Signature"));

    let answer = Answer::to(&world, &asked);
    let state = parameters(&url)["RelayState"].clone();
    let back = send(&mut browser, &state, &answer.signed()).await;
    let said = claims(&world.tokens(&back).await["id_token"]);
    assert_eq!(said["cognito:username"], "Corp_ann");
    assert_eq!(said["email"], "ann@example.com");
    assert_eq!(said["nickname"], "[a, b+c]");
    assert_eq!(said["identities"][0]["providerType"], "SAML");
    assert_eq!(said["identities"][0]["issuer"], ENTITY);
    let user = server.described_user(&world.pool, "Corp_ann").await;
    assert_eq!(
        attribute(&user["UserAttributes"], "email").as_deref(),
        Some("ann@example.com")
    );

    // The round is over.
    let replayed = send(&mut browser, &state, &answer.signed()).await;
    assert_eq!(replayed.status, StatusCode::BAD_REQUEST);
    assert!(replayed.headers.get("location").is_none());
}

#[tokio::test]
async fn a_whole_response_may_be_signed_in_place_of_its_assertion() {
    let server = Server::start().await;
    let world = world(&server, "https://idp.test/sso", json!({})).await;
    let back = come_back(
        &world,
        |answer| {
            let template = keys::template("_response");
            let inside = format!("{template}{}", answer.assertion(""));
            keys::fill_in(answer.key, &answer.around(&inside)).unwrap()
        },
        |_| {},
    )
    .await;
    world.tokens(&back).await;
}

#[tokio::test]
async fn what_a_response_must_say_it_must_say() {
    let server = Server::start().await;
    let world = world(&server, "https://idp.test/sso", json!({})).await;
    type Bend = fn(&mut Answer);
    let bends: [(&str, Bend); 11] = [
        ("its issuer is another one", |answer| {
            answer.issuer = "https://evil.test".to_owned()
        }),
        ("it is for another audience", |answer| {
            answer.audience = "urn:amazon:cognito:sp:us-east-1_Other".to_owned();
        }),
        ("it answers another request", |answer| {
            answer.recipient = "https://evil.test/saml2/idpresponse".to_owned();
        }),
        ("it answers another request", |answer| {
            answer.in_response_to = "_other".to_owned()
        }),
        // The clocks of others may be behind by less than three minutes, or ahead by as much.
        ("its subject is not confirmed for this request", |answer| {
            answer.ends = "2025-12-31T23:57:00Z".to_owned();
        }),
        ("its subject is not confirmed for this request", |answer| {
            answer.ends = "later".to_owned()
        }),
        ("it is not valid now", |answer| {
            answer.begins = "2026-01-01T00:03:01Z".to_owned()
        }),
        ("its signature is not the provider's", |answer| {
            answer.key = OTHER_KEY
        }),
        ("it must have one assertion", |answer| {
            answer.more = "<saml:Assertion ID=\"_b\"/>".to_owned();
        }),
        ("it is malformed", |answer| {
            answer.more = "<!-- x -->".to_owned()
        }),
        ("it is malformed", |answer| {
            answer.more = "<broken>".to_owned()
        }),
    ];
    for (reason, bend) in bends {
        let back = come_back(
            &world,
            |answer| {
                let template = keys::template(&answer.id);
                let document = answer.around(&answer.assertion(&template));
                // What is no XML cannot be signed.
                keys::fill_in(answer.key, &document).unwrap_or(document)
            },
            bend,
        )
        .await;
        assert_eq!(
            told(&back),
            format!("invalid_request: Error in SAML response processing: {reason}")
        );
    }
    let nameless = come_back(&world, Answer::signed, |answer| answer.name_id.clear()).await;
    assert_eq!(
        told(&nameless),
        "invalid_request: The identity provider gave no usable user id"
    );
}

#[tokio::test]
async fn a_providers_clock_may_differ_by_some_minutes() {
    let server = Server::start().await;
    let world = world(&server, "https://idp.test/sso", json!({})).await;
    for (begins, ends) in [
        ("2026-01-01T00:03:00Z", "2026-01-01T00:04:00Z"),
        ("2025-12-31T23:56:01Z", "2025-12-31T23:57:01Z"),
    ] {
        let back = come_back(&world, Answer::signed, |answer| {
            answer.begins = begins.to_owned();
            answer.ends = ends.to_owned();
        });
        world.tokens(&back.await).await;
    }
}

#[tokio::test]
async fn a_response_that_is_refused_leaves_the_round_to_the_right_one() {
    let server = Server::start().await;
    let world = world(&server, "https://idp.test/sso", json!({})).await;
    let mut browser = Browser::new(&server);
    let url = world.begin(&mut browser).await;
    let state = parameters(&url)["RelayState"].clone();
    let answer = Answer::to(&world, &request(&url));
    let tampered = answer.signed().replace(">ann<", ">eve<");
    let mut early = Answer::to(&world, &request(&url));
    early.begins = "2026-01-01T00:04:00Z".to_owned();
    for (response, reason) in [
        (tampered, "its signature is not the provider's"),
        (early.signed(), "it is not valid now"),
    ] {
        let back = send(&mut browser, &state, &response).await;
        let expected = format!("invalid_request: Error in SAML response processing: {reason}");
        assert_eq!(told(&back), expected);
    }
    let back = send(&mut browser, &state, &answer.signed()).await;
    world.tokens(&back).await;
    // Once, and not after it has ended.
    let replayed = send(&mut browser, &state, &answer.signed()).await;
    assert_eq!(replayed.status, StatusCode::BAD_REQUEST);
    let mut browser = Browser::new(&server);
    let url = world.begin(&mut browser).await;
    let state = parameters(&url)["RelayState"].clone();
    let answer = Answer::to(&world, &request(&url));
    server.advance(std::time::Duration::from_secs(300));
    let late = send(&mut browser, &state, &answer.signed()).await;
    assert_eq!(late.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn who_is_to_sign_in_stands_in_the_request() {
    let server = Server::start().await;
    let world = world(&server, "https://idp.test/sso", json!({})).await;
    for (hint, subject) in [
        (
            "&login_hint=ann%40example.com",
            "<saml:Subject><saml:NameID \
             Format=\"urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress\">ann@example.com\
             </saml:NameID></saml:Subject>",
        ),
        (
            "&login_hint=%3C%2Fsaml%3ANameID%3E%22",
            "<saml:Subject><saml:NameID \
             Format=\"urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified\">\
             &lt;/saml:NameID&gt;&quot;</saml:NameID></saml:Subject>",
        ),
        ("", ""),
    ] {
        let mut browser = Browser::new(&server);
        let start = format!("{}{hint}", world.start());
        let asked = request(&super::location(&browser.get(&start).await));
        assert!(
            asked.contains(&format!("</saml:Issuer>{subject}</samlp:AuthnRequest>")),
            "{asked}"
        );
    }
}

/// A document that is really signed by RSA with SHA-1, made of one that is signed with SHA-256.
fn by_sha1(signed: &str) -> String {
    use rsa::pkcs8::DecodePrivateKey;
    let (head, rest) = signed.split_once("<ds:SignedInfo>").unwrap();
    let (info, rest) = rest.split_once("</ds:SignedInfo>").unwrap();
    let info = info.replace(
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
        "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
    );
    // Exclusive canonical XML of what is signed.
    let empty = regex::Regex::new("<([a-zA-Z:]+)([^<>]*)/>").unwrap();
    let expanded = empty.replace_all(&info, "<$1$2></$1>");
    let canonical = format!(
        "<ds:SignedInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">{expanded}</ds:SignedInfo>"
    );
    let algorithm = &aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY;
    let digest = aws_lc_rs::digest::digest(algorithm, canonical.as_bytes());
    let padding = rsa::Pkcs1v15Sign {
        hash_len: Some(20),
        prefix: hex::decode("3021300906052b0e03021a05000414")
            .unwrap()
            .into(),
    };
    let key = rsa::RsaPrivateKey::from_pkcs8_der(KEY).unwrap();
    let signature = STANDARD.encode(key.sign(padding, digest.as_ref()).unwrap());
    let (before, after) = rest.split_once("<ds:SignatureValue>").unwrap();
    let (_, after) = after.split_once("</ds:SignatureValue>").unwrap();
    format!(
        "{head}<ds:SignedInfo>{info}</ds:SignedInfo>{before}<ds:SignatureValue>{signature}\
         </ds:SignatureValue>{after}"
    )
}

/// Whether the library would take the signature: then only our list refuses it.
fn holds(document: &str) -> bool {
    let certificate = STANDARD.decode(certificate(KEY)).unwrap();
    let mut keys = bergshamra_keys::KeysManager::new();
    keys.add_key(bergshamra_keys::loader::load_x509_cert_der(&certificate).unwrap());
    let context = bergshamra_dsig::DsigContext::new(keys);
    let result = bergshamra_dsig::verify::verify(&context, document).unwrap();
    result.is_valid()
}

#[tokio::test]
async fn sha1_signs_nothing() {
    let server = Server::start().await;
    let world = world(&server, "https://idp.test/sso", json!({})).await;
    let digest = |template: String| {
        template.replace(
            "http://www.w3.org/2001/04/xmlenc#sha256",
            "http://www.w3.org/2000/09/xmldsig#sha1",
        )
    };
    let signed = |answer: &Answer, id: &str, digest: &dyn Fn(String) -> String| {
        let template = digest(keys::template(id));
        let document = if id == "_response" {
            answer.around(&format!("{template}{}", answer.assertion("")))
        } else {
            answer.around(&answer.assertion(&template))
        };
        keys::fill_in(answer.key, &document).unwrap()
    };
    for id in ["_assertion", "_response"] {
        for weak in ["digest", "signature"] {
            let make = |answer: &Answer| {
                let document = match weak {
                    "digest" => signed(answer, id, &digest),
                    _ => by_sha1(&signed(answer, id, &|template| template)),
                };
                assert!(holds(&document), "{weak} of {id}");
                document
            };
            let back = come_back(&world, make, |_| {}).await;
            assert_eq!(
                told(&back),
                "invalid_request: Error in SAML response processing: \
                 its signature uses an algorithm that is too weak",
                "{weak} of {id}"
            );
        }
    }
}

#[tokio::test]
async fn what_the_provider_did_not_sign_is_nobody() {
    let server = Server::start().await;
    let world = world(&server, "https://idp.test/sso", json!({})).await;
    type Make = fn(&Answer) -> String;
    let makes: [(&str, &str, Make); 6] = [
        (
            "no signature",
            "its signature is not the provider's",
            |answer| answer.around(&answer.assertion("")),
        ),
        ("altered", "its signature is not the provider's", |answer| {
            answer.signed().replace(">ann<", ">eve<")
        }),
        ("an alteration by a comment", "it is malformed", |answer| {
            answer.signed().replace(">ann<", ">an<!-- -->n<")
        }),
        (
            "another assertion in front, the signed one kept",
            "it must have one assertion",
            |answer| {
                let signed = answer.signed();
                let forged = answer
                    .assertion("")
                    .replace("_assertion", "_forged")
                    .replace(">ann<", ">eve<");
                signed.replacen("<saml:Assertion", &format!("{forged}<saml:Assertion"), 1)
            },
        ),
        (
            "the signed one moved aside",
            "it must have one assertion",
            |answer| {
                let signed = answer.signed();
                let (head, rest) = signed.split_once("<saml:Assertion").unwrap();
                let (own, tail) = rest.split_once("</samlp:Response>").unwrap();
                let forged = answer
                    .assertion("")
                    .replace("_assertion", "_forged")
                    .replace(">ann<", ">eve<");
                format!(
                    "{head}<samlp:Extensions><saml:Assertion{own}</samlp:Extensions>{forged}</samlp:Response>{tail}"
                )
            },
        ),
        (
            "the signed one elsewhere and alone",
            "its assertion is not where it belongs",
            |answer| {
                let signed = answer.signed();
                let (head, rest) = signed.split_once("<saml:Assertion").unwrap();
                let (own, tail) = rest.split_once("</samlp:Response>").unwrap();
                format!(
                    "{head}<samlp:Extensions><saml:Assertion{own}</samlp:Extensions></samlp:Response>{tail}"
                )
            },
        ),
    ];
    for (what, reason, make) in makes {
        let back = come_back(&world, make, |_| {}).await;
        assert_eq!(
            told(&back),
            format!("invalid_request: Error in SAML response processing: {reason}"),
            "{what}"
        );
    }
    let users = server
        .ok("ListUsers", json!({ "UserPoolId": world.pool }))
        .await;
    assert_eq!(users["Users"], json!([]));
}

#[tokio::test]
async fn a_request_is_signed_where_the_provider_wants_it() {
    use aws_lc_rs::signature::RSA_PKCS1_2048_8192_SHA256;
    let server = Server::start().await;
    let details = json!({ "RequestSigningAlgorithm": "rsa-sha256" });
    let world = world(&server, "https://idp.test/sso", details).await;
    let mut browser = Browser::new(&server);
    let url = world.begin(&mut browser).await;
    let (_, query) = url.split_once('?').unwrap();
    let (signed, _) = query.split_once("&Signature=").unwrap();
    let signature = STANDARD.decode(&parameters(&url)["Signature"]).unwrap();
    // The tests' pools certify the key that signs their ID tokens.
    let key = mocknito::keys::SigningKey::from_pkcs8(OTHER_KEY).unwrap();
    assert_eq!(key.sign_bytes(signed.as_bytes()).unwrap(), signature);
    let jwk = serde_json::to_value(key.jwk()).unwrap();
    let part = |name: &str| {
        base64::engine::general_purpose::URL_SAFE_NO_PAD
            .decode(jwk[name].as_str().unwrap())
            .unwrap()
    };
    let public = aws_lc_rs::signature::RsaPublicKeyComponents {
        n: part("n"),
        e: part("e"),
    };
    public
        .verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &signature)
        .unwrap();
}

#[tokio::test]
async fn a_tester_comes_back_from_a_pretend_saml_provider() {
    let server = Server::start().await;
    let world = world(&server, "https://idp.example.com/sso", json!({})).await;
    let mut browser = Browser::new(&server);
    let provider = world.begin(&mut browser).await;
    assert!(
        provider.starts_with("http://localhost:9339/_mocknito/providers/"),
        "{provider}"
    );
    let page = browser.get(&provider).await;
    let sealed = field(&page, "request");
    let form = [
        ("request", sealed.as_str()),
        ("email", "ann@example.com"),
        ("id", "Ann-1"),
        ("claims", r#"{"groups": ["<a>", "b"]}"#),
    ];
    let answered = browser.post(&provider, &form).await;
    let (response, state) = (
        field(&answered, "SAMLResponse"),
        field(&answered, "RelayState"),
    );
    let fields = [
        ("SAMLResponse", response.as_str()),
        ("RelayState", state.as_str()),
    ];

    // Without the cookie it is nobody's; a page of ours sends it once more, in case the cookie was
    // only held back.
    let mut other = Browser::new(&server);
    let once_more = other.post("/saml2/idpresponse", &fields).await;
    assert_eq!(once_more.status, StatusCode::OK);
    assert_eq!(field(&once_more, "RelayState"), state);
    let mut again = fields.to_vec();
    again.push(("again", "1"));
    let refused = other.post("/saml2/idpresponse", &again).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);

    let back = browser.post("/saml2/idpresponse", &again).await;
    let said = claims(&world.tokens(&back).await["id_token"]);
    assert_eq!(said["cognito:username"], "Corp_Ann-1");
    assert_eq!(said["email"], "ann@example.com");
    assert_eq!(said["nickname"], "[%3Ca%3E, b]");

    let mut browser = Browser::new(&server);
    let provider = world.begin(&mut browser).await;
    let sealed = field(&browser.get(&provider).await, "request");
    let declined = browser
        .post(&provider, &[("request", &sealed), ("cancel", "1")])
        .await;
    let fields = [
        ("SAMLResponse", field(&declined, "SAMLResponse")),
        ("RelayState", field(&declined, "RelayState")),
    ];
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let back = browser.post("/saml2/idpresponse", &fields).await;
    assert_eq!(told(&back), "invalid_request: User did not authenticate");
}

#[tokio::test]
async fn a_sign_in_may_begin_at_a_provider_that_is_allowed_to() {
    let server = Server::start().await;
    let allowed = world(
        &server,
        "https://idp.test/sso",
        json!({ "IDPInit": "true" }),
    )
    .await;
    let unsolicited = |world: &Federated<'_>, bend: fn(&mut Answer)| {
        let mut answer = Answer::to(world, " ID=\"\"");
        bend(&mut answer);
        let template = keys::template(&answer.id);
        let document = answer.around(&answer.assertion(&template));
        keys::fill_in(answer.key, &document.replace(" InResponseTo=\"\"", "")).unwrap()
    };
    let post = async |world: &Federated<'_>, state: String, response: &str| {
        let mut browser = Browser::new(world.server);
        let encoded = STANDARD.encode(response);
        let form = [
            ("SAMLResponse", encoded.as_str()),
            ("RelayState", &state),
            ("again", "1"),
        ];
        browser.post("/saml2/idpresponse", &form).await
    };
    let relay_state = |world: &Federated<'_>| {
        let (_, query) = world
            .start()
            .split_once('?')
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .unwrap();
        query
    };
    let response = unsolicited(&allowed, |_| {});
    let back = post(&allowed, relay_state(&allowed), &response).await;
    let said = claims(&allowed.tokens(&back).await["id_token"]);
    assert_eq!(said["cognito:username"], "Corp_ann");

    // An assertion counts once.
    let back = post(&allowed, relay_state(&allowed), &response).await;
    assert_eq!(
        told(&back),
        "invalid_request: Error in SAML response processing: it was used before"
    );

    // What an answer must say, an unsolicited one must say, too; and it answers nobody's request.
    type Bend = fn(&mut Answer);
    let bends: [(&str, Bend); 5] = [
        ("it answers another request", |answer| {
            answer.in_response_to = "_other".to_owned()
        }),
        ("it answers another request", |answer| {
            answer.recipient = "https://evil.test/saml2/idpresponse".to_owned();
        }),
        ("it is for another audience", |answer| {
            answer.audience = "urn:amazon:cognito:sp:us-east-1_Other".to_owned();
        }),
        // The clocks of others may be behind by less than three minutes, or ahead by as much.
        ("its subject is not confirmed for this request", |answer| {
            answer.ends = "2025-12-31T23:57:00Z".to_owned();
        }),
        ("its signature is not the provider's", |answer| {
            answer.key = OTHER_KEY
        }),
    ];
    for (reason, bend) in bends {
        let response = unsolicited(&allowed, bend);
        let back = post(&allowed, relay_state(&allowed), &response).await;
        let expected = format!("invalid_request: Error in SAML response processing: {reason}");
        assert_eq!(told(&back), expected);
    }

    // Not through a client that has another provider, not to another address, and not where it is
    // not allowed.
    let elsewhere = relay_state(&allowed).replace("callback", "elsewhere");
    let fresh = unsolicited(&allowed, |answer| answer.id = "_fresh".to_owned());
    let back = post(&allowed, elsewhere, &fresh).await;
    assert_eq!(back.status, StatusCode::BAD_REQUEST);
    let plain = world(&server, "https://idp.test/sso", json!({})).await;
    let back = post(&plain, relay_state(&plain), &unsolicited(&plain, |_| {})).await;
    assert_eq!(back.status, StatusCode::BAD_REQUEST);
    assert!(back.headers.get("location").is_none());
    let of_other_pool = post(
        &allowed,
        relay_state(&allowed),
        &unsolicited(&plain, |_| {}),
    )
    .await;
    let other = "invalid_request: Error in SAML response processing: it is for another audience";
    assert_eq!(told(&of_other_pool), other);
}
