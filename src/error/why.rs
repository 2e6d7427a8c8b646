//! What the catalogue says to the developer of a request that is refused, where the place that
//! refuses it says nothing better (`Ctx::explain`): which rule, and what would pass.
//!
//! One table for all of the catalogue, so that a new situation does not compile before somebody has
//! thought of it. Where AWS's own words say as much, they do.

use super::Error;

impl Error {
    /// Why, in a sentence for the request's developer. Never with a secret in it.
    pub fn why(&self) -> String {
        match self {
            Self::UnknownOperation => {
                "X-Amz-Target names no operation of Amazon Cognito; it must be \
                 AWSCognitoIdentityProviderService.<Operation> or \
                 AWSCognitoIdentityService.<Operation>."
                    .to_owned()
            }
            Self::RateExceeded => {
                "More requests came in this second than the quota of the operation's category \
                 allows (--throttle); SDKs wait and try again, and UpdateProvisionedLimit \
                 raises it."
                    .to_owned()
            }
            Self::MessageNotDelivered => {
                "The delivery failed, as a fault ordered by POST /_mocknito/faults.".to_owned()
            }
            Self::BodyTooLarge { limit } => {
                format!("The body is longer than the {limit} bytes that a request may have.")
            }
            Self::PoolNotFound { id } => {
                format!("There is no user pool {id}; ListUserPools names those of a Region.")
            }
            Self::PoolProtected => {
                "The user pool has DeletionProtection ACTIVE; UpdateUserPool turns it off."
                    .to_owned()
            }
            Self::TierLacksFeatures { tier, features } => format!(
                "{features} is not part of the {tier} feature plan; set UserPoolTier to a \
                 larger one."
            ),
            Self::ClientNotFound { id } => format!(
                "There is no app client {id} in any user pool here; ListUserPoolClients names \
                 those of a pool."
            ),
            Self::MixedAuthFlows => {
                "ExplicitAuthFlows mixes old names, such as ADMIN_NO_SRP_AUTH, with new ones \
                 that begin with ALLOW_; use the new ones only."
                    .to_owned()
            }
            Self::TokenValidityRange => {
                "A token's validity is outside its range, or an ID or access token would live \
                 longer than the refresh token: 5 minutes to 1 day for ID and access tokens, 1 \
                 hour to 10 years for refresh tokens."
                    .to_owned()
            }
            Self::InvalidWriteAttributes => {
                "WriteAttributes names an attribute that the user pool does not have, that \
                 nobody may write, or leaves out one that is required; custom attributes are \
                 called custom:<name>."
                    .to_owned()
            }
            Self::InvalidReadAttributes => {
                "ReadAttributes names an attribute that the user pool does not have; custom \
                 attributes are called custom:<name>."
                    .to_owned()
            }
            Self::ScopeUnknown { scope } => format!(
                "{scope} is neither a standard scope (openid, email, phone, profile, \
                 aws.cognito.signin.user.admin) nor a scope of a resource server of this pool, \
                 which is written <identifier>/<scope>."
            ),
            Self::ProviderUnknown { name, pool } => format!(
                "SupportedIdentityProviders names {name}, and the user pool {pool} has no such \
                 provider; COGNITO is the pool itself."
            ),
            Self::CallbackNotHttps { url } => format!(
                "{url} is http and not localhost: callback URLs are https, http://localhost or \
                 an app's own scheme."
            ),
            Self::SecretHashMissing { client } => format!(
                "The app client {client} has a secret, and the request has no SECRET_HASH: it \
                 is the base64 of HMAC-SHA256 with the secret as the key, over the user name \
                 followed by the client id."
            ),
            Self::SecretHashWrong { client } => format!(
                "The SECRET_HASH is not that of this user name, this client id {client} and a \
                 secret of this client; it is the base64 of HMAC-SHA256 with the secret as the \
                 key, over the user name as sent followed by the client id."
            ),
            Self::SecretHashWrongAtRefresh { .. } => {
                "The SECRET_HASH does not belong to this refresh token; for REFRESH_TOKEN_AUTH \
                 it is made with the user's own user name, which GetUser or the access token's \
                 username says, and never with an alias such as the e-mail address."
                    .to_owned()
            }
            Self::SecretHashUnexpected { client } => format!(
                "The app client {client} has no secret, and the request has a SECRET_HASH; \
                 leave it out."
            ),
            Self::ClientSecretWrong { client } => format!(
                "ClientSecret is missing or is none of the secrets of the app client {client}."
            ),
            Self::ClientUnauthorized => {
                "ClientSecret is missing, is none of the app client's secrets, or is given for \
                 a client that has none."
                    .to_owned()
            }
            Self::UserNotFound | Self::UserResourceNotFound => {
                "The user pool has no user of this name; names are compared by the pool's case \
                 sensitivity, and an alias counts only once it is verified."
                    .to_owned()
            }
            Self::UserExists | Self::SignUpUserExists => {
                "The user pool has a user of this name, or one whose sub it is.".to_owned()
            }
            Self::SignUpNotPermitted => {
                "The user pool has AdminCreateUserConfig.AllowAdminCreateUserOnly true: only \
                 AdminCreateUser makes users."
                    .to_owned()
            }
            Self::UsernameClientNotFound => {
                "The user pool of this app client has no user of this name; names are compared \
                 by the pool's case sensitivity, and an alias counts only once it is verified."
                    .to_owned()
            }
            Self::UsernameAttributeTaken { attribute } => format!(
                "Another user has this {attribute}, and users of this pool sign in with it or \
                 by it as an alias."
            ),
            Self::AliasTaken { attribute } => format!(
                "Another user has this {attribute} as an alias; ForceAliasCreation true takes \
                 it from them."
            ),
            Self::AliasGivenTaken { attribute } => {
                format!("Another user of the pool has this {attribute} as a name to sign in with.")
            }
            Self::UsernameNotEmail => {
                "The user pool has UsernameAttributes email: Username must be an e-mail \
                 address."
                    .to_owned()
            }
            Self::UsernameNotEmailOrPhone => {
                "The user pool has UsernameAttributes email and phone_number: Username must be \
                 an e-mail address or a number such as +15555550100."
                    .to_owned()
            }
            Self::UsernameNotPhone => {
                "The user pool has UsernameAttributes phone_number: Username must be a number \
                 such as +15555550100."
                    .to_owned()
            }
            Self::UsernameLooksLikeEmail => {
                "E-mail addresses are aliases in this user pool, so a user name must not look \
                 like one."
                    .to_owned()
            }
            Self::UsernameLooksLikePhone => {
                "Phone numbers are aliases in this user pool, so a user name must not look like \
                 one."
                    .to_owned()
            }
            Self::AlreadyConfirmed => {
                "The user is confirmed already; there is nothing to send a code for.".to_owned()
            }
            Self::AutoVerificationOff => {
                "The user pool has no AutoVerifiedAttributes, so there is no address that a \
                 code could verify."
                    .to_owned()
            }
            Self::CannotConfirm { status } => format!(
                "The user's status is {status}, and only a user who is UNCONFIRMED can be \
                 confirmed."
            ),
            Self::EmailMalformed => "The email attribute is no e-mail address.".to_owned(),
            Self::PhoneMalformed => {
                "A phone number must be written as + and digits, such as +15555550100.".to_owned()
            }
            Self::AttributeImmutable { name } => format!(
                "The attribute {name} is not Mutable in the user pool's schema: it is set when \
                 the user is made and never again."
            ),
            Self::AttributeNotWritable => {
                "The request writes an attribute that is not among the app client's \
                 WriteAttributes."
                    .to_owned()
            }
            Self::PreferredUsernameAtSignUp => {
                "preferred_username is an alias in this user pool, and aliases are for \
                 confirmed users: set it after the confirmation."
                    .to_owned()
            }
            Self::CodeMismatch => {
                "The code is not the one that was sent last for this purpose; an earlier one \
                 stopped counting when the later one was sent. The inbox shows it."
                    .to_owned()
            }
            Self::CodeExpired => {
                "No code counts for this user and purpose: none was sent, it was used already, \
                 or it was sent too long ago. Ask for another one."
                    .to_owned()
            }
            Self::AttemptLimit => {
                "There were too many tries for this user; they are counted for a while and then \
                 forgotten."
                    .to_owned()
            }
            Self::PasswordAttemptsExceeded => {
                "There were too many wrong passwords for this user; the pause doubles with each \
                 further one, up to 15 minutes."
                    .to_owned()
            }
            Self::NoRecoveryAddress => {
                "The user has no verified address by which the pool's AccountRecoverySetting \
                 lets a password be recovered: set email_verified or phone_number_verified to \
                 true."
                    .to_owned()
            }
            Self::RecoveryByAdminOnly => {
                "The user pool's AccountRecoverySetting is admin_only: only \
                 AdminResetUserPassword and AdminSetUserPassword help."
                    .to_owned()
            }
            Self::PasswordNotResettable => {
                "The user's status does not allow the reset of a password: one who still has a \
                 temporary password needs another invitation (AdminCreateUser with \
                 MessageAction RESEND) or AdminSetUserPassword."
                    .to_owned()
            }
            Self::PasswordTooShort => {
                "The password is shorter than the user pool's PasswordPolicy.MinimumLength."
                    .to_owned()
            }
            Self::PasswordNeedsUppercase => {
                "The password has no letter A to Z, and the user pool has RequireUppercase."
                    .to_owned()
            }
            Self::PasswordNeedsLowercase => {
                "The password has no letter a to z, and the user pool has RequireLowercase."
                    .to_owned()
            }
            Self::PasswordNeedsNumber => {
                "The password has no digit, and the user pool has RequireNumbers.".to_owned()
            }
            Self::PasswordNeedsSymbol => {
                "The password has no symbol, and the user pool has RequireSymbols.".to_owned()
            }
            Self::PasswordUsedBefore => "The password is one of the user's last ones, as many as \
                 PasswordPolicy.PasswordHistorySize says."
                .to_owned(),
            Self::FilterSyntax => {
                "The filter is not of the form attribute = \"value\" or attribute ^= \"value\"."
                    .to_owned()
            }
            Self::RequestedAttributesMissing => {
                "AttributesToGet names an attribute that the user pool does not have, or that \
                 one of the listed users has no value for."
                    .to_owned()
            }
            Self::FilterAttribute { name } => format!(
                "{name} cannot be searched: a filter takes username, email, phone_number, name, \
                 given_name, family_name, preferred_username, cognito:user_status, status and \
                 sub."
            ),
            Self::GroupExists => "The user pool has a group of this name already.".to_owned(),
            Self::GroupNotFound => {
                "The user pool has no group of this name; ListGroups names them.".to_owned()
            }
            Self::PoolHasDomain => {
                "The user pool has a domain: DeleteUserPoolDomain first.".to_owned()
            }
            Self::DomainTaken => {
                "Another user pool has this domain; domains are shared by all Regions and pools \
                 here."
                    .to_owned()
            }
            Self::ProviderNotEnabled { name } => {
                format!("{name} is not among the app client's SupportedIdentityProviders.")
            }
            Self::ProviderUnreachable { what } => {
                format!("The identity provider could not be asked: {what}.")
            }
            Self::IdTokenIssuer { issuer } => format!(
                "The provider's ID token names the issuer {issuer}, which is not the provider's \
                 oidc_issuer."
            ),
            Self::AddOnNotEnabled => {
                "The user pool has UserPoolAddOns.AdvancedSecurityMode OFF.".to_owned()
            }
            Self::PasswordCompromised => {
                "The password is among those that are known to be compromised, and threat \
                 protection blocks them."
                    .to_owned()
            }
            Self::PasswordFoundCompromised => {
                "The user's password is among those that are known to be compromised, and \
                 threat protection wants another one."
                    .to_owned()
            }
            Self::RiskBlocked => {
                "Threat protection blocks a sign-in of this risk; SetRiskConfiguration says \
                 which ones, and POST /_mocknito/risk how risky a user's sign-ins are."
                    .to_owned()
            }
            Self::FeatureNotInTier { feature } => format!(
                "{feature} is not part of this user pool's feature plan; UpdateUserPool with a \
                 larger UserPoolTier turns it on."
            ),
            Self::ImportRunsInPool => {
                "An import job of this user pool is running, and nothing else may write users \
                 meanwhile."
                    .to_owned()
            }
            Self::PausedByRecovery => {
                "A point-in-time recovery of the user pool is in progress, and nothing may be \
                 written until it is completed or cancelled."
                    .to_owned()
            }
            Self::FlowNotSupported => {
                "AuthFlow names no flow that this operation has: ADMIN_USER_PASSWORD_AUTH and \
                 ADMIN_NO_SRP_AUTH are AdminInitiateAuth's, USER_PASSWORD_AUTH is \
                 InitiateAuth's."
                    .to_owned()
            }
            Self::FlowNotEnabled { flow } | Self::FlowNotEnabledForClient { flow } => format!(
                "The app client does not allow {flow}: its ExplicitAuthFlows lack the value for it."
            ),
            Self::OnlyCustomAuth => {
                "The app client's ExplicitAuthFlows is the old CUSTOM_AUTH_FLOW_ONLY, which \
                 excludes all other flows."
                    .to_owned()
            }
            Self::AdminFlowNotEnabled => {
                "The app client does not allow this flow: add ALLOW_ADMIN_USER_PASSWORD_AUTH to \
                 its ExplicitAuthFlows."
                    .to_owned()
            }
            Self::MissingParameter { name } => {
                format!("This flow or challenge needs {name}, and the request does not have it.")
            }
            Self::BadCredentials => "The user name or the password is not right.".to_owned(),
            Self::UserDisabled => {
                "The user is disabled; AdminEnableUser lets them in again.".to_owned()
            }
            Self::UserNotConfirmed => {
                "The user has signed up and is not confirmed yet: ConfirmSignUp with the code, \
                 or AdminConfirmSignUp."
                    .to_owned()
            }
            Self::PasswordResetRequired => {
                "An administrator has reset the user's password, or the user was imported: \
                 ForgotPassword and ConfirmForgotPassword set one."
                    .to_owned()
            }
            Self::TemporaryPasswordExpired => "The temporary password is older than \
                 PasswordPolicy.TemporaryPasswordValidityDays: AdminCreateUser with \
                 MessageAction RESEND sends another, AdminSetUserPassword sets one."
                .to_owned(),
            Self::DeviceNotFound => "The user has no such device, or it was forgotten.".to_owned(),
            Self::DeviceKeyInvalid => {
                "DeviceKey is not the one that came with these tokens in NewDeviceMetadata."
                    .to_owned()
            }
            Self::DevicesNotTracked => {
                "The user pool has no DeviceConfiguration, so it remembers no devices.".to_owned()
            }
            Self::CustomAuthNotConfigured => {
                "CUSTOM_AUTH needs the functions DefineAuthChallenge, CreateAuthChallenge and \
                 VerifyAuthChallengeResponse in the user pool's LambdaConfig."
                    .to_owned()
            }
            Self::SessionInvalid => {
                "The Session is not one that was given for this challenge, app client and user."
                    .to_owned()
            }
            Self::SessionExpired => {
                "The Session is older than the app client's AuthSessionValidity; begin the \
                 sign-in again."
                    .to_owned()
            }
            Self::SessionSpent => {
                "The Session was answered already; each answer gives a new one, or begin the \
                 sign-in again."
                    .to_owned()
            }
            Self::NewAttributeMissing { name } => format!(
                "The user pool requires {name}, the user has none, and the answer to \
                 NEW_PASSWORD_REQUIRED does not bring one as userAttributes.{name}."
            ),
            Self::AlreadyProvided { name } => format!(
                "The user has a value for {name} already, and NEW_PASSWORD_REQUIRED only takes \
                 attributes that are missing."
            ),
            Self::PasskeysNotEnabled => {
                "WEB_AUTHN is not among the AllowedFirstAuthFactors of the user pool's \
                 SignInPolicy."
                    .to_owned()
            }
            Self::PasskeysNotConfigured => {
                "The user pool has neither a WebAuthnConfiguration.RelyingPartyId nor a domain, \
                 so there is no relying party that a passkey could be for."
                    .to_owned()
            }
            Self::PasskeyChallengeNotFound => {
                "The challenge in the credential is not one that was given out lately: \
                 StartWebAuthnRegistration again."
                    .to_owned()
            }
            Self::PasskeyOriginNotAllowed => {
                "The page that made the credential has an origin that is neither the relying \
                 party ID nor below it."
                    .to_owned()
            }
            Self::SignInCodeMismatch => {
                "The code is not the one that was sent for this sign-in; the inbox shows it."
                    .to_owned()
            }
            Self::SoftwareTokenMismatch => {
                "The code is not one that the user's authenticator shows now, or one step of 30 \
                 seconds earlier or later, by this server's clock."
                    .to_owned()
            }
            Self::SoftwareTokenUsed => {
                "The code was used already; wait for the authenticator's next one, at most 30 \
                 seconds."
                    .to_owned()
            }
            Self::SoftwareTokenNotEnabled => {
                "The user pool has SoftwareTokenMfaConfiguration off; SetUserPoolMfaConfig \
                 turns it on."
                    .to_owned()
            }
            Self::SoftwareTokenSetUpFailed => {
                "UserCode is not one that follows from the secret of the last \
                 AssociateSoftwareToken, by this server's clock."
                    .to_owned()
            }
            Self::SoftwareTokenNotSetUp => {
                "The user has no authenticator; AssociateSoftwareToken and VerifySoftwareToken \
                 set one up."
                    .to_owned()
            }
            Self::SoftwareTokenNotVerified => {
                "AssociateSoftwareToken gave the user a secret that VerifySoftwareToken has not \
                 confirmed."
                    .to_owned()
            }
            Self::MfaWithoutDelivery { factor } => format!(
                "{factor} needs an address: a verified phone number or e-mail address of the \
                 user."
            ),
            Self::LastMfaFactor => {
                "The user pool has MfaConfiguration ON, and this is the user's last factor."
                    .to_owned()
            }
            Self::NoFirstFactor => {
                "The user has none of the factors that the pool's AllowedFirstAuthFactors lets \
                 anybody begin with."
                    .to_owned()
            }
            Self::AccessTokenInvalid => {
                "This is no access token of a user pool here: an ID or refresh token, one of \
                 another issuer, or no JWT at all."
                    .to_owned()
            }
            Self::AccessTokenForged => {
                "The signature of the access token is not by the access-token key of the user \
                 pool that its issuer names; a pool that was deleted or made anew has other \
                 keys."
                    .to_owned()
            }
            Self::AccessTokenExpired => {
                "The access token has expired by this server's clock.".to_owned()
            }
            Self::AccessTokenRevoked => {
                "The access token belongs to a sign-in that was ended: by RevokeToken, a global \
                 sign-out or the disabling of the user."
                    .to_owned()
            }
            Self::AccessTokenScopes => {
                "The access token does not have the scope that this needs: operations of the \
                 API need aws.cognito.signin.user.admin, userInfo needs openid."
                    .to_owned()
            }
            Self::RefreshTokenInvalid => {
                "This is no refresh token of this app client's user pool.".to_owned()
            }
            Self::RefreshTokenOfOtherDevice => {
                "The refresh token is of a sign-in with a device, and DEVICE_KEY is missing, \
                 another's, or that of a device that was forgotten."
                    .to_owned()
            }
            Self::RefreshTokenUserDeleted => {
                "The user of the refresh token was deleted.".to_owned()
            }
            Self::RefreshTokenOtherClient | Self::RevokeOtherClient => {
                "The refresh token was issued to another app client.".to_owned()
            }
            Self::RefreshTokenExpired => {
                "The refresh token is older than the app client's RefreshTokenValidity, by this \
                 server's clock."
                    .to_owned()
            }
            Self::RefreshTokenRevoked => {
                "The refresh token belongs to a sign-in that was ended: by RevokeToken, a \
                 global sign-out or the disabling of the user."
                    .to_owned()
            }
            Self::RefreshTokenReused => {
                "The app client rotates refresh tokens, and this one was exchanged already, \
                 longer ago than RetryGracePeriodSeconds; the whole sign-in is ended."
                    .to_owned()
            }
            Self::TokenTypeUnsupported => {
                "RevokeToken takes refresh tokens; ID and access tokens end with the sign-in of \
                 theirs."
                    .to_owned()
            }
            Self::RevocationDisabled => {
                "The app client has EnableTokenRevocation false.".to_owned()
            }
            Self::IdentityPoolNotFound { id } => format!(
                "There is no identity pool {id}; ListIdentityPools names those of a Region."
            ),
            Self::IdentityNotFound { id } => {
                format!("There is no identity {id}; GetId makes one or finds it.")
            }
            Self::IdentityForbidden { id } => format!(
                "The identity {id} has logins, and the request brings none of them: Logins must \
                 hold a token of one of its providers."
            ),
            Self::GuestsNotAllowed => {
                "The identity pool has AllowUnauthenticatedIdentities false, and the request \
                 has no Logins."
                    .to_owned()
            }
            Self::LoginNotSupported => {
                "A key of Logins is no provider of this identity pool, or the token is of \
                 another app client than the pool names."
                    .to_owned()
            }
            Self::LoginMalformed => {
                "A token in Logins is no ID token: an access token, for instance, or no JWT."
                    .to_owned()
            }
            Self::LoginIssuer => {
                "A token in Logins has another issuer than the key that it stands under: \
                 cognito-idp.<Region>.amazonaws.com/<user pool id> for a user pool."
                    .to_owned()
            }
            Self::LoginExpired { now, expires } => format!(
                "A token in Logins expired at {expires}, and by this server's clock it is {now} \
                 (seconds since 1970)."
            ),
            Self::LoginSignature => {
                "A token in Logins is not signed by a key of its issuer.".to_owned()
            }
            Self::LoginUserGone => {
                "The identity pool has ServerSideTokenCheck, and the user of the token was \
                 deleted, disabled or signed out."
                    .to_owned()
            }
            Self::LoginsDontMatch => {
                "The logins of the request belong to another identity than the one that it \
                 names."
                    .to_owned()
            }
            Self::ClassicFlowOff => {
                "The identity pool has AllowClassicFlow false: call GetCredentialsForIdentity \
                 instead of GetOpenIdToken and STS."
                    .to_owned()
            }
            Self::RoleNotConfigured => {
                "The identity pool has no role for this kind of identity; SetIdentityPoolRoles \
                 sets authenticated and unauthenticated."
                    .to_owned()
            }
            Self::RoleAmbiguous => {
                "No rule of the role mapping fits, or the token names no preferred role, and \
                 AmbiguousRoleResolution is Deny."
                    .to_owned()
            }
            Self::CustomRoleDenied => {
                "CustomRoleArn is not among the roles of the token's cognito:roles, or the \
                 provider's mapping is not of the type Token."
                    .to_owned()
            }
            Self::FunctionFailed { trigger, message } => format!(
                "The function of {trigger} raised an error: {message}. Its invocation is in the \
                 functions' journal."
            ),
            Self::FunctionNotInvoked { trigger, error } => format!(
                "The function of {trigger} could not be called: {error}. Its invocation is in \
                 the functions' journal."
            ),
            Self::FunctionOutput => {
                "The function's answer is not the event with a response: it must return the \
                 event that it was given, with the response filled in as the trigger's \
                 documentation says. Its invocation is in the functions' journal."
                    .to_owned()
            }
            Self::FunctionOutputNotJson => {
                "The function returned nothing, or something that is not JSON: it must return \
                 the event that it was given. Its invocation is in the functions' journal."
                    .to_owned()
            }
            Self::AutoVerifiedUnconfirmed => {
                "PreSignUp set autoVerifyEmail or autoVerifyPhone without autoConfirmUser."
                    .to_owned()
            }
            Self::MigrationFailed { .. } => {
                "UserMigration refused the user, could not be asked, or gave attributes that no \
                 user of this pool can have. Its invocation is in the functions' journal."
                    .to_owned()
            }
            Self::Internal(_) => {
                "This is a fault of the server, not of the request; its log says what happened."
                    .to_owned()
            }
            // AWS's own words say it.
            Self::PoolIdTaken { .. }
            | Self::PoolIdMalformed { .. }
            | Self::BothAliasKinds
            | Self::MfaNeedsSms
            | Self::MfaTurnedOnLater
            | Self::ValidityDaysTwice
            | Self::VerificationBeforeUpdateNotAutoVerified
            | Self::PasswordFactorRequired
            | Self::CodeFactorWithMfa
            | Self::SinglePasskeyWithMfa
            | Self::PasskeyFactorWithMfa
            | Self::SmsFactorWithoutConfiguration
            | Self::TierChangeLosesFeatures { .. }
            | Self::AdminOnlyRecoveryIsExclusive
            | Self::RecoveryPrioritiesRepeat
            | Self::InviteTemplateWithoutPlaceholders { .. }
            | Self::AcrValueRepeats { .. }
            | Self::PreTokenArnsDiffer
            | Self::SenderNeedsKey
            | Self::ArnMalformed { .. }
            | Self::TooManyTags
            | Self::TagKeyReserved { .. }
            | Self::InvalidPagination
            | Self::AttributeNameMissing
            | Self::CustomAttributeRequired
            | Self::StandardAttributeChanged { .. }
            | Self::AttributeMaxLengthBelowMin { .. }
            | Self::AttributeMaxValueBelowMin { .. }
            | Self::AttributeLengthOverLimit { .. }
            | Self::AttributeBoundMalformed { .. }
            | Self::AttributeAlreadyInSchema { .. }
            | Self::AttributeTypeMissing
            | Self::TooManyCustomAttributes
            | Self::PreferredUsernameRequiredAndAlias
            | Self::ClientIdTaken { .. }
            | Self::ClientIdMalformed { .. }
            | Self::ClientTokenAuthIsExclusive
            | Self::OAuthListsMissing
            | Self::CallbacksMissing
            | Self::ClientCredentialsWithOthers
            | Self::ClientCredentialsWithoutSecret
            | Self::ClientCredentialsScopes
            | Self::CallbackMalformed { .. }
            | Self::CallbackWithFragment { .. }
            | Self::DefaultRedirectNotListed
            | Self::RotationWithRefreshFlow
            | Self::ClientTooMany
            | Self::RegistrationScopeOfRegistered
            | Self::SecretsOfRegistered
            | Self::SecretLimit
            | Self::LastSecret
            | Self::SecretNotFound { .. }
            | Self::SecretForPublicClient
            | Self::SecretAndGenerate
            | Self::CimdPolicyNotFound { .. }
            | Self::CimdPolicyTooMany
            | Self::UrlPatternMalformed { .. }
            | Self::UrlPatternTaken { .. }
            | Self::ClientDocumentNotCached { .. }
            | Self::ClientDocumentUnusable { .. }
            | Self::SubTaken { .. }
            | Self::EmailNotUsername
            | Self::PhoneNotUsername
            | Self::ResendNotPossible { .. }
            | Self::SchemaMismatch { .. }
            | Self::InvalidUserAttributes { .. }
            | Self::SubNotMutable
            | Self::AttributeNull { .. }
            | Self::NotVerifiable
            | Self::NothingToVerify { .. }
            | Self::EmailNeededToVerify
            | Self::PhoneNeededToVerify
            | Self::PasswordlessUserUnreachable
            | Self::ResourceServerExists { .. }
            | Self::ResourceServerNotFound { .. }
            | Self::ResourceServerLimit
            | Self::ScopeRepeated { .. }
            | Self::DomainReserved { .. }
            | Self::DomainCharacters
            | Self::DomainParent
            | Self::CertificateElsewhere
            | Self::PoolHasDomainAlready
            | Self::DomainNotFound
            | Self::DomainToUpdateNotFound
            | Self::DomainOfAnotherPool
            | Self::PrefixDomainToCustom
            | Self::CustomDomainToPrefix
            | Self::RoutingForPrefixDomain
            | Self::DomainNeeded
            | Self::CssMalformed
            | Self::CssAtRule { .. }
            | Self::CssClass { .. }
            | Self::ImageFormat
            | Self::BrandingExists { .. }
            | Self::BrandingNotFound { .. }
            | Self::BrandingOfClientNotFound { .. }
            | Self::BrandingBothKinds
            | Self::BrandingNeitherKind
            | Self::BrandingSettingsNoObject
            | Self::BrandingAssetRepeats { .. }
            | Self::BrandingAssetEmpty { .. }
            | Self::BrandingTooMany
            | Self::TermsExist { .. }
            | Self::TermsNotFound { .. }
            | Self::TermsOfClientNotFound { .. }
            | Self::TermsLinkMalformed { .. }
            | Self::TermsTooMany
            | Self::ProviderNotFound { .. }
            | Self::ProviderToChangeNotFound { .. }
            | Self::ProviderExists { .. }
            | Self::ProviderIsOwn { .. }
            | Self::ProviderNameReserved { .. }
            | Self::ProviderDetailMissing { .. }
            | Self::ProviderDetailUnknown { .. }
            | Self::ProviderDetailMalformed { .. }
            | Self::SamlMetadataMissing
            | Self::SamlMetadataMalformed
            | Self::AttributeMappingUnknown { .. }
            | Self::AcrMappingNotOidc
            | Self::IdentifierRepeated { .. }
            | Self::IdentifierTaken { .. }
            | Self::IdentifierNotFound { .. }
            | Self::ProviderTooMany
            | Self::LinkSourceSignedUp
            | Self::LinkedAlready
            | Self::LinkedElsewhere
            | Self::LinkMemberMissing { .. }
            | Self::LinkAttributeSocial { .. }
            | Self::LinkAttributeUnmapped { .. }
            | Self::LinkTooMany
            | Self::LinkNotFound
            | Self::ProviderAttributesRequired { .. }
            | Self::FederatedUserExists { .. }
            | Self::ProviderRefused { .. }
            | Self::ProviderAnswerMalformed { .. }
            | Self::ProviderSubjectUnusable
            | Self::SamlResponseRefused { .. }
            | Self::IdTokenRefused { .. }
            | Self::MfaOffWithFactor
            | Self::MfaWithoutFactor
            | Self::SmsMfaNeedsConfiguration
            | Self::EmailMfaNeedsDeveloper
            | Self::AuthEventNotFound
            | Self::FeedbackTokenInvalid
            | Self::NotifyConfigurationMissing
            | Self::NotifyEmailWithoutBody { .. }
            | Self::IpRangeMalformed { .. }
            | Self::LogSourceRepeats { .. }
            | Self::LogLevelMismatch { .. }
            | Self::LogDestination { .. }
            | Self::LimitAttributes
            | Self::LimitCategoryUnknown { .. }
            | Self::LimitBelowDefault { .. }
            | Self::SessionTrackingDisabled
            | Self::UserSessionNotFound
            | Self::UserSessionIsOwn
            | Self::ReplicaNeedsKey
            | Self::ReplicaRegionMalformed { .. }
            | Self::ReplicaExists { .. }
            | Self::ReplicaNotFound { .. }
            | Self::ReplicaIsPrimary
            | Self::ReplicaActive { .. }
            | Self::ImportJobNotFound { .. }
            | Self::ImportRuns
            | Self::ImportFileMissing { .. }
            | Self::ImportNotStartable { .. }
            | Self::ImportNotStoppable { .. }
            | Self::ImportNeedsAutoVerified
            | Self::HistoryNotKept
            | Self::RecoveryNotInTier { .. }
            | Self::RecoveryNotFound { .. }
            | Self::RecoveryPointTooRecent
            | Self::RecoveryPointBeforePool
            | Self::RecoveryPointTooOld { .. }
            | Self::RecoveryPointNotInTier { .. }
            | Self::RecoveryPointNotKept { .. }
            | Self::RecoveryIsActive
            | Self::TooManyActiveRecoveries { .. }
            | Self::TooManyPreviewsInADay { .. }
            | Self::TooManyPreviewsOfAccount { .. }
            | Self::TooManyPreviewsInAMonth { .. }
            | Self::RecoveryCompletedToday
            | Self::RecoveryDuringImport
            | Self::RecoveryNotCancellable { .. }
            | Self::RecoveryNotStartable { .. }
            | Self::DeviceKeyExists
            | Self::DeviceVerifierInvalid
            | Self::SrpKeyNotHex { .. }
            | Self::ProofNotBase64
            | Self::ChallengeResponsesMissing
            | Self::SrpKeyInvalid
            | Self::SrpTimestampMalformed
            | Self::PasskeyOtherClient
            | Self::PasskeyOtherRelyingParty
            | Self::PasskeyNotSupported
            | Self::PasskeyMalformed
            | Self::PasskeyExists
            | Self::PasskeyTooMany
            | Self::PasskeyNotFound
            | Self::TokenOrSession
            | Self::TwoPreferredMfa
            | Self::PreferredMfaOff { .. }
            | Self::PasskeyMfaAlone
            | Self::MfaOptionsInvalid
            | Self::AnswerInvalid { .. }
            | Self::PreferredChallengeUnknown { .. }
            | Self::LevelsUnknown
            | Self::AccessTokenWithoutLevel
            | Self::MaxAgeMalformed
            | Self::LevelReached
            | Self::LevelNotReachable
            | Self::ExchangeTokenInvalid { .. }
            | Self::ExchangeTokenExpired { .. }
            | Self::ExchangeTokenRevoked { .. }
            | Self::ActorNotAllowed
            | Self::AudiencesAndResources
            | Self::ScopeNotGranted { .. }
            | Self::IdentityPoolIdTaken { .. }
            | Self::IdentityPoolIdMalformed { .. }
            | Self::IdentityProviderIncomplete
            | Self::DeveloperProviderChanged
            | Self::LoginClaimMissing { .. }
            | Self::LoginNotVerifiable
            | Self::LoginOwnToken
            | Self::LoginOfProviderTaken { .. }
            | Self::TooManyLogins { .. }
            | Self::LoginNotLinked { .. }
            | Self::ClassicFlowWithMappings
            | Self::DeveloperProviderUnknown
            | Self::DeveloperUserElsewhere
            | Self::DeveloperUserNotFound { .. }
            | Self::LookupOfNobody
            | Self::LookupDisagrees
            | Self::RoleMappingProviderUnknown { .. }
            | Self::RoleMappingUndecided { .. }
            | Self::RoleMappingWithoutRules { .. }
            | Self::PrincipalTagsNotFound { .. }
            | Self::PrincipalTagsTooLong { .. }
            | Self::AutoVerifiedNothing { .. }
            | Self::CustomMessageWithoutCode { .. }
            | Self::CustomMessageTooLong { .. }
            | Self::Validation(_)
            | Self::Serialization(_) => self.message(),
        }
    }
}
