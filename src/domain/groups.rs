//! How groups are described in answers. Not here: roles and precedence in tokens
//! (`flows::issue_tokens`).

use crate::store::Group;
use crate::wire::user_pools::GroupType;

/// The group as every operation on groups describes it.
pub fn describe(group: Group) -> GroupType {
    GroupType {
        group_name: Some(group.name),
        user_pool_id: Some(group.pool_id),
        description: group.description,
        role_arn: group.role_arn,
        precedence: group.precedence,
        last_modified_date: Some(group.updated_at),
        creation_date: Some(group.created_at),
    }
}
