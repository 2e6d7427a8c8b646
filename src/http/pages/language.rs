//! Which language a visitor gets: the request's `lang`, which every link and form of the pages
//! carries on, else the browser's choice.

use axum::http::{HeaderMap, header};

use super::texts::{DE, EN, ES, FR, JA, PT_BR, Tongue};

/// A language of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    English,
    Japanese,
    German,
    French,
    Spanish,
    BrazilianPortuguese,
}

impl Language {
    pub const ALL: [Self; 6] = [
        Self::English,
        Self::Japanese,
        Self::German,
        Self::French,
        Self::Spanish,
        Self::BrazilianPortuguese,
    ];

    /// `lang`, else the best of Accept-Language, else English.
    pub fn choose(lang: Option<&str>, headers: &HeaderMap) -> Self {
        let accepted = || {
            headers
                .get(header::ACCEPT_LANGUAGE)
                .and_then(|value| value.to_str().ok())
                .and_then(of_accept_language)
        };
        lang.and_then(Self::of)
            .or_else(accepted)
            .unwrap_or(Self::English)
    }

    /// As `lang` names it: `pt-BR`, also in other letters and with other subtags (`de-AT`,
    /// `pt_br`).
    fn of(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next()?;
        Self::ALL.into_iter().find(|language| {
            let code = language.code().split('-').next();
            code.is_some_and(|code| code.eq_ignore_ascii_case(primary))
        })
    }

    /// As `lang` and the page's own `lang` attribute write it.
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Japanese => "ja",
            Self::German => "de",
            Self::French => "fr",
            Self::Spanish => "es",
            Self::BrazilianPortuguese => "pt-BR",
        }
    }

    /// What speakers call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Japanese => "日本語",
            Self::German => "Deutsch",
            Self::French => "Français",
            Self::Spanish => "Español",
            Self::BrazilianPortuguese => "Português (Brasil)",
        }
    }

    /// Its name among the links of terms documents (`LanguageIdType`).
    pub fn id_of_terms(self) -> &'static str {
        match self {
            Self::English => "cognito:english",
            Self::Japanese => "cognito:japanese",
            Self::German => "cognito:german",
            Self::French => "cognito:french",
            Self::Spanish => "cognito:spanish",
            Self::BrazilianPortuguese => "cognito:portuguese-brazil",
        }
    }

    pub fn tongue(self) -> &'static Tongue {
        match self {
            Self::English => &EN,
            Self::Japanese => &JA,
            Self::German => &DE,
            Self::French => &FR,
            Self::Spanish => &ES,
            Self::BrazilianPortuguese => &PT_BR,
        }
    }
}

/// The language that the browser likes best among those that there are (RFC 9110 §12.5.4).
fn of_accept_language(value: &str) -> Option<Language> {
    let mut best: Option<(f32, Language)> = None;
    for range in value.split(',') {
        let mut parts = range.split(';');
        let tag = parts.next().unwrap_or_default().trim();
        let quality = parts
            .find_map(|part| part.trim().strip_prefix("q="))
            .map_or(1.0, |quality| quality.trim().parse().unwrap_or(0.0));
        if let Some(language) = Language::of(tag)
            && quality > 0.0
            && best.is_none_or(|(most, _)| quality > most)
        {
            best = Some((quality, language));
        }
    }
    best.map(|(_, language)| language)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(lang: Option<&str>, accepted: &str) -> Language {
        let headers = HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, accepted.parse().unwrap())]);
        Language::choose(lang, &headers)
    }

    #[test]
    fn lang_comes_before_what_the_browser_likes() {
        assert_eq!(choose(Some("ja"), "de"), Language::Japanese);
        assert_eq!(choose(Some("pt-BR"), ""), Language::BrazilianPortuguese);
        assert_eq!(choose(Some("xx"), "de-AT, en;q=0.5"), Language::German);
        assert_eq!(choose(None, "it, en;q=0.2, fr;q=0.8"), Language::French);
        assert_eq!(choose(None, "it, es;q=0"), Language::English);
        assert_eq!(choose(None, "*;q=x,,;"), Language::English);
    }
}
