//! The catalogue of everything Mocknito answers when it does not do what was asked.
//!
//! The only file with AWS error text: one variant per distinct pair of AWS code and AWS message, so
//! that a call site names a situation and cannot make up words. How a variant looks on the wire is
//! decided by the door it leaves through: `http::aws` for the JSON APIs, `http::oauth` for the
//! domain's endpoints.
//!
//! The wording follows the service's captured answers; where no capture exists, the comment at the
//! variant says `(unsure)`.

mod why;

use std::fmt;

use crate::wire::ErrorCode;

/// Result of everything that can be refused.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What the store's triggers say when they refuse a change during a point-in-time recovery.
pub const PAUSED_BY_RECOVERY: &str = "paused by a point-in-time recovery";

/// A line of the catalogue.
pub struct Entry {
    /// The variant's name.
    pub situation: &'static str,
    pub code: ErrorCode,
    /// As it is written: `{name}` where a value stands, other braces doubled.
    pub message: &'static str,
}

/// Which situation a response tells of. It travels among the response's extensions, so that a test
/// in the same process can tell apart what looks alike on the wire; no client ever sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Situation(pub &'static str);

/// A value that a message names is text unless the catalogue gives it another type.
macro_rules! payload {
    () => {
        String
    };
    ($type:ty) => {
        $type
    };
}

macro_rules! catalogue {
    ($(
        $(#[$doc:meta])*
        $variant:ident $( { $($field:ident $(: $type:ty)?),+ } )? => $code:ident, $message:literal;
    )*) => {
        /// The catalogue as data, for tests that go through all of it.
        pub const CATALOGUE: &[Entry] = &[ $( Entry {
            situation: stringify!($variant),
            code: ErrorCode::$code,
            message: $message,
        }, )* ];

        /// One situation in which the service refuses, with the values its message names.
        pub enum Error {
            $( $(#[$doc])* $variant $( { $($field: payload!($($type)?)),+ } )?, )*
            /// The input breaks the API model: the whole message, as `wire::validate` words it.
            Validation(String),
            /// The body is no JSON object, or a member has the wrong JSON type.
            Serialization(String),
            /// Our own fault. The cause goes to the log and never to the client.
            Internal(anyhow::Error),
        }

        impl Error {
            /// The exception's name on the wire.
            pub fn code(&self) -> ErrorCode {
                match self {
                    $( Self::$variant { .. } => ErrorCode::$code, )*
                    Self::Validation(_) => ErrorCode::InvalidParameterException,
                    Self::Serialization(_) => ErrorCode::SerializationException,
                    Self::Internal(_) => ErrorCode::InternalErrorException,
                }
            }

            /// The sentence the client reads.
            pub fn message(&self) -> String {
                match self {
                    $( Self::$variant $( { $($field),+ } )? => format!($message), )*
                    Self::Validation(message) | Self::Serialization(message) => message.clone(),
                    Self::Internal(_) => "Something went wrong".to_owned(),
                }
            }

            /// The variant's name: what the log prints, since messages may name users.
            pub fn situation(&self) -> &'static str {
                match self {
                    $( Self::$variant { .. } => stringify!($variant), )*
                    Self::Validation(_) => "Validation",
                    Self::Serialization(_) => "Serialization",
                    Self::Internal(_) => "Internal",
                }
            }
        }
    };
}

catalogue! {
    // ---- the door ----
    UnknownOperation => UnknownOperationException, "";
    /// Only where `--throttle` asks for rates.
    RateExceeded => TooManyRequestsException, "Rate exceeded";
    /// Only where a test has ordered it. (unsure) AWS repeats what SES or SNS say.
    MessageNotDelivered => CodeDeliveryFailureException, "The message could not be delivered.";
    BodyTooLarge { limit: usize } => SerializationException,
        "Request body is larger than {limit} bytes";

    // ---- pools ----
    PoolNotFound { id } => ResourceNotFoundException, "User pool {id} does not exist.";
    /// (unsure) AWS has no fixed ids, so it has no words for this.
    PoolIdTaken { id } => InvalidParameterException, "User pool {id} already exists.";
    /// (unsure) As above.
    PoolIdMalformed { id, region } => InvalidParameterException,
        "The tag asks for the user pool id {id}, which must have the form {region}_[0-9a-zA-Z]+";
    PoolProtected => InvalidParameterException,
        "The user pool cannot be deleted because deletion protection is activated. Deletion \
         protection must be inactivated first.";
    BothAliasKinds => InvalidParameterException,
        "Only one of the aliasAttributes or usernameAttributes can be set in a user pool.";
    MfaNeedsSms => InvalidParameterException,
        "SMS configuration and Auto verification for phone_number are required when MFA is \
         required/optional";
    /// Of an update, for a pool that has no second factor yet.
    MfaTurnedOnLater => InvalidParameterException,
        "Cannot turn MFA functionality ON, once the user pool has been created.";
    ValidityDaysTwice => InvalidParameterException,
        "Please use TemporaryPasswordValidityDays in PasswordPolicy instead of \
         UnusedAccountValidityDays";
    VerificationBeforeUpdateNotAutoVerified => InvalidParameterException,
        "All attributes in AttributesRequireVerificationBeforeUpdate must exist in \
         AutoVerifiedAttributes";
    /// (unsure)
    PasswordFactorRequired => InvalidParameterException,
        "AllowedFirstAuthFactors must contain PASSWORD";
    CodeFactorWithMfa => InvalidParameterException,
        "Only PASSWORD and WEB_AUTHN (if configured) can be enabled as an auth factor if MFA is \
         enabled";
    SinglePasskeyWithMfa => InvalidParameterException,
        "Cannot set WebAuthn factor configuration to SINGLE_FACTOR if MFA is required and \
         WebAuthn is an allowed first auth factor";
    PasskeyFactorWithMfa => InvalidParameterException,
        "WEB_AUTHN cannot be used as an auth factor when MFA is enabled if not configured for MFA";
    SmsFactorWithoutConfiguration => InvalidParameterException,
        "SMS_OTP can not be configured as AuthFactor as user pool is missing valid SMS \
         configuration";
    TierLacksFeatures { tier, features } => FeatureUnavailableInTierException,
        "The following features need to be disabled for the {tier} pricing tier configured: \
         {features}";
    /// The same of a pool that has them and is to have a smaller plan.
    TierChangeLosesFeatures { tier, features } => TierChangeNotAllowedException,
        "The following features need to be disabled for the {tier} pricing tier configured: \
         {features}";
    /// (unsure)
    AdminOnlyRecoveryIsExclusive => InvalidParameterException,
        "Invalid account recovery setting parameter. Please use admin_only recovery mechanism \
         alone";
    /// (unsure)
    RecoveryPrioritiesRepeat => InvalidParameterException,
        "Account Recovery Setting cannot have two mechanisms with the same name or priority.";
    InviteTemplateWithoutPlaceholders { member: &'static str } => InvalidParameterException,
        "{member} must contain both placeholders, {{username}} and {{####}}";
    /// (unsure)
    AcrValueRepeats { value } => InvalidParameterException,
        "AcrConfiguration must have a different AcrValue for each level: {value} repeats.";
    /// (unsure)
    PreTokenArnsDiffer => InvalidParameterException,
        "PreTokenGeneration and PreTokenGenerationConfig must name the same function";
    /// (unsure) Documented: senders need the key with which their codes are encrypted.
    SenderNeedsKey => InvalidParameterException,
        "KMSKeyID is required for CustomEmailSender and CustomSMSSender.";
    ArnMalformed { arn } => InvalidParameterException, "Invalid ARN: {arn}";
    /// (unsure)
    TooManyTags => InvalidParameterException, "A resource cannot have more than 50 tags";
    /// (unsure)
    TagKeyReserved { key } => InvalidParameterException,
        "{key}: tag keys that begin with aws: are reserved";
    InvalidPagination => InvalidParameterException, "Invalid pagination token";

    // ---- schema ----
    /// (unsure)
    AttributeNameMissing => InvalidParameterException, "A schema attribute needs a Name.";
    CustomAttributeRequired => InvalidParameterException,
        "Required custom attributes are not supported currently.";
    StandardAttributeChanged { name } => InvalidParameterException,
        "You can not change AttributeDataType or set developerOnlyAttribute for standard schema \
         attribute {name}";
    AttributeMaxLengthBelowMin { name } => InvalidParameterException,
        "user.{name}: Max length cannot be less than min length.";
    AttributeMaxValueBelowMin { name } => InvalidParameterException,
        "user.{name}: Max value cannot be less than min value.";
    AttributeLengthOverLimit { name } => InvalidParameterException,
        "user.{name}: String attributes cannot have a length of more than 2048";
    /// (unsure)
    AttributeBoundMalformed { name, value } => InvalidParameterException,
        "user.{name}: {value} is not a valid number.";
    AttributeAlreadyInSchema { shown, name } => InvalidParameterException,
        "{shown}: Existing attribute already has name {name}.";
    AttributeTypeMissing => InvalidParameterException,
        "Invalid AttributeDataType input, consider using the provided AttributeDataType enum.";
    /// (unsure)
    TooManyCustomAttributes => InvalidParameterException,
        "Maximum number of custom attributes reached. There can be at most 50 custom attributes \
         in a user pool.";
    /// (unsure)
    PreferredUsernameRequiredAndAlias => InvalidParameterException,
        "preferred_username cannot be both a required attribute and an alias.";

    // ---- clients ----
    ClientNotFound { id } => ResourceNotFoundException, "User pool client {id} does not exist.";
    /// (unsure) AWS has no fixed client ids.
    ClientIdTaken { id } => InvalidParameterException, "User pool client {id} already exists.";
    /// (unsure) As above.
    ClientIdMalformed { id } => InvalidParameterException,
        "The user pool client id {id} must match [\\w+]{{1,128}}";
    MixedAuthFlows => InvalidParameterException,
        "ExplicitAuthFlows cannot contain both legacy values and values with the ALLOW_ prefix.";
    /// (unsure)
    ClientTokenAuthIsExclusive => InvalidParameterException,
        "ALLOW_CLIENT_TOKEN_AUTH cannot be combined with other authentication flows.";
    TokenValidityRange => InvalidParameterException, "Invalid range for token validity.";
    InvalidWriteAttributes => InvalidParameterException,
        "Invalid write attributes specified while creating a client";
    InvalidReadAttributes => InvalidParameterException,
        "Invalid read attributes specified while creating a client";
    OAuthListsMissing => InvalidParameterException,
        "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to \
         use OAuth flows.";
    CallbacksMissing => InvalidOAuthFlowException,
        "CallbackUrls can not be empty when code flow or implicit flow is selected";
    ClientCredentialsWithOthers => InvalidOAuthFlowException,
        "client_credentials flow can not be selected along with code flow or implicit flow.";
    ClientCredentialsWithoutSecret => InvalidOAuthFlowException,
        "client_credentials flow can not be selected if client does not have a client secret.";
    /// (unsure)
    ClientCredentialsScopes => InvalidOAuthFlowException,
        "client_credentials flow can only be used with custom scopes of a resource server.";
    ScopeUnknown { scope } => ScopeDoesNotExistException, "Invalid scope requested: {scope}";
    ProviderUnknown { name, pool } => InvalidParameterException,
        "The provider {name} does not exist for User Pool {pool}.";
    CallbackNotHttps { url } => InvalidParameterException, "{url} cannot use the HTTP protocol.";
    /// (unsure)
    CallbackMalformed { url } => InvalidParameterException, "{url} is not a valid URI.";
    /// (unsure)
    CallbackWithFragment { url } => InvalidParameterException, "{url} cannot contain a fragment.";
    DefaultRedirectNotListed => InvalidParameterException,
        "DefaultRedirectURI must be in the list of CallbackURLs.";
    /// (unsure)
    RotationWithRefreshFlow => InvalidParameterException,
        "Refresh token rotation cannot be enabled for a client that allows \
         ALLOW_REFRESH_TOKEN_AUTH.";
    /// (unsure)
    ClientTooMany => LimitExceededException, "User pool client limit exceeded";
    /// (unsure)
    RegistrationScopeOfRegistered => InvalidParameterException,
        "App clients created through dynamic client registration cannot have the scope \
         aws.cognito/dcr/register.";
    /// (unsure)
    SecretsOfRegistered => InvalidParameterException,
        "App clients created through dynamic client registration do not support client secret \
         operations.";
    SecretLimit => LimitExceededException, "A client can have at most two client secrets.";
    LastSecret => InvalidParameterException,
        "The only client secret of a client cannot be deleted.";
    SecretNotFound { id } => ResourceNotFoundException, "Client secret {id} does not exist.";
    /// (unsure)
    SecretForPublicClient => InvalidParameterException,
        "Client secrets cannot be added to a client that was created without a secret.";
    /// (unsure)
    SecretAndGenerate => InvalidParameterException,
        "ClientSecret and GenerateSecret cannot be used together.";

    // ---- clients with metadata documents ----
    /// (unsure) Like all of these.
    CimdPolicyNotFound { id } => ResourceNotFoundException, "CIMD policy {id} does not exist.";
    CimdPolicyTooMany => LimitExceededException, "CIMD policy limit exceeded";
    UrlPatternMalformed { pattern } => InvalidParameterException,
        "The URL pattern {pattern} has no valid host.";
    UrlPatternTaken { pattern } => InvalidParameterException,
        "The URL pattern {pattern} is in a CIMD policy of another app client.";
    ClientDocumentNotCached { url } => CachedCIMDURLDoesNotExistException,
        "There is no cached client metadata document for {url}.";
    /// What is wrong with it is for the log: strangers choose which one is fetched.
    ClientDocumentUnusable { url } => InvalidParameterException,
        "The client metadata document {url} cannot be used.";

    // ---- client authentication ----
    SecretHashMissing { client } => NotAuthorizedException,
        "Client {client} is configured with secret but SECRET_HASH was not received";
    SecretHashWrong { client } => NotAuthorizedException,
        "Unable to verify secret hash for client {client}";
    SecretHashWrongAtRefresh { client } => NotAuthorizedException,
        "SecretHash does not match for the client: {client}";
    SecretHashUnexpected { client } => NotAuthorizedException,
        "Client {client} is not configured with secret but SECRET_HASH was received";
    /// (unsure) GetTokensFromRefreshToken: missing or wrong `ClientSecret`.
    ClientSecretWrong { client } => NotAuthorizedException,
        "Unable to verify secret for client {client}";
    /// (unsure) RevokeToken: missing or wrong `ClientSecret`.
    ClientUnauthorized => UnauthorizedException, "Client authentication failed";

    // ---- user names ----
    UserNotFound => UserNotFoundException, "User does not exist.";
    /// (unsure) AWS has no fixed subs, so it has no words for this.
    SubTaken { sub } => InvalidParameterException, "User {sub} already exists.";
    UserExists => UsernameExistsException, "User account already exists";
    /// SignUp's words for it.
    SignUpUserExists => UsernameExistsException, "User already exists";
    SignUpNotPermitted => NotAuthorizedException, "SignUp is not permitted for this user pool";
    /// What the operations that take a client id and a user name say.
    UsernameClientNotFound => UserNotFoundException, "Username/client id combination not found.";
    UsernameAttributeTaken { attribute: &'static str } => UsernameExistsException,
        "An account with the given {attribute} already exists.";
    AliasTaken { attribute: &'static str } => AliasExistsException,
        "An account with the {attribute} already exists.";
    AliasGivenTaken { attribute: &'static str } => AliasExistsException,
        "An account with the given {attribute} already exists.";
    UsernameNotEmail => InvalidParameterException, "Username should be an email.";
    UsernameNotEmailOrPhone => InvalidParameterException,
        "Username should be either an email or a phone number.";
    /// (unsure)
    UsernameNotPhone => InvalidParameterException, "Username should be a phone number.";
    EmailNotUsername => InvalidParameterException,
        "User email should be empty or same as username, since username attribute is email.";
    PhoneNotUsername => InvalidParameterException,
        "User phone number should be empty or same as username, since username attribute is \
         phone_number.";
    UsernameLooksLikeEmail => InvalidParameterException,
        "Username cannot be of email format, since user pool is configured for email alias.";
    UsernameLooksLikePhone => InvalidParameterException,
        "Username cannot be of phone number format, since user pool is configured for phone \
         number alias.";
    /// (unsure) AWS documents only that RESEND needs the status FORCE_CHANGE_PASSWORD.
    ResendNotPossible { username } => UnsupportedUserStateException,
        "Resend not possible. {username} status is not FORCE_CHANGE_PASSWORD";
    AlreadyConfirmed => InvalidParameterException, "User is already confirmed.";
    AutoVerificationOff => InvalidParameterException,
        "Cannot resend codes. Auto verification not turned on.";
    CannotConfirm { status } => NotAuthorizedException,
        "User cannot be confirmed. Current status is {status}";

    // ---- attributes ----
    EmailMalformed => InvalidParameterException, "Invalid email address format.";
    PhoneMalformed => InvalidParameterException, "Invalid phone number format.";
    /// One or more sentences `<name>: <what>\n`, joined.
    SchemaMismatch { details } => InvalidParameterException,
        "Attributes did not conform to the schema: {details}";
    /// The admin operations' wording of the same.
    InvalidUserAttributes { details } => InvalidParameterException,
        "Invalid user attributes: {details}";
    AttributeImmutable { name } => InvalidParameterException,
        "user.{name}: Attribute cannot be updated.\n";
    /// The same of `sub` where a user is made.
    SubNotMutable => InvalidParameterException, "Cannot modify the non-mutable attribute sub";
    AttributeNull { name } => InvalidParameterException,
        "Attribute value for {name} must not be null";
    AttributeNotWritable => NotAuthorizedException,
        "A client attempted to write unauthorized attribute";
    /// (unsure) AWS documents only that the alias comes after the confirmation.
    PreferredUsernameAtSignUp => InvalidParameterException,
        "Cannot specify preferred_username before the user is confirmed, since user pool is \
         configured for preferred username alias.";
    NotVerifiable => InvalidParameterException,
        "Invalid attribute name. Only phone_number and email can be verified.";
    /// (unsure)
    NothingToVerify { attribute } => InvalidParameterException,
        "User does not have {attribute} to verify.";
    EmailNeededToVerify => InvalidParameterException,
        "Email is required to verify/un-verify an email";
    PhoneNeededToVerify => InvalidParameterException,
        "Phone Number is required to verify/un-verify a phone number";

    /// (unsure) AWS documents only that a user without a password needs an address or a number.
    PasswordlessUserUnreachable => InvalidParameterException,
        "A user without a password needs an email or a phone number.";

    // ---- codes ----
    CodeMismatch => CodeMismatchException, "Invalid verification code provided, please try again.";
    /// Expired, used, or never sent.
    CodeExpired => ExpiredCodeException, "Invalid code provided, please request a code again.";
    AttemptLimit => LimitExceededException, "Attempt limit exceeded, please try after some time.";

    // ---- passwords ----
    PasswordAttemptsExceeded => NotAuthorizedException, "Password attempts exceeded";
    NoRecoveryAddress => InvalidParameterException,
        "Cannot reset password for the user as there is no registered/verified email or \
         phone_number";
    RecoveryByAdminOnly => NotAuthorizedException, "Contact administrator to reset password.";
    PasswordNotResettable => NotAuthorizedException,
        "User password cannot be reset in the current state.";
    PasswordTooShort => InvalidPasswordException,
        "Password did not conform with policy: Password not long enough";
    PasswordNeedsUppercase => InvalidPasswordException,
        "Password did not conform with policy: Password must have uppercase characters";
    PasswordNeedsLowercase => InvalidPasswordException,
        "Password did not conform with policy: Password must have lowercase characters";
    PasswordNeedsNumber => InvalidPasswordException,
        "Password did not conform with policy: Password must have numeric characters";
    PasswordNeedsSymbol => InvalidPasswordException,
        "Password did not conform with policy: Password must have symbol characters";
    /// (unsure)
    PasswordUsedBefore => PasswordHistoryPolicyViolationException,
        "Password has previously been used";

    // ---- ListUsers ----
    FilterSyntax => InvalidParameterException, "Error while parsing filter.";
    /// Of ListUsers' AttributesToGet: unknown, or without a value for somebody who is listed.
    RequestedAttributesMissing => InvalidParameterException,
        "One or more requested attributes do not exist.";
    FilterAttribute { name } => InvalidParameterException, "Invalid search attribute: {name}";

    // ---- groups and resource servers ----
    GroupExists => GroupExistsException, "A group with the name already exists";
    GroupNotFound => ResourceNotFoundException, "Group not found.";
    ResourceServerExists { identifier, pool } => InvalidParameterException,
        "{identifier} already exists in user pool {pool}.";
    ResourceServerNotFound { identifier } => ResourceNotFoundException,
        "Resource server {identifier} does not exist.";
    /// (unsure)
    ResourceServerLimit => LimitExceededException, "Resource server limit exceeded";
    /// (unsure)
    ScopeRepeated { scope } => InvalidParameterException,
        "The scope {scope} is given more than once.";

    // ---- domains ----
    PoolHasDomain => InvalidParameterException,
        "User pool cannot be deleted. It has a domain configured that should be deleted first.";
    DomainTaken => InvalidParameterException, "Domain already associated with another user pool.";
    DomainReserved { word } => InvalidParameterException,
        "Domain cannot contain reserved word: {word}";
    DomainCharacters => InvalidParameterException,
        "The domain name contains an invalid character. Domain names can only contain lower-case \
         letters, numbers, and hyphens. Please enter a different name that follows this format: \
         ^[a-z0-9](?:[a-z0-9\\-]{{0,61}}[a-z0-9])?$";
    DomainParent => InvalidParameterException,
        "Custom domain is not a valid subdomain: Was not able to resolve a DNS A record for the \
         parent domain or domain parent is a top-level domain.";
    /// (unsure) CloudFront's words, which the service passes on.
    CertificateElsewhere => InvalidParameterException,
        "The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid, or \
         doesn't include a valid certificate chain.";
    /// (unsure) A pool has at most one prefix and one custom domain.
    PoolHasDomainAlready => InvalidParameterException, "User pool already has a domain configured.";
    /// Of DeleteUserPoolDomain, whichever of the two is missing.
    DomainNotFound => InvalidParameterException, "No such domain or user pool exists.";
    /// Of UpdateUserPoolDomain, like the three below.
    DomainToUpdateNotFound => ResourceNotFoundException, "User pool domain was not found.";
    /// (unsure) The code.
    DomainOfAnotherPool => InvalidParameterException,
        "The domain is not configured for this user pool.";
    PrefixDomainToCustom => InvalidParameterException,
        "Cannot convert prefix domain to custom domain.";
    CustomDomainToPrefix => InvalidParameterException,
        "Cannot convert custom domain to prefix domain.";
    /// (unsure)
    RoutingForPrefixDomain => InvalidParameterException,
        "Routing can only be set for custom domains.";

    // ---- the look of pages ----
    DomainNeeded => InvalidParameterException,
        "There has to be an existing domain associated with this user pool";
    /// (unsure) Like the three below: the documentation says what is refused, not how.
    CssMalformed => InvalidParameterException, "The CSS is not valid.";
    CssAtRule { rule } => InvalidParameterException, "The CSS cannot contain {rule} statements.";
    CssClass { selector } => InvalidParameterException,
        "The CSS contains a class that cannot be customized: {selector}";
    ImageFormat => InvalidParameterException,
        "The image must be a PNG or JPEG file of at most 100 KB.";
    /// (unsure)
    BrandingExists { client } => ManagedLoginBrandingExistsException,
        "A managed login branding style already exists for the client {client}.";
    /// (unsure)
    BrandingNotFound { id } => ResourceNotFoundException,
        "Managed login branding {id} does not exist.";
    /// (unsure)
    BrandingOfClientNotFound { client } => ResourceNotFoundException,
        "No managed login branding style exists for the client {client}.";
    /// (unsure) Like the four below.
    BrandingBothKinds => InvalidParameterException,
        "Settings cannot be set when UseCognitoProvidedValues is true.";
    BrandingNeitherKind => InvalidParameterException,
        "Either UseCognitoProvidedValues must be true, or Settings or Assets must be set.";
    BrandingSettingsNoObject => InvalidParameterException, "Settings must be a JSON object.";
    BrandingAssetRepeats { category, mode } => InvalidParameterException,
        "Assets contains more than one {category} image for the color mode {mode}.";
    BrandingAssetEmpty { category } => InvalidParameterException,
        "The {category} asset has no image.";
    /// (unsure)
    BrandingTooMany => LimitExceededException, "Managed login branding style limit exceeded";

    // ---- terms ----
    /// (unsure) Like all of these.
    TermsExist { name, client } => TermsExistsException,
        "Terms {name} already exist for the client {client}.";
    TermsNotFound { id } => ResourceNotFoundException, "Terms {id} do not exist.";
    TermsOfClientNotFound { name, client } => ResourceNotFoundException,
        "Terms {name} do not exist for the client {client}.";
    TermsLinkMalformed { url } => InvalidParameterException, "{url} is not a valid URL.";
    TermsTooMany => LimitExceededException, "Terms limit exceeded";

    // ---- identity providers ----
    /// What DescribeIdentityProvider says.
    ProviderNotFound { name, pool } => ResourceNotFoundException,
        "Identity provider {name} for tenantId {pool} does not exist.";
    /// What UpdateIdentityProvider says and, (unsure), DeleteIdentityProvider.
    ProviderToChangeNotFound { name, pool } => ResourceNotFoundException,
        "Identity provider {name} in User Pool {pool} does not exist.";
    ProviderExists { name, pool } => DuplicateProviderException,
        "{name} already exists for tenant {pool}.";
    /// (unsure) What is the pool's own directory is no provider that could be changed.
    ProviderIsOwn { name } => UnsupportedIdentityProviderException,
        "The provider {name} cannot be changed.";
    /// (unsure) Like all those below.
    ProviderNameReserved { name, kind } => InvalidParameterException,
        "The provider name {name} cannot be used for the provider type {kind}.";
    ProviderDetailMissing { key, kind } => InvalidParameterException,
        "ProviderDetails for the provider type {kind} must contain {key}.";
    ProviderDetailUnknown { key, kind } => InvalidParameterException,
        "{key} is not a valid key for {kind} identity provider details.";
    ProviderDetailMalformed { key, value } => InvalidParameterException,
        "Invalid value for {key} in ProviderDetails: {value}";
    SamlMetadataMissing => InvalidParameterException,
        "ProviderDetails for the provider type SAML must contain either MetadataURL or \
         MetadataFile.";
    SamlMetadataMalformed => InvalidParameterException,
        "Invalid SAML metadata: it must describe an identity provider with a single sign-on \
         service that is bound to HTTP-Redirect.";
    AttributeMappingUnknown { names } => InvalidParameterException,
        "AttributeMapping contains invalid mapping: [{names}]";
    AcrMappingNotOidc => InvalidParameterException,
        "AcrMapping can only be set for OIDC identity providers.";
    IdentifierRepeated { identifier } => InvalidParameterException,
        "The identifier {identifier} is given more than once.";
    IdentifierTaken { identifier } => InvalidParameterException,
        "The identifier {identifier} is already used by another identity provider of the user \
         pool.";
    IdentifierNotFound { identifier } => ResourceNotFoundException,
        "Identity provider with the identifier {identifier} does not exist.";
    ProviderTooMany => LimitExceededException, "Identity provider limit exceeded";

    // ---- users of identity providers ----
    LinkSourceSignedUp => InvalidParameterException,
        "Merging is not currently supported, provide a SourceUser that has not been signed up in \
         order to link";
    LinkedAlready => InvalidParameterException, "SourceUser is already linked to DestinationUser";
    /// (unsure) To another user, that is: the model has the exception for it.
    LinkedElsewhere => AliasExistsException, "SourceUser is already linked to another user";
    /// (unsure) Like the four below: the documentation says what is refused, not how.
    LinkMemberMissing { member } => InvalidParameterException, "{member} is required";
    LinkAttributeSocial { provider } => InvalidParameterException,
        "ProviderAttributeName must be Cognito_Subject for the provider {provider}";
    LinkAttributeUnmapped { name, provider } => InvalidParameterException,
        "{name} is not a mapped attribute of the provider {provider}";
    LinkTooMany => LimitExceededException, "The maximum number of identities linked to a user is 5";
    LinkNotFound => UserNotFoundException, "User does not exist for the given identity provider";
    /// What a required attribute without a claim refuses; a list in brackets.
    ProviderAttributesRequired { names } => InvalidParameterException,
        "attributes required: [{names}]";
    FederatedUserExists { username } => InvalidParameterException,
        "Already found an entry for username {username}";
    /// (unsure) Like all those below: what a browser brings back to the application when a
    /// provider's answer is not accepted.
    ProviderNotEnabled { name } => InvalidParameterException,
        "The identity provider {name} is not enabled for this client";
    ProviderRefused { reason } => InvalidParameterException, "{reason}";
    ProviderUnreachable { what } => InvalidParameterException,
        "Unable to contact the identity provider: {what}";
    ProviderAnswerMalformed { what } => InvalidParameterException,
        "The identity provider's answer is not understood: {what}";
    ProviderSubjectUnusable => InvalidParameterException,
        "The identity provider gave no usable user id";
    SamlResponseRefused { reason } => InvalidParameterException,
        "Error in SAML response processing: {reason}";
    IdTokenIssuer { issuer } => InvalidParameterException, "Bad id_token issuer {issuer}";
    IdTokenRefused { reason } => InvalidParameterException, "Bad id_token: {reason}";

    // ---- MFA settings ----
    /// Of a factor that comes with MFA OFF or with no MfaConfiguration at all, and whatever the
    /// factor says.
    MfaOffWithFactor => InvalidParameterException,
        "Invalid MFA configuration given, can't turn off MFA and configure an MFA together.";
    MfaWithoutFactor => InvalidParameterException,
        "Invalid MFA Configuration given. SMS MFA, Email MFA, or Software Token MFA must be \
         enabled.";
    /// (unsure)
    SmsMfaNeedsConfiguration => InvalidParameterException,
        "SmsMfaConfiguration needs an SmsConfiguration.";
    EmailMfaNeedsDeveloper => InvalidParameterException,
        "Cannot set EmailMfaConfiguration when user pool EmailConfiguration contains an \
         EmailSendingAccount of COGNITO_DEFAULT";

    // ---- threat protection and logs ----
    AddOnNotEnabled => UserPoolAddOnNotEnabledException,
        "This is an add on feature. Please update AdvancedSecurityMode for your user pool to \
         access this API.";
    /// (unsure) Like all of these, but for the feedback token.
    AuthEventNotFound => InvalidParameterException, "EventId is invalid";
    /// Reported by several applications in these words.
    PasswordCompromised => InvalidPasswordException,
        "Provided password cannot be used for security reasons.";
    /// Reported by several applications in these words.
    PasswordFoundCompromised => PasswordResetRequiredException,
        "Password reset required for user due to security reasons";
    /// (unsure) Reported by users of the service; not documented.
    RiskBlocked => NotAuthorizedException, "Unable to login because of security reasons";
    FeedbackTokenInvalid => NotAuthorizedException, "Invalid session provided";
    NotifyConfigurationMissing => InvalidParameterException,
        "NotifyConfiguration is required when an action notifies users.";
    NotifyEmailWithoutBody { name } => InvalidParameterException,
        "{name} must have an HtmlBody or a TextBody.";
    IpRangeMalformed { range } => InvalidParameterException,
        "{range} is not a valid IP range in CIDR notation.";
    LogSourceRepeats { source } => InvalidParameterException,
        "There can only be one log configuration for the event source {source}.";
    LogLevelMismatch { source, level } => InvalidParameterException,
        "The log level of the event source {source} must be {level}.";
    LogDestination { source } => InvalidParameterException,
        "The log configuration for the event source {source} must have exactly one destination \
         that it supports.";

    // ---- limits, sessions, replicas ----
    /// (unsure) Like all of these.
    LimitAttributes => InvalidParameterException,
        "LimitDefinition must have exactly the attribute Category.";
    LimitCategoryUnknown { category } => ResourceNotFoundException,
        "The API category {category} does not exist.";
    LimitBelowDefault { category, value: i32 } => InvalidParameterException,
        "The limit for {category} cannot be less than {value}.";
    SessionTrackingDisabled => InvalidParameterException,
        "Session tracking is not enabled for the user pool.";
    UserSessionNotFound => ResourceNotFoundException, "Session does not exist.";
    UserSessionIsOwn => InvalidParameterException, "The current session cannot be revoked.";
    FeatureNotInTier { feature: &'static str } => FeatureUnavailableInTierException,
        "{feature} is not available in the feature plan of this user pool.";
    ReplicaNeedsKey => InvalidParameterException,
        "The user pool must use a multi-Region customer managed key to be replicated.";
    ReplicaRegionMalformed { region } => InvalidParameterException,
        "{region} is not a valid Region.";
    ReplicaExists { region } => InvalidParameterException,
        "The user pool already has a replica in {region}.";
    ReplicaNotFound { region } => ResourceNotFoundException,
        "The user pool has no replica in {region}.";
    ReplicaIsPrimary => OperationNotEnabledException,
        "The operation is not available for the primary user pool.";
    ReplicaActive { region } => InvalidParameterException,
        "The replica in {region} is active. Only inactive replicas can be deleted.";
    // ---- user import ----
    ImportJobNotFound { id } => ResourceNotFoundException, "Import job {id} does not exist.";
    /// (unsure) As most sentences here: no captures exist.
    ImportRunsInPool => UserImportInProgressException,
        "Users are being imported into the user pool. Try again when the import job has ended.";
    /// (unsure)
    ImportRuns => PreconditionNotMetException,
        "Another import job is in progress. Only one import job can be active at a time.";
    ImportFileMissing { job } => PreconditionNotMetException, "No csv file was uploaded for {job}";
    /// (unsure)
    ImportNotStartable { status } => PreconditionNotMetException,
        "The import job cannot be started. Current status is {status}";
    /// (unsure)
    ImportNotStoppable { status } => PreconditionNotMetException,
        "The import job cannot be stopped. Current status is {status}";
    /// (unsure) Documented: without auto-verified attributes "the import job will not start".
    ImportNeedsAutoVerified => PreconditionNotMetException,
        "The user pool has no auto verified attributes.";

    // ---- point-in-time recovery ----
    /// Mocknito's own: without the flag there is nothing to go back to.
    HistoryNotKept => OperationNotEnabledException,
        "Point-in-time recovery needs a history of all changes, which Mocknito keeps when it is \
         started with --point-in-time-recovery.";
    /// (unsure) Like all below: documented is what is refused, and the model lists the codes.
    RecoveryNotInTier { tier } => FeatureUnavailableInTierException,
        "Point-in-time recovery is not available in the {tier} pricing tier.";
    RecoveryNotFound { id } => ResourceNotFoundException,
        "Point-in-time recovery {id} does not exist.";
    RecoveryPointTooRecent => InvalidParameterException,
        "RestoreTimestamp must be at least 15 minutes in the past.";
    RecoveryPointBeforePool => InvalidParameterException,
        "RestoreTimestamp cannot be earlier than the creation time of the user pool.";
    RecoveryPointTooOld { tier, days: u64 } => InvalidParameterException,
        "RestoreTimestamp must be within the recovery period of the {tier} pricing tier: {days} \
         day(s).";
    /// The pool had a smaller plan then, or since.
    RecoveryPointNotInTier { tier } => FeatureUnavailableInTierException,
        "The user pool was in the {tier} pricing tier after RestoreTimestamp, which does not \
         allow a recovery to that time.";
    /// Mocknito's own.
    RecoveryPointNotKept { since } => InvalidParameterException,
        "The history of this user pool begins at {since}: Mocknito keeps it only while it runs \
         with --point-in-time-recovery.";
    RecoveryIsActive => LimitExceededException,
        "The user pool already has an active point-in-time recovery.";
    TooManyActiveRecoveries { limit: usize } => LimitExceededException,
        "The account already has {limit} active point-in-time recoveries.";
    TooManyPreviewsInADay { limit: usize } => LimitExceededException,
        "At most {limit} recovery previews of a user pool can be created in 24 hours.";
    TooManyPreviewsOfAccount { limit: usize } => LimitExceededException,
        "At most {limit} recovery previews can be created in an account in 24 hours.";
    TooManyPreviewsInAMonth { limit: usize } => LimitExceededException,
        "At most {limit} recovery previews of a user pool can be created in 30 days.";
    RecoveryCompletedToday => LimitExceededException,
        "A user pool can be recovered once in 24 hours.";
    RecoveryDuringImport => ConcurrentModificationException,
        "A user import job is in progress in the user pool.";
    RecoveryNotCancellable { status } => InvalidParameterException,
        "A point-in-time recovery with status {status} cannot be cancelled.";
    RecoveryNotStartable { status } => InvalidParameterException,
        "A point-in-time recovery with status {status} cannot be started.";
    /// Of everything that writes.
    PausedByRecovery => OperationNotEnabledException,
        "Write operations are paused while a point-in-time recovery of the user pool is in \
         progress.";

    // ---- sign-in ----
    FlowNotSupported => InvalidParameterException, "Initiate Auth method not supported.";
    FlowNotEnabled { flow } => InvalidParameterException, "{flow} flow not enabled for this client";
    FlowNotEnabledForClient { flow } => InvalidParameterException,
        "{flow} is not enabled for the client.";
    OnlyCustomAuth => InvalidParameterException,
        "Only custom auth (lambda driven) is enabled for this client.";
    AdminFlowNotEnabled => InvalidParameterException, "Auth flow not enabled for this client";
    MissingParameter { name } => InvalidParameterException, "Missing required parameter {name}";
    BadCredentials => NotAuthorizedException, "Incorrect username or password.";
    UserDisabled => NotAuthorizedException, "User is disabled.";
    UserNotConfirmed => UserNotConfirmedException, "User is not confirmed.";
    PasswordResetRequired => PasswordResetRequiredException, "Password reset required for the user";
    TemporaryPasswordExpired => NotAuthorizedException,
        "Temporary password has expired and must be reset by an administrator.";
    DeviceNotFound => ResourceNotFoundException, "Device does not exist.";
    /// Of ConfirmDevice: not the key that came with the tokens.
    DeviceKeyInvalid => InvalidParameterException, "Invalid device key given";
    /// (unsure) Like the three below.
    DeviceKeyExists => DeviceKeyExistsException, "Device already exists.";
    DeviceVerifierInvalid => InvalidParameterException, "Invalid device secret verifier given.";
    DevicesNotTracked => InvalidParameterException,
        "Device tracking is not enabled for the user pool.";
    /// An unknown user, where the model lists no UserNotFoundException.
    UserResourceNotFound => ResourceNotFoundException, "User does not exist.";
    /// In the words of the model's constraints, which do not name it.
    SrpKeyNotHex { value } => InvalidParameterException,
        "1 validation error detected: Value '{value}' at 'sRPA' failed to satisfy constraint: \
         Member must satisfy regular expression pattern: ^[0-9a-fA-F]+$";
    ProofNotBase64 => InvalidParameterException,
        "Invalid PASSWORD_CLAIM_SIGNATURE format. Must be a Base64 string.";
    ChallengeResponsesMissing => InvalidParameterException,
        "Missing required parameter challenge responses.";
    /// (unsure) `SRP_A` is a multiple of N.
    SrpKeyInvalid => InvalidParameterException, "Incorrect SRP_A";
    /// (unsure)
    SrpTimestampMalformed => InvalidParameterException,
        "TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.";
    CustomAuthNotConfigured => InvalidParameterException,
        "Custom auth lambda trigger is not configured for the user pool.";
    SessionInvalid => NotAuthorizedException, "Invalid session for the user.";
    SessionExpired => NotAuthorizedException, "Invalid session for the user, session is expired.";
    SessionSpent => NotAuthorizedException,
        "Invalid session for the user, session can only be used once.";
    NewAttributeMissing { name } => InvalidParameterException,
        "Invalid attributes given, {name} is missing";
    AlreadyProvided { name } => NotAuthorizedException, "Cannot modify an already provided {name}";

    // ---- passkeys ----
    /// (unsure) No capture of any of these sentences exists; the codes are the model's.
    PasskeysNotEnabled => WebAuthnNotEnabledException,
        "WebAuthn is not enabled for this user pool.";
    PasskeysNotConfigured => WebAuthnConfigurationMissingException,
        "The user pool has neither a relying party ID nor a domain configured.";
    PasskeyChallengeNotFound => WebAuthnChallengeNotFoundException,
        "The WebAuthn challenge was not found or has expired.";
    PasskeyOtherClient => WebAuthnClientMismatchException,
        "The WebAuthn registration was started by another client.";
    PasskeyOtherRelyingParty => WebAuthnRelyingPartyMismatchException,
        "The credential is not associated with the relying party ID of the user pool.";
    PasskeyOriginNotAllowed => WebAuthnOriginNotAllowedException,
        "The credential's origin is not allowed for the relying party ID of the user pool.";
    PasskeyNotSupported => WebAuthnCredentialNotSupportedException,
        "The credential is not supported.";
    PasskeyMalformed => InvalidParameterException, "Invalid WebAuthn credential.";
    PasskeyExists => InvalidParameterException, "The WebAuthn credential is already registered.";
    PasskeyTooMany => LimitExceededException, "WebAuthn credential limit exceeded";
    PasskeyNotFound => ResourceNotFoundException, "WebAuthn credential does not exist.";

    // ---- second factors ----
    /// Of a code that was sent by e-mail or SMS to sign in with.
    SignInCodeMismatch => CodeMismatchException, "Invalid code or auth state for the user.";
    SoftwareTokenMismatch => CodeMismatchException, "Invalid code received for user";
    SoftwareTokenUsed => ExpiredCodeException, "Your software token has already been used once.";
    SoftwareTokenNotEnabled => SoftwareTokenMFANotFoundException,
        "Software Token MFA has not been enabled by the userPool";
    SoftwareTokenSetUpFailed => EnableSoftwareTokenMFAException,
        "Code mismatch and fail enable Software Token MFA";
    SoftwareTokenNotSetUp => InvalidParameterException, "User has not set up software token mfa";
    SoftwareTokenNotVerified => InvalidParameterException,
        "User has not verified software token mfa";
    /// (unsure)
    TokenOrSession => InvalidParameterException, "Either an AccessToken or a Session is required.";
    MfaWithoutDelivery { factor } => InvalidParameterException,
        "User does not have delivery config set to turn on {factor}";
    /// (unsure)
    TwoPreferredMfa => InvalidParameterException, "Only one MFA can be preferred.";
    /// (unsure)
    PreferredMfaOff { factor } => InvalidParameterException,
        "{factor} cannot be preferred while it is not enabled.";
    /// (unsure)
    LastMfaFactor => InvalidParameterException,
        "The last MFA method cannot be disabled while the user pool requires MFA.";
    /// (unsure) Documented: "The user must also have at least one other MFA method".
    PasskeyMfaAlone => InvalidParameterException,
        "WEB_AUTHN can only be enabled beside another MFA method.";
    /// (unsure)
    MfaOptionsInvalid => InvalidParameterException,
        "MFAOptions can only have the DeliveryMedium SMS and the AttributeName phone_number.";
    /// (unsure) An ANSWER that was not among those to choose from.
    AnswerInvalid { answer } => InvalidParameterException,
        "{answer} is not a valid answer for this challenge.";
    /// (unsure)
    PreferredChallengeUnknown { name } => InvalidParameterException,
        "{name} is not a valid PREFERRED_CHALLENGE.";
    /// (unsure) Documented of this and the next four is that it is an error.
    LevelsUnknown => InvalidParameterException,
        "TARGET_ACR_VALUES contains no authentication level of the user pool.";
    AccessTokenWithoutLevel => InvalidParameterException,
        "ACCESS_TOKEN requires TARGET_ACR_VALUES.";
    MaxAgeMalformed => InvalidParameterException, "MAX_AGE must be a number of seconds.";
    LevelReached => InvalidParameterException,
        "The access token already satisfies the requested authentication level.";
    LevelNotReachable => InvalidParameterException,
        "The user has no factors that satisfy a requested authentication level.";
    /// (unsure) The user has no factor that the pool lets anybody sign in with.
    NoFirstFactor => NotAuthorizedException, "No authentication factor is available for the user.";

    // ---- tokens ----
    AccessTokenInvalid => NotAuthorizedException, "Invalid Access Token";
    AccessTokenForged => NotAuthorizedException, "Could not verify signature for Access Token";
    AccessTokenExpired => NotAuthorizedException, "Access Token has expired";
    AccessTokenRevoked => NotAuthorizedException, "Access Token has been revoked";
    AccessTokenScopes => NotAuthorizedException, "Access Token does not have required scopes";
    RefreshTokenInvalid => NotAuthorizedException, "Invalid Refresh Token";
    /// Another device's, or one's that is not confirmed: only here with a full stop.
    RefreshTokenOfOtherDevice => NotAuthorizedException, "Invalid Refresh Token.";
    RefreshTokenUserDeleted => NotAuthorizedException,
        "The user has been deleted for the associated refresh token";
    RefreshTokenOtherClient => NotAuthorizedException, "Refresh Token has different Client";
    RefreshTokenExpired => NotAuthorizedException, "Refresh Token has expired";
    RefreshTokenRevoked => NotAuthorizedException, "Refresh Token has been revoked";
    /// (unsure) No capture of the sentence exists.
    RefreshTokenReused => RefreshTokenReuseException, "Refresh token has already been used.";
    /// (unsure) Like all those below. Of a token that is to be exchanged.
    ExchangeTokenInvalid { member: &'static str } => NotAuthorizedException, "Invalid {member}";
    ExchangeTokenExpired { member: &'static str } => NotAuthorizedException, "{member} has expired";
    ExchangeTokenRevoked { member: &'static str } => NotAuthorizedException,
        "{member} has been revoked";
    ActorNotAllowed => NotAuthorizedException, "The actor may not act on behalf of the subject.";
    AudiencesAndResources => InvalidParameterException,
        "Audiences and Resources cannot be requested together.";
    ScopeNotGranted { scope } => InvalidParameterException, "Invalid scope requested: {scope}";
    /// (unsure) RevokeToken of an access or ID token.
    TokenTypeUnsupported => UnsupportedTokenTypeException, "Only refresh tokens can be revoked";
    /// (unsure) RevokeToken with a client that has `EnableTokenRevocation` off.
    RevocationDisabled => UnsupportedOperationException,
        "Token revocation is not enabled for this client";
    /// (unsure) RevokeToken with a token of another client.
    RevokeOtherClient => UnauthorizedException, "The token was issued to another client";

    // ---- identity pools ----
    IdentityPoolNotFound { id } => ResourceNotFoundException, "IdentityPool '{id}' not found.";
    /// (unsure) AWS has no fixed ids, so it has no words for this.
    IdentityPoolIdTaken { id } => ResourceConflictException, "IdentityPool '{id}' already exists.";
    /// (unsure) As above.
    IdentityPoolIdMalformed { id, region } => InvalidParameterException,
        "The tag asks for the identity pool id {id}, which must have the form {region}:[0-9a-f-]+";
    /// (unsure)
    IdentityProviderIncomplete => InvalidParameterException,
        "Each of CognitoIdentityProviders needs a ProviderName and a ClientId.";
    /// (unsure) Documented: "Once you have set a developer provider name, you cannot change it".
    DeveloperProviderChanged => InvalidParameterException,
        "The developer provider name cannot be changed once it is set.";
    IdentityNotFound { id } => ResourceNotFoundException, "Identity '{id}' not found.";
    IdentityForbidden { id } => NotAuthorizedException, "Access to Identity '{id}' is forbidden.";
    GuestsNotAllowed => NotAuthorizedException,
        "Unauthenticated access is not supported for this identity pool.";
    LoginNotSupported => NotAuthorizedException,
        "Token is not from a supported provider of this identity pool.";
    LoginMalformed => NotAuthorizedException,
        "Invalid login token. Not a valid OpenId Connect identity token.";
    LoginClaimMissing { claim: &'static str } => NotAuthorizedException,
        "Invalid login token. Missing a required claim: {claim}";
    LoginIssuer => NotAuthorizedException,
        "Invalid login token. Issuer doesn't match providerName";
    LoginExpired { now: i64, expires: i64 } => NotAuthorizedException,
        "Invalid login token. Token expired: {now} >= {expires}";
    LoginSignature => NotAuthorizedException, "Invalid login token. Token signature invalid.";
    LoginNotVerifiable => NotAuthorizedException,
        "Invalid login token. Couldn't verify signed token.";
    LoginOwnToken => NotAuthorizedException,
        "Invalid login token. Can't pass in a Cognito token.";
    /// (unsure) Of a provider with ServerSideTokenCheck.
    LoginUserGone => NotAuthorizedException, "Logged in user has been signed out or deleted.";
    /// (unsure) NotAuthorizedException in some captures.
    LoginsDontMatch => ResourceConflictException,
        "Logins don't match. Please include at least one valid login for this identity or \
         identity pool.";
    /// (unsure) Documented is only that it is an error; so it is of the next.
    LoginOfProviderTaken { provider } => ResourceConflictException,
        "The identity already has another login of {provider}.";
    TooManyLogins { limit: usize } => ResourceConflictException,
        "An identity cannot have more than {limit} linked logins.";
    /// (unsure)
    LoginNotLinked { provider } => ResourceNotFoundException,
        "The identity has no login of {provider}.";
    ClassicFlowOff => InvalidParameterException,
        "Basic (classic) flow is not enabled, please use enhanced flow.";
    ClassicFlowWithMappings => InvalidParameterException,
        "Basic (classic) flow is not supported with RoleMappings, please use enhanced flow.";
    /// (unsure) Only the words are known, not the code.
    DeveloperProviderUnknown => InvalidParameterException,
        "This identity pool does not support the specified developer provider";
    /// The words are those of the API's documentation; (unsure) those of the next three.
    DeveloperUserElsewhere => DeveloperUserAlreadyRegisteredException,
        "The provided developer user identifier is already registered with Cognito under a \
         different identity ID.";
    DeveloperUserNotFound { user } => ResourceNotFoundException,
        "Developer user identifier '{user}' not found.";
    LookupOfNobody => InvalidParameterException,
        "Either an IdentityId or a DeveloperUserIdentifier is required.";
    LookupDisagrees => ResourceConflictException,
        "The developer user identifier does not belong to the identity.";
    RoleNotConfigured => InvalidIdentityPoolConfigurationException,
        "Invalid identity pool configuration. Check assigned IAM roles for this pool.";
    RoleAmbiguous => NotAuthorizedException,
        "The ambiguous role mapping rules denied this request";
    /// (unsure) No capture of the sentence exists.
    CustomRoleDenied => NotAuthorizedException,
        "The custom role is not allowed for this identity.";
    RoleMappingProviderUnknown { key } => InvalidParameterException,
        "{key} is not a valid RoleMapping ProviderName or is not a configured provider.";
    /// (unsure) Like the next: documented is only that the member is required.
    RoleMappingUndecided { key } => InvalidParameterException,
        "AmbiguousRoleResolution is required in the role mapping of {key}.";
    RoleMappingWithoutRules { key } => InvalidParameterException,
        "RulesConfiguration is required in the role mapping of {key}.";
    PrincipalTagsNotFound { provider } => ResourceNotFoundException,
        "No Principal Tags configured for Provider {provider}";
    /// (unsure) Documented is the limit.
    PrincipalTagsTooLong { limit: usize } => InvalidParameterException,
        "The attribute names of all principal tags together cannot be longer than {limit} bytes.";

    // ---- functions ----
    FunctionFailed { trigger: &'static str, message } => UserLambdaValidationException,
        "{trigger} failed with error {message}.";
    FunctionNotInvoked { trigger: &'static str, error } => UnexpectedLambdaException,
        "{trigger} invocation failed due to error {error}.";
    FunctionOutput => InvalidLambdaResponseException, "Unrecognizable lambda output";
    /// Nothing, or no JSON.
    FunctionOutputNotJson => InvalidLambdaResponseException,
        "Invalid lambda function output : Invalid JSON";
    AutoVerifiedUnconfirmed => InvalidLambdaResponseException,
        "Phone or email cannot be auto verified, when user is not being auto confirmed.";
    /// (unsure) Documented is only that it is an error.
    AutoVerifiedNothing { attribute } => InvalidLambdaResponseException,
        "The {attribute} cannot be auto verified, when the user does not have one.";
    /// A message of a function's without the code; captured for `emailBody`.
    CustomMessageWithoutCode { value, member } => InvalidParameterException,
        "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: \
         Member must satisfy regular expression pattern: \
         [\\p{{L}}\\p{{M}}\\p{{S}}\\p{{N}}\\p{{P}}\\s*]*\\{{####\\}}\
         [\\p{{L}}\\p{{M}}\\p{{S}}\\p{{N}}\\p{{P}}\\s*]*";
    /// (unsure) Like the sentence above.
    CustomMessageTooLong { value, member, limit: usize } => InvalidParameterException,
        "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: \
         Member must have length less than or equal to {limit}";
    /// UserMigration refused, or could not be asked, or named somebody who cannot be made; told to
    /// clients that may know who exists.
    MigrationFailed { client } => UserNotFoundException,
        "Exception migrating user in app client {client}";
}

/// What is wrong with one attribute: the sentences in [`Error::SchemaMismatch`] and
/// [`Error::InvalidUserAttributes`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttributeFault {
    Unknown,
    /// A required attribute is missing, or was to be cleared.
    Required,
    RequiredDeleted,
    TooLong {
        max: String,
    },
    /// (unsure) Like all those below, a variant of the sentence above.
    TooShort {
        min: String,
    },
    NotOfLength {
        length: String,
    },
    NotANumber,
    TooSmall,
    TooLarge,
    NotABoolean,
    NotADate,
}

impl AttributeFault {
    /// The sentence about the attribute with this name. Only the deletion's has no line end.
    pub fn sentence(&self, name: &str) -> String {
        match self {
            Self::Unknown => format!("{name}: Attribute does not exist in the schema.\n"),
            Self::Required => format!("{name}: The attribute is required\n"),
            Self::RequiredDeleted => format!("{name}: Required attribute cannot be deleted."),
            Self::TooLong { max } => {
                format!("{name}: String attributes cannot have a length of more than {max}\n")
            }
            Self::TooShort { min } => {
                format!("{name}: String attributes cannot have a length of less than {min}\n")
            }
            Self::NotOfLength { length } => {
                format!("{name}: String must be exactly {length} characters\n")
            }
            Self::NotANumber => format!("{name}: Value is not a number\n"),
            Self::TooSmall => format!("{name}: Value is too small\n"),
            Self::TooLarge => format!("{name}: Value is too large\n"),
            Self::NotABoolean => format!("{name}: Value is not a boolean\n"),
            Self::NotADate => format!("{name}: Value is not a date\n"),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code().as_str(), self.message())
    }
}

impl fmt::Debug for Error {
    /// Prints no value: a message may name a user, an address or a token's client.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Internal(cause) => write!(f, "Internal({cause:#})"),
            other => f.write_str(other.situation()),
        }
    }
}

impl From<anyhow::Error> for Error {
    fn from(cause: anyhow::Error) -> Self {
        Self::Internal(cause)
    }
}

impl From<sqlx::Error> for Error {
    fn from(cause: sqlx::Error) -> Self {
        // What a trigger of the store refuses.
        let said = cause.as_database_error().map(|error| error.message());
        if said == Some(PAUSED_BY_RECOVERY) {
            return Self::PausedByRecovery;
        }
        Self::Internal(anyhow::Error::new(cause).context("store"))
    }
}

impl From<serde_json::Error> for Error {
    /// For documents of our own making; a client's input is decoded in `operations`.
    fn from(cause: serde_json::Error) -> Self {
        Self::Internal(anyhow::Error::new(cause).context("document"))
    }
}
