//! Users, the names they are found under, and how lists of them are searched.

use std::fmt;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::authorization_codes::{AuthorizationCode, code, columns as code_columns};
use super::groups::{Group, columns as group_columns, groups};
use super::{Repository, Writing};
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::wire::user_pools::UserStatusType;

/// A user's attributes but `sub`, in the order in which they were set.
pub type Attributes = IndexMap<String, String>;

/// A user as it is stored.
#[derive(Debug, Clone)]
pub struct User {
    pub sub: String,
    pub pool_id: String,
    pub username: String,
    pub status: UserStatusType,
    pub enabled: bool,
    pub attributes: Attributes,
    /// None for users who never had one.
    pub password: Option<Password>,
    /// The last global sign-out.
    pub signed_out_at: Option<Timestamp>,
    pub mfa: MfaPreferences,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// A second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MfaFactor {
    Sms,
    SoftwareToken,
    Email,
}

/// Which second factors a user has chosen; whether they can be asked for is another matter
/// (`domain::mfa`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MfaPreferences {
    pub sms: bool,
    pub software_token: bool,
    pub email: bool,
    /// A passkey that has verified its user counts as two factors.
    pub web_authn: bool,
    /// The one that is asked for where several are chosen.
    pub preferred: Option<MfaFactor>,
    /// SMS, chosen the old way by SetUserSettings.
    pub sms_option: bool,
}

/// What is kept of a password: enough to check it by SRP or in clear, not to read it.
#[derive(Clone, PartialEq, Eq)]
pub struct Password {
    pub salt: Vec<u8>,
    /// SRP's v = g^x mod N, 384 bytes big-endian.
    pub verifier: Vec<u8>,
    /// A keyed digest of SRP's x: see `keys::passwords`.
    /// Empty for one that came from another store: see [`Password::is_bare`].
    pub digest: Vec<u8>,
    pub set_at: Timestamp,
    /// The hash that another directory made of it. Until the first sign-in by password replaces it,
    /// salt and verifier are simulated and the digest is empty: nothing fits them.
    pub imported_hash: Option<String>,
    /// The names of pool and user behind each other, by which it was stored; None for the user's
    /// own.
    pub stored_as: Option<String>,
}

impl Password {
    /// Whether another directory's hash is all that is known of it.
    pub fn is_imported(&self) -> bool {
        self.imported_hash.is_some()
    }

    /// Whether it came from another store, whose digest means nothing here: salt and verifier are
    /// all that is known until somebody types it.
    pub fn is_bare(&self) -> bool {
        self.digest.is_empty() && !self.is_imported()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Password")
            .field("set_at", &self.set_at)
            .finish_non_exhaustive()
    }
}

/// What is kept of a password that was replaced: enough to recognise it.
#[derive(Clone, PartialEq, Eq)]
pub struct PastPassword {
    pub salt: Vec<u8>,
    /// As a [`Password`]'s, or the verifier of one that nobody had typed.
    pub digest: Vec<u8>,
    /// As a [`Password`]'s.
    pub stored_as: Option<String>,
}

/// An authorization code with its user.
pub struct CodeInUse {
    pub code: AuthorizationCode,
    /// Tokens were made with it already.
    pub is_used: bool,
    pub user: User,
    pub groups: Vec<Group>,
}

/// Which of a user's names a name is. A name of an earlier kind wins where two users share it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NameKind {
    Username,
    Sub,
    Email,
    PhoneNumber,
    PreferredUsername,
}

impl NameKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Username => "username",
            Self::Sub => "sub",
            Self::Email => "email",
            Self::PhoneNumber => "phone_number",
            Self::PreferredUsername => "preferred_username",
        }
    }
}

/// A name under which a user is found, folded as the pool's case sensitivity asks.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct UserName {
    pub kind: NameKind,
    pub name: String,
}

/// A user who is not stored yet, and the names to be found under.
#[derive(Debug, Clone, Copy)]
pub struct NewUser<'u> {
    pub user: &'u User,
    pub names: &'u [UserName],
}

/// What ListUsers can search by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchColumn {
    Sub,
    Username,
    Email,
    PhoneNumber,
    PreferredUsername,
    Name,
    GivenName,
    FamilyName,
    /// `cognito:user_status`
    Status,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    Equals,
    StartsWith,
}

/// A condition on users, its value folded like the column. Case counts for `Sub`, `Username` and
/// `Status` (in capitals).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SearchTest {
    Column {
        column: SearchColumn,
        comparison: Comparison,
        value: String,
    },
    Enabled(bool),
}

/// The table of users and the table of their names.
pub enum Users {}

macro_rules! columns {
    () => {
        "u.sub, u.pool_id, u.username, u.status, u.enabled, u.attributes, u.password_salt, \
         u.password_verifier, u.password_digest, \
         u.password_set_at, u.password_hash, u.password_identity, u.signed_out_at, \
         u.created_at, u.updated_at, u.mfa "
    };
}

pub(super) use columns;

pub(super) fn user(row: &SqliteRow) -> Result<User> {
    let status: &str = row.try_get("status")?;
    let status = UserStatusType::from_wire(status)
        .ok_or_else(|| anyhow::anyhow!("unknown user status {status} in the store"))?;
    let password = match row.try_get::<Option<Vec<u8>>, _>("password_salt")? {
        Some(salt) => Some(Password {
            salt,
            verifier: row.try_get("password_verifier")?,
            digest: row.try_get("password_digest")?,
            set_at: Timestamp(row.try_get("password_set_at")?),
            imported_hash: row.try_get("password_hash")?,
            stored_as: row.try_get("password_identity")?,
        }),
        None => None,
    };
    Ok(User {
        sub: row.try_get("sub")?,
        pool_id: row.try_get("pool_id")?,
        username: row.try_get("username")?,
        status,
        enabled: row.try_get::<i64, _>("enabled")? != 0,
        attributes: serde_json::from_str(row.try_get("attributes")?)?,
        password,
        signed_out_at: row
            .try_get::<Option<i64>, _>("signed_out_at")?
            .map(Timestamp),
        created_at: Timestamp(row.try_get("created_at")?),
        updated_at: Timestamp(row.try_get("updated_at")?),
        mfa: serde_json::from_str(row.try_get("mfa")?)?,
    })
}

impl<Mode> Repository<'_, Users, Mode> {
    /// The user with this name, which must be folded already. `sub` is a name, too.
    pub async fn find(&mut self, pool: &str, names: &[UserName]) -> Result<Option<User>> {
        for name in names {
            let row = sqlx::query(concat!(
                "SELECT ",
                columns!(),
                "FROM user_names n JOIN users u ON u.sub = n.sub WHERE n.pool_id = $1 AND n.name \
                 = $2 AND n.kind = $3"
            ))
            .bind(pool)
            .bind(&name.name)
            .bind(name.kind.as_str())
            .fetch_optional(&mut *self.conn)
            .await?;
            if let Some(row) = row {
                return user(&row).map(Some);
            }
        }
        Ok(None)
    }

    /// As [`Repository::find`], with the user's groups by name: one question where a sign-in would
    /// ask two.
    pub async fn find_with_groups(
        &mut self,
        pool: &str,
        names: &[UserName],
    ) -> Result<Option<(User, Vec<Group>)>> {
        for name in names {
            let rows = sqlx::query(concat!(
                "SELECT ",
                columns!(),
                ", ",
                group_columns!(),
                "FROM user_names n JOIN users u ON u.sub = n.sub LEFT JOIN group_members m ON \
                 m.sub = u.sub ",
                "LEFT JOIN groups g ON g.pool_id = m.pool_id AND g.name = m.group_name ",
                "WHERE n.pool_id = $1 AND n.name = $2 AND n.kind = $3 ORDER BY g.name"
            ))
            .bind(pool)
            .bind(&name.name)
            .bind(name.kind.as_str())
            .fetch_all(&mut *self.conn)
            .await?;
            let Some(first) = rows.first() else { continue };
            return Ok(Some((user(first)?, groups(&rows)?)));
        }
        Ok(None)
    }

    /// What an authorization code with this digest is for, with everything that its exchange needs:
    /// one question where one would ask four.
    pub async fn find_by_code(&mut self, digest: &str) -> Result<Option<CodeInUse>> {
        let rows = sqlx::query(concat!(
            "SELECT ",
            columns!(),
            ", ",
            code_columns!(),
            ", f.origin_jti AS family, ",
            group_columns!(),
            "FROM authorization_codes c JOIN users u ON u.sub = c.sub ",
            "LEFT JOIN token_families f ON f.origin_jti = c.origin_jti ",
            "LEFT JOIN group_members m ON m.sub = u.sub ",
            "LEFT JOIN groups g ON g.pool_id = m.pool_id AND g.name = m.group_name ",
            "WHERE c.digest = $1 ORDER BY g.name"
        ))
        .bind(digest)
        .fetch_all(&mut *self.conn)
        .await?;
        let Some(first) = rows.first() else {
            return Ok(None);
        };
        Ok(Some(CodeInUse {
            is_used: first.try_get::<Option<&str>, _>("family")?.is_some(),
            code: code(first)?,
            user: user(first)?,
            groups: groups(&rows)?,
        }))
    }

    pub async fn find_by_sub(&mut self, pool: &str, sub: &str) -> Result<Option<User>> {
        let row = sqlx::query(concat!(
            "SELECT ",
            columns!(),
            "FROM users u WHERE u.sub = $2 AND u.pool_id = $1"
        ))
        .bind(pool)
        .bind(sub)
        .fetch_optional(&mut *self.conn)
        .await?;
        row.as_ref().map(user).transpose()
    }

    /// The user with this sub, and whether the token family was revoked (None when there is no such
    /// family).
    pub async fn find_by_token(
        &mut self,
        pool: &str,
        sub: &str,
        origin_jti: &str,
    ) -> Result<Option<(User, Option<bool>)>> {
        let row = sqlx::query(concat!(
            "SELECT ",
            columns!(),
            ", f.origin_jti AS family, f.revoked_at AS family_revoked_at \
             FROM users u LEFT JOIN token_families f ON f.origin_jti = $3 AND f.sub = u.sub ",
            "WHERE u.sub = $2 AND u.pool_id = $1"
        ))
        .bind(pool)
        .bind(sub)
        .bind(origin_jti)
        .fetch_optional(&mut *self.conn)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let family: Option<String> = row.try_get("family")?;
        let revoked_at: Option<i64> = row.try_get("family_revoked_at")?;
        Ok(Some((user(&row)?, family.map(|_| revoked_at.is_some()))))
    }

    /// Who has one of these names; the names themselves must be folded already.
    pub async fn owner(&mut self, pool: &str, name: &UserName) -> Result<Option<String>> {
        Ok(sqlx::query_scalar(
            "SELECT sub FROM user_names WHERE pool_id = $1 AND name = $2 AND kind = $3",
        )
        .bind(pool)
        .bind(&name.name)
        .bind(name.kind.as_str())
        .fetch_optional(&mut *self.conn)
        .await?)
    }

    /// A page of a pool's users: all of them by creation, or those that pass the test. `after` is
    /// the last row of the page before, as (value of the tested column for prefixes, creation,
    /// sub).
    pub async fn list(
        &mut self,
        pool: &str,
        test: Option<&SearchTest>,
        after: Option<(&str, Timestamp, &str)>,
        limit: i64,
    ) -> Result<Vec<User>> {
        let (value, at, sub) = after.unwrap_or(("", Timestamp(i64::MIN), ""));
        let page = "(u.created_at, u.sub) > ($2, $3) ORDER BY u.created_at, u.sub LIMIT $4";
        let select = concat!(
            "SELECT ",
            columns!(),
            "FROM users u WHERE u.pool_id = $1 AND "
        );
        let rows = match test {
            None => {
                self.rows(format!("{select}{page}"), pool, at, sub, limit, &[])
                    .await?
            }
            Some(SearchTest::Enabled(enabled)) => {
                let enabled = if *enabled { "1" } else { "0" };
                self.rows(
                    format!("{select} u.enabled = {enabled} AND {page}"),
                    pool,
                    at,
                    sub,
                    limit,
                    &[],
                )
                .await?
            }
            Some(SearchTest::Column {
                column,
                comparison: Comparison::Equals,
                value: wanted,
            }) => {
                let column = column.as_str();
                self.rows(
                    format!("{select} u.{column} = $5 AND {page}"),
                    pool,
                    at,
                    sub,
                    limit,
                    &[wanted],
                )
                .await?
            }
            Some(SearchTest::Column {
                column,
                comparison: Comparison::StartsWith,
                value: prefix,
            }) => {
                // A range of the index: the order of a page is by value first, so that a page costs
                // what it holds and no more.
                let column = column.as_str();
                let sql = format!(
                    "{select} u.{column} >= $5 AND u.{column} < $6 AND (u.{column}, \
                     u.created_at, u.sub) > ($7, $2, $3) \
                     ORDER BY u.{column}, u.created_at, u.sub LIMIT $4"
                );
                let end = format!("{prefix}\u{10ffff}");
                self.rows(sql, pool, at, sub, limit, &[prefix, &end, value])
                    .await?
            }
        };
        rows.iter().map(user).collect()
    }

    /// A page of a group's members by joining, after the one named by (joining, sub); each with the
    /// instant of joining.
    pub async fn list_of_group(
        &mut self,
        pool: &str,
        group: &str,
        after: Option<(Timestamp, &str)>,
        limit: i64,
    ) -> Result<Vec<(User, Timestamp)>> {
        let (at, sub) = after.unwrap_or((Timestamp(i64::MIN), ""));
        let rows = sqlx::query(concat!(
            "SELECT ",
            columns!(),
            ", m.created_at AS joined_at FROM group_members m JOIN users u ON u.sub = m.sub ",
            "WHERE m.pool_id = $1 AND m.group_name = $2 AND (m.created_at, m.sub) > ($3, $4) \
             ORDER BY m.created_at, m.sub LIMIT $5"
        ))
        .bind(pool)
        .bind(group)
        .bind(at.0)
        .bind(sub)
        .bind(limit)
        .fetch_all(&mut *self.conn)
        .await?;
        rows.iter()
            .map(|row| Ok((user(row)?, Timestamp(row.try_get("joined_at")?))))
            .collect()
    }

    /// Whether anybody's passwords of before are remembered.
    pub async fn has_past_passwords(&mut self) -> Result<bool> {
        let found = sqlx::query("SELECT 1 FROM password_history LIMIT 1")
            .fetch_optional(&mut *self.conn)
            .await?;
        Ok(found.is_some())
    }

    /// Whether any pool has a user with this `sub`.
    pub async fn is_sub_taken(&mut self, sub: &str) -> Result<bool> {
        let found = sqlx::query("SELECT 1 FROM users WHERE sub = $1")
            .bind(sub)
            .fetch_optional(&mut *self.conn)
            .await?;
        Ok(found.is_some())
    }

    /// A hash that waits for its user's first sign-in, of anybody in the pool.
    pub async fn find_imported_hash(&mut self, pool: &str) -> Result<Option<String>> {
        Ok(sqlx::query_scalar(
            "SELECT password_hash FROM users WHERE pool_id = $1 AND password_hash IS NOT NULL \
             LIMIT 1",
        )
        .bind(pool)
        .fetch_optional(&mut *self.conn)
        .await?)
    }

    /// Whether anybody in the pool has a password of which only the verifier is known.
    pub async fn has_bare_password(&mut self, pool: &str) -> Result<bool> {
        let found = sqlx::query(
            "SELECT 1 FROM users WHERE pool_id = $1 AND password_digest = x'' \
             AND password_hash IS NULL LIMIT 1",
        )
        .bind(pool)
        .fetch_optional(&mut *self.conn)
        .await?;
        Ok(found.is_some())
    }

    /// The latest passwords that the user had before the present one.
    pub async fn list_past_passwords(
        &mut self,
        sub: &str,
        limit: i64,
    ) -> Result<Vec<PastPassword>> {
        let rows = sqlx::query(
            "SELECT salt, digest, identity FROM password_history WHERE sub = $1 \
             ORDER BY set_at DESC LIMIT $2",
        )
        .bind(sub)
        .bind(limit)
        .fetch_all(&mut *self.conn)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(PastPassword {
                    salt: row.try_get("salt")?,
                    digest: row.try_get("digest")?,
                    stored_as: row.try_get("identity")?,
                })
            })
            .collect()
    }

    async fn rows(
        &mut self,
        sql: String,
        pool: &str,
        at: Timestamp,
        sub: &str,
        limit: i64,
        more: &[&str],
    ) -> Result<Vec<SqliteRow>> {
        // Safe: the text is put together from constants above; every value is bound.
        let mut query = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(pool)
            .bind(at.0)
            .bind(sub)
            .bind(limit);
        for value in more {
            query = query.bind(*value);
        }
        Ok(query.fetch_all(&mut *self.conn).await?)
    }
}

impl SearchColumn {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sub => "sub",
            Self::Username => "username",
            Self::Email => "email",
            Self::PhoneNumber => "phone_number",
            Self::PreferredUsername => "preferred_username",
            Self::Name => "name",
            Self::GivenName => "given_name",
            Self::FamilyName => "family_name",
            Self::Status => "status",
        }
    }

    /// What the column of this user holds: the key of a page by value.
    pub fn value(self, user: &User) -> String {
        match self {
            Self::Sub => user.sub.clone(),
            Self::Username => user.username.clone(),
            Self::Status => user.status.as_str().to_owned(),
            other => searchable(user, other.as_str()).unwrap_or_default(),
        }
    }
}

/// The folded value of a searchable attribute.
fn searchable(user: &User, attribute: &str) -> Option<String> {
    user.attributes
        .get(attribute)
        .map(|value| value.to_lowercase())
}

impl Repository<'_, Users, Writing> {
    /// Inserts the user with its names. A name that somebody has fails; ask [`Repository::owner`]
    /// first.
    pub async fn insert(&mut self, user: &User, names: &[UserName]) -> Result<()> {
        self.insert_all(&[NewUser { user, names }]).await
    }

    /// Writes everything about the user but its names, its user name and its creation.
    ///
    /// In two steps: to name a column in SET is to rewrite its index, changed or not, and nine
    /// indexes cost three times what the rest does (measured: 71 µs in one statement, 23 µs so).
    pub async fn update(&mut self, user: &User) -> Result<()> {
        let query = sqlx::query(
            "UPDATE users SET attributes = $1, password_salt = $2, password_verifier = $3, \
             password_digest = $4, password_set_at = $5, \
             signed_out_at = $6, updated_at = $7, mfa = $8, password_hash = $9, \
             password_identity = $10 WHERE sub = $11",
        );
        let done = bind_unsearched(query, user)?
            .bind(&user.sub)
            .execute(&mut *self.conn)
            .await?;
        if done.rows_affected() == 0 {
            return Err(Error::UserNotFound);
        }
        let query = sqlx::query(
            "UPDATE users SET status = $1, enabled = $2, email = $3, phone_number = $4, \
             preferred_username = $5, name = $6, given_name = $7, \
             family_name = $8 WHERE sub = $9 AND (status, enabled, email, phone_number, \
             preferred_username, name, given_name, family_name) \
             IS DISTINCT FROM ($1, $2, $3, $4, $5, $6, $7, $8)",
        );
        bind_searched(query, user)
            .bind(&user.sub)
            .execute(&mut *self.conn)
            .await?;
        Ok(())
    }

    /// Says when the user was made: for a fixture that knows.
    pub async fn set_created_at(&mut self, sub: &str, created_at: Timestamp) -> Result<()> {
        sqlx::query("UPDATE users SET created_at = $2 WHERE sub = $1")
            .bind(sub)
            .bind(created_at.0)
            .execute(&mut *self.conn)
            .await?;
        Ok(())
    }

    /// Makes `names` the names of the user, and only them.
    pub async fn replace_names(&mut self, user: &User, names: &[UserName]) -> Result<()> {
        sqlx::query("DELETE FROM user_names WHERE sub = $1")
            .bind(&user.sub)
            .execute(&mut *self.conn)
            .await?;
        for name in names {
            self.insert_name(user, name).await?;
        }
        Ok(())
    }

    async fn insert_name(&mut self, user: &User, name: &UserName) -> Result<()> {
        sqlx::query("INSERT INTO user_names (pool_id, name, kind, sub) VALUES ($1, $2, $3, $4)")
            .bind(&user.pool_id)
            .bind(&name.name)
            .bind(name.kind.as_str())
            .bind(&user.sub)
            .execute(&mut *self.conn)
            .await?;
        Ok(())
    }

    /// Takes a name away from whoever has it: `ForceAliasCreation`.
    pub async fn delete_name(&mut self, pool: &str, name: &UserName) -> Result<()> {
        sqlx::query("DELETE FROM user_names WHERE pool_id = $1 AND name = $2 AND kind = $3")
            .bind(pool)
            .bind(&name.name)
            .bind(name.kind.as_str())
            .execute(&mut *self.conn)
            .await?;
        Ok(())
    }

    /// Keeps the password that is about to be replaced, and of those before it only the latest,
    /// `keep` in all.
    pub async fn insert_past_password(
        &mut self,
        sub: &str,
        password: &Password,
        keep: i64,
    ) -> Result<()> {
        // Always after those before it, also while the clock stands or was moved back: the latest
        // are those that were replaced last.
        sqlx::query(
            "INSERT INTO password_history (sub, salt, digest, identity, set_at) \
             SELECT $1, $2, $3, $5, CASE WHEN max(set_at) >= $4 THEN max(set_at) + 1 ELSE $4 END \
             FROM password_history WHERE sub = $1",
        )
        .bind(sub)
        .bind(&password.salt)
        .bind(&password.digest)
        .bind(password.set_at.0)
        .bind(&password.stored_as)
        .execute(&mut *self.conn)
        .await?;
        sqlx::query(
            "DELETE FROM password_history WHERE sub = $1 AND set_at < \
             (SELECT min(set_at) FROM (SELECT set_at FROM password_history WHERE sub = $1 ORDER \
             BY set_at DESC LIMIT $2) AS latest)",
        )
        .bind(sub)
        .bind(keep)
        .execute(&mut *self.conn)
        .await?;
        Ok(())
    }

    pub async fn delete(&mut self, sub: &str) -> Result<()> {
        // Wrong tries are counted for names that nobody has, too, so they do not go by themselves.
        sqlx::query("DELETE FROM attempts WHERE subject = $1")
            .bind(sub)
            .execute(&mut *self.conn)
            .await?;
        sqlx::query("DELETE FROM users WHERE sub = $1")
            .bind(sub)
            .execute(&mut *self.conn)
            .await?;
        Ok(())
    }
}

pub(super) type Query<'q> = sqlx::query::Query<'q, sqlx::Sqlite, sqlx::sqlite::SqliteArguments>;

/// Binds the ten columns that no list is searched by.
pub(super) fn bind_unsearched<'q>(query: Query<'q>, user: &'q User) -> Result<Query<'q>> {
    let password = user.password.as_ref();
    Ok(query
        .bind(serde_json::to_string(&user.attributes)?)
        .bind(password.map(|p| p.salt.as_slice()))
        .bind(password.map(|p| p.verifier.as_slice()))
        .bind(password.map(|p| p.digest.as_slice()))
        .bind(password.map(|p| p.set_at.0))
        .bind(user.signed_out_at.map(|at| at.0))
        .bind(user.updated_at.0)
        .bind(serde_json::to_string(&user.mfa)?)
        .bind(password.and_then(|p| p.imported_hash.as_deref()))
        .bind(password.and_then(|p| p.stored_as.as_deref())))
}

/// Binds the eight columns that lists are searched by and that can change.
pub(super) fn bind_searched<'q>(query: Query<'q>, user: &'q User) -> Query<'q> {
    query
        .bind(user.status.as_str())
        .bind(i64::from(user.enabled))
        .bind(searchable(user, "email"))
        .bind(searchable(user, "phone_number"))
        .bind(searchable(user, "preferred_username"))
        .bind(searchable(user, "name"))
        .bind(searchable(user, "given_name"))
        .bind(searchable(user, "family_name"))
}
