//! The style sheet that a managed login style becomes: its settings as values of the variables in
//! `static/pages.css`.
//!
//! Only colours, numbers and a few words are taken over, each checked for what it is, so that
//! nothing else can get into the sheet. Settings for what these pages do not have (drop-downs,
//! option controls, session timers) change nothing.

use std::fmt::Write;

use serde_json::Value;

/// Where a colour of the settings goes: its path up to the mode, its path after it, the variable.
const COLOURS: &[(&str, &str, &str)] = &[
    ("/components/pageBackground", "/color", "page"),
    ("/components/pageHeader", "/background/color", "header"),
    ("/components/pageHeader", "/borderColor", "header-edge"),
    ("/components/pageFooter", "/background/color", "footer"),
    ("/components/pageFooter", "/borderColor", "footer-edge"),
    ("/components/form", "/backgroundColor", "panel"),
    ("/components/form", "/borderColor", "panel-edge"),
    ("/components/pageText", "/headingColor", "heading"),
    ("/components/pageText", "/bodyColor", "text"),
    ("/components/pageText", "/descriptionColor", "muted"),
    (
        "/components/primaryButton",
        "/defaults/backgroundColor",
        "button",
    ),
    (
        "/components/primaryButton",
        "/defaults/textColor",
        "button-text",
    ),
    (
        "/components/primaryButton",
        "/hover/backgroundColor",
        "button-hover",
    ),
    (
        "/components/primaryButton",
        "/hover/textColor",
        "button-hover-text",
    ),
    (
        "/components/primaryButton",
        "/active/backgroundColor",
        "button-active",
    ),
    (
        "/components/primaryButton",
        "/active/textColor",
        "button-active-text",
    ),
    (
        "/components/secondaryButton",
        "/defaults/backgroundColor",
        "second",
    ),
    (
        "/components/secondaryButton",
        "/defaults/textColor",
        "second-text",
    ),
    (
        "/components/secondaryButton",
        "/defaults/borderColor",
        "second-edge",
    ),
    (
        "/components/secondaryButton",
        "/hover/backgroundColor",
        "second-hover",
    ),
    (
        "/components/secondaryButton",
        "/hover/textColor",
        "second-hover-text",
    ),
    (
        "/components/secondaryButton",
        "/hover/borderColor",
        "second-hover-edge",
    ),
    (
        "/components/idpButton/standard",
        "/defaults/backgroundColor",
        "idp",
    ),
    (
        "/components/idpButton/standard",
        "/defaults/textColor",
        "idp-text",
    ),
    (
        "/components/idpButton/standard",
        "/defaults/borderColor",
        "idp-edge",
    ),
    (
        "/components/idpButton/standard",
        "/hover/backgroundColor",
        "idp-hover",
    ),
    (
        "/components/idpButton/standard",
        "/hover/textColor",
        "idp-hover-text",
    ),
    (
        "/components/idpButton/standard",
        "/hover/borderColor",
        "idp-hover-edge",
    ),
    ("/components/alert", "/error/backgroundColor", "error"),
    ("/components/alert", "/error/borderColor", "error-edge"),
    (
        "/componentClasses/input",
        "/defaults/backgroundColor",
        "input",
    ),
    (
        "/componentClasses/input",
        "/defaults/borderColor",
        "input-edge",
    ),
    (
        "/componentClasses/input",
        "/placeholderColor",
        "placeholder",
    ),
    ("/componentClasses/inputLabel", "/textColor", "label"),
    ("/componentClasses/link", "/defaults/textColor", "link"),
    ("/componentClasses/link", "/hover/textColor", "link-hover"),
    ("/componentClasses/focusState", "/borderColor", "focus"),
    ("/componentClasses/divider", "/borderColor", "divider"),
    (
        "/componentClasses/statusIndicator",
        "/success/backgroundColor",
        "notice",
    ),
    (
        "/componentClasses/statusIndicator",
        "/success/borderColor",
        "notice-edge",
    ),
];

const RADII: &[(&str, &str)] = &[
    ("/components/form/borderRadius", "panel-radius"),
    ("/components/alert/borderRadius", "alert-radius"),
    ("/componentClasses/input/borderRadius", "input-radius"),
    ("/componentClasses/buttons/borderRadius", "button-radius"),
];

/// The default values of our own sheet, for a mode that the settings leave out: a variable has one
/// value for both.
const OWN: &str = include_str!("static/pages.css");

/// An image behind something.
pub struct Background {
    /// What it lies behind, as the sheet selects it.
    pub selector: &'static str,
    /// Only in this mode: `light` or `dark`.
    pub mode: Option<&'static str>,
    pub url: String,
}

/// The style sheet for these settings.
pub fn of_settings(settings: &Value, backgrounds: &[Background]) -> String {
    let mut sheet = String::from(":root {\n");
    for (path, member, variable) in COLOURS {
        let of = |mode: &str| {
            settings
                .pointer(&format!("{path}/{mode}{member}"))
                .and_then(colour)
        };
        let (light, dark) = match (of("lightMode"), of("darkMode")) {
            (None, None) => continue,
            (light, dark) => {
                let (own_light, own_dark) = own(variable);
                (light.unwrap_or(own_light), dark.unwrap_or(own_dark))
            }
        };
        put(
            &mut sheet,
            variable,
            &format!("light-dark({light}, {dark})"),
        );
    }
    for (path, variable) in RADII {
        if let Some(pixels) = settings.pointer(path).and_then(pixels) {
            put(&mut sheet, variable, &format!("{pixels}px"));
        }
    }
    let location = |side: &str| {
        settings
            .pointer(&format!("/categories/form/location/{side}"))
            .and_then(Value::as_str)
            .and_then(flex)
    };
    for (side, variable) in [("horizontal", "across"), ("vertical", "down")] {
        if let Some(place) = location(side) {
            put(&mut sheet, variable, place);
        }
    }
    sheet.push_str("}\n");
    for background in backgrounds {
        let rule = format!(
            "{} {{ background-image: url(\"{}\"); }}",
            background.selector, background.url
        );
        let rule = match background.mode {
            Some(mode) => format!("@media (prefers-color-scheme: {mode}) {{ {rule} }}\n"),
            None => format!("{rule}\n"),
        };
        sheet.push_str(&rule);
    }
    sheet
}

fn put(sheet: &mut String, variable: &str, value: &str) {
    // Writing to a String cannot fail.
    let _written = writeln!(sheet, "  --{variable}: {value};");
}

/// Eight hexadecimal digits, as the branding editor writes colours (`0972d3ff`); six are taken,
/// too.
fn colour(value: &Value) -> Option<String> {
    let digits = value.as_str()?;
    let is_colour = matches!(digits.len(), 6 | 8) && digits.bytes().all(|b| b.is_ascii_hexdigit());
    is_colour.then(|| format!("#{digits}"))
}

fn pixels(value: &Value) -> Option<f64> {
    value
        .as_f64()
        .filter(|number| (0.0..=100.0).contains(number))
}

fn flex(place: &str) -> Option<&'static str> {
    Some(match place {
        "START" => "flex-start",
        "CENTER" => "center",
        "END" => "flex-end",
        _ => return None,
    })
}

/// What our own sheet says of a variable, light and dark.
fn own(variable: &str) -> (String, String) {
    let named = format!("  --{variable}: ");
    let value = OWN
        .lines()
        .find_map(|line| line.strip_prefix(named.as_str()))
        .and_then(|value| value.strip_suffix(';'))
        .unwrap_or("currentColor");
    match value
        .strip_prefix("light-dark(")
        .and_then(|both| both.strip_suffix(')'))
        .and_then(|both| both.split_once(", "))
    {
        Some((light, dark)) => (light.to_owned(), dark.to_owned()),
        None => (value.to_owned(), value.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_variable_of_the_settings_is_one_of_our_sheet() {
        for variable in COLOURS
            .iter()
            .map(|(_, _, variable)| variable)
            .chain(RADII.iter().map(|(_, variable)| variable))
        {
            assert!(
                OWN.contains(&format!("  --{variable}: ")),
                "{variable} is not in pages.css"
            );
        }
    }

    #[test]
    fn a_style_becomes_variables_and_what_is_no_colour_becomes_nothing() {
        let settings = json!({
            "components": {
                "primaryButton": { "lightMode": { "defaults": { "backgroundColor": "0972d3ff", "textColor": "red;} body{display:none" } } },
                "form": { "borderRadius": 4.0, "lightMode": { "backgroundColor": "</style>" } },
                "pageBackground": { "lightMode": { "color": "ffffffff" }, "darkMode": { "color": "000000ff" } },
            },
            "categories": { "form": { "location": { "horizontal": "START", "vertical": "};" } } },
        });
        assert_eq!(
            of_settings(&settings, &[]),
            ":root {\n  --page: light-dark(#ffffffff, #000000ff);\n  --button: \
             light-dark(#0972d3ff, #7fb2ff);\n  \
             --panel-radius: 4px;\n  --across: flex-start;\n}\n"
        );
    }

    #[test]
    fn a_background_image_can_be_for_one_mode() {
        let sheet = of_settings(
            &json!({}),
            &[Background {
                selector: "body",
                mode: Some("dark"),
                url: "/x".to_owned(),
            }],
        );
        assert!(sheet.ends_with(
            "@media (prefers-color-scheme: dark) { body { background-image: url(\"/x\"); } }\n"
        ));
    }
}
