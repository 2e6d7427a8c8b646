//! User import: what the CSV file must look like, and the user that a row of it describes.
//!
//! The rules are those of the developer guide. (unsure) The service's words for a row that breaks a
//! rule are known for few of them; most sentences below are ours. Not here: reading the file,
//! writing the users, the job's states (`flows::import`).

use std::fmt;

use time::{Date, Month};

use super::attributes;
use super::usernames::{self, Chosen};
use crate::error::Error;
use crate::keys::{HashFault, ImportedHash};
use crate::store::{Attributes, MfaPreferences, Pool};
use crate::wire::user_pools::{
    AttributeType, PasswordHashingAlgorithmType, UserPoolMfaType, VerifiedAttributeType,
};

const USERNAME: &str = "cognito:username";
const MFA_ENABLED: &str = "cognito:mfa_enabled";
/// The column of jobs with a PasswordHashingAlgorithm. (unsure) GetCSVHeader does not list it,
/// since it knows nothing of a job.
const PASSWORD_HASH: &str = "password_hash";

/// The longest row, in characters.
pub const LONGEST_ROW: usize = 16_000;
/// The most rows of one file.
pub const MOST_ROWS: i64 = 500_000;

/// The columns of a pool's CSV file, as GetCSVHeader lists them.
pub fn header(pool: &Pool) -> Vec<String> {
    pool.schema()
        .iter()
        .filter_map(|attribute| attribute.name.as_deref())
        .filter(|name| !matches!(*name, "sub" | "identities"))
        .chain([MFA_ENABLED, USERNAME])
        .map(str::to_owned)
        .collect()
}

/// The columns of one file, in its own order, and what made the hashes in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    names: Vec<String>,
    hashes: Option<PasswordHashingAlgorithmType>,
}

impl Columns {
    /// Reads a file's first line. Documented: all columns must be present, their order does not
    /// matter. None for anything else.
    pub fn read(
        pool: &Pool,
        hashes: Option<PasswordHashingAlgorithmType>,
        line: &[u8],
    ) -> Option<Self> {
        let text = std::str::from_utf8(line).ok()?;
        // Spreadsheets write a byte order mark.
        let found = fields(text.strip_prefix('\u{feff}').unwrap_or(text)).ok()?;
        let (mut wanted, mut given) = (header(pool), found.clone());
        wanted.extend(hashes.map(|_| PASSWORD_HASH.to_owned()));
        wanted.sort();
        given.sort();
        (wanted == given).then_some(Self {
            names: found,
            hashes,
        })
    }

    /// How a first line differs from the columns that it must have.
    pub fn difference(
        pool: &Pool,
        hashes: Option<PasswordHashingAlgorithmType>,
        line: &[u8],
    ) -> HeaderDifference {
        let text = String::from_utf8_lossy(line);
        let found = fields(text.strip_prefix('\u{feff}').unwrap_or(&text)).unwrap_or_default();
        let mut missing = header(pool);
        missing.extend(hashes.map(|_| PASSWORD_HASH.to_owned()));
        let mut unlisted = Vec::new();
        for name in found {
            match missing.iter().position(|wanted| *wanted == name) {
                Some(index) => {
                    missing.remove(index);
                }
                None => unlisted.push(name),
            }
        }
        HeaderDifference { missing, unlisted }
    }
}

/// Columns that a header lacks, and those that it has beyond or twice.
#[derive(Debug, PartialEq, Eq)]
pub struct HeaderDifference {
    pub missing: Vec<String>,
    pub unlisted: Vec<String>,
}

/// Why a row is not imported.
#[derive(Debug)]
pub enum RowFault {
    TooLong,
    NotUtf8,
    Quotes,
    /// A backslash at the end escapes nothing.
    Escape,
    Columns {
        expected: usize,
        found: usize,
    },
    NotABoolean(&'static str),
    UsernameMissing,
    UsernameMalformed,
    NotAutoVerified,
    BirthdateMalformed,
    MfaDisagrees,
    MfaNeedsPhoneNumber,
    Required(String),
    Hash(PasswordHashingAlgorithmType, HashFault),
    /// What AdminCreateUser would refuse.
    Refused(Error),
}

impl From<Error> for RowFault {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl fmt::Display for RowFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(f, "The row is longer than {LONGEST_ROW} characters."),
            Self::NotUtf8 => f.write_str("The row is not encoded in UTF-8."),
            Self::Quotes => f.write_str(
                "A quotation mark is not closed or stands in the middle of a value.",
            ),
            Self::Escape => f.write_str("The row ends with a backslash."),
            Self::Columns { expected, found } => write!(
                f,
                "The row has {found} values, but the header has {expected} columns."
            ),
            Self::NotABoolean(name) => write!(f, "The value of {name} must be true or false."),
            Self::UsernameMissing => write!(f, "The User Record does not set {USERNAME}."),
            Self::UsernameMalformed => write!(
                f,
                "The value of {USERNAME} must have 1 to 128 characters, none of them a space."
            ),
            // Captured.
            Self::NotAutoVerified => f.write_str(
                "The User Record does not set any of the auto verified attributes to true. (Example: email_verified to true).",
            ),
            Self::BirthdateMalformed => f.write_str("The birthdate must be a date of the form mm/dd/yyyy."),
            Self::MfaDisagrees => write!(
                f,
                "The value of {MFA_ENABLED} does not agree with the user pool's MFA configuration."
            ),
            Self::MfaNeedsPhoneNumber => write!(
                f,
                "The User Record sets {MFA_ENABLED} to true but has no phone number."
            ),
            Self::Required(name) => write!(f, "{name}: The attribute is required."),
            Self::Hash(algorithm, HashFault::Malformed) => write!(
                f,
                "The value of {PASSWORD_HASH} is not a hash of {}.",
                algorithm.as_str()
            ),
            Self::Hash(algorithm, HashFault::TooCostly) => write!(
                f,
                "The value of {PASSWORD_HASH} exceeds the limits for the cost of {}.",
                algorithm.as_str()
            ),
            Self::Refused(error) => f.write_str(error.message().trim_end()),
        }
    }
}

/// The user that a row describes. Everything is checked except whether its names are taken.
#[derive(Debug, PartialEq, Eq)]
pub struct Row {
    /// None where the `sub` takes its place.
    pub username: Option<String>,
    pub attributes: Attributes,
    pub mfa: MfaPreferences,
    /// A hash of the user's password that can be checked.
    pub password_hash: Option<String>,
}

/// Reads a row.
pub fn row(pool: &Pool, columns: &Columns, line: &[u8]) -> Result<Row, RowFault> {
    let text = std::str::from_utf8(line).map_err(|_| RowFault::NotUtf8)?;
    if text.chars().count() > LONGEST_ROW {
        return Err(RowFault::TooLong);
    }
    let values = fields(text)?;
    if values.len() != columns.names.len() {
        return Err(RowFault::Columns {
            expected: columns.names.len(),
            found: values.len(),
        });
    }
    let (mut username, mut mfa, mut given) = (String::new(), String::new(), Attributes::new());
    let mut password_hash = None;
    for (name, value) in columns.names.iter().zip(values) {
        match name.as_str() {
            USERNAME => username = value,
            MFA_ENABLED => mfa = value,
            _ if value.is_empty() => {}
            PASSWORD_HASH => password_hash = Some(value),
            _ => {
                given.insert(name.clone(), value);
            }
        }
    }

    check_verification(pool, &mut given)?;
    if given
        .get("birthdate")
        .is_some_and(|date| !is_birthdate(date))
    {
        return Err(RowFault::BirthdateMalformed);
    }
    let has_phone_number = given.contains_key("phone_number");
    let mfa = read_mfa(pool, &mfa, has_phone_number)?;

    let (typed, chosen) = name(pool, username, &given)?;
    let (username, named) = match chosen {
        Chosen::Username => (Some(typed.clone()), None),
        Chosen::Attribute(attribute) => (None, Some((attribute, typed.as_str()))),
    };
    let given = given
        .into_iter()
        .map(|(name, value)| AttributeType {
            name,
            value: Some(value.into()),
        })
        .collect();
    let attributes = attributes::at_creation(pool, named, given)?;
    if let (Some(algorithm), Some(hash)) = (columns.hashes, &password_hash)
        && let Err(fault) = ImportedHash::read(algorithm, hash)
    {
        return Err(RowFault::Hash(algorithm, fault));
    }
    let missing = pool.schema().iter().find_map(|attribute| {
        let name = attribute.name.as_deref().filter(|name| *name != "sub")?;
        (attribute.required == Some(true) && !attributes.contains_key(name)).then_some(name)
    });
    match missing {
        Some(name) => Err(RowFault::Required(name.to_owned())),
        None => Ok(Row {
            username,
            attributes,
            mfa,
            password_hash,
        }),
    }
}

/// Both flags must be present, and one of the pool's auto-verified attributes must be verified:
/// otherwise the user could not set a password.
fn check_verification(pool: &Pool, given: &mut Attributes) -> Result<(), RowFault> {
    let mut one = false;
    for attribute in [
        VerifiedAttributeType::Email,
        VerifiedAttributeType::PhoneNumber,
    ] {
        let flag = attribute.flag();
        let verified = given
            .get(flag)
            .and_then(|value| boolean(value))
            .ok_or(RowFault::NotABoolean(flag))?;
        one |= verified && pool.auto_verifies(attribute);
        if !verified && !given.contains_key(attribute.as_str()) {
            // `false` for an attribute without a value is fine.
            given.shift_remove(flag);
        }
    }
    if one {
        Ok(())
    } else {
        Err(RowFault::NotAutoVerified)
    }
}

/// The flag must agree with the pool's MFA state. (unsure) Where MFA is required the flag changes
/// nothing; where it is optional it switches SMS on.
fn read_mfa(pool: &Pool, flag: &str, has_phone_number: bool) -> Result<MfaPreferences, RowFault> {
    let enabled = boolean(flag).ok_or(RowFault::NotABoolean(MFA_ENABLED))?;
    match (pool.mfa(), enabled) {
        (UserPoolMfaType::Off, true) | (UserPoolMfaType::On, false) => Err(RowFault::MfaDisagrees),
        (_, true) if !has_phone_number => Err(RowFault::MfaNeedsPhoneNumber),
        (optional, enabled) => Ok(MfaPreferences {
            sms: enabled && optional == UserPoolMfaType::Optional,
            ..MfaPreferences::default()
        }),
    }
}

/// The user name. (unsure) In pools that sign in by an attribute it is that attribute's value, and
/// the column may be blank.
fn name(pool: &Pool, typed: String, given: &Attributes) -> Result<(String, Chosen), RowFault> {
    let typed = if typed.is_empty() {
        pool.username_attributes()
            .iter()
            .find_map(|attribute| given.get(attribute.as_str()).cloned())
            .ok_or(RowFault::UsernameMissing)?
    } else {
        typed
    };
    let wrong = |c: char| c.is_whitespace() || c.is_control();
    if typed.chars().count() > 128 || typed.contains(wrong) {
        return Err(RowFault::UsernameMalformed);
    }
    let chosen = usernames::choose(pool, &typed)?;
    Ok((typed, chosen))
}

fn boolean(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// `mm/dd/yyyy`, a day of the calendar.
fn is_birthdate(text: &str) -> bool {
    let digits = |part: &str, length: usize| {
        (part.len() == length && part.bytes().all(|b| b.is_ascii_digit()))
            .then(|| part.parse().ok())?
    };
    let mut parts = text.split('/');
    let (Some(month), Some(day), Some(year), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let date: Option<(u16, u16, u16)> = digits(month, 2)
        .zip(digits(day, 2))
        .zip(digits(year, 4))
        .map(|((month, day), year)| (month, day, year));
    date.is_some_and(|(month, day, year)| {
        let (Ok(month), Ok(day)) = (u8::try_from(month), u8::try_from(day)) else {
            return false;
        };
        Month::try_from(month)
            .is_ok_and(|month| Date::from_calendar_date(i32::from(year), month, day).is_ok())
    })
}

/// The values of a row: separated by commas; a backslash makes the next character a plain one
/// (documented for commas); a value may stand in quotation marks, in which two of them mean one
/// (RFC 4180). A row is a line, so that a quotation mark too many spoils one row only.
///
/// Written here because the usual CSV readers know a backslash only inside quotation marks, let
/// marks in the middle of a value pass, and read on to the end of the file for one that is not
/// closed.
fn fields(line: &str) -> Result<Vec<String>, RowFault> {
    let mut fields = Vec::new();
    let mut rest = line.chars().peekable();
    loop {
        let mut value = String::new();
        let quoted = rest.next_if_eq(&'"').is_some();
        loop {
            match rest.next() {
                Some('\\') => value.push(rest.next().ok_or(RowFault::Escape)?),
                Some('"') if quoted && rest.next_if_eq(&'"').is_some() => value.push('"'),
                Some('"') if quoted => match rest.next() {
                    Some(',') => break,
                    None => {
                        fields.push(value);
                        return Ok(fields);
                    }
                    Some(_) => return Err(RowFault::Quotes),
                },
                Some('"') => return Err(RowFault::Quotes),
                Some(',') if !quoted => break,
                Some(plain) => value.push(plain),
                None if quoted => return Err(RowFault::Quotes),
                None => {
                    fields.push(value);
                    return Ok(fields);
                }
            }
        }
        fields.push(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::domain::schema;
    use crate::wire::user_pools::{UserPoolType, UsernameAttributeType};

    fn pool(change: impl FnOnce(&mut UserPoolType)) -> Pool {
        let mut settings = UserPoolType {
            schema_attributes: Some(schema::create(&[]).unwrap()),
            auto_verified_attributes: Some(vec![VerifiedAttributeType::Email]),
            ..UserPoolType::default()
        };
        change(&mut settings);
        Pool {
            id: "eu-west-1_Pool".to_owned(),
            region: "eu-west-1".to_owned(),
            name: "pool".to_owned(),
            settings,
            factors: crate::store::MfaFactors::default(),
            token_sessions: None,
            created_at: Timestamp(0),
            updated_at: Timestamp(0),
        }
    }

    /// A row of the columns in the order of the header, with these values set.
    fn line(pool: &Pool, values: &[(&str, &str)]) -> String {
        let base = [
            ("email", "al@example.com"),
            ("email_verified", "true"),
            ("phone_number_verified", "false"),
            (MFA_ENABLED, "false"),
            (USERNAME, "al"),
        ];
        let value = |name: &str| {
            let given = values.iter().chain(&base).find(|(one, _)| *one == name);
            given.map_or("", |(_, value)| value)
        };
        header(pool)
            .iter()
            .map(|name| value(name))
            .collect::<Vec<_>>()
            .join(",")
    }

    fn read(pool: &Pool, values: &[(&str, &str)]) -> Result<Row, String> {
        let columns = Columns::read(pool, None, header(pool).join(",").as_bytes()).unwrap();
        row(pool, &columns, line(pool, values).as_bytes()).map_err(|fault| fault.to_string())
    }

    #[test]
    fn values_are_separated_escaped_and_quoted() {
        let good = |line: &str| fields(line).unwrap();
        assert_eq!(good("a,,c"), ["a", "", "c"]);
        assert_eq!(good(""), [""]);
        assert_eq!(good("a,"), ["a", ""]);
        assert_eq!(good(r"1 Main St\, Town,b\\"), ["1 Main St, Town", r"b\"]);
        assert_eq!(
            good(r#""a, ""b""",c,"""#.trim_end_matches('"')),
            ["a, \"b\"", "c", ""]
        );
        for bad in [r#""a"#, r#"a"b"#, r#""a"b,c"#, r"a\", "\""] {
            assert!(fields(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_header_has_all_columns_in_any_order() {
        let pool = pool(|_| {});
        let mut names = header(&pool);
        assert_eq!(names.first().map(String::as_str), Some("name"));
        assert_eq!(names.last().map(String::as_str), Some(USERNAME));
        assert_eq!(names.len(), 21);
        names.reverse();
        let text = format!("\u{feff}{}", names.join(","));
        assert_eq!(
            Columns::read(&pool, None, text.as_bytes()),
            Some(Columns {
                names: names.clone(),
                hashes: None,
            })
        );
        names.pop();
        assert_eq!(Columns::read(&pool, None, names.join(",").as_bytes()), None);
        names.push("nickname".to_owned());
        assert_eq!(Columns::read(&pool, None, names.join(",").as_bytes()), None);
        assert_eq!(Columns::read(&pool, None, b"\xff\xfe\0"), None);
    }

    #[test]
    fn a_good_row_is_a_user() {
        let pool = pool(|_| {});
        let row = read(
            &pool,
            &[("birthdate", "02/29/2000"), ("address", r"1 St\, T")],
        )
        .unwrap();
        assert_eq!(row.username.as_deref(), Some("al"));
        assert_eq!(row.attributes["address"], "1 St, T");
        assert_eq!(row.attributes["email_verified"], "true");
        assert!(!row.attributes.contains_key("phone_number_verified"));
    }

    #[test]
    fn a_bad_row_says_what_is_wrong_with_it() {
        let pool = pool(|_| {});
        let auto = "The User Record does not set any of the auto verified attributes to true. (Example: email_verified to true).";
        for (name, value, reason) in [
            (
                USERNAME,
                "",
                "The User Record does not set cognito:username.",
            ),
            (
                USERNAME,
                "a b",
                "The value of cognito:username must have 1 to 128 characters, none of them a space.",
            ),
            ("email", "nobody", "Invalid email address format."),
            (
                "email",
                "",
                "Email is required to verify/un-verify an email",
            ),
            ("phone_number", "123", "Invalid phone number format."),
            ("email_verified", "false", auto),
            (
                "email_verified",
                "",
                "The value of email_verified must be true or false.",
            ),
            (
                "email_verified",
                "yes",
                "The value of email_verified must be true or false.",
            ),
            (
                "phone_number_verified",
                "",
                "The value of phone_number_verified must be true or false.",
            ),
            (
                MFA_ENABLED,
                "",
                "The value of cognito:mfa_enabled must be true or false.",
            ),
            (
                MFA_ENABLED,
                "true",
                "The value of cognito:mfa_enabled does not agree with the user pool's MFA configuration.",
            ),
            (
                "birthdate",
                "02/30/2000",
                "The birthdate must be a date of the form mm/dd/yyyy.",
            ),
            (
                "birthdate",
                "2000-02-01",
                "The birthdate must be a date of the form mm/dd/yyyy.",
            ),
            (
                "updated_at",
                "today",
                "Attributes did not conform to the schema: updated_at: Value is not a number",
            ),
            (
                "name",
                "\"a",
                "A quotation mark is not closed or stands in the middle of a value.",
            ),
            (
                "name",
                "a,b",
                "The row has 22 values, but the header has 21 columns.",
            ),
        ] {
            assert_eq!(
                read(&pool, &[(name, value)]),
                Err(reason.to_owned()),
                "{name}={value}"
            );
        }
        let columns = Columns::read(&pool, None, header(&pool).join(",").as_bytes()).unwrap();
        let fault = |line: &[u8]| row(&pool, &columns, line).unwrap_err().to_string();
        assert_eq!(fault(b"\xff\xfe"), "The row is not encoded in UTF-8.");
        assert_eq!(
            fault(&vec![b'a'; LONGEST_ROW + 1]),
            "The row is longer than 16000 characters."
        );
    }

    #[test]
    fn where_the_address_is_the_user_name_the_column_may_be_blank() {
        let pool = pool(|settings| {
            settings.username_attributes = Some(vec![UsernameAttributeType::Email]);
        });
        let row = read(&pool, &[(USERNAME, "")]).unwrap();
        assert_eq!(row.username, None);
        assert_eq!(row.attributes["email"], "al@example.com");
        assert_eq!(
            read(&pool, &[]),
            Err("Username should be an email.".to_owned())
        );
    }

    #[test]
    fn required_attributes_must_be_there() {
        let pool = pool(|settings| {
            if let Some(schema) = &mut settings.schema_attributes {
                for attribute in schema.iter_mut() {
                    attribute.required = Some(attribute.name.as_deref() == Some("given_name"));
                }
            }
        });
        assert_eq!(
            read(&pool, &[]),
            Err("given_name: The attribute is required.".to_owned())
        );
        assert!(read(&pool, &[("given_name", "Al")]).is_ok());
    }
}
