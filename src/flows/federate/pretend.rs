//! The pretend provider: the other side of a federated sign-in, for tests and offline work.
//!
//! It behaves as a provider does that knows one client, the pool: codes are its own, bound to the
//! request and good once; ID tokens are really signed. The relying party's checks are the same for
//! it as for any. Not here: its pages (`http::mocknito::pretend`), its people's claims
//! (`domain::pretend`), when it is chosen (`domain::identity_providers::is_pretended`).

use std::collections::HashMap;
use std::time::Duration;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use miniz_oxide::inflate::decompress_to_vec_with_limit;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::endpoints::ProviderEndpoints;
use super::saml_xml::{entity_id, escape};
use crate::app::Ctx;
use crate::clock::Timestamp;
use crate::domain::federation::Claims;
use crate::domain::{federation, pretend, saml_metadata, xml};
use crate::error::Result;
use crate::http_client::HttpResponse;
use crate::keys::{self, Purpose, base64url_sha256};
use crate::store::{IdentityProvider, PretendPerson};
use crate::wire::user_pools::IdentityProviderTypeType as Kind;

/// How long a code and an access token live.
const CODE: Duration = Duration::from_secs(60);
const TOKEN: Duration = Duration::from_secs(3_600);

/// The most people whom a page offers.
pub const MOST_PEOPLE: i64 = 12;

/// The most bytes of a SAML request, inflated.
const LARGEST: usize = 64 << 10;

/// Where the provider's endpoints are. The name may hold what a path does not.
pub fn base(provider: &IdentityProvider, origin: &str) -> String {
    let name: String = form_urlencoded::byte_serialize(provider.name.as_bytes()).collect();
    // In a path a space is no plus.
    let name = name.replace('+', "%20");
    format!("{origin}/_mocknito/providers/{}/{name}", provider.pool_id)
}

/// The provider speaks in the name of the one that it stands for. `origin` is where browsers reach
/// it.
pub fn endpoints(provider: &IdentityProvider, origin: &str) -> ProviderEndpoints {
    let issuer = provider.detail("oidc_issuer");
    let base = base(provider, origin);
    ProviderEndpoints {
        authorize: format!("{base}/authorize"),
        token: format!("{base}/token"),
        user_info: (provider.kind() != Kind::SignInWithApple).then(|| format!("{base}/userinfo")),
        keys: issuer.map(|_| format!("{base}/jwks.json")),
        introspection: None,
        issuer: issuer.map(str::to_owned),
        pkce: issuer.is_some(),
        basic: false,
    }
}

/// A request to the provider's authorization endpoint, as far as it counts here.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PretendRequest {
    pub client_id: String,
    pub redirect_uri: String,
    pub state: String,
    pub nonce: Option<String>,
    pub code_challenge: Option<String>,
    /// The answer goes back by a form (Apple), not by a redirect.
    pub by_form: bool,
    pub login_hint: Option<String>,
}

impl PretendRequest {
    /// Reads a SAML request (saml-bindings-2.0-os §3.4), or says what is wrong with it.
    pub fn read_saml(query: &[(String, String)]) -> Result<Self, &'static str> {
        let get = |name: &str| {
            let found = query.iter().find(|(one, _)| one == name);
            found.map(|(_, value)| value.as_str())
        };
        let request = get("SAMLRequest").ok_or("There is no SAMLRequest.")?;
        let request = inflated(request).ok_or("The SAMLRequest is malformed.")?;
        let document = xml::parse(&request).ok_or("The SAMLRequest is malformed.")?;
        let root = document.document_element();
        let own = |name: &str| xml::attribute(&document, root?, name).map(str::to_owned);
        Ok(Self {
            client_id: String::new(),
            redirect_uri: own("AssertionConsumerServiceURL")
                .ok_or("The SAMLRequest names no address.")?,
            state: get("RelayState")
                .ok_or("There is no RelayState.")?
                .to_owned(),
            nonce: own("ID"),
            code_challenge: None,
            by_form: true,
            login_hint: None,
        })
    }

    /// Reads the request's query, or says what is wrong with it. Where it wants the browser sent
    /// back to is the door's to check.
    pub fn read(
        provider: &IdentityProvider,
        query: &[(String, String)],
    ) -> Result<Self, &'static str> {
        let mut given: HashMap<&str, &str> = HashMap::new();
        for (name, value) in query {
            if given.insert(name, value).is_some() {
                return Err("A parameter is there twice.");
            }
        }
        let get = |name: &str| given.get(name).copied().filter(|value| !value.is_empty());
        let own = |name: &str| get(name).map(str::to_owned);
        let client_id = own("client_id").ok_or("There is no client_id.")?;
        if provider.detail("client_id") != Some(&client_id) {
            return Err("The client_id is not the one that the pool has at this provider.");
        }
        if get("response_type") != Some("code") {
            return Err("The response_type must be code.");
        }
        let code_challenge = own("code_challenge");
        if code_challenge.is_some() && get("code_challenge_method") != Some("S256") {
            return Err("The code_challenge_method must be S256.");
        }
        Ok(Self {
            client_id,
            redirect_uri: own("redirect_uri").ok_or("There is no redirect_uri.")?,
            state: own("state").ok_or("There is no state.")?,
            nonce: own("nonce"),
            code_challenge,
            by_form: get("response_mode") == Some("form_post"),
            login_hint: own("login_hint"),
        })
    }
}

/// The text of a message of the binding HTTP-Redirect.
fn inflated(message: &str) -> Option<String> {
    let deflated = STANDARD.decode(message).ok()?;
    let bytes = decompress_to_vec_with_limit(&deflated, LARGEST).ok()?;
    String::from_utf8(bytes).ok()
}

/// Who signs a pretend provider's assertions: whoever the metadata describes.
pub fn saml_issuer(provider: &IdentityProvider) -> String {
    let described = provider
        .detail("MetadataFile")
        .and_then(saml_metadata::entity_id);
    described
        .or_else(|| provider.detail("MetadataURL").map(str::to_owned))
        .unwrap_or_else(|| provider.name.clone())
}

/// The key of the pool's pretend providers, PKCS#8.
pub async fn pkcs8(ctx: &Ctx, provider: &IdentityProvider) -> Result<Vec<u8>> {
    let keys = &ctx.app.keys;
    keys.pkcs8_of_pretend_providers(ctx.store(), &provider.pool_id, ctx.now)
        .await
}

/// Somebody as the tester describes them.
pub struct Described {
    pub email: String,
    pub name: String,
    /// An id of the tester's choice; otherwise it follows from the e-mail address.
    pub subject: Option<String>,
    pub more: Claims,
}

impl Described {
    /// The person with everything that the provider says of them. The same address is the same
    /// person, whenever and on whatever machine.
    pub fn person(self, ctx: &Ctx, provider: &IdentityProvider) -> PretendPerson {
        let kind = provider.kind();
        let subject = self.subject.unwrap_or_else(|| {
            let address = self.email.to_lowercase();
            let seed = digest(&SHA256, format!("{}\n{address}", provider.name).as_bytes());
            let mut bytes = [0; 32];
            bytes.copy_from_slice(seed.as_ref());
            pretend::subject(kind, &self.email, bytes)
        });
        let mut more = self.more;
        more.retain(|name, _| !pretend::OF_THE_TOKEN.contains(&name.as_str()));
        PretendPerson {
            pool_id: provider.pool_id.clone(),
            provider_name: provider.name.clone(),
            claims: pretend::claims(kind, &subject, &self.email, &self.name, more),
            subject,
            seen_at: ctx.now,
        }
    }
}

/// The people who signed in here, the latest first.
pub async fn people(ctx: &Ctx, provider: &IdentityProvider) -> Result<Vec<PretendPerson>> {
    let mut read = ctx.store().read().await?;
    read.pretend_people()
        .list(&provider.pool_id, &provider.name, MOST_PEOPLE)
        .await
}

/// The person with this id, if they signed in here before.
pub async fn person(
    ctx: &Ctx,
    provider: &IdentityProvider,
    subject: &str,
) -> Result<Option<PretendPerson>> {
    let mut read = ctx.store().read().await?;
    read.pretend_people()
        .find(&provider.pool_id, &provider.name, subject)
        .await
}

/// The response of a SAML provider (saml-profiles-2.0-os §4.1.4.2), its assertion really signed:
/// what a code is elsewhere.
pub async fn assert(
    ctx: &Ctx,
    provider: &IdentityProvider,
    asked: &PretendRequest,
    person: PretendPerson,
) -> Result<String> {
    let person = remember(ctx, provider, person).await?;
    let assertion_id = format!("_{}", ctx.uuid());
    let issuer = escape(&saml_issuer(provider));
    let request = escape(asked.nonce.as_deref().unwrap_or_default());
    let recipient = escape(&asked.redirect_uri);
    let now = Timestamp::from_seconds(ctx.now.seconds());
    let (begins, ends) = (now.rfc3339(), now.plus(CODE).rfc3339());
    let mut attributes = String::new();
    for (name, value) in &person.claims {
        if name == pretend::subject_name(Kind::Saml) {
            continue;
        }
        let values: Vec<&Value> = match value {
            Value::Array(values) => values.iter().collect(),
            value => vec![value],
        };
        let values: String = values
            .into_iter()
            .filter_map(federation::text)
            .map(|value| {
                format!(
                    "<saml:AttributeValue>{}</saml:AttributeValue>",
                    escape(&value)
                )
            })
            .collect();
        let name = escape(name);
        attributes.push_str(&format!(
            "<saml:Attribute Name=\"{name}\">{values}</saml:Attribute>"
        ));
    }
    let statement = if attributes.is_empty() {
        String::new()
    } else {
        format!("<saml:AttributeStatement>{attributes}</saml:AttributeStatement>")
    };
    let document = format!(
        "{}<saml:Assertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" \
         ID=\"{assertion_id}\" Version=\"2.0\" IssueInstant=\"{begins}\">\
         <saml:Issuer>{issuer}</saml:Issuer>{}<saml:Subject>\
         <saml:NameID Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:persistent\">{}\
         </saml:NameID><saml:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\">\
         <saml:SubjectConfirmationData InResponseTo=\"{request}\" NotOnOrAfter=\"{ends}\" \
         Recipient=\"{recipient}\"/></saml:SubjectConfirmation></saml:Subject>\
         <saml:Conditions NotBefore=\"{begins}\" NotOnOrAfter=\"{ends}\">\
         <saml:AudienceRestriction><saml:Audience>{}</saml:Audience></saml:AudienceRestriction>\
         </saml:Conditions><saml:AuthnStatement AuthnInstant=\"{begins}\"><saml:AuthnContext>\
         <saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified\
         </saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>{statement}\
         </saml:Assertion></samlp:Response>",
        response_head(
            ctx,
            provider,
            asked,
            "urn:oasis:names:tc:SAML:2.0:status:Success",
            ""
        ),
        keys::template(&assertion_id),
        escape(&person.subject),
        escape(&entity_id(provider)),
    );
    let key = pkcs8(ctx, provider).await?;
    Ok(STANDARD.encode(keys::fill_in(&key, &document)?))
}

/// The response to somebody who did not want to sign in: there is nothing in it to sign.
pub fn decline(
    ctx: &Ctx,
    provider: &IdentityProvider,
    asked: &PretendRequest,
    reason: &str,
) -> String {
    let status = "urn:oasis:names:tc:SAML:2.0:status:Responder";
    let head = response_head(ctx, provider, asked, status, reason);
    STANDARD.encode(format!("{head}</samlp:Response>"))
}

fn response_head(
    ctx: &Ctx,
    provider: &IdentityProvider,
    asked: &PretendRequest,
    status: &str,
    message: &str,
) -> String {
    let id = ctx.uuid();
    let message = if message.is_empty() {
        String::new()
    } else {
        let message = escape(message);
        format!("<samlp:StatusMessage>{message}</samlp:StatusMessage>")
    };
    format!(
        "<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_{id}\" \
         Version=\"2.0\" IssueInstant=\"{}\" Destination=\"{}\" InResponseTo=\"{}\">\
         <saml:Issuer xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">{}</saml:Issuer>\
         <samlp:Status><samlp:StatusCode Value=\"{status}\"/>{message}</samlp:Status>",
        Timestamp::from_seconds(ctx.now.seconds()).rfc3339(),
        escape(&asked.redirect_uri),
        escape(asked.nonce.as_deref().unwrap_or_default()),
        escape(&saml_issuer(provider)),
    )
}

async fn remember(
    ctx: &Ctx,
    provider: &IdentityProvider,
    person: PretendPerson,
) -> Result<PretendPerson> {
    let person = PretendPerson {
        pool_id: provider.pool_id.clone(),
        seen_at: ctx.now,
        ..person
    };
    let mut write = ctx.store().write().await?;
    write.pretend_people().put(&person).await?;
    write.commit().await?;
    Ok(person)
}

/// What a code holds.
#[derive(Serialize, Deserialize)]
struct Granted {
    id: String,
    expires_at: i64,
    redirect_uri: String,
    nonce: Option<String>,
    code_challenge: Option<String>,
    claims: Claims,
}

/// The person agrees: remembered from now on, and a code for the pool.
pub async fn agree(
    ctx: &Ctx,
    provider: &IdentityProvider,
    asked: &PretendRequest,
    person: PretendPerson,
) -> Result<String> {
    let person = remember(ctx, provider, person).await?;
    let granted = Granted {
        id: ctx.uuid(),
        expires_at: ctx.now.plus(CODE).0,
        redirect_uri: asked.redirect_uri.clone(),
        nonce: asked.nonce.clone(),
        code_challenge: asked.code_challenge.clone(),
        claims: person.claims,
    };
    let plain = serde_json::to_vec(&granted)?;
    let context = context("code", provider);
    Ok(ctx.seal(Purpose::Federation, &context, &plain))
}

fn context(what: &str, provider: &IdentityProvider) -> String {
    format!("pretend {what} {}/{}", provider.pool_id, provider.name)
}

fn answer(status: u16, document: &Value) -> HttpResponse {
    HttpResponse {
        status,
        body: document.to_string().into(),
    }
}

fn refused(error: &str, description: &str) -> HttpResponse {
    answer(
        400,
        &json!({ "error": error, "error_description": description }),
    )
}

/// The token endpoint (RFC 6749 §4.1.3), given its form.
pub async fn token(ctx: &Ctx, provider: &IdentityProvider, form: &str) -> Result<HttpResponse> {
    let form: HashMap<String, String> = form_urlencoded::parse(form.as_bytes())
        .into_owned()
        .collect();
    let get = |name: &str| form.get(name).map_or("", String::as_str);
    if get("grant_type") != "authorization_code" {
        return Ok(refused(
            "unsupported_grant_type",
            "Only codes are redeemed here.",
        ));
    }
    let same = |a: &str, b: &str| verify_slices_are_equal(a.as_bytes(), b.as_bytes()).is_ok();
    let secret = provider.detail("client_secret");
    // Apple's client proves itself by an assertion, which a pretend Apple has no reason to doubt.
    let proven = provider.kind() == Kind::SignInWithApple
        || secret.is_none_or(|secret| same(secret, get("client_secret")));
    if provider.detail("client_id") != Some(get("client_id")) || !proven {
        return Ok(refused(
            "invalid_client",
            "The client is not the one that was registered.",
        ));
    }
    let seal = &ctx.app.keys.seal;
    let granted = seal
        .open(Purpose::Federation, &context("code", provider), get("code"))
        .and_then(|plain| serde_json::from_slice::<Granted>(&plain).ok())
        .filter(|granted| ctx.now.0 < granted.expires_at);
    let Some(granted) = granted else {
        return Ok(refused("invalid_grant", "The code is not valid."));
    };
    let verified = match &granted.code_challenge {
        Some(challenge) => same(challenge, &base64url_sha256(get("code_verifier"))),
        None => true,
    };
    if granted.redirect_uri != get("redirect_uri") || !verified {
        return Ok(refused(
            "invalid_grant",
            "The code was given for another request.",
        ));
    }
    let write = ctx.store().write_once().await;
    let first = write.spend(&granted.id, Timestamp(granted.expires_at));
    if !first.await? {
        return Ok(refused("invalid_grant", "The code was used before."));
    }
    let mut tokens = json!({
        "access_token": access_token(ctx, provider, &granted.claims)?,
        "token_type": "Bearer",
        "expires_in": TOKEN.as_secs(),
    });
    if let Some(issuer) = provider.detail("oidc_issuer") {
        tokens["id_token"] = id_token(ctx, provider, issuer, &granted).await?.into();
    }
    Ok(answer(200, &tokens))
}

async fn id_token(
    ctx: &Ctx,
    provider: &IdentityProvider,
    issuer: &str,
    granted: &Granted,
) -> Result<String> {
    let mut claims = granted.claims.clone();
    if provider.kind() == Kind::SignInWithApple {
        // The name comes beside the code.
        claims.retain(|name, _| !matches!(name.as_str(), "firstName" | "lastName"));
    }
    let mut put = |name: &str, value: Value| claims.insert(name.to_owned(), value);
    put("iss", issuer.into());
    put("aud", provider.detail("client_id").into());
    put("iat", ctx.now.seconds().into());
    put("exp", ctx.now.plus(TOKEN).seconds().into());
    if let Some(nonce) = &granted.nonce {
        put("nonce", nonce.as_str().into());
    }
    let keys = &ctx.app.keys;
    let key = keys
        .of_pretend_providers(ctx.store(), &provider.pool_id, ctx.now)
        .await?;
    Ok(key.sign(&claims)?)
}

/// What an access token holds.
#[derive(Serialize, Deserialize)]
struct PretendAccess {
    expires_at: i64,
    claims: Claims,
}

fn access_token(ctx: &Ctx, provider: &IdentityProvider, claims: &Claims) -> Result<String> {
    let access = PretendAccess {
        expires_at: ctx.now.plus(TOKEN).0,
        claims: claims.clone(),
    };
    let plain = serde_json::to_vec(&access)?;
    let context = context("token", provider);
    Ok(ctx.seal(Purpose::Federation, &context, &plain))
}

/// The user info endpoint, given the access token.
pub fn user_info(ctx: &Ctx, provider: &IdentityProvider, token: &str) -> HttpResponse {
    let seal = &ctx.app.keys.seal;
    let access = seal
        .open(Purpose::Federation, &context("token", provider), token)
        .and_then(|plain| serde_json::from_slice::<PretendAccess>(&plain).ok())
        .filter(|access| ctx.now.0 < access.expires_at);
    match access {
        Some(access) => answer(200, &Value::Object(access.claims)),
        None => answer(401, &json!({ "error": "invalid_token" })),
    }
}

/// The key set with which the provider's ID tokens are checked.
pub async fn keys(ctx: &Ctx, provider: &IdentityProvider) -> Result<HttpResponse> {
    let keys = &ctx.app.keys;
    let key = keys
        .of_pretend_providers(ctx.store(), &provider.pool_id, ctx.now)
        .await?;
    Ok(answer(200, &json!({ "keys": [key.jwk()] })))
}
