//! What the service does: THE REGISTRY, one row per operation, and the dispatcher that reads it.
//!
//! A missing row, a wrong handler or an unknown name does not compile. Rows with `not_yet` validate their input as AWS does and then answer
//! that the operation is not available. Handlers are plain functions in the files beside this one; an `Admin…` operation stands beside its
//! self-service twin. Not here: HTTP (`http::aws`), what two doors share (`flows`), rules (`domain`).

mod attributes;
mod clients;
mod groups;
mod import_jobs;
mod paging;
mod passwords;
mod pools;
mod resource_servers;
mod settings;
mod sign_in;
mod sign_up;
mod tokens;
mod users;

use bytes::Bytes;
use serde::Serialize;
use serde_json::Value;

use crate::app::Ctx;
use crate::error::{Error, Result};
use crate::wire::{self, Facts, Operation, Rejection};

pub(crate) use clients::create_user_pool_client_with_id;
pub(crate) use users::admin_create_user_with_sub;

/// An operation of either API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Called {
    UserPools(wire::user_pools::OperationName),
    IdentityPools(wire::identity_pools::OperationName),
}

impl Called {
    /// Finds the operation that an `X-Amz-Target` header names.
    pub fn from_target(target: &str) -> Option<Self> {
        let (service, operation) = target.split_once('.')?;
        match service {
            wire::user_pools::TARGET_PREFIX => {
                wire::user_pools::OperationName::from_wire(operation).map(Self::UserPools)
            }
            wire::identity_pools::TARGET_PREFIX => {
                wire::identity_pools::OperationName::from_wire(operation).map(Self::IdentityPools)
            }
            _ => None,
        }
    }

    /// The operation's constants.
    pub fn facts(self) -> &'static Facts {
        match self {
            Self::UserPools(name) => name.facts(),
            Self::IdentityPools(name) => name.facts(),
        }
    }
}

/// Carries an operation out: validates, decodes, calls, encodes. The answer is empty for operations without output.
pub async fn dispatch(ctx: &Ctx, called: Called, body: Value) -> Result<Bytes> {
    wire::validate(called.facts().input, &body).map_err(|rejection| match rejection {
        Rejection::Serialization(message) => Error::Serialization(message),
        Rejection::Validation(message) => Error::Validation(message),
    })?;
    match called {
        Called::UserPools(name) => call_user_pools(ctx, name, body).await,
        Called::IdentityPools(name) => call_identity_pools(ctx, name, body).await,
    }
}

async fn not_yet<Input, Output>(ctx: &Ctx, _valid: Input) -> Result<Output> {
    Err(Error::NotAvailable {
        operation: ctx.operation.to_owned(),
    })
}

fn encode<O: Operation>(output: &impl Serialize) -> Result<Bytes> {
    if O::HAS_OUTPUT {
        Ok(serde_json::to_vec(output)?.into())
    } else {
        Ok(Bytes::new())
    }
}

macro_rules! registry {
    ($call:ident, $service:ident, $($operation:ident => $($handler:ident)::+;)*) => {
        async fn $call(ctx: &Ctx, name: wire::$service::OperationName, body: Value) -> Result<Bytes> {
            match name {
                $(wire::$service::OperationName::$operation => {
                    // The validator has seen the body, so what serde refuses can only be a type that the walk let through.
                    let input: <wire::$service::op::$operation as Operation>::Input =
                        serde_json::from_value(body).map_err(|error| Error::Serialization(error.to_string()))?;
                    // Boxed, so that the dispatcher's future is not as large as its largest handler's.
                    let output: <wire::$service::op::$operation as Operation>::Output =
                        Box::pin($($handler)::+(ctx, input)).await?;
                    encode::<wire::$service::op::$operation>(&output)
                })*
            }
        }
    };
}

macro_rules! user_pools { ($($rows:tt)*) => { registry! { call_user_pools, user_pools, $($rows)* } }; }
macro_rules! identity_pools { ($($rows:tt)*) => { registry! { call_identity_pools, identity_pools, $($rows)* } }; }

user_pools! {
    AddCustomAttributes => pools::add_custom_attributes;
    AddUserPoolClientSecret => clients::add_user_pool_client_secret;
    AdminAddUserToGroup => groups::admin_add_user_to_group;
    AdminConfirmSignUp => sign_up::admin_confirm_sign_up;
    AdminCreateUser => users::admin_create_user;
    AdminDeleteSoftwareToken => not_yet;
    AdminDeleteUser => users::admin_delete_user;
    AdminDeleteUserAttributes => attributes::admin_delete_user_attributes;
    AdminDisableProviderForUser => not_yet;
    AdminDisableUser => users::admin_disable_user;
    AdminEnableUser => users::admin_enable_user;
    AdminForgetDevice => not_yet;
    AdminGetDevice => not_yet;
    AdminGetUser => users::admin_get_user;
    AdminGetUserAuthFactors => not_yet;
    AdminInitiateAuth => sign_in::admin_initiate_auth;
    AdminLinkProviderForUser => not_yet;
    AdminListDevices => not_yet;
    AdminListGroupsForUser => groups::admin_list_groups_for_user;
    AdminListUserAuthEvents => not_yet;
    AdminListUserSessions => not_yet;
    AdminRemoveUserFromGroup => groups::admin_remove_user_from_group;
    AdminResetUserPassword => passwords::admin_reset_user_password;
    AdminRespondToAuthChallenge => sign_in::admin_respond_to_auth_challenge;
    AdminRevokeUserSession => not_yet;
    AdminSetUserMFAPreference => not_yet;
    AdminSetUserPassword => passwords::admin_set_user_password;
    AdminSetUserSettings => not_yet;
    AdminUpdateAuthEventFeedback => not_yet;
    AdminUpdateDeviceStatus => not_yet;
    AdminUpdateUserAttributes => attributes::admin_update_user_attributes;
    AdminUserGlobalSignOut => tokens::admin_user_global_sign_out;
    AssociateSoftwareToken => not_yet;
    ChangePassword => passwords::change_password;
    CompleteWebAuthnRegistration => not_yet;
    ConfirmDevice => not_yet;
    ConfirmForgotPassword => passwords::confirm_forgot_password;
    ConfirmSignUp => sign_up::confirm_sign_up;
    CreateGroup => groups::create_group;
    CreateIdentityProvider => not_yet;
    CreateManagedLoginBranding => not_yet;
    CreateResourceServer => resource_servers::create_resource_server;
    CreateTerms => not_yet;
    CreateUserImportJob => import_jobs::create_user_import_job;
    CreateUserPool => pools::create_user_pool;
    CreateUserPoolClient => clients::create_user_pool_client;
    CreateUserPoolDomain => not_yet;
    CreateUserPoolReplica => not_yet;
    DeleteGroup => groups::delete_group;
    DeleteIdentityProvider => not_yet;
    DeleteManagedLoginBranding => not_yet;
    DeleteResourceServer => resource_servers::delete_resource_server;
    DeleteTerms => not_yet;
    DeleteUser => users::delete_user;
    DeleteUserAttributes => attributes::delete_user_attributes;
    DeleteUserPool => pools::delete_user_pool;
    DeleteUserPoolClient => clients::delete_user_pool_client;
    DeleteUserPoolClientSecret => clients::delete_user_pool_client_secret;
    DeleteUserPoolDomain => not_yet;
    DeleteUserPoolReplica => not_yet;
    DeleteWebAuthnCredential => not_yet;
    DescribeIdentityProvider => not_yet;
    DescribeManagedLoginBranding => not_yet;
    DescribeManagedLoginBrandingByClient => not_yet;
    DescribeResourceServer => resource_servers::describe_resource_server;
    DescribeRiskConfiguration => not_yet;
    DescribeTerms => not_yet;
    DescribeTermsByClient => not_yet;
    DescribeUserImportJob => import_jobs::describe_user_import_job;
    DescribeUserPool => pools::describe_user_pool;
    DescribeUserPoolClient => clients::describe_user_pool_client;
    DescribeUserPoolDomain => not_yet;
    ForgetDevice => not_yet;
    ForgotPassword => passwords::forgot_password;
    GetCSVHeader => import_jobs::get_csv_header;
    GetClientToken => not_yet;
    GetDerivedToken => not_yet;
    GetDevice => not_yet;
    GetGroup => groups::get_group;
    GetIdentityProviderByIdentifier => not_yet;
    GetLogDeliveryConfiguration => not_yet;
    GetProvisionedLimit => not_yet;
    GetSigningCertificate => not_yet;
    GetTokensFromRefreshToken => tokens::get_tokens_from_refresh_token;
    GetUICustomization => not_yet;
    GetUser => users::get_user;
    GetUserAttributeVerificationCode => attributes::get_user_attribute_verification_code;
    GetUserAuthFactors => not_yet;
    GetUserPoolClientSessionConfiguration => not_yet;
    GetUserPoolMfaConfig => settings::get_user_pool_mfa_config;
    GetUserPoolSessionConfiguration => not_yet;
    GlobalSignOut => tokens::global_sign_out;
    InitiateAuth => sign_in::initiate_auth;
    ListDevices => not_yet;
    ListGroups => groups::list_groups;
    ListIdentityProviders => not_yet;
    ListResourceServers => resource_servers::list_resource_servers;
    ListTagsForResource => settings::list_tags_for_resource;
    ListTerms => not_yet;
    ListUserImportJobs => import_jobs::list_user_import_jobs;
    ListUserPoolClientSecrets => clients::list_user_pool_client_secrets;
    ListUserPoolClients => clients::list_user_pool_clients;
    ListUserPoolReplicas => not_yet;
    ListUserPools => pools::list_user_pools;
    ListUserSessions => not_yet;
    ListUsers => users::list_users;
    ListUsersInGroup => groups::list_users_in_group;
    ListWebAuthnCredentials => not_yet;
    ResendConfirmationCode => sign_up::resend_confirmation_code;
    RespondToAuthChallenge => sign_in::respond_to_auth_challenge;
    RevokeToken => tokens::revoke_token;
    RevokeUserSession => not_yet;
    SetLogDeliveryConfiguration => not_yet;
    SetRiskConfiguration => not_yet;
    SetUICustomization => not_yet;
    SetUserMFAPreference => not_yet;
    SetUserPoolClientSessionConfiguration => not_yet;
    SetUserPoolMfaConfig => not_yet;
    SetUserPoolSessionConfiguration => not_yet;
    SetUserSettings => not_yet;
    SignUp => sign_up::sign_up;
    StartUserImportJob => import_jobs::start_user_import_job;
    StartWebAuthnRegistration => not_yet;
    StopUserImportJob => import_jobs::stop_user_import_job;
    TagResource => settings::tag_resource;
    UntagResource => settings::untag_resource;
    UpdateAuthEventFeedback => not_yet;
    UpdateDeviceStatus => not_yet;
    UpdateGroup => groups::update_group;
    UpdateIdentityProvider => not_yet;
    UpdateManagedLoginBranding => not_yet;
    UpdateProvisionedLimit => not_yet;
    UpdateResourceServer => resource_servers::update_resource_server;
    UpdateTerms => not_yet;
    UpdateUserAttributes => attributes::update_user_attributes;
    UpdateUserPool => pools::update_user_pool;
    UpdateUserPoolClient => clients::update_user_pool_client;
    UpdateUserPoolDomain => not_yet;
    UpdateUserPoolReplica => not_yet;
    VerifySoftwareToken => not_yet;
    VerifyUserAttribute => attributes::verify_user_attribute;
}

identity_pools! {
    CreateIdentityPool => not_yet;
    DeleteIdentities => not_yet;
    DeleteIdentityPool => not_yet;
    DescribeIdentity => not_yet;
    DescribeIdentityPool => not_yet;
    GetCredentialsForIdentity => not_yet;
    GetId => not_yet;
    GetIdentityPoolRoles => not_yet;
    GetOpenIdToken => not_yet;
    GetOpenIdTokenForDeveloperIdentity => not_yet;
    GetPrincipalTagAttributeMap => not_yet;
    ListIdentities => not_yet;
    ListIdentityPools => not_yet;
    ListTagsForResource => not_yet;
    LookupDeveloperIdentity => not_yet;
    MergeDeveloperIdentities => not_yet;
    SetIdentityPoolRoles => not_yet;
    SetPrincipalTagAttributeMap => not_yet;
    TagResource => not_yet;
    UnlinkDeveloperIdentity => not_yet;
    UnlinkIdentity => not_yet;
    UntagResource => not_yet;
    UpdateIdentityPool => not_yet;
}
