//! The pages' languages.

use serde_json::json;

use super::Place;

#[tokio::test]
async fn lang_chooses_the_language_and_every_form_carries_it_on() {
    let place = Place::with_alice(json!({})).await;
    let browser = place.browser();
    for (lang, html, word) in [
        ("de", "<html lang=\"de\"", "Passwort vergessen?"),
        ("ja", "<html lang=\"ja\"", "パスワード"),
        ("fr", "<html lang=\"fr\"", "Mot de passe oublié"),
        ("es", "<html lang=\"es\"", "Contraseña"),
        ("pt-BR", "<html lang=\"pt-BR\"", "Esqueceu a senha?"),
        ("en", "<html lang=\"en\"", "Forgot your password?"),
        ("tlh", "<html lang=\"en\"", "Forgot your password?"),
    ] {
        let login = format!("{}&lang={lang}", place.at("/login"));
        let page = browser.get(&login).await;
        assert!(
            page.html.contains(html) && page.html.contains(word),
            "{lang}"
        );
        assert!(page.html.contains(&format!("&#38;lang={lang}\"")), "{lang}");
    }
    let login = format!("{}&lang=de", place.at("/login"));
    let page = browser.get(&login).await;
    let fields = [("username", "alice"), ("password", "Wr0ng!pass")];
    let wrong = browser.submit(&page, &login, &fields).await;
    wrong.refuses("Benutzername oder Passwort ist falsch.");
}

#[tokio::test]
async fn without_lang_the_browser_chooses() {
    let place = Place::with_alice(json!({})).await;
    let accepted = "it;q=1, fr-CA;q=0.9, en;q=0.5";
    let page = place
        .browser()
        .get_with(&place.at("/login"), "accept-language", accepted)
        .await;
    assert!(page.html.contains("<html lang=\"fr\""));
    let error = place
        .browser()
        .get_with("/error?error=x", "accept-language", "de")
        .await;
    assert!(error.html.contains("Etwas ist schiefgegangen"));
}
