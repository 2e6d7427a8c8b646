//! The development strip: the pool's users to sign in as with one click, the codes that this step's
//! user would type, and on an error page what an address was held against.
//!
//! It is shown to nobody who may not use `/_mocknito/` (`mocknito::guard`), and can be switched
//! off. Not here: what its buttons do (`mocknito::strip`).

use std::collections::HashSet;
use std::sync::Arc;

use axum::http::HeaderMap;

use super::step::{At, Step};
use crate::app::{App, Ctx};
use crate::domain::redirect_mismatch::RedirectMismatch;
use crate::error::{Error, Result};
use crate::flows::sign_in::Challenge;
use crate::flows::{software_tokens, users};
use crate::http::mocknito::guard;
use crate::store::{
    Comparison, Message, MessageFilter, MfaFactor, Pool, SearchColumn, SearchTest, User,
};
use crate::wire::user_pools::{DeliveryMediumType, UserPoolMfaType, UserStatusType};

/// So many users have a button.
const USERS: usize = 6;

/// So many are looked at for those who have one.
const LOOKED_AT: usize = 4 * USERS;

/// What the strip shows.
#[derive(Default)]
pub struct Strip {
    /// None for the steps after the first.
    pub people: Option<People>,
    /// The last code that was sent.
    pub code: Option<String>,
    /// What the user's authenticator app shows now.
    pub app_code: Option<String>,
    pub mismatch: Option<RedirectMismatch>,
    /// The query of the console's page about the user of this step.
    pub user: Option<String>,
}

/// Whom to sign in as.
pub struct People {
    pub listed: Arc<ListedUsers>,
    /// What was searched for.
    pub searched: Option<String>,
    /// The pool may ask for a second factor, so one can stop there.
    pub has_mfa: bool,
}

/// The users to sign in as.
pub struct ListedUsers {
    pub shown: Vec<ListedUser>,
    pub has_more: bool,
}

/// A user to sign in as.
#[derive(Clone)]
pub struct ListedUser {
    pub sub: String,
    pub name: String,
}

impl ListedUsers {
    /// The pool's users who could sign in now.
    async fn of(ctx: &Ctx, pool: &Pool) -> Result<Self> {
        let mut read = ctx.store().read().await?;
        let enabled = SearchTest::Enabled(true);
        let found = read
            .users()
            .list(&pool.id, Some(&enabled), None, looked_at())
            .await?;
        Ok(Self::shown_of(found))
    }

    /// Those with a name that begins like this.
    async fn matching(ctx: &Ctx, pool: &Pool, typed: &str) -> Result<Self> {
        const COLUMNS: [SearchColumn; 7] = [
            SearchColumn::Username,
            SearchColumn::Email,
            SearchColumn::PhoneNumber,
            SearchColumn::PreferredUsername,
            SearchColumn::Name,
            SearchColumn::GivenName,
            SearchColumn::FamilyName,
        ];
        let folded = typed.to_lowercase();
        let tests = COLUMNS.into_iter().map(|column| (column, folded.clone()));
        // User names may keep their case, which the others never do.
        let as_typed = (typed != folded).then(|| (SearchColumn::Username, typed.to_owned()));
        let mut read = ctx.store().read().await?;
        let (mut found, mut seen) = (Vec::new(), HashSet::new());
        for (column, value) in tests.chain(as_typed) {
            let test = SearchTest::Column {
                column,
                comparison: Comparison::StartsWith,
                value,
            };
            let mut users = read.users();
            let page = users.list(&pool.id, Some(&test), None, looked_at()).await?;
            found.extend(
                page.into_iter()
                    .filter(|user| seen.insert(user.sub.clone())),
            );
        }
        Ok(Self::shown_of(found))
    }

    /// Whether there is somebody to sign in as, or to search for.
    fn is_of_use(&self) -> bool {
        self.has_more || !self.shown.is_empty()
    }

    /// With this one before all others.
    fn after(&self, first: ListedUser) -> Self {
        let others = self.shown.iter().filter(|user| user.sub != first.sub);
        let mut shown = vec![first.clone()];
        shown.extend(others.take(USERS - 1).cloned());
        Self {
            has_more: self.has_more || self.shown.len() > shown.len(),
            shown,
        }
    }

    fn shown_of(found: Vec<User>) -> Self {
        // Of a crowd only the first are looked at, and none of these may be able to sign in.
        let is_crowd = found.len() >= LOOKED_AT;
        let mut shown: Vec<ListedUser> = found
            .into_iter()
            .filter(|user| cannot_be_signed_in(user).is_none())
            .map(listed)
            .collect();
        let has_more = is_crowd || shown.len() > USERS;
        shown.truncate(USERS);
        Self { shown, has_more }
    }
}

fn looked_at() -> i64 {
    i64::try_from(LOOKED_AT).unwrap_or(i64::MAX)
}

impl Strip {
    /// For a page outside of any valid request. None where there is no strip.
    pub async fn of_page(app: &App, headers: &HeaderMap) -> Option<Self> {
        let is_there = app.settings.dev_strip && guard::admits(headers, &app.access).await;
        is_there.then(Self::default)
    }

    /// With users, from memory until one of them changes. Whom the application expects
    /// (`login_hint`) comes first.
    pub async fn with_users(ctx: &Ctx, pool: &Pool, hint: Option<&str>) -> Result<Self> {
        let mut users = ctx
            .store()
            .remember_of_users(&pool.id, async || ListedUsers::of(ctx, pool).await)
            .await?;
        if let Some(hint) = hint
            && let Some(expected) = users::find(ctx, pool, hint).await?
            && cannot_be_signed_in(&expected).is_none()
        {
            users = Arc::new(users.after(listed(expected)));
        }
        let people = People {
            listed: users,
            searched: None,
            has_mfa: pool.mfa() != UserPoolMfaType::Off,
        };
        Ok(Self {
            people: Some(people).filter(|people| people.listed.is_of_use()),
            ..Self::default()
        })
    }

    /// With the users who are searched for.
    pub async fn with_search(ctx: &Ctx, pool: &Pool, typed: &str) -> Result<Self> {
        let people = People {
            listed: Arc::new(ListedUsers::matching(ctx, pool, typed).await?),
            searched: Some(typed.to_owned()),
            has_mfa: pool.mfa() != UserPoolMfaType::Off,
        };
        Ok(Self {
            people: Some(people),
            ..Self::default()
        })
    }

    /// With the code that the user of this step would type: the newest that went to them by the
    /// step's way, or their app's.
    pub async fn with_code(ctx: &Ctx, pool: &Pool, step: &Step) -> Result<Self> {
        if let At::SetUpMfa {
            secret: Some(key), ..
        } = &step.at
        {
            return Ok(Self {
                app_code: software_tokens::code_of(ctx, key),
                ..Self::default()
            });
        }
        let Some(user) = users::find(ctx, pool, &step.username).await? else {
            return Ok(Self::default());
        };
        let its_page = form_urlencoded::Serializer::new(String::new())
            .append_pair("pool", &pool.id)
            .append_pair("user", &user.username)
            .finish();
        let mut strip = Self {
            user: Some(its_page),
            ..Self::default()
        };
        if asks_app(step) {
            strip.app_code = software_tokens::fresh_code(ctx, &user).await?;
        } else {
            strip.code = sent_code(ctx, pool, step, &user).await?;
        }
        Ok(strip)
    }
}

fn asks_app(step: &Step) -> bool {
    match &step.at {
        At::Challenge(Challenge::SoftwareToken { .. }) => true,
        At::Challenge(Challenge::MfaFactor { factors, .. }) => {
            factors.contains(&MfaFactor::SoftwareToken)
        }
        _ => false,
    }
}

async fn sent_code(ctx: &Ctx, pool: &Pool, step: &Step, user: &User) -> Result<Option<String>> {
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
    Ok(newest.and_then(|message| message.code))
}

/// Why a user has no button: nobody is signed in whom the service would not let in.
pub fn cannot_be_signed_in(user: &User) -> Option<Error> {
    if !user.enabled {
        return Some(Error::UserDisabled);
    }
    match user.status {
        UserStatusType::Confirmed => None,
        UserStatusType::ResetRequired => Some(Error::PasswordResetRequired),
        UserStatusType::Unconfirmed => Some(Error::UserNotConfirmed),
        // With a temporary password, or of another provider.
        _ => Some(Error::UserNotFound),
    }
}

fn listed(user: User) -> ListedUser {
    ListedUser {
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
