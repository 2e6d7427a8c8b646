//! Groups and their members. Not here: pages of members, which are users (`users.rs`).

use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row};

use super::rows::{AT_ONCE, placeholders};
use super::{Repository, Writing};
use crate::clock::Timestamp;
use crate::error::Result;

/// A group as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    pub pool_id: String,
    pub name: String,
    pub description: Option<String>,
    pub role_arn: Option<String>,
    /// The lowest wins; None comes last.
    pub precedence: Option<i32>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// Somebody who is to be in a group.
#[derive(Debug, Clone, Copy)]
pub struct NewMember<'m> {
    pub group: &'m str,
    pub sub: &'m str,
}

/// The groups of a user whose row stands beside each of them; a user without groups comes as one
/// row without a group.
pub(super) fn groups(rows: &[SqliteRow]) -> Result<Vec<Group>> {
    let mut groups = Vec::new();
    for row in rows {
        if row.try_get::<Option<&str>, _>("group_name")?.is_some() {
            groups.push(group(row)?);
        }
    }
    Ok(groups)
}

/// The tables of groups and memberships.
pub enum Groups {}

/// The columns of a group `g`, under names that differ from those of what it is joined to.
macro_rules! columns {
    () => {
        "g.pool_id AS group_pool_id, g.name AS group_name, g.description AS group_description, \
         g.role_arn AS group_role_arn, g.precedence AS group_precedence, \
         g.created_at AS group_created_at, g.updated_at AS group_updated_at "
    };
}
pub(super) use columns;

pub(super) fn group(row: &SqliteRow) -> Result<Group> {
    Ok(Group {
        pool_id: row.try_get("group_pool_id")?,
        name: row.try_get("group_name")?,
        description: row.try_get("group_description")?,
        role_arn: row.try_get("group_role_arn")?,
        precedence: row.try_get("group_precedence")?,
        created_at: Timestamp(row.try_get("group_created_at")?),
        updated_at: Timestamp(row.try_get("group_updated_at")?),
    })
}

impl<Mode> Repository<'_, Groups, Mode> {
    pub async fn find(&mut self, pool: &str, name: &str) -> Result<Option<Group>> {
        let row = sqlx::query(concat!(
            "SELECT ",
            columns!(),
            "FROM groups g WHERE g.pool_id = $1 AND g.name = $2"
        ))
        .bind(pool)
        .bind(name)
        .fetch_optional(&mut *self.conn)
        .await?;
        row.as_ref().map(group).transpose()
    }

    /// A pool's groups by name, after the one named.
    pub async fn list(&mut self, pool: &str, after: &str, limit: i64) -> Result<Vec<Group>> {
        let rows = sqlx::query(concat!(
            "SELECT ",
            columns!(),
            "FROM groups g WHERE g.pool_id = $1 AND g.name > $2 ORDER BY g.name LIMIT $3"
        ))
        .bind(pool)
        .bind(after)
        .bind(limit)
        .fetch_all(&mut *self.conn)
        .await?;
        rows.iter().map(group).collect()
    }

    /// The names of these users' groups (a JSON list of subs), each with its member.
    pub async fn names_of_users(&mut self, subs: &str) -> Result<Vec<(String, String)>> {
        let rows = sqlx::query(
            "SELECT sub, group_name FROM group_members \
             WHERE sub IN (SELECT value FROM json_each($1)) ORDER BY sub, group_name",
        )
        .bind(subs)
        .fetch_all(&mut *self.conn)
        .await?;
        rows.iter()
            .map(|row| Ok((row.try_get("sub")?, row.try_get("group_name")?)))
            .collect()
    }

    /// A user's groups by name, after the one named.
    pub async fn list_of_user(&mut self, sub: &str, after: &str, limit: i64) -> Result<Vec<Group>> {
        let rows = sqlx::query(concat!(
            "SELECT ",
            columns!(),
            "FROM group_members m JOIN groups g ON g.pool_id = m.pool_id AND g.name = \
             m.group_name ",
            "WHERE m.sub = $1 AND g.name > $2 ORDER BY g.name LIMIT $3"
        ))
        .bind(sub)
        .bind(after)
        .bind(limit)
        .fetch_all(&mut *self.conn)
        .await?;
        rows.iter().map(group).collect()
    }
}

impl Repository<'_, Groups, Writing> {
    pub async fn insert(&mut self, group: &Group) -> Result<()> {
        sqlx::query(
            "INSERT INTO groups (pool_id, name, description, role_arn, precedence, created_at, \
             updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(&group.pool_id)
        .bind(&group.name)
        .bind(&group.description)
        .bind(&group.role_arn)
        .bind(group.precedence)
        .bind(group.created_at.0)
        .bind(group.updated_at.0)
        .execute(&mut *self.conn)
        .await?;
        Ok(())
    }

    pub async fn update(&mut self, group: &Group) -> Result<()> {
        sqlx::query(
            "UPDATE groups SET description = $3, role_arn = $4, precedence = $5, updated_at = $6 \
             WHERE pool_id = $1 AND name = $2",
        )
        .bind(&group.pool_id)
        .bind(&group.name)
        .bind(&group.description)
        .bind(&group.role_arn)
        .bind(group.precedence)
        .bind(group.updated_at.0)
        .execute(&mut *self.conn)
        .await?;
        Ok(())
    }

    /// Deletes the group with its memberships.
    pub async fn delete(&mut self, pool: &str, name: &str) -> Result<()> {
        sqlx::query("DELETE FROM groups WHERE pool_id = $1 AND name = $2")
            .bind(pool)
            .bind(name)
            .execute(&mut *self.conn)
            .await?;
        Ok(())
    }

    /// Makes the user a member; nothing changes for one who is.
    pub async fn insert_member(
        &mut self,
        pool: &str,
        name: &str,
        sub: &str,
        now: Timestamp,
    ) -> Result<()> {
        sqlx::query(
            "INSERT INTO group_members (pool_id, group_name, sub, created_at) VALUES ($1, $2, \
             $3, $4) ON CONFLICT DO NOTHING",
        )
        .bind(pool)
        .bind(name)
        .bind(sub)
        .bind(now.0)
        .execute(&mut *self.conn)
        .await?;
        Ok(())
    }

    /// The same for many.
    pub async fn insert_members(
        &mut self,
        pool: &str,
        members: &[NewMember<'_>],
        now: Timestamp,
    ) -> Result<()> {
        for members in members.chunks(AT_ONCE) {
            let sql = format!(
                "INSERT INTO group_members (pool_id, group_name, sub, created_at) VALUES {} ON \
                 CONFLICT DO NOTHING",
                placeholders(members.len(), 4)
            );
            let mut query = sqlx::query(AssertSqlSafe(sql));
            for NewMember { group, sub } in members {
                query = query.bind(pool).bind(*group).bind(*sub).bind(now.0);
            }
            query.execute(&mut *self.conn).await?;
        }
        Ok(())
    }

    /// Ends a membership, if there is one.
    pub async fn delete_member(&mut self, pool: &str, name: &str, sub: &str) -> Result<()> {
        sqlx::query(
            "DELETE FROM group_members WHERE pool_id = $1 AND group_name = $2 AND sub = $3",
        )
        .bind(pool)
        .bind(name)
        .bind(sub)
        .execute(&mut *self.conn)
        .await?;
        Ok(())
    }
}
