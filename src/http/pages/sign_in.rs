//! `/login`: user name and password, or the user name first where the user may choose how to sign
//! in; and the buttons of identity providers.

use axum::response::Response;

use super::challenge;
use super::field::Field;
use super::form::Form;
use super::page_request::PageRequest;
use super::refusals::Banner;
use super::step::{At, Step};
use super::strip::shown_name;
use super::templates::{Button, FormPage, Link, LocalForm, MessagePage, SignInPage};
use super::texts::fill;
use super::{recover, sign_up};
use crate::domain::authentication_levels::Level;
use crate::domain::clients::Flow;
use crate::domain::first_factors::FirstFactor;
use crate::error::{Error, Result};
use crate::flows::sign_in::{self, Attempt, ChoiceAttempt, Required};
use crate::store::Pool;
use crate::wire::user_pools::{AuthFactorType, AuthFlowType};

/// The page, or, when the visitor is signed in already, as whom.
pub async fn get(visit: &PageRequest) -> Result<Response> {
    if let Some((session, user)) = visit.taken_as().await? {
        return match visit.request.is_met_by(&visit.ctx, &session).await {
            Ok(false) => ask_for_more(visit, shown_name(&user)),
            // The client is told of a level that cannot be reached, by the address of the button.
            Ok(true) | Err(Error::LevelNotReachable) => signed_in_already(visit, shown_name(&user)),
            Err(error) => Err(error),
        };
    }
    let hint = visit.request.login_hint.clone().unwrap_or_default();
    show(visit, &hint, None).await
}

/// The page with the form. After a wrong password the user name is still in it.
pub async fn show(visit: &PageRequest, username: &str, banner: Option<Banner>) -> Result<Response> {
    let (texts, look) = (visit.t(), &visit.look);
    let frame = visit
        .first_frame(texts.sign_in_title)
        .await?
        .intro(texts.sign_in_intro)
        .banner(banner);
    let page = SignInPage {
        frame,
        form: look.local.then(|| form(visit, username)),
        buttons: buttons(visit),
        federated_first: look.federated_first,
        links: links(visit),
    };
    visit.page(&page)
}

fn form(visit: &PageRequest, username: &str) -> LocalForm {
    let (texts, language) = (visit.t(), visit.language);
    let field = Field::username(visit.pool(), language, username);
    let by_choice = is_by_choice(visit);
    let fields = if by_choice {
        vec![field.focused()]
    } else if username.is_empty() {
        vec![field.focused(), Field::password(language)]
    } else {
        vec![field, Field::password(language).focused()]
    };
    LocalForm {
        fields,
        submit: if by_choice { texts.next } else { texts.sign_in },
        forgot: (!by_choice).then(|| visit.link("/forgotPassword")),
    }
}

/// Whether users choose how to sign in once it is known who they are: the client allows it, and the
/// pool has more than passwords.
fn is_by_choice(visit: &PageRequest) -> bool {
    visit.client().allows(Flow::UserAuth)
        && first_factors(visit.pool())
            .iter()
            .any(|factor| *factor != AuthFactorType::Password)
}

fn first_factors(pool: &Pool) -> &[AuthFactorType] {
    let policy = pool
        .settings
        .policies
        .as_ref()
        .and_then(|policies| policies.sign_in_policy.as_ref());
    policy
        .and_then(|policy| policy.allowed_first_auth_factors.as_deref())
        .unwrap_or_default()
}

fn buttons(visit: &PageRequest) -> Vec<Button> {
    let providers = visit.look.providers.iter();
    providers
        .map(|provider| {
            let name: String = form_urlencoded::byte_serialize(provider.name.as_bytes()).collect();
            let path = format!(
                "/oauth2/authorize?identity_provider={name}&{}",
                visit.request.query
            );
            Button {
                provider: provider.name.clone(),
                text: fill(visit.t().continue_with, "provider", &provider.label),
                href: path,
                icon: provider.icon.clone(),
            }
        })
        .collect()
}

fn links(visit: &PageRequest) -> Vec<Link> {
    let texts = visit.t();
    let may_sign_up =
        visit.look.local && !visit.pool().allows_only_administrators_to_create_users();
    may_sign_up
        .then(|| Link {
            lead: Some(texts.new_user),
            text: texts.create_account.to_owned(),
            href: visit.link("/signup"),
            testid: "link-sign-up",
        })
        .into_iter()
        .collect()
}

/// Somebody who has a session goes on with it, or signs in as somebody else.
fn signed_in_already(visit: &PageRequest, username: &str) -> Result<Response> {
    let texts = visit.t();
    let page = MessagePage {
        frame: visit
            .frame(texts.sign_in_title)
            .intro(fill(texts.signed_in_as, "username", username))
            .with_languages(),
        detail: None,
        button: Some(Link {
            lead: None,
            text: texts.continue_here.to_owned(),
            href: visit.link("/oauth2/authorize"),
            testid: "continue",
        }),
        links: vec![not_you(visit)],
    };
    visit.page(&page)
}

fn not_you(visit: &PageRequest) -> Link {
    Link {
        lead: None,
        text: visit.t().not_you.to_owned(),
        href: format!("{}&prompt=login", visit.link("/login")),
        testid: "link-other-user",
    }
}

/// Somebody is signed in, but the client wants more proof: nothing is sent or asked before they say
/// that they go on.
fn ask_for_more(visit: &PageRequest, username: &str) -> Result<Response> {
    let texts = visit.t();
    let frame = visit
        .frame(texts.sign_in_title)
        .intro(fill(texts.signed_in_as, "username", username))
        .with_languages();
    let mut page = FormPage::new(frame, "step-up-form", "/login", texts.continue_here);
    page.state = Some(visit.seal(&Step::new(At::StepUp, username))?);
    page.links = vec![not_you(visit)];
    visit.page(&page)
}

/// The first question to somebody who is signed in, and is to prove more.
async fn step_up(visit: &PageRequest) -> Result<Response> {
    let Some((session, user)) = visit.taken_as().await? else {
        return show(visit, "", None).await;
    };
    let elevation = visit.request.elevation(&visit.ctx, &session);
    match elevation.begin().await {
        Ok(outcome) => challenge::proceed(visit, &user.username, outcome).await,
        Err(error) => refused(visit, &user.username, &error).await,
    }
}

/// A submitted form: of the first page, or of a later step.
pub async fn post(visit: &PageRequest, form: &Form) -> Result<Response> {
    if form.get("state").is_some() {
        let step = visit.step(form);
        if step.is_some_and(|step| step.at == At::StepUp) {
            return step_up(visit).await;
        }
        return challenge::post(visit, form).await;
    }
    let texts = visit.t();
    let username = form.typed("username").unwrap_or_default();
    if !visit.look.local {
        return Ok(visit.forbidden());
    }
    let password = form.get("password");
    let by_choice = is_by_choice(visit);
    if username.is_empty() || (password.is_none() && !by_choice) {
        return show(visit, username, Some(Banner::refusal(texts.field_missing))).await;
    }
    let attempt = match password {
        Some(password) if !by_choice => FirstAttempt::Password(password),
        password => FirstAttempt::Choice { password },
    };
    begin(visit, username, attempt).await
}

/// How a visitor begins to sign in.
pub enum FirstAttempt<'a> {
    Password(&'a str),
    /// By whatever the user chooses; a password that was typed is a choice.
    Choice {
        password: Option<&'a str>,
    },
    /// With the session of a sign-up that was just confirmed.
    SignedUp {
        session: String,
    },
}

impl FirstAttempt<'_> {
    fn of_flow(self, levels: &[Level]) -> Attempt {
        let levels = (!levels.is_empty()).then(|| levels.to_vec());
        let (password, session) = match self {
            Self::Password(password) if levels.is_none() => {
                return Attempt::Password {
                    flow: AuthFlowType::UserPasswordAuth,
                    password: password.into(),
                };
            }
            // The flow that knows of levels.
            Self::Password(password) => (Some(password), None),
            Self::Choice { password } => (password, None),
            Self::SignedUp { session } => (None, Some(session)),
        };
        Attempt::Choice(ChoiceAttempt {
            session,
            preferred: password.map(|_| FirstFactor::Password.as_str().to_owned()),
            password: password.map(Required::from),
            levels,
            ..ChoiceAttempt::default()
        })
    }
}

/// The first request of a sign-in, and what comes of it.
pub async fn begin(
    visit: &PageRequest,
    username: &str,
    attempt: FirstAttempt<'_>,
) -> Result<Response> {
    let sender = challenge::sender(username);
    let attempt = attempt.of_flow(&visit.request.levels);
    match sign_in::initiate(visit.sign_in(&sender), &attempt).await {
        Ok(outcome) => challenge::proceed(visit, username, outcome).await,
        Err(error) => refused(visit, username, &error).await,
    }
}

/// Why somebody was not let in: some reasons have a page that helps.
pub async fn refused(visit: &PageRequest, username: &str, error: &Error) -> Result<Response> {
    let banner = Some(visit.refused(error));
    match error {
        Error::UserNotConfirmed => {
            // Only a right password leads to this error.
            let step = Step::new(At::Confirm { proved: true }, username);
            sign_up::show_confirm(visit, &step, None).await
        }
        Error::PasswordResetRequired => recover::show(visit, username, banner).await,
        _ => show(visit, username, banner).await,
    }
}
