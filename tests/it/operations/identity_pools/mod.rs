//! Identity pools, by theme.

mod another_sts;
mod credentials;
mod developers;
mod identities;
mod logins;
mod openid_tokens;
mod pools;
mod providers;
mod role_choice;
mod roles;
mod sts;

use mocknito::store::StoredCredentials;
use serde_json::{Value, json};

use crate::support::{Reply, Server, credentials, merge, text};

/// Operations of the identity pools API.
pub trait IdentityPoolCalls {
    /// Calls an operation, whatever comes of it.
    async fn call_identity(&self, operation: &str, input: Value) -> Reply;
    /// Calls one with a signature for this Region.
    async fn call_identity_in(&self, region: &str, operation: &str, input: Value) -> Reply;
    /// Calls one that must succeed; operations without output give null.
    async fn gives(&self, operation: &str, input: Value) -> Value;
    /// Calls one that must be refused with exactly this `Code: message`.
    async fn denies(&self, operation: &str, input: Value, expected: &str);
    /// Calls one that must be refused in this situation of the catalogue.
    async fn denies_as(&self, operation: &str, input: Value, situation: &str);
    /// The id of a new identity pool with these settings; guests are allowed unless they say
    /// otherwise.
    async fn identity_pool(&self, settings: Value) -> String;
}

impl IdentityPoolCalls for Server {
    async fn call_identity(&self, operation: &str, input: Value) -> Reply {
        let target = format!("AWSCognitoIdentityService.{operation}");
        self.post(&target, input.to_string()).await
    }

    async fn call_identity_in(&self, region: &str, operation: &str, input: Value) -> Reply {
        let target = format!("AWSCognitoIdentityService.{operation}");
        let signed = [("authorization", credentials(region))];
        let signed = signed
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        self.post_with(&target, &signed, input.to_string()).await
    }

    async fn gives(&self, operation: &str, input: Value) -> Value {
        let call = format!("{operation} {input}");
        self.call_identity(operation, input).await.answer(call)
    }

    async fn denies(&self, operation: &str, input: Value, expected: &str) {
        let call = format!("{operation} {input}");
        let reply = self.call_identity(operation, input).await;
        assert_eq!(reply.refusal(&call), expected, "{call}");
    }

    async fn denies_as(&self, operation: &str, input: Value, situation: &str) {
        let call = format!("{operation} {input}");
        let reply = self.call_identity(operation, input).await;
        reply.is_refused_as(situation, call);
    }

    async fn identity_pool(&self, settings: Value) -> String {
        let mut input = json!({
            "IdentityPoolName": "test",
            "AllowUnauthenticatedIdentities": true,
        });
        merge(&mut input, settings);
        text(&self.gives("CreateIdentityPool", input).await["IdentityPoolId"])
    }
}

/// An identity pool with two roles, for the users of a user pool.
pub struct Place<'s> {
    pub server: &'s Server,
    pub user_pool: String,
    pub client: String,
    /// Alice's, of the user pool.
    pub sub: String,
    /// The user pool as a provider, under AWS's name.
    pub provider: String,
    pub pool: String,
}

impl<'s> Place<'s> {
    /// The identity pool has these settings, too.
    pub async fn new(server: &'s Server, settings: Value) -> Self {
        let world = server.world().await;
        let provider = format!("cognito-idp.us-east-1.amazonaws.com/{}", world.pool);
        let mut all = json!({
            "CognitoIdentityProviders": [{ "ProviderName": provider, "ClientId": world.client }],
        });
        merge(&mut all, settings);
        let pool = server.identity_pool(all).await;
        let place = Self {
            server,
            provider,
            pool,
            user_pool: world.pool.clone(),
            client: world.client.clone(),
            sub: world.sub.clone(),
        };
        place.set_roles(json!({})).await;
        place
    }

    /// Sets the two roles and these mappings.
    pub async fn set_roles(&self, mappings: Value) {
        let input = json!({
            "IdentityPoolId": self.pool,
            "Roles": { "authenticated": role("in"), "unauthenticated": role("out") },
            "RoleMappings": mappings,
        });
        self.server.gives("SetIdentityPoolRoles", input).await;
    }

    /// The ID token of a new sign-in.
    pub async fn id_token(&self, username: &str) -> Value {
        self.server.sign_in(&self.client, username).await["IdToken"].clone()
    }

    /// Alice's login.
    pub async fn alice(&self) -> Value {
        self.login(&self.id_token("alice").await)
    }

    /// A login by this token.
    pub fn login(&self, token: &Value) -> Value {
        json!({ self.provider.clone(): token })
    }

    pub fn get_id(&self, logins: &Value) -> Value {
        json!({ "IdentityPoolId": self.pool, "Logins": logins })
    }

    /// The identity of these logins, or of a new guest.
    pub async fn identity(&self, logins: &Value) -> String {
        let answer = self.server.gives("GetId", self.get_id(logins)).await;
        text(&answer["IdentityId"])
    }

    /// GetCredentialsForIdentity's answer.
    pub async fn credentials(&self, identity: &str, logins: &Value) -> Value {
        let input = acting(identity, logins);
        self.server.gives("GetCredentialsForIdentity", input).await
    }

    /// What the store knows of the credentials in this answer.
    pub async fn kept(&self, answer: &Value) -> StoredCredentials {
        let id = text(&answer["Credentials"]["AccessKeyId"]);
        let app = &self.server.app;
        let mut read = app.store.read().await.unwrap();
        let found = read.credentials().find(&id, app.clock.now()).await.unwrap();
        found.unwrap()
    }
}

/// The input of what an identity is asked for.
pub fn acting(identity: &str, logins: &Value) -> Value {
    json!({ "IdentityId": identity, "Logins": logins })
}

/// The ARN of a role.
pub fn role(name: &str) -> String {
    format!("arn:aws:iam::123456789012:role/{name}")
}
