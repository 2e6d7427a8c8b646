//! The development strip: the pool's users to sign in as with one click, and the last code that was
//! sent to the user of this step.
//!
//! It is shown to nobody who may not use `/_mocknito/` (`http::guard`), and can be switched off.
//! Signing in so needs no password, on purpose: it is for who develops, and it ends in the same
//! browser session and code as a person's sign-in.

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::post;

use super::form::Form;
use super::step::Step;
use super::visit::{self, Visit};
use crate::app::{App, Ctx};
use crate::error::{Error, Result};
use crate::flows::sign_in::Authenticated;
use crate::flows::users;
use crate::store::{Message, MessageFilter, Methods, Pool, SearchTest, User};
use crate::wire::user_pools::{DeliveryMediumType, UserStatusType};

/// So many users have a button.
const USERS: usize = 6;

/// What the strip shows.
pub struct Strip {
    /// None for the steps after the first.
    pub users: Option<Arc<Users>>,
    pub code: Option<String>,
}

/// The users to sign in as.
pub struct Users {
    pub shown: Vec<Known>,
    pub has_more: bool,
}

/// A user to sign in as.
pub struct Known {
    pub sub: String,
    pub name: String,
}

impl Users {
    /// The pool's users who could sign in now.
    async fn of(ctx: &Ctx, pool: &Pool) -> Result<Self> {
        let mut read = ctx.store().read().await?;
        let enabled = SearchTest::Enabled(true);
        let most = i64::try_from(4 * USERS).unwrap_or(i64::MAX);
        let found = read
            .users()
            .list(&pool.id, Some(&enabled), None, most)
            .await?;
        let mut shown: Vec<Known> = found
            .into_iter()
            .filter(may_be_signed_in)
            .map(known)
            .collect();
        let has_more = shown.len() > USERS;
        shown.truncate(USERS);
        Ok(Self { shown, has_more })
    }
}

impl Strip {
    pub fn empty() -> Self {
        Self {
            users: None,
            code: None,
        }
    }

    /// With users, from memory until one of them changes.
    pub async fn with_users(ctx: &Ctx, pool: &Pool) -> Result<Self> {
        let users = ctx
            .store()
            .remember_of_users(&pool.id, async || Users::of(ctx, pool).await)
            .await?;
        Ok(Self {
            users: (!users.shown.is_empty()).then_some(users),
            code: None,
        })
    }

    /// With the newest code that went to the user whom a step is about, by the step's way.
    pub async fn with_code(ctx: &Ctx, pool: &Pool, step: &Step) -> Result<Self> {
        let Some(user) = users::find(ctx, pool, &step.username).await? else {
            return Ok(Self::empty());
        };
        let attributes: &[&str] = match step.medium() {
            Some(DeliveryMediumType::Email) => &["email"],
            Some(DeliveryMediumType::Sms) => &["phone_number"],
            None => &["email", "phone_number"],
        };
        let mut read = ctx.store().read().await?;
        let mut newest: Option<Message> = None;
        for address in attributes
            .iter()
            .filter_map(|name| user.attributes.get(*name))
        {
            let filter = MessageFilter {
                pool_id: Some(pool.id.clone()),
                recipient: Some(address.clone()),
                kind: None,
            };
            let last = read.messages().list(&filter, 1).await?;
            newest = newest
                .into_iter()
                .chain(last)
                .max_by_key(|message| message.created_at);
        }
        Ok(Self {
            code: newest.and_then(|message| message.code),
            ..Self::empty()
        })
    }
}

/// Nobody is signed in whom the service would not let in: disabled, unconfirmed, with a temporary
/// password, or of another provider.
fn may_be_signed_in(user: &User) -> bool {
    user.enabled && user.status == UserStatusType::Confirmed
}

fn known(user: User) -> Known {
    Known {
        name: shown_name(&user).to_owned(),
        sub: user.sub,
    }
}

/// What a user is called on a page: the user name, or where that is made up the address.
pub fn shown_name(user: &User) -> &str {
    let address = || {
        ["email", "phone_number"]
            .into_iter()
            .find_map(|name| user.attributes.get(name))
    };
    match address() {
        Some(address) if user.username == user.sub => address,
        _ => &user.username,
    }
}

/// Below `/_mocknito`, behind its guard.
pub fn routes(app: Arc<App>) -> Router {
    Router::new()
        .route("/pages/sign-in", post(sign_in_as))
        .with_state(app)
}

/// `POST /_mocknito/pages/sign-in`: signs in the user whose button was pressed.
async fn sign_in_as(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    body: std::result::Result<Bytes, BytesRejection>,
) -> Response {
    let started = Instant::now();
    let ctx = Ctx::new(app, "SignInForDevelopment", None);
    let visit = match Visit::open(ctx, &headers, query.as_deref()).await {
        Ok(visit) => visit,
        Err(page) => return page,
    };
    let response = match visit.form(&headers, body) {
        Some(form) if visit.has_strip() => finish(&visit, &form).await,
        _ => Ok(visit.forbidden()),
    };
    visit.end(response, started)
}

async fn finish(visit: &Visit, form: &Form) -> Result<Response> {
    let ctx = &visit.ctx;
    let sub = form.get("sub").ok_or(Error::UserNotFound)?;
    let mut read = ctx.store().read().await?;
    let user = read.users().find_by_sub(&visit.pool().id, sub).await?;
    drop(read);
    let user = user.filter(may_be_signed_in).ok_or(Error::UserNotFound)?;
    tracing::info!(
        pool = user.pool_id,
        "signed in by the development strip, without a password"
    );
    let authenticated = Authenticated {
        sub: user.sub,
        auth_time: ctx.now,
        device_key: None,
        // Nothing was proved.
        methods: Methods::default(),
    };
    Ok(visit::finish(visit, authenticated).await)
}
