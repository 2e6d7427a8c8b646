//! The templates' types: what each page is given, and which template draws it. What draws it is
//! generated and checked when this is compiled (docs/decisions/0158).

mod generated;

use super::field::Field;
use super::frame::Frame;

/// A link below a page, with a few words before it.
pub struct Link {
    pub lead: Option<&'static str>,
    pub text: String,
    pub href: String,
    pub testid: &'static str,
}

/// A link to an identity provider.
pub struct Button {
    pub provider: String,
    pub text: String,
    pub href: String,
    pub icon: Option<String>,
}

/// Something to choose.
pub struct Choice {
    pub answer: &'static str,
    pub text: &'static str,
}

/// The way back from a factor to the choice of factors.
pub struct OtherWay {
    pub action: &'static str,
    pub state: String,
}

/// The form for users of the pool's own directory.
pub struct LocalForm {
    pub fields: Vec<Field>,
    pub submit: &'static str,
    pub forgot: Option<String>,
}

/// Template: `sign_in.html`.
pub struct SignInPage<'v> {
    pub frame: Frame<'v>,
    pub form: Option<LocalForm>,
    pub buttons: Vec<Button>,
    pub federated_first: bool,
    pub links: Vec<Link>,
}

/// A page with fields and one button; most pages are.
///
/// Template: `form.html`.
pub struct FormPage<'v> {
    pub frame: Frame<'v>,
    pub testid: &'static str,
    pub action: &'static str,
    /// The sealed step that the form answers.
    pub state: Option<String>,
    pub fields: Vec<Field>,
    pub rules: Vec<String>,
    pub legal: Vec<Link>,
    pub submit: &'static str,
    /// The sealed step whose code may be sent again.
    pub resend: Option<String>,
    pub other_way: Option<OtherWay>,
    pub links: Vec<Link>,
}

impl<'v> FormPage<'v> {
    pub fn new(
        frame: Frame<'v>,
        testid: &'static str,
        action: &'static str,
        submit: &'static str,
    ) -> Self {
        Self {
            frame,
            testid,
            action,
            state: None,
            fields: Vec::new(),
            rules: Vec::new(),
            legal: Vec::new(),
            submit,
            resend: None,
            other_way: None,
            links: Vec::new(),
        }
    }
}

/// Template: `choice.html`.
pub struct ChoicePage<'v> {
    pub frame: Frame<'v>,
    pub testid: &'static str,
    pub action: &'static str,
    pub state: String,
    pub choices: Vec<Choice>,
    pub links: Vec<Link>,
}

/// Template: `totp_setup.html`.
pub struct TotpSetupPage<'v> {
    pub frame: Frame<'v>,
    pub state: String,
    /// An SVG of our own making.
    pub qr: String,
    pub secret: String,
    pub fields: Vec<Field>,
    pub links: Vec<Link>,
}

/// Template: `passkey.html`.
pub struct PasskeyPage<'v> {
    pub frame: Frame<'v>,
    pub action: &'static str,
    pub state: String,
    /// `get` or `create`.
    pub ceremony: &'static str,
    /// The options as JSON.
    pub options: String,
    pub submit: &'static str,
    pub other_way: Option<OtherWay>,
    pub links: Vec<Link>,
}

/// Template: `message.html`.
pub struct MessagePage<'v> {
    pub frame: Frame<'v>,
    pub detail: Option<String>,
    pub button: Option<Link>,
    pub links: Vec<Link>,
}
