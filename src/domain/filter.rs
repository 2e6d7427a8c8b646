//! The filter of ListUsers: `<attribute> = "<value>"` or `<attribute> ^= "<value>"`, one condition.

use crate::error::{Error, Result};
use crate::store::{Comparison, SearchColumn, SearchTest};

/// Which users a filter selects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    All,
    /// A status that no user can have.
    Nobody,
    Test(SearchTest),
}

/// Parses a filter. An empty one selects all users.
pub fn parse(filter: &str) -> Result<Filter> {
    let filter = filter.trim();
    if filter.is_empty() {
        return Ok(Filter::All);
    }
    let (name, comparison, quoted) = split(filter).ok_or(Error::FilterSyntax)?;
    let value = unquote(quoted).ok_or(Error::FilterSyntax)?;
    let (column, value) = match name {
        "sub" => (SearchColumn::Sub, value),
        "username" => (SearchColumn::Username, value),
        "email" => (SearchColumn::Email, value.to_lowercase()),
        "phone_number" => (SearchColumn::PhoneNumber, value.to_lowercase()),
        "preferred_username" => (SearchColumn::PreferredUsername, value.to_lowercase()),
        "name" => (SearchColumn::Name, value.to_lowercase()),
        "given_name" => (SearchColumn::GivenName, value.to_lowercase()),
        "family_name" => (SearchColumn::FamilyName, value.to_lowercase()),
        "cognito:user_status" => (SearchColumn::Status, value.to_uppercase()),
        "status" => return Ok(enabled(comparison, &value)),
        other => {
            return Err(Error::FilterAttribute {
                name: other.to_owned(),
            });
        }
    };
    Ok(Filter::Test(SearchTest::Column {
        column,
        comparison,
        value,
    }))
}

/// `status` is `Enabled` or `Disabled`, and case counts.
fn enabled(comparison: Comparison, value: &str) -> Filter {
    let matches = |status: &str| match comparison {
        Comparison::Equals => status == value,
        Comparison::StartsWith => status.starts_with(value),
    };
    match (matches("Enabled"), matches("Disabled")) {
        (true, true) => Filter::All,
        (false, false) => Filter::Nobody,
        (enabled, _) => Filter::Test(SearchTest::Enabled(enabled)),
    }
}

/// The attribute, the operator and the rest, which begins with the quote.
fn split(filter: &str) -> Option<(&str, Comparison, &str)> {
    let (name, rest) = filter.split_at(filter.find(['=', '^'])?);
    let (comparison, value) = match rest.strip_prefix("^=") {
        Some(value) => (Comparison::StartsWith, value),
        None => (Comparison::Equals, rest.strip_prefix('=')?),
    };
    let name = name.trim_end();
    // The attribute may stand in quotes, as its value must.
    let name = match name.strip_prefix('"') {
        Some(rest) => rest.strip_suffix('"')?,
        None => name,
    };
    let plain = !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c == '"');
    plain.then(|| (name, comparison, value.trim_start()))
}

/// The value between its quotes, which must be the whole text. Inside, a backslash escapes the next
/// character.
fn unquote(text: &str) -> Option<String> {
    let mut characters = text.strip_prefix('"')?.chars();
    let mut value = String::with_capacity(text.len());
    loop {
        match characters.next()? {
            '"' => return characters.as_str().is_empty().then_some(value),
            '\\' => value.push(characters.next()?),
            other => value.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(filter: &str) -> (SearchColumn, Comparison, String) {
        match parse(filter) {
            Ok(Filter::Test(SearchTest::Column {
                column,
                comparison,
                value,
            })) => (column, comparison, value),
            other => panic!("{filter}: {other:?}"),
        }
    }

    #[test]
    fn one_condition_with_or_without_spaces() {
        use Comparison::{Equals, StartsWith};
        for filter in [
            r#"family_name = "Reddy""#,
            r#"family_name="Reddy""#,
            r#"  family_name  =   "Reddy"  "#,
        ] {
            let expected = (SearchColumn::FamilyName, Equals, "reddy".to_owned());
            assert_eq!(column(filter), expected);
        }
        assert_eq!(
            column(r#""email" = "a@b.c""#),
            (SearchColumn::Email, Equals, "a@b.c".to_owned())
        );
        assert_eq!(
            column(r#"given_name ^= "Jon""#),
            (SearchColumn::GivenName, StartsWith, "jon".to_owned())
        );
        assert_eq!(
            column(r#"name = "a \"b\" = c\\""#),
            (SearchColumn::Name, Equals, r#"a "b" = c\"#.to_owned())
        );
        assert_eq!(parse("").unwrap(), Filter::All);
        assert_eq!(parse("  ").unwrap(), Filter::All);
    }

    #[test]
    fn case_counts_for_user_names_and_ids_only() {
        assert_eq!(column(r#"username = "Al""#).2, "Al");
        assert_eq!(column(r#"sub = "Al""#).2, "Al");
        assert_eq!(column(r#"email = "Al@B.c""#).2, "al@b.c");
        assert_eq!(
            column(r#"cognito:user_status = "confirmed""#).2,
            "CONFIRMED"
        );
    }

    #[test]
    fn status_is_enabled_or_disabled() {
        let enabled = |flag| Filter::Test(SearchTest::Enabled(flag));
        assert_eq!(parse(r#"status = "Enabled""#).unwrap(), enabled(true));
        assert_eq!(parse(r#"status = "Disabled""#).unwrap(), enabled(false));
        assert_eq!(parse(r#"status ^= "Dis""#).unwrap(), enabled(false));
        assert_eq!(parse(r#"status ^= """#).unwrap(), Filter::All);
        assert_eq!(parse(r#"status = "enabled""#).unwrap(), Filter::Nobody);
    }

    #[test]
    fn what_is_no_condition_is_refused() {
        for filter in [
            "email",
            "email =",
            "email = a@b.c",
            "email = 'a@b.c'",
            r#"email = "a@b.c"#,
            r#"email = "a@b.c\""#,
            r#"email = "a" and name = "b""#,
            r#"email == "a""#,
            r#"email ^ "a""#,
            r#"email ! "a""#,
            r#"= "a""#,
            r#"e mail = "a""#,
            r#""email = "a""#,
            r#"email" = "a""#,
            r#""" = "a""#,
            r#"" email" = "a""#,
        ] {
            let answer = parse(filter).map_err(|error| error.situation());
            assert_eq!(answer, Err("FilterSyntax"), "{filter}");
        }
        for name in [
            "custom:foo",
            "nickname",
            "address",
            "Email",
            "email_verified",
        ] {
            let answer = parse(&format!(r#"{name} = "a""#)).map_err(|error| error.message());
            assert_eq!(answer, Err(format!("Invalid search attribute: {name}")));
        }
    }
}
