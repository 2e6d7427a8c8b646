//! stub
use crate::error::Result;
use crate::wire::user_pools::PasswordPolicyType;
pub fn check(_: &PasswordPolicyType, _: &str) -> Result<()> {
    Ok(())
}
