//! The parts of an ARN: `arn:<partition>:<service>:<region>:<account>:<resource>`.
//!
//! Not here: which of them name what (`tags.rs`, `assumed_roles.rs`, `identity_pools.rs`).

/// An ARN of one of AWS's partitions. Parts may be empty, as the Region is in those of IAM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arn<'a> {
    pub partition: &'a str,
    pub service: &'a str,
    pub region: &'a str,
    pub account: &'a str,
    /// Everything else, with its colons.
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// None when the text is no ARN.
    pub fn parse(text: &'a str) -> Option<Self> {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let ["arn", partition, service, region, account, resource] = parts[..] else {
            return None;
        };
        partition.starts_with("aws").then_some(Self {
            partition,
            service,
            region,
            account,
            resource,
        })
    }
}
