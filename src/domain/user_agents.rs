//! Describes a `User-Agent` in a few words: a browser by name, version and system, anything else by
//! its first product.
//!
//! (unsure) The service does not document its words for them; they are for people to read.

/// Browsers and the products that identify them. The order matters: each one also claims to be
/// those below it.
const BROWSERS: &[(&str, &str)] = &[
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Version/", "Safari"),
];

const SYSTEMS: &[(&str, &str)] = &[
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
];

/// The longest description of an unknown user agent.
const LONGEST: usize = 128;

/// `Chrome 126, Windows`, `Boto3/1.44.5`, or `unknown`.
pub fn describe(agent: &str) -> String {
    let system = SYSTEMS
        .iter()
        .find(|(sign, _)| agent.contains(sign))
        .map(|(_, name)| *name);
    let browser = BROWSERS.iter().find_map(|(sign, name)| {
        let (_, version) = agent.split_once(sign)?;
        let version: String = version.chars().take_while(char::is_ascii_digit).collect();
        Some(format!("{name} {version}"))
    });
    match (browser, system) {
        (Some(browser), Some(system)) if agent.starts_with("Mozilla/") => {
            format!("{browser}, {system}")
        }
        _ => match agent.split_whitespace().next() {
            Some(product) => product.chars().take(LONGEST).collect(),
            None => "unknown".to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_told_by_name_version_and_system_and_others_by_their_product() {
        for (agent, said) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
                "Chrome 126, Windows",
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
                "Firefox 128, Linux",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
                "Safari 17, iPhone",
            ),
            ("Boto3/1.44.5 md/Botocore#1.44.5", "Boto3/1.44.5"),
            ("", "unknown"),
        ] {
            assert_eq!(describe(agent), said);
        }
    }
}
