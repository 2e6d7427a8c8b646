//! What a client carries between two steps of a sign-in: the `Session`, and in it how far the
//! sign-in has come and what the next answer is held against.
//!
//! A session is sealed; it names its pool, client, entrance, user and challenge, expires, and can
//! be answered with success once. All data that is sealed in one is here; the steps themselves are
//! not.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::attempt::CodeKind;
use super::request::{Entrance, Required, SignInRequest};
use super::subject::{Subject, enabled};
use crate::app::Ctx;
use crate::domain::authentication_levels::Level;
use crate::error::{Error, Result};
use crate::flows::challenge::SingleUse;
use crate::flows::triggers::TokenSource;
use crate::flows::users;
use crate::keys::Purpose;
use crate::store::{Method, Methods, MfaFactor, User};
use crate::wire::user_pools::VerifiedAttributeType;

/// What has been proved so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Progress {
    pub stage: Stage,
    /// In which ways all that was proved, some of it perhaps at another time.
    pub methods: Methods,
    /// The level that is to be reached, or nobody gets in.
    pub target: Option<Level>,
    pub device: DeviceState,
    /// Why tokens will be made, as the pool's function is told.
    pub source: TokenSource,
    /// The record of this sign-in, in pools that keep one.
    pub event: Option<String>,
    pub risk: RiskState,
}

/// Which factors were right.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Stage {
    #[default]
    Begun,
    FirstFactor(FirstProof),
    /// The second one, too, after this first one.
    SecondFactor(FirstProof),
}

/// A first factor that was right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum FirstProof {
    Password,
    /// A one-time password, by e-mail or SMS.
    Code(Method),
    /// A passkey, of one kind or the other.
    Passkey(Method),
    /// The code that has just confirmed a sign-up.
    SignUp,
    /// The challenges of the pool's own functions.
    Custom,
    /// What was proved at another time: see `step_up`.
    Earlier,
    /// Nothing: whoever develops says who it is (`steps::second_factor_of`).
    Said,
}

impl FirstProof {
    /// What it adds to `amr`. The answers that a pool's own functions took are of no known kind,
    /// and a code that confirmed a sign-up says that an address can be read, not who signs in
    /// (unsure).
    fn method(self) -> Option<Method> {
        match self {
            Self::Password => Some(Method::Password),
            Self::Code(method) | Self::Passkey(method) => Some(method),
            Self::SignUp | Self::Custom | Self::Earlier | Self::Said => None,
        }
    }
}

/// The device that the user signs in on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum DeviceState {
    #[default]
    Unnamed,
    /// The client says that it is this one.
    Named { key: String },
    /// It has proved itself. Where the pool says so, that takes the second factor's place.
    Proved { key: String, replaces_mfa: bool },
}

/// The length of the longest key that a device can have, by the API's model.
const LONGEST_DEVICE_KEY: usize = 55;

impl DeviceState {
    /// The client names this device. What cannot be a device's key is no device's, however long it
    /// is: what is sealed must not grow with what a stranger sends.
    pub fn named(key: &str) -> Self {
        let is_text = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
        let is_key = key.len() <= LONGEST_DEVICE_KEY && key.bytes().all(is_text);
        let key = if is_key { key } else { "" };
        Self::Named {
            key: key.to_owned(),
        }
    }

    pub fn key(&self) -> Option<&str> {
        match self {
            Self::Unnamed => None,
            Self::Named { key } | Self::Proved { key, .. } => Some(key),
        }
    }
}

/// How risky this sign-in is, as far as it was judged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum RiskState {
    #[default]
    NotJudged,
    Judged,
    /// So risky that a second factor is asked for, whether the user has chosen one or not.
    NeedsMfa,
}

impl Progress {
    /// Where a sign-in begins: nothing is proved yet.
    pub fn of(request: SignInRequest<'_>) -> Self {
        Self::default().on_device(request)
    }

    /// With the device that this request names, if it does. A device that has proved itself stays
    /// the one.
    pub fn on_device(mut self, request: SignInRequest<'_>) -> Self {
        let is_open = !matches!(self.device, DeviceState::Proved { .. });
        if is_open && let Some(key) = &request.sender.device_key {
            self.device = DeviceState::named(key);
        }
        self
    }

    /// With a first factor that was right.
    pub fn with_first(mut self, proof: FirstProof) -> Self {
        self.stage = Stage::FirstFactor(proof);
        if let Some(method) = proof.method() {
            self.methods.add(method);
        }
        self
    }

    /// With a second factor that was right.
    pub fn with_second(mut self, method: Method) -> Result<Self> {
        self.stage = Stage::SecondFactor(self.first_proof()?);
        self.methods.add(method);
        Ok(self)
    }

    /// The first factor. Whatever comes after it can rely on it.
    pub fn first_proof(&self) -> Result<FirstProof> {
        match self.stage {
            Stage::FirstFactor(proof) | Stage::SecondFactor(proof) => Ok(proof),
            Stage::Begun => Err(anyhow::anyhow!("a sign-in goes on without a first factor").into()),
        }
    }

    pub fn has_second(&self) -> bool {
        matches!(self.stage, Stage::SecondFactor(_))
    }
}

/// The challenge that a session's answer is for, with what the answer is held against.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum PendingChallenge {
    /// USER_AUTH: which first factor.
    FirstFactor,
    Password,
    PasswordSrp,
    /// The proof itself is held against SECRET_BLOCK.
    PasswordVerifier,
    /// A code that was sent, as the first or the second factor.
    Code(SentCode),
    /// What `flows::passkeys` has to know again.
    Passkey(Value),
    NewPassword,
    /// Its answer is judged by the pool's function. The rounds so far are in the store, under this
    /// name.
    Custom {
        rounds: String,
    },
    Device,
    /// The proof itself is held against SECRET_BLOCK.
    DeviceVerifier,
    SoftwareToken,
    MfaFactor(Vec<MfaFactor>),
    SetUpMfa(MfaSetUp),
    /// No challenge: what SignUp and ConfirmSignUp give.
    SignUp {
        confirmed: bool,
    },
}

impl PendingChallenge {
    /// Whether it asks for a first factor that the user may exchange for another one.
    pub fn is_exchangeable(&self) -> bool {
        match self {
            Self::FirstFactor | Self::Password | Self::PasswordSrp | Self::Passkey(_) => true,
            Self::Code(code) => code.good_for == CodeUse::FirstFactor,
            _ => false,
        }
    }
}

/// A code that was sent, as its session remembers it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SentCode {
    pub good_for: CodeUse,
    pub by: VerifiedAttributeType,
    pub salt: String,
    /// Of the code.
    pub digest: String,
    /// Of the address that it went to. All addresses are of one width here.
    pub address_digest: String,
}

impl SentCode {
    /// The challenge that asks for it.
    pub fn kind(&self) -> CodeKind {
        match (self.by, &self.good_for) {
            (VerifiedAttributeType::Email, _) => CodeKind::EmailOtp,
            (VerifiedAttributeType::PhoneNumber, CodeUse::FirstFactor) => CodeKind::SmsOtp,
            (VerifiedAttributeType::PhoneNumber, _) => CodeKind::SmsMfa,
        }
    }
}

/// What a code that was sent is good for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum CodeUse {
    FirstFactor,
    SecondFactor,
    /// The address becomes the user's, and e-mail the second factor.
    SetUp {
        address: String,
    },
}

/// How far the set-up of a second factor has come.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum MfaSetUp {
    Begun,
    /// An app's secret, Base64.
    Drawn {
        secret: String,
    },
    Done,
}

/// What a `Session` string holds.
#[derive(Serialize, Deserialize)]
pub(super) struct Session {
    pub once: SingleUse,
    pool_id: String,
    client_id: String,
    entrance: Entrance,
    /// Made up for a user who does not exist.
    sub: String,
    exists: bool,
    pub pending: PendingChallenge,
    pub progress: Progress,
}

/// All sessions are sealed to the same context: some operations get nothing else, so whose it is
/// stands inside.
const CONTEXT: &str = "sign-in";

impl Session {
    /// A new session for this user's next challenge, sealed.
    pub fn begin(
        request: SignInRequest<'_>,
        user: &User,
        pending: PendingChallenge,
        progress: Progress,
    ) -> Result<String> {
        let once = SingleUse::new(request.ctx, request.client);
        Self::new(request, once, &user.sub, pending, progress).seal(request.ctx)
    }

    /// As [`Session::begin`], for a subject who may not exist.
    pub fn begin_for(
        request: SignInRequest<'_>,
        subject: &Subject,
        pending: PendingChallenge,
        progress: Progress,
    ) -> Result<String> {
        let once = SingleUse::new(request.ctx, request.client);
        Self::begin_with(request, once, subject, pending, progress)
    }

    /// As [`Session::begin_for`], used up together with something else.
    pub fn begin_with(
        request: SignInRequest<'_>,
        once: SingleUse,
        subject: &Subject,
        pending: PendingChallenge,
        progress: Progress,
    ) -> Result<String> {
        let mut session = Self::new(request, once, subject.sub(), pending, progress);
        session.exists = subject.user().is_some();
        session.seal(request.ctx)
    }

    fn new(
        request: SignInRequest<'_>,
        once: SingleUse,
        sub: &str,
        pending: PendingChallenge,
        progress: Progress,
    ) -> Self {
        Self {
            once,
            pool_id: request.pool.id.clone(),
            client_id: request.client.id.clone(),
            entrance: request.entrance,
            sub: sub.to_owned(),
            exists: true,
            pending,
            progress,
        }
    }

    fn seal(&self, ctx: &Ctx) -> Result<String> {
        let plain = serde_json::to_vec(self)?;
        Ok(ctx.seal(Purpose::Session, CONTEXT, &plain))
    }

    /// Opens the session of an answer, once its client has proved itself.
    pub async fn of_answer(request: SignInRequest<'_>, sealed: &Required) -> Result<Self> {
        request.username()?;
        Self::open(request, sealed.get()?).await
    }

    /// Opens a session. Refuses what was made elsewhere, for another client or entrance, has
    /// expired or was answered before.
    pub async fn open(request: SignInRequest<'_>, sealed: &str) -> Result<Self> {
        let session = Self::unseal(request.ctx, sealed)?;
        let is_ours = session.pool_id == request.pool.id
            && session.client_id == request.client.id
            && session.entrance.leads_to(request.entrance);
        if !is_ours {
            let why = session.why_not(request);
            return Err(request.ctx.explain(Error::SessionInvalid, why));
        }
        session.once.check(request.ctx).await?;
        Ok(session)
    }

    /// For the developer: for what else this session is.
    fn why_not(&self, request: SignInRequest<'_>) -> String {
        let asked = (&request.pool.id, &request.client.id);
        if (&self.pool_id, &self.client_id) != asked {
            return format!(
                "The Session is of a sign-in with the app client {} of the user pool {}, and the \
                 request is with {} of {}.",
                self.client_id, self.pool_id, asked.1, asked.0
            );
        }
        "The Session is of a sign-in that began in the hosted pages, or the other way round; it \
         goes on where it began."
            .to_owned()
    }

    /// What was sealed here. Whether it may be used is still to be checked: [`Session::open`].
    fn unseal(ctx: &Ctx, sealed: &str) -> Result<Self> {
        let seal = &ctx.app.keys.seal;
        let plain = seal
            .open(Purpose::Session, CONTEXT, sealed)
            .ok_or(Error::SessionInvalid)?;
        // It may have been sealed by an older version.
        serde_json::from_slice(&plain).map_err(|_| Error::SessionInvalid)
    }

    /// The client that a session was made for, where nothing else names it.
    pub fn client_id(ctx: &Ctx, sealed: &str) -> Result<String> {
        Ok(Self::unseal(ctx, sealed)?.client_id)
    }

    /// The user whom the session is about, as it is now.
    pub async fn its_user(&self, request: SignInRequest<'_>) -> Result<User> {
        let mut read = request.ctx.store().read().await?;
        let user = read
            .users()
            .find_by_sub(&request.pool.id, &self.sub)
            .await?;
        enabled(user.ok_or(Error::SessionInvalid)?)
    }

    /// The same. The answer may name the user by any of their names, but it must be the one who was
    /// asked.
    pub async fn user(&self, request: SignInRequest<'_>) -> Result<User> {
        let username = request.username()?;
        let user = users::find(request.ctx, request.pool, username)
            .await?
            .filter(|user| self.exists && user.sub == self.sub)
            .ok_or_else(|| {
                let why = format!(
                    "The Session is another user's than \"{username}\": USERNAME names whoever \
                     began the sign-in, as the challenge's parameters do."
                );
                request.ctx.explain(Error::SessionInvalid, why)
            })?;
        request.ctx.note_username(&user.username);
        enabled(user)
    }

    /// The same, for challenges that somebody may have got who does not exist.
    pub async fn subject(&self, request: SignInRequest<'_>) -> Result<Subject> {
        if self.exists {
            return Ok(Subject::Known(Box::new(self.user(request).await?)));
        }
        let subject = Subject::unknown(request, request.username()?);
        if subject.sub() == self.sub {
            Ok(subject)
        } else {
            Err(Error::SessionInvalid)
        }
    }
}
