//! One request of a sign-in: through which client, by which entrance and in whose name it comes.
//!
//! Not here: what the request tries (`attempt`), the user it is about (`subject`).

use serde::{Deserialize, Serialize};

use crate::app::Ctx;
use crate::error::{Error, Result};
use crate::flows::authenticate_client;
use crate::store::{Client, Pool};

/// By which entrance somebody signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Entrance {
    /// InitiateAuth and RespondToAuthChallenge.
    Api,
    /// Their admin twins.
    Admin,
    /// The hosted pages, which are the pool's own: they need no flow that the client enables, and
    /// no secret hash.
    Pages,
}

impl Entrance {
    /// Whether a sign-in that began at `self` may go on at `other`. (unsure) The API and its admin
    /// twin may be mixed, as is done in practice.
    pub(super) fn leads_to(self, other: Self) -> bool {
        (self == Self::Pages) == (other == Self::Pages)
    }
}

/// A value that a request must have. A request without it is refused only where the service looks
/// at the value, so that errors come in the service's order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Required {
    Given(String),
    /// The request lacks it: the wire's name for it.
    Missing(&'static str),
    /// This kind of request has no such value, and no step of it may look at one.
    #[default]
    NotPartOfRequest,
}

impl Required {
    /// The value of the parameter with this name; an empty one is as good as none.
    pub fn new(name: &'static str, value: Option<String>) -> Self {
        match value.filter(|value| !value.is_empty()) {
            Some(value) => Self::Given(value),
            None => Self::Missing(name),
        }
    }

    pub fn get(&self) -> Result<&str> {
        match self {
            Self::Given(value) => Ok(value),
            Self::Missing(name) => Err(Error::MissingParameter {
                name: (*name).to_owned(),
            }),
            Self::NotPartOfRequest => Err(anyhow::anyhow!(
                "a sign-in looks for a value that its request never has"
            )
            .into()),
        }
    }
}

impl From<&str> for Required {
    fn from(value: &str) -> Self {
        Self::Given(value.to_owned())
    }
}

/// What every request says of who sends it.
#[derive(Debug, Clone, Default)]
pub struct Sender {
    pub username: Required,
    /// By which a client with a secret proves itself.
    pub secret_hash: Option<String>,
    /// The device that the client says it is on.
    pub device_key: Option<String>,
}

/// One request of a sign-in.
#[derive(Clone, Copy)]
pub struct SignInRequest<'a> {
    pub ctx: &'a Ctx,
    pub pool: &'a Pool,
    pub client: &'a Client,
    pub entrance: Entrance,
    pub sender: &'a Sender,
}

impl<'a> SignInRequest<'a> {
    /// The user name that was sent, once the client has proved itself with the hash of it.
    pub(super) fn username(&self) -> Result<&'a str> {
        let username = self.sender.username.get()?;
        if self.entrance != Entrance::Pages {
            let hash = self.sender.secret_hash.as_deref();
            authenticate_client::check_secret_hash(self.ctx, self.client, username, hash)?;
        }
        Ok(username)
    }
}
