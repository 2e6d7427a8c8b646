//! What the service does: THE REGISTRY, one row per operation, and the dispatcher that reads it.
//!
//! A missing row, a wrong handler or an unknown name does not compile. Handlers are plain functions
//! in the files beside this one; an `Admin…` operation stands beside its self-service twin. Not
//! here: HTTP (`http::aws`), what the API shares with the pages (`flows`), rules (`domain`).

mod attributes;
mod auth_parameters;
mod branding;
mod cimd_policies;
mod clients;
mod developers;
mod devices;
mod domains;
mod federation;
mod groups;
mod identities;
mod identity_credentials;
mod identity_pools;
mod identity_providers;
mod identity_roles;
mod import_jobs;
mod mfa;
mod paging;
mod passkeys;
mod passwords;
pub mod pauses;
mod point_in_time_recovery;
mod pools;
mod replicas;
mod resource_servers;
mod sessions;
mod settings;
mod sign_in;
mod sign_up;
mod terms;
mod threat_protection;
pub mod throttling;
mod tokens;
mod unknown_members;
mod users;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;

use crate::app::{CallerData, Ctx, NamedByRequest};
use crate::boxed::boxed;
use crate::error::{Error, Result};
use crate::wire::{self, Facts, FromJson, Operation, Rejection, ToJson};

pub(crate) use clients::create_user_pool_client_with_id;
pub(crate) use identity_pools::create_identity_pool_with_id;
pub(crate) use import_jobs::begin_user_import_job;
pub(crate) use pools::{create_user_pool_with_id, mint_keys};
pub(crate) use users::create_user_of_fixture;

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

/// Carries out an operation: validates, decodes, calls and encodes. Operations without output
/// answer zero bytes.
pub async fn dispatch(ctx: &Ctx, called: Called, mut body: Value) -> Result<Bytes> {
    wire::drop_null_entries(called.facts().input, &mut body);
    unknown_members::note(called.facts(), &body);
    wire::validate(called.facts().input, &body).map_err(|rejection| match rejection {
        Rejection::Serialization(message) => Error::Serialization(message),
        Rejection::Validation(message) => Error::Validation(message),
    })?;
    let caller_data =
        CallerData::deserialize(&body).map_err(|error| Error::Serialization(error.to_string()))?;
    ctx.note_caller_data(caller_data);
    ctx.note_named(named(&body));
    if let Some(ip) = origin(&body) {
        ctx.note_origin(ip);
    }
    pauses::check(ctx, called.facts(), &body).await?;
    match called {
        Called::UserPools(name) => call_user_pools(ctx, name, body).await,
        Called::IdentityPools(name) => call_identity_pools(ctx, name, body).await,
    }
}

/// Whom and what the input names.
pub(crate) fn named(body: &Value) -> NamedByRequest {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let parameter = |map: &str| text(body.get(map).and_then(auth_parameters::username));
    NamedByRequest {
        user_pool_id: text(body.get("UserPoolId")),
        client_id: text(body.get("ClientId")),
        username: text(body.get("Username"))
            .or_else(|| parameter("AuthParameters"))
            .or_else(|| parameter("ChallengeResponses")),
    }
}

/// The user's address, if the application says it. Operations have one of two members for it.
fn origin(body: &Value) -> Option<&str> {
    let context = |member: &str| body.get(member)?.get("IpAddress")?.as_str();
    context("UserContextData").or_else(|| context("ContextData"))
}

/// An input that was validated: this can only refuse a JSON type that the validator let pass.
pub(crate) fn decode<I: FromJson>(body: Value) -> Result<I> {
    I::from_json(body).map_err(|error| Error::Serialization(error.to_string()))
}

fn encode(facts: &Facts, output: &Value) -> Result<Bytes> {
    if facts.has_output {
        Ok(serde_json::to_vec(output)?.into())
    } else {
        Ok(Bytes::new())
    }
}

macro_rules! registry {
    ($call:ident, $service:ident, $($operation:ident => $($handler:ident)::+;)*) => {
        async fn $call(
            ctx: &Ctx,
            name: wire::$service::OperationName,
            body: Value,
        ) -> Result<Bytes> {
            match name {
                $(wire::$service::OperationName::$operation => {
                    let input: <wire::$service::op::$operation as Operation>::Input =
                        decode(body)?;
                    // Boxed, so that the dispatcher's future is not as large as its largest
                    // handler's.
                    let output: <wire::$service::op::$operation as Operation>::Output =
                        boxed($($handler)::+(ctx, input)).await?;
                    encode(name.facts(), &output.to_json())
                })*
            }
        }
    };
}

macro_rules! user_pools {
    ($($rows:tt)*) => { registry! { call_user_pools, user_pools, $($rows)* } };
}
macro_rules! identity_pools {
    ($($rows:tt)*) => { registry! { call_identity_pools, identity_pools, $($rows)* } };
}

user_pools! {
    AddCustomAttributes => pools::add_custom_attributes;
    AddUserPoolClientSecret => clients::add_user_pool_client_secret;
    AdminAddUserToGroup => groups::admin_add_user_to_group;
    AdminConfirmSignUp => sign_up::admin_confirm_sign_up;
    AdminCreateUser => users::admin_create_user;
    AdminDeleteSoftwareToken => mfa::admin_delete_software_token;
    AdminDeleteUser => users::admin_delete_user;
    AdminDeleteUserAttributes => attributes::admin_delete_user_attributes;
    AdminDisableProviderForUser => federation::admin_disable_provider_for_user;
    AdminDisableUser => users::admin_disable_user;
    AdminEnableUser => users::admin_enable_user;
    AdminForgetDevice => devices::admin_forget_device;
    AdminGetDevice => devices::admin_get_device;
    AdminGetUser => users::admin_get_user;
    AdminGetUserAuthFactors => mfa::admin_get_user_auth_factors;
    AdminInitiateAuth => sign_in::admin_initiate_auth;
    AdminLinkProviderForUser => federation::admin_link_provider_for_user;
    AdminListDevices => devices::admin_list_devices;
    AdminListGroupsForUser => groups::admin_list_groups_for_user;
    AdminListUserAuthEvents => threat_protection::admin_list_user_auth_events;
    AdminListUserSessions => sessions::admin_list_user_sessions;
    AdminRemoveUserFromGroup => groups::admin_remove_user_from_group;
    AdminResetUserPassword => passwords::admin_reset_user_password;
    AdminRespondToAuthChallenge => sign_in::admin_respond_to_auth_challenge;
    AdminRevokeUserSession => sessions::admin_revoke_user_session;
    AdminSetUserMFAPreference => mfa::admin_set_user_mfa_preference;
    AdminSetUserPassword => passwords::admin_set_user_password;
    AdminSetUserSettings => mfa::admin_set_user_settings;
    AdminUpdateAuthEventFeedback => threat_protection::admin_update_auth_event_feedback;
    AdminUpdateDeviceStatus => devices::admin_update_device_status;
    AdminUpdateUserAttributes => attributes::admin_update_user_attributes;
    AdminUserGlobalSignOut => tokens::admin_user_global_sign_out;
    AssociateSoftwareToken => mfa::associate_software_token;
    CancelPointInTimeRecovery => point_in_time_recovery::cancel_point_in_time_recovery;
    ChangePassword => passwords::change_password;
    CompleteWebAuthnRegistration => passkeys::complete_web_authn_registration;
    ConfirmDevice => devices::confirm_device;
    ConfirmForgotPassword => passwords::confirm_forgot_password;
    ConfirmSignUp => sign_up::confirm_sign_up;
    CreateCIMDPolicy => cimd_policies::create_cimd_policy;
    CreateGroup => groups::create_group;
    CreateIdentityProvider => identity_providers::create_identity_provider;
    CreateManagedLoginBranding => branding::create_managed_login_branding;
    CreateResourceServer => resource_servers::create_resource_server;
    CreateTerms => terms::create_terms;
    CreateUserImportJob => import_jobs::create_user_import_job;
    CreateUserPool => pools::create_user_pool;
    CreateUserPoolClient => clients::create_user_pool_client;
    CreateUserPoolDomain => domains::create_user_pool_domain;
    CreateUserPoolReplica => replicas::create_user_pool_replica;
    DeleteCIMDPolicy => cimd_policies::delete_cimd_policy;
    DeleteGroup => groups::delete_group;
    DeleteIdentityProvider => identity_providers::delete_identity_provider;
    DeleteManagedLoginBranding => branding::delete_managed_login_branding;
    DeleteResourceServer => resource_servers::delete_resource_server;
    DeleteTerms => terms::delete_terms;
    DeleteUser => users::delete_user;
    DeleteUserAttributes => attributes::delete_user_attributes;
    DeleteUserPool => pools::delete_user_pool;
    DeleteUserPoolClient => clients::delete_user_pool_client;
    DeleteUserPoolClientSecret => clients::delete_user_pool_client_secret;
    DeleteUserPoolDomain => domains::delete_user_pool_domain;
    DeleteUserPoolReplica => replicas::delete_user_pool_replica;
    DeleteWebAuthnCredential => passkeys::delete_web_authn_credential;
    DescribeCIMDPolicy => cimd_policies::describe_cimd_policy;
    DescribeIdentityProvider => identity_providers::describe_identity_provider;
    DescribeManagedLoginBranding => branding::describe_managed_login_branding;
    DescribeManagedLoginBrandingByClient => branding::describe_managed_login_branding_by_client;
    DescribePointInTimeRecovery => point_in_time_recovery::describe_point_in_time_recovery;
    DescribeResourceServer => resource_servers::describe_resource_server;
    DescribeRiskConfiguration => threat_protection::describe_risk_configuration;
    DescribeTerms => terms::describe_terms;
    DescribeTermsByClient => terms::describe_terms_by_client;
    DescribeUserImportJob => import_jobs::describe_user_import_job;
    DescribeUserPool => pools::describe_user_pool;
    DescribeUserPoolClient => clients::describe_user_pool_client;
    DescribeUserPoolDomain => domains::describe_user_pool_domain;
    ForgetDevice => devices::forget_device;
    ForgotPassword => passwords::forgot_password;
    GetCSVHeader => import_jobs::get_csv_header;
    GetClientToken => tokens::get_client_token;
    GetDerivedToken => tokens::get_derived_token;
    GetDevice => devices::get_device;
    GetGroup => groups::get_group;
    GetIdentityProviderByIdentifier => identity_providers::get_identity_provider_by_identifier;
    GetLogDeliveryConfiguration => threat_protection::get_log_delivery_configuration;
    GetProvisionedLimit => settings::get_provisioned_limit;
    GetSigningCertificate => settings::get_signing_certificate;
    GetTokensFromRefreshToken => tokens::get_tokens_from_refresh_token;
    GetUICustomization => branding::get_ui_customization;
    GetUser => users::get_user;
    GetUserAttributeVerificationCode => attributes::get_user_attribute_verification_code;
    GetUserAuthFactors => mfa::get_user_auth_factors;
    GetUserPoolClientSessionConfiguration => sessions::get_user_pool_client_session_configuration;
    GetUserPoolMfaConfig => settings::get_user_pool_mfa_config;
    GetUserPoolSessionConfiguration => sessions::get_user_pool_session_configuration;
    GlobalSignOut => tokens::global_sign_out;
    InitiateAuth => sign_in::initiate_auth;
    InitiatePointInTimeRecovery => point_in_time_recovery::initiate_point_in_time_recovery;
    ListCIMDPolicies => cimd_policies::list_cimd_policies;
    ListClientMetadataURLs => cimd_policies::list_client_metadata_urls;
    ListDevices => devices::list_devices;
    ListGroups => groups::list_groups;
    ListIdentityProviders => identity_providers::list_identity_providers;
    ListPointInTimeRecoveries => point_in_time_recovery::list_point_in_time_recoveries;
    ListResourceServers => resource_servers::list_resource_servers;
    ListTagsForResource => settings::list_tags_for_resource;
    ListTerms => terms::list_terms;
    ListUserImportJobs => import_jobs::list_user_import_jobs;
    ListUserPoolClientSecrets => clients::list_user_pool_client_secrets;
    ListUserPoolClients => clients::list_user_pool_clients;
    ListUserPoolReplicas => replicas::list_user_pool_replicas;
    ListUserPools => pools::list_user_pools;
    ListUserSessions => sessions::list_user_sessions;
    ListUsers => users::list_users;
    ListUsersInGroup => groups::list_users_in_group;
    ListWebAuthnCredentials => passkeys::list_web_authn_credentials;
    ResendConfirmationCode => sign_up::resend_confirmation_code;
    RespondToAuthChallenge => sign_in::respond_to_auth_challenge;
    RevokeToken => tokens::revoke_token;
    RevokeUserSession => sessions::revoke_user_session;
    SetLogDeliveryConfiguration => threat_protection::set_log_delivery_configuration;
    SetRiskConfiguration => threat_protection::set_risk_configuration;
    SetUICustomization => branding::set_ui_customization;
    SetUserMFAPreference => mfa::set_user_mfa_preference;
    SetUserPoolClientSessionConfiguration => sessions::set_user_pool_client_session_configuration;
    SetUserPoolMfaConfig => settings::set_user_pool_mfa_config;
    SetUserPoolSessionConfiguration => sessions::set_user_pool_session_configuration;
    SetUserSettings => mfa::set_user_settings;
    SignUp => sign_up::sign_up;
    StartPointInTimeRecovery => point_in_time_recovery::start_point_in_time_recovery;
    StartUserImportJob => import_jobs::start_user_import_job;
    StartWebAuthnRegistration => passkeys::start_web_authn_registration;
    StopUserImportJob => import_jobs::stop_user_import_job;
    TagResource => settings::tag_resource;
    UntagResource => settings::untag_resource;
    UpdateAuthEventFeedback => threat_protection::update_auth_event_feedback;
    UpdateCIMDPolicy => cimd_policies::update_cimd_policy;
    UpdateClientMetadataURLState => cimd_policies::update_client_metadata_url_state;
    UpdateDeviceStatus => devices::update_device_status;
    UpdateGroup => groups::update_group;
    UpdateIdentityProvider => identity_providers::update_identity_provider;
    UpdateManagedLoginBranding => branding::update_managed_login_branding;
    UpdateProvisionedLimit => settings::update_provisioned_limit;
    UpdateResourceServer => resource_servers::update_resource_server;
    UpdateTerms => terms::update_terms;
    UpdateUserAttributes => attributes::update_user_attributes;
    UpdateUserPool => pools::update_user_pool;
    UpdateUserPoolClient => clients::update_user_pool_client;
    UpdateUserPoolDomain => domains::update_user_pool_domain;
    UpdateUserPoolReplica => replicas::update_user_pool_replica;
    VerifySoftwareToken => mfa::verify_software_token;
    VerifyUserAttribute => attributes::verify_user_attribute;
}

identity_pools! {
    CreateIdentityPool => identity_pools::create_identity_pool;
    DeleteIdentities => identities::delete_identities;
    DeleteIdentityPool => identity_pools::delete_identity_pool;
    DescribeIdentity => identities::describe_identity;
    DescribeIdentityPool => identity_pools::describe_identity_pool;
    GetCredentialsForIdentity => identity_credentials::get_credentials_for_identity;
    GetId => identity_credentials::get_id;
    GetIdentityPoolRoles => identity_roles::get_identity_pool_roles;
    GetOpenIdToken => identity_credentials::get_open_id_token;
    GetOpenIdTokenForDeveloperIdentity => developers::get_open_id_token_for_developer_identity;
    GetPrincipalTagAttributeMap => identity_roles::get_principal_tag_attribute_map;
    ListIdentities => identities::list_identities;
    ListIdentityPools => identity_pools::list_identity_pools;
    ListTagsForResource => identity_pools::list_tags_for_resource;
    LookupDeveloperIdentity => developers::lookup_developer_identity;
    MergeDeveloperIdentities => developers::merge_developer_identities;
    SetIdentityPoolRoles => identity_roles::set_identity_pool_roles;
    SetPrincipalTagAttributeMap => identity_roles::set_principal_tag_attribute_map;
    TagResource => identity_pools::tag_resource;
    UnlinkDeveloperIdentity => developers::unlink_developer_identity;
    UnlinkIdentity => identities::unlink_identity;
    UntagResource => identity_pools::untag_resource;
    UpdateIdentityPool => identity_pools::update_identity_pool;
}
