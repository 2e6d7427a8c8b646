//! Request rates by API category: the service's defaults, which operations belong to which, and
//! what may be asked for.
//!
//! Not here: counting, which happens where `--throttle` asks for it (`operations::throttling`).

use crate::error::{Error, Result};
use crate::wire::user_pools::LimitDefinitionType;

/// The categories and their default rates, in requests per second, as the documentation of the
/// quotas lists them. (unsure) The newest categories are guessed.
const DEFAULTS: [(&str, i32); 17] = [
    ("UserAuthentication", 120),
    ("UserCreation", 50),
    ("UserFederation", 25),
    ("UserAccountRecovery", 30),
    ("UserRead", 120),
    ("UserUpdate", 25),
    ("UserToken", 120),
    ("UserResourceRead", 50),
    ("UserResourceUpdate", 25),
    ("UserList", 30),
    ("UserPoolRead", 15),
    ("UserPoolUpdate", 15),
    ("UserPoolResourceRead", 20),
    ("UserPoolResourceUpdate", 15),
    ("UserPoolClientRead", 15),
    ("UserPoolClientUpdate", 15),
    ("ClientAuthentication", 150),
];

/// The category that a request names, and its default rate.
pub fn category(definition: &LimitDefinitionType) -> Result<(&'static str, i32)> {
    let asked = match definition.attributes.iter().next() {
        Some((key, value)) if key == "Category" && definition.attributes.len() == 1 => value,
        _ => return Err(Error::LimitAttributes),
    };
    DEFAULTS
        .into_iter()
        .find(|(name, _)| name == asked)
        .ok_or_else(|| Error::LimitCategoryUnknown {
            category: asked.clone(),
        })
}

/// Every category.
pub fn categories() -> impl Iterator<Item = &'static str> {
    DEFAULTS.into_iter().map(|(name, _)| name)
}

/// The default rate of a category.
pub fn default_rate(category: &str) -> Option<u32> {
    let found = DEFAULTS.into_iter().find(|(name, _)| *name == category);
    found.and_then(|(_, rate)| u32::try_from(rate).ok())
}

/// Operations by category, as the documentation of the quotas lists them. (unsure) What is newer
/// than that list is where its likes are.
const OPERATIONS: [(&str, &[&str]); 15] = [
    ("UserAuthentication", &["AdminInitiateAuth", "InitiateAuth"]),
    (
        "UserCreation",
        &[
            "AdminConfirmSignUp",
            "AdminCreateUser",
            "ConfirmSignUp",
            "SignUp",
        ],
    ),
    (
        "UserAccountRecovery",
        &[
            "AdminResetUserPassword",
            "AdminSetUserPassword",
            "ChangePassword",
            "ConfirmForgotPassword",
            "ForgotPassword",
        ],
    ),
    ("UserRead", &["AdminGetUser", "GetUser"]),
    (
        "UserUpdate",
        &[
            "AdminAddUserToGroup",
            "AdminDeleteUser",
            "AdminDeleteUserAttributes",
            "AdminDisableProviderForUser",
            "AdminDisableUser",
            "AdminEnableUser",
            "AdminLinkProviderForUser",
            "AdminRemoveUserFromGroup",
            "AdminUpdateUserAttributes",
            "AdminUserGlobalSignOut",
            "DeleteUser",
            "DeleteUserAttributes",
            "GlobalSignOut",
            "UpdateUserAttributes",
            "VerifyUserAttribute",
        ],
    ),
    (
        "UserToken",
        &[
            "GetClientToken",
            "GetDerivedToken",
            "GetTokensFromRefreshToken",
            "RevokeToken",
        ],
    ),
    (
        "UserResourceRead",
        &[
            "AdminGetDevice",
            "AdminGetUserAuthFactors",
            "AdminListDevices",
            "AdminListGroupsForUser",
            "AdminListUserAuthEvents",
            "AdminListUserSessions",
            "GetDevice",
            "GetUserAttributeVerificationCode",
            "GetUserAuthFactors",
            "ListDevices",
            "ListUserSessions",
            "ListWebAuthnCredentials",
            "ResendConfirmationCode",
        ],
    ),
    (
        "UserResourceUpdate",
        &[
            "AdminForgetDevice",
            "AdminRevokeUserSession",
            "AdminSetUserMFAPreference",
            "AdminSetUserSettings",
            "AdminUpdateAuthEventFeedback",
            "AdminUpdateDeviceStatus",
            "AssociateSoftwareToken",
            "CompleteWebAuthnRegistration",
            "ConfirmDevice",
            "DeleteWebAuthnCredential",
            "ForgetDevice",
            "RevokeUserSession",
            "SetUserMFAPreference",
            "SetUserSettings",
            "StartWebAuthnRegistration",
            "UpdateAuthEventFeedback",
            "UpdateDeviceStatus",
            "VerifySoftwareToken",
        ],
    ),
    ("UserList", &["ListUsers", "ListUsersInGroup"]),
    ("UserPoolRead", &["DescribeUserPool", "ListUserPools"]),
    (
        "UserPoolUpdate",
        &["CreateUserPool", "DeleteUserPool", "UpdateUserPool"],
    ),
    (
        "UserPoolResourceRead",
        &[
            "DescribeIdentityProvider",
            "DescribeManagedLoginBranding",
            "DescribeManagedLoginBrandingByClient",
            "DescribeResourceServer",
            "DescribeRiskConfiguration",
            "DescribeUserImportJob",
            "DescribeUserPoolDomain",
            "GetCSVHeader",
            "GetGroup",
            "GetIdentityProviderByIdentifier",
            "GetSigningCertificate",
            "GetUICustomization",
            "GetUserPoolMfaConfig",
            "ListGroups",
            "ListIdentityProviders",
            "ListResourceServers",
            "ListTagsForResource",
            "ListUserImportJobs",
        ],
    ),
    (
        "UserPoolResourceUpdate",
        &[
            "AddCustomAttributes",
            "CreateGroup",
            "CreateIdentityProvider",
            "CreateManagedLoginBranding",
            "CreateResourceServer",
            "CreateUserImportJob",
            "CreateUserPoolDomain",
            "DeleteGroup",
            "DeleteIdentityProvider",
            "DeleteManagedLoginBranding",
            "DeleteResourceServer",
            "DeleteUserPoolDomain",
            "SetRiskConfiguration",
            "SetUICustomization",
            "SetUserPoolMfaConfig",
            "StartUserImportJob",
            "StopUserImportJob",
            "TagResource",
            "UntagResource",
            "UpdateGroup",
            "UpdateIdentityProvider",
            "UpdateManagedLoginBranding",
            "UpdateResourceServer",
            "UpdateUserPoolDomain",
        ],
    ),
    (
        "UserPoolClientRead",
        &["DescribeUserPoolClient", "ListUserPoolClients"],
    ),
    (
        "UserPoolClientUpdate",
        &[
            "CreateUserPoolClient",
            "DeleteUserPoolClient",
            "UpdateUserPoolClient",
        ],
    ),
];

/// Answers of challenges, which have three times the rate of sign-ins.
const CHALLENGES: [&str; 2] = ["AdminRespondToAuthChallenge", "RespondToAuthChallenge"];

/// Of these categories each operation has this rate for each pool, too.
const BY_POOL: [&str; 4] = [
    "UserPoolClientRead",
    "UserPoolClientUpdate",
    "UserPoolResourceRead",
    "UserPoolResourceUpdate",
];
pub const RATE_BY_POOL: u32 = 5;

/// How an operation is limited.
pub struct OperationRate {
    pub category: &'static str,
    /// How often the category's rate it may have.
    pub times: u32,
    /// Whether each pool has a rate for it.
    pub by_pool: bool,
}

/// None for an operation that the documentation does not list.
pub fn rate_of(operation: &str) -> Option<OperationRate> {
    if CHALLENGES.contains(&operation) {
        return Some(OperationRate {
            category: "UserAuthentication",
            times: 3,
            by_pool: false,
        });
    }
    let of = |(_, operations): &&(&str, &[&str])| operations.contains(&operation);
    let &(category, _) = OPERATIONS.iter().find(of)?;
    Some(OperationRate {
        category,
        times: 1,
        by_pool: BY_POOL.contains(&category),
    })
}

/// Refuses rates below the default. How far above it an account may go is a matter of Service
/// Quotas, which is not emulated.
pub fn check(category: &str, default: i32, asked: i32) -> Result<()> {
    if asked < default {
        return Err(Error::LimitBelowDefault {
            category: category.to_owned(),
            value: default,
        });
    }
    Ok(())
}
