//! The set-up of a second factor by somebody who has none in a pool that demands one: an
//! authenticator app by its QR code, or an e-mail address.

use axum::response::Response;
use qrcode::QrCode;
use qrcode::render::svg;

use super::challenge::{PICKED, back, choices, listed, refused, respond};
use super::field::Field;
use super::form::Form;
use super::refusals::Banner;
use super::step::Step;
use super::templates::{ChoicePage, FormPage, TotpSetupPage};
use super::visit::Visit;
use crate::error::{Error, Result};
use crate::flows::sign_in::{self, Entrance};

const TOTP: &str = "SOFTWARE_TOKEN_MFA";
const EMAIL: &str = "EMAIL_OTP";

/// Where a step remembers the key that was made for the app.
const SECRET: &str = "secret";

/// The page that fits: the choice where there is one, else the factor's own.
pub async fn show(visit: &Visit, step: &Step, banner: Option<Banner>) -> Result<Response> {
    // A number cannot be set up here, although the challenge may name it.
    let mut offered = listed(step, "MFAS_CAN_SETUP");
    offered.retain(|name| name == TOTP || name == EMAIL);
    let picked = match step.parameter(PICKED) {
        Some(picked) => Some(picked),
        None => match offered.as_slice() {
            [only] => Some(only.as_str()),
            _ => None,
        },
    };
    match picked {
        Some(TOTP) => totp(visit, step, banner).await,
        Some(EMAIL) => email(visit, step, banner),
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
                choices: choices(visit, offered.iter().map(String::as_str)),
                links: back(visit),
            };
            visit.page(&page)
        }
    }
}

/// The key, as picture and in letters. It is made once and stays while wrong codes are tried.
async fn totp(visit: &Visit, step: &Step, banner: Option<Banner>) -> Result<Response> {
    let step = match step.parameter(SECRET) {
        Some(_) => step.clone(),
        None => match begin_totp(visit, step).await {
            Ok(step) => step,
            Err(error) => return Box::pin(refused(visit, step, &error)).await,
        },
    };
    let (texts, secret) = (visit.t(), step.parameter(SECRET).unwrap_or_default());
    let page = TotpSetupPage {
        frame: visit.frame(texts.setup_totp_title).banner(banner),
        state: visit.seal(&step)?,
        qr: picture(&address(visit, &step.username, secret))?,
        secret: secret.to_owned(),
        fields: vec![
            Field::code(texts.code).focused(),
            Field::text("device_name", texts.setup_totp_device, false),
        ],
        links: back(visit),
    };
    visit.page(&page)
}

async fn begin_totp(visit: &Visit, step: &Step) -> Result<Step> {
    let session = step.session.as_deref().ok_or(Error::SessionInvalid)?;
    let (secret, session) =
        sign_in::associate_software_token(&visit.ctx, Entrance::Pages, session).await?;
    let mut step = step.clone().with(SECRET, secret).with(PICKED, TOTP);
    step.session = Some(session);
    Ok(step)
}

/// What authenticator apps read: `otpauth://totp/<issuer>:<user>?secret=…&issuer=…`.
fn address(visit: &Visit, username: &str, secret: &str) -> String {
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
    // The XML declaration does not belong into HTML.
    let start = svg.find("<svg").unwrap_or_default();
    Ok(svg[start..].to_owned())
}

fn email(visit: &Visit, step: &Step, banner: Option<Banner>) -> Result<Response> {
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
pub async fn post(visit: &Visit, step: &Step, form: &Form) -> Result<Response> {
    if let Some(answer) = form.get("answer") {
        let picked = step.clone().with(PICKED, answer);
        return show(visit, &picked, None).await;
    }
    if let Some(email) = form.typed("email") {
        return respond(visit, step, vec![("EMAIL".to_owned(), email.to_owned())]).await;
    }
    let Some(code) = form.typed("code") else {
        let missing = Banner::refusal(visit.t().field_missing);
        return show(visit, step, Some(missing)).await;
    };
    let session = step.session.as_deref().ok_or(Error::SessionInvalid)?;
    let name = form.typed("device_name");
    let (ctx, entrance) = (&visit.ctx, Entrance::Pages);
    match sign_in::verify_software_token(ctx, entrance, session, code, name).await {
        Ok(session) => {
            let verified = Step {
                session: Some(session),
                ..step.clone()
            };
            respond(visit, &verified, Vec::new()).await
        }
        Err(error) => refused(visit, step, &error).await,
    }
}
