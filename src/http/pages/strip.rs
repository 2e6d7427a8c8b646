//! The development strip: the pool's users to sign in as with one click, and the last code that was
//! sent to the user of this step.
//!
//! It is shown to nobody who may not use `/_mocknito/` (`mocknito::guard`), and can be switched
//! off. Not here: what its buttons do (`mocknito::strip`).

use std::sync::Arc;

use super::step::Step;
use crate::app::Ctx;
use crate::error::{Error, Result};
use crate::flows::users;
use crate::store::{Message, MessageFilter, Pool, SearchTest, User};
use crate::wire::user_pools::{DeliveryMediumType, UserStatusType};

/// So many users have a button.
const USERS: usize = 6;

/// What the strip shows.
pub struct Strip {
    /// None for the steps after the first.
    pub users: Option<Arc<ListedUsers>>,
    pub code: Option<String>,
}

/// The users to sign in as.
pub struct ListedUsers {
    pub shown: Vec<ListedUser>,
    pub has_more: bool,
}

/// A user to sign in as.
pub struct ListedUser {
    pub sub: String,
    pub name: String,
}

impl ListedUsers {
    /// The pool's users who could sign in now.
    async fn of(ctx: &Ctx, pool: &Pool) -> Result<Self> {
        let mut read = ctx.store().read().await?;
        let enabled = SearchTest::Enabled(true);
        let most = i64::try_from(4 * USERS).unwrap_or(i64::MAX);
        let found = read
            .users()
            .list(&pool.id, Some(&enabled), None, most)
            .await?;
        let mut shown: Vec<ListedUser> = found
            .into_iter()
            .filter(|user| cannot_be_signed_in(user).is_none())
            .map(listed)
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
            .remember_of_users(&pool.id, async || ListedUsers::of(ctx, pool).await)
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
