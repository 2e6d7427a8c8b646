//! The set-up of a second factor by somebody who has none in a pool that demands one: an
//! authenticator app by its QR code, or an e-mail address.

use axum::response::Response;
use qrcode::QrCode;
use qrcode::render::svg;

use super::challenge::{back, mfa_choices, refused, respond};
use super::field::Field;
use super::form::Form;
use super::page_request::PageRequest;
use super::refusals::Banner;
use super::step::{At, Step};
use super::templates::{ChoicePage, FormPage, TotpSetupPage};
use crate::error::{Error, Result};
use crate::flows::sign_in::{self, Challenge, ChallengeAnswer, DrawnToken, Entrance};
use crate::store::MfaFactor;

/// The page of the factor that was picked or is the only one, else the choice of factors.
pub async fn show(visit: &PageRequest, step: &Step, banner: Option<Banner>) -> Result<Response> {
    let offered = offered(step);
    let picked = match (&step.at, offered.as_slice()) {
        (At::SetUpMfa { picked, .. }, _) => Some(*picked),
        (_, [only]) => Some(*only),
        _ => None,
    };
    match picked {
        Some(MfaFactor::SoftwareToken) => totp(visit, step, banner).await,
        Some(MfaFactor::Email) => email(visit, step, banner),
        _ => {
            let texts = visit.t();
            let page = ChoicePage {
                frame: visit
                    .frame(texts.setup_choice_title)
                    .intro(texts.setup_choice_intro)
                    .banner(banner),
                testid: "setup-choice-form",
                action: "/mfa",
                state: visit.seal(step)?,
                choices: mfa_choices(visit, &offered),
                links: back(visit),
            };
            visit.page(&page)
        }
    }
}

/// The factors that can be set up here: a number cannot, although the challenge may name it.
fn offered(step: &Step) -> Vec<MfaFactor> {
    let (At::Challenge(Challenge::SetUpMfa { factors, .. }) | At::SetUpMfa { factors, .. }) =
        &step.at
    else {
        return Vec::new();
    };
    let mut offered = factors.clone();
    offered.retain(|factor| *factor != MfaFactor::Sms);
    offered
}

/// The step in which this factor is set up.
fn picked(step: &Step, picked: MfaFactor, secret: Option<String>) -> Step {
    Step {
        at: At::SetUpMfa {
            factors: offered(step),
            picked,
            secret,
        },
        ..step.clone()
    }
}

/// The key, as picture and in letters. It is made once and stays while wrong codes are tried.
async fn totp(visit: &PageRequest, step: &Step, banner: Option<Banner>) -> Result<Response> {
    let (step, secret) = match &step.at {
        At::SetUpMfa {
            secret: Some(secret),
            ..
        } => (step.clone(), secret.clone()),
        _ => match draw(visit, step).await {
            Ok(drawn) => {
                let factor = MfaFactor::SoftwareToken;
                let step = Step {
                    session: Some(drawn.session),
                    ..picked(step, factor, Some(drawn.secret.clone()))
                };
                (step, drawn.secret)
            }
            Err(error) => return Box::pin(refused(visit, step, &error)).await,
        },
    };
    let texts = visit.t();
    let page = TotpSetupPage {
        frame: visit
            .code_frame(texts.setup_totp_title, &step)
            .await?
            .banner(banner),
        state: visit.seal(&step)?,
        qr: picture(&address(visit, &step.username, &secret))?,
        secret,
        fields: vec![
            Field::code(texts.code).focused(),
            Field::text("device_name", texts.setup_totp_device, false),
        ],
        links: back(visit),
    };
    visit.page(&page)
}

async fn draw(visit: &PageRequest, step: &Step) -> Result<DrawnToken> {
    let session = step.session()?;
    sign_in::associate_software_token(&visit.ctx, Entrance::Pages, session).await
}

/// What authenticator apps read: `otpauth://totp/<issuer>:<user>?secret=…&issuer=…`.
fn address(visit: &PageRequest, username: &str, secret: &str) -> String {
    let encode = |text: &str| -> String {
        form_urlencoded::byte_serialize(text.as_bytes())
            .collect::<String>()
            .replace('+', "%20")
    };
    let issuer = encode(&visit.pool().name);
    let user = encode(username);
    format!("otpauth://totp/{issuer}:{user}?secret={secret}&issuer={issuer}")
}

fn picture(address: &str) -> Result<String> {
    let code = QrCode::new(address.as_bytes())
        .map_err(|error| Error::Internal(anyhow::Error::new(error).context("QR code")))?;
    let svg = code
        .render::<svg::Color<'_>>()
        .min_dimensions(192, 192)
        .quiet_zone(false)
        .build();
    // HTML takes no XML declaration.
    let start = svg.find("<svg").unwrap_or_default();
    Ok(svg[start..].to_owned())
}

fn email(visit: &PageRequest, step: &Step, banner: Option<Banner>) -> Result<Response> {
    let texts = visit.t();
    let frame = visit
        .frame(texts.setup_email_title)
        .intro(texts.setup_email_intro)
        .banner(banner);
    let mut page = FormPage::new(frame, "email-setup-form", "/mfa", texts.send);
    page.state = Some(visit.seal(step)?);
    page.fields = vec![Field::email("email", visit.language).focused()];
    page.links = back(visit);
    visit.page(&page)
}

/// What was chosen, the app's code, or the address.
pub async fn post(visit: &PageRequest, step: &Step, form: &Form) -> Result<Response> {
    if let Some(answer) = form.get("answer") {
        let factor = MfaFactor::from_name(answer);
        return match factor.filter(|factor| offered(step).contains(factor)) {
            Some(factor) => show(visit, &picked(step, factor, None), None).await,
            None => show(visit, step, None).await,
        };
    }
    if let Some(email) = form.typed("email") {
        let email = Some(email.to_owned());
        return respond(visit, step, ChallengeAnswer::SetUpMfa { email }).await;
    }
    let Some(code) = form.typed("code") else {
        let missing = Banner::refusal(visit.t().field_missing);
        return show(visit, step, Some(missing)).await;
    };
    let session = step.session()?;
    let name = form.typed("device_name");
    let (ctx, entrance) = (&visit.ctx, Entrance::Pages);
    match sign_in::verify_software_token(ctx, entrance, session, code, name).await {
        Ok(session) => {
            let verified = Step {
                session: Some(session),
                ..step.clone()
            };
            respond(visit, &verified, ChallengeAnswer::SetUpMfa { email: None }).await
        }
        Err(error) => refused(visit, step, &error).await,
    }
}
