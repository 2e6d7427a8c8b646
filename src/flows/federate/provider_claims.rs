//! What a provider said of a person, once it is checked that the provider really said it.

use crate::domain::authentication_levels::Level;
use crate::domain::federation::Claims;
use crate::flows::triggers::ProviderAnswer;
use crate::store::SamlSession;

pub struct ProviderClaims {
    /// All of it, as pools map it.
    pub claims: Claims,
    /// Where each part came from, as the pool's function is told.
    pub answer: ProviderAnswer,
    /// How strongly the provider says that the person signed in.
    pub level: Level,
    /// What ends the person's session at a SAML provider.
    pub saml_session: Option<SamlSession>,
}
