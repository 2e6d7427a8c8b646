//! Users by the hundred: who has which of very many names, and all of them inserted at once.
//!
//! Not here: one user (`users.rs`).

use std::collections::HashMap;

use sqlx::{AssertSqlSafe, Row};

use super::rows::{AT_ONCE, placeholders};
use super::users::{NewUser, User, UserName, Users, bind_searched, bind_unsearched, columns, user};
use super::{Repository, Writing};
use crate::error::Result;

impl<Mode> Repository<'_, Users, Mode> {
    /// As [`Repository::owner`], of many names: who has those that somebody has.
    pub async fn owners(
        &mut self,
        pool: &str,
        names: &[UserName],
    ) -> Result<HashMap<UserName, String>> {
        let mut owners = HashMap::new();
        for names in names.chunks(AT_ONCE) {
            let sql = format!(
                "SELECT name, kind, sub FROM user_names WHERE pool_id = ? AND (name, kind) IN \
                 (VALUES {})",
                placeholders(names.len(), 2)
            );
            let mut query = sqlx::query(AssertSqlSafe(sql)).bind(pool);
            for name in names {
                query = query.bind(&name.name).bind(name.kind.as_str());
            }
            for row in query.fetch_all(&mut *self.conn).await? {
                let (name, kind): (&str, &str) = (row.try_get("name")?, row.try_get("kind")?);
                let asked = names.iter();
                let mut asked = asked.filter(|one| one.name == name && one.kind.as_str() == kind);
                if let Some(name) = asked.next() {
                    owners.insert(name.clone(), row.try_get("sub")?);
                }
            }
        }
        Ok(owners)
    }

    /// As [`Repository::find_by_sub`], of many: those who are there, in no order.
    pub async fn find_all(&mut self, pool: &str, subs: &[&str]) -> Result<Vec<User>> {
        let mut found = Vec::with_capacity(subs.len());
        for subs in subs.chunks(AT_ONCE) {
            let sql = format!(
                concat!(
                    "SELECT ",
                    columns!(),
                    "FROM users u WHERE u.pool_id = ? AND u.sub IN (VALUES {})"
                ),
                placeholders(subs.len(), 1)
            );
            let mut query = sqlx::query(AssertSqlSafe(sql)).bind(pool);
            for sub in subs {
                query = query.bind(*sub);
            }
            let rows = query.fetch_all(&mut *self.conn).await?;
            for row in &rows {
                found.push(user(row)?);
            }
        }
        Ok(found)
    }

    /// As [`Repository::is_sub_taken`], of many: those that any pool has.
    pub async fn taken_subs(&mut self, subs: &[&str]) -> Result<Vec<String>> {
        let mut taken = Vec::new();
        for subs in subs.chunks(AT_ONCE) {
            let sql = format!(
                "SELECT sub FROM users WHERE sub IN (VALUES {})",
                placeholders(subs.len(), 1)
            );
            let mut query = sqlx::query_scalar(AssertSqlSafe(sql));
            for sub in subs {
                query = query.bind(*sub);
            }
            taken.extend(query.fetch_all(&mut *self.conn).await?);
        }
        Ok(taken)
    }
}

impl Repository<'_, Users, Writing> {
    /// Inserts the users with their names. A name that somebody has fails; ask
    /// [`Repository::owners`] first.
    pub async fn insert_all(&mut self, users: &[NewUser<'_>]) -> Result<()> {
        for users in users.chunks(AT_ONCE) {
            let sql = format!(
                "INSERT INTO users (attributes, password_salt, password_verifier, \
                 password_digest, password_set_at, signed_out_at, updated_at, mfa, password_hash, \
                 password_identity, status, enabled, email, phone_number, preferred_username, \
                 name, given_name, family_name, pool_id, username, sub, created_at) VALUES {}",
                placeholders(users.len(), 22)
            );
            let mut query = sqlx::query(AssertSqlSafe(sql));
            for NewUser { user, .. } in users {
                query = bind_searched(bind_unsearched(query, user)?, user)
                    .bind(&user.pool_id)
                    .bind(&user.username)
                    .bind(&user.sub)
                    .bind(user.created_at.0);
            }
            query.execute(&mut *self.conn).await?;
        }
        let names = users.iter();
        let names = names.flat_map(|new| new.names.iter().map(|name| (new.user, name)));
        let names: Vec<(&User, &UserName)> = names.collect();
        for names in names.chunks(AT_ONCE) {
            let sql = format!(
                "INSERT INTO user_names (pool_id, name, kind, sub) VALUES {}",
                placeholders(names.len(), 4)
            );
            let mut query = sqlx::query(AssertSqlSafe(sql));
            for (user, name) in names {
                query = query
                    .bind(&user.pool_id)
                    .bind(&name.name)
                    .bind(name.kind.as_str())
                    .bind(&user.sub);
            }
            query.execute(&mut *self.conn).await?;
        }
        Ok(())
    }
}
