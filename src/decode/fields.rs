//! Which key of a sign-in goes to which column, once for every JSON export.

use super::json::Table;
use super::target::{Field, Target};
use crate::signin::schema::Record;

pub(super) const STATUS: Table = &[
    ("errorCode", Target::Int(Record::ErrorCode)),
    ("failureReason", Target::Text(Record::FailureReason)),
    ("additionalDetails", Target::Text(Record::AdditionalDetails)),
];

pub(super) const DEVICE: Table = &[
    ("deviceId", Target::Text(Record::DeviceId)),
    ("displayName", Target::Text(Record::DeviceDisplayName)),
    ("operatingSystem", Target::Text(Record::OperatingSystem)),
    ("browser", Target::Text(Record::Browser)),
    ("browserId", Target::Text(Record::BrowserId)),
    ("isCompliant", Target::Bool(Record::IsCompliant)),
    ("isManaged", Target::Bool(Record::IsManaged)),
    ("trustType", Target::Text(Record::TrustType)),
];

const COORDINATES: Table = &[
    ("altitude", Target::Float(Record::Altitude)),
    ("latitude", Target::Float(Record::Latitude)),
    ("longitude", Target::Float(Record::Longitude)),
];

pub(super) const LOCATION: Table = &[
    ("city", Target::Text(Record::City)),
    ("state", Target::Text(Record::State)),
    ("countryOrRegion", Target::Text(Record::Country)),
    ("geoCoordinates", Target::Object(COORDINATES)),
];

pub(super) const MFA: Table = &[
    ("authMethod", Target::Text(Record::MfaAuthMethod)),
    ("authDetail", Target::Text(Record::MfaAuthDetail)),
];

const TOKEN_PROTECTION: Table = &[
    (
        "signInSessionStatus",
        Target::Text(Record::TokenProtectionStatus),
    ),
    (
        "signInSessionStatusCode",
        Target::Int(Record::TokenProtectionStatusCode),
    ),
];

/// A sign-in as Graph names its keys, in the order in which diagnostic logs write them.
pub(super) const SIGN_IN: Table = &[
    ("id", Target::Text(Record::Id)),
    ("createdDateTime", Target::Time(Record::CreatedAt)),
    ("userDisplayName", Target::Text(Record::UserDisplayName)),
    ("userPrincipalName", Target::UserName),
    ("userId", Target::Text(Record::UserId)),
    ("appId", Target::Text(Record::AppId)),
    ("appDisplayName", Target::Text(Record::AppDisplayName)),
    ("ipAddress", Target::Text(Record::IpAddress)),
    ("status", Target::Object(STATUS)),
    ("clientAppUsed", Target::Text(Record::ClientAppUsed)),
    ("userAgent", Target::Text(Record::UserAgent)),
    ("deviceDetail", Target::Object(DEVICE)),
    ("location", Target::Object(LOCATION)),
    ("mfaDetail", Target::Object(MFA)),
    ("correlationId", Target::Text(Record::CorrelationId)),
    (
        "conditionalAccessStatus",
        Target::Text(Record::ConditionalAccessStatus),
    ),
    ("appliedConditionalAccessPolicies", Target::Policies),
    (
        "authenticationContextClassReferences",
        Target::Json(Record::AuthenticationContextClassReferences),
    ),
    ("originalRequestId", Target::Text(Record::OriginalRequestId)),
    ("isInteractive", Target::Bool(Record::IsInteractive)),
    ("tokenIssuerName", Target::Text(Record::TokenIssuerName)),
    ("tokenIssuerType", Target::Text(Record::TokenIssuerType)),
    (
        "authenticationProcessingDetails",
        Target::Json(Record::AuthenticationProcessingDetails),
    ),
    (
        "networkLocationDetails",
        Target::Json(Record::NetworkLocationDetails),
    ),
    (
        "clientCredentialType",
        Target::Text(Record::ClientCredentialType),
    ),
    (
        "processingTimeInMilliseconds",
        Target::Int(Record::ProcessingTimeMs),
    ),
    ("riskDetail", Target::Text(Record::RiskDetail)),
    (
        "riskLevelAggregated",
        Target::Text(Record::RiskLevelAggregated),
    ),
    (
        "riskLevelDuringSignIn",
        Target::Text(Record::RiskLevelDuringSignIn),
    ),
    ("riskState", Target::Text(Record::RiskState)),
    ("riskEventTypes", Target::Json(Record::RiskEventTypes)),
    ("riskEventTypes_v2", Target::Json(Record::RiskEventTypesV2)),
    (
        "resourceDisplayName",
        Target::Text(Record::ResourceDisplayName),
    ),
    ("resourceId", Target::Text(Record::ResourceId)),
    ("resourceTenantId", Target::Text(Record::ResourceTenantId)),
    ("homeTenantId", Target::Text(Record::HomeTenantId)),
    ("homeTenantName", Target::Text(Record::HomeTenantName)),
    ("tenantId", Target::Text(Record::TenantId)),
    ("authenticationDetails", Target::Steps),
    (
        "authenticationRequirementPolicies",
        Target::Json(Record::AuthenticationRequirementPolicies),
    ),
    (
        "sessionLifetimePolicies",
        Target::Json(Record::SessionLifetimePolicies),
    ),
    (
        "authenticationRequirement",
        Target::Text(Record::AuthenticationRequirement),
    ),
    (
        "alternateSignInName",
        Target::Text(Record::AlternateSignInName),
    ),
    ("signInIdentifier", Target::Text(Record::SignInIdentifier)),
    (
        "servicePrincipalId",
        Target::Text(Record::ServicePrincipalId),
    ),
    (
        "servicePrincipalName",
        Target::Text(Record::ServicePrincipalName),
    ),
    ("userType", Target::Lower(Record::UserType)),
    ("flaggedForReview", Target::Bool(Record::FlaggedForReview)),
    (
        "isTenantRestricted",
        Target::Bool(Record::IsTenantRestricted),
    ),
    (
        "autonomousSystemNumber",
        Target::Int(Record::AutonomousSystemNumber),
    ),
    (
        "crossTenantAccessType",
        Target::Text(Record::CrossTenantAccessType),
    ),
    (
        "servicePrincipalCredentialKeyId",
        Target::Text(Record::ServicePrincipalCredentialKeyId),
    ),
    (
        "servicePrincipalCredentialThumbprint",
        Target::Text(Record::ServicePrincipalCredentialThumbprint),
    ),
    (
        "privateLinkDetails",
        Target::Json(Record::PrivateLinkDetails),
    ),
    (
        "ssoExtensionVersion",
        Target::Text(Record::SsoExtensionVersion),
    ),
    (
        "uniqueTokenIdentifier",
        Target::Text(Record::UniqueTokenIdentifier),
    ),
    (
        "authenticationStrengths",
        Target::Json(Record::AuthenticationStrengths),
    ),
    ("incomingTokenType", Target::Text(Record::IncomingTokenType)),
    (
        "authenticationProtocol",
        Target::Text(Record::AuthenticationProtocol),
    ),
    (
        "appServicePrincipalId",
        Target::Text(Record::AppServicePrincipalId),
    ),
    (
        "resourceServicePrincipalId",
        Target::Text(Record::ResourceServicePrincipalId),
    ),
    ("rngcStatus", Target::Int(Record::RngcStatus)),
    (
        "signInTokenProtectionStatus",
        Target::Text(Record::SignInTokenProtectionStatus),
    ),
    (
        "tokenProtectionStatusDetails",
        Target::Object(TOKEN_PROTECTION),
    ),
    (
        "originalTransferMethod",
        Target::Text(Record::OriginalTransferMethod),
    ),
    (
        "isThroughGlobalSecureAccess",
        Target::Bool(Record::IsThroughGlobalSecureAccess),
    ),
    (
        "globalSecureAccessIpAddress",
        Target::Text(Record::GlobalSecureAccessIpAddress),
    ),
    (
        "conditionalAccessAudiences",
        Target::Json(Record::ConditionalAccessAudiences),
    ),
    ("sessionId", Target::Text(Record::SessionId)),
    ("appOwnerTenantId", Target::Text(Record::AppOwnerTenantId)),
    (
        "resourceOwnerTenantId",
        Target::Text(Record::ResourceOwnerTenantId),
    ),
    ("signInEventTypes", Target::EventTypes),
    (
        "managedIdentityType",
        Target::Text(Record::ManagedIdentityType),
    ),
    (
        "managedServiceIdentity",
        Target::Json(Record::ManagedServiceIdentity),
    ),
    (
        "federatedCredentialId",
        Target::Text(Record::FederatedCredentialId),
    ),
    (
        "authenticationMethodsUsed",
        Target::Json(Record::AuthenticationMethodsUsed),
    ),
    (
        "authenticationAppDeviceDetails",
        Target::Json(Record::AuthenticationAppDeviceDetails),
    ),
    (
        "authenticationAppPolicyEvaluationDetails",
        Target::Json(Record::AuthenticationAppPolicyEvaluationDetails),
    ),
    (
        "appliedEventListeners",
        Target::Json(Record::AppliedEventListeners),
    ),
    (
        "appTokenProtectionStatus",
        Target::Text(Record::AppTokenProtectionStatus),
    ),
    ("clientSessionId", Target::Text(Record::ClientSessionId)),
    (
        "ipAddressFromResourceProvider",
        Target::Text(Record::IpAddressFromResourceProvider),
    ),
    (
        "signInIdentifierType",
        Target::Text(Record::SignInIdentifierType),
    ),
    ("azureResourceId", Target::Text(Record::AzureResourceId)),
    ("sourceAppClientId", Target::Text(Record::SourceAppClientId)),
    ("redirectUrl", Target::Text(Record::RedirectUrl)),
    ("agent", Target::Json(Record::Agent)),
    (
        "userAdministrativeUnits",
        Target::Json(Record::UserAdministrativeUnits),
    ),
    // Spelt so in Microsoft's own sample.
    (
        "riskLevelDuringsignIn",
        Target::Text(Record::RiskLevelDuringSignIn),
    ),
    ("@odata.context", Target::Ignore),
];

/// The envelope of a diagnostic log around a sign-in.
pub(super) const ENVELOPE: Table = &[
    ("time", Target::EnvelopeTime(Record::ReceivedAt)),
    ("resourceId", Target::Envelope(Field::ResourceId)),
    ("operationName", Target::Envelope(Field::OperationName)),
    (
        "operationVersion",
        Target::Envelope(Field::OperationVersion),
    ),
    ("category", Target::Text(Record::Category)),
    ("tenantId", Target::Text(Record::TenantId)),
    ("resultType", Target::Envelope(Field::ResultType)),
    ("resultSignature", Target::Text(Record::ResultSignature)),
    (
        "resultDescription",
        Target::Envelope(Field::ResultDescription),
    ),
    ("durationMs", Target::Envelope(Field::DurationMs)),
    ("callerIpAddress", Target::Envelope(Field::CallerIpAddress)),
    ("correlationId", Target::Envelope(Field::CorrelationId)),
    ("identity", Target::Envelope(Field::Identity)),
    ("Level", Target::Envelope(Field::Level)),
    ("level", Target::Envelope(Field::Level)),
    ("location", Target::Envelope(Field::Location)),
    ("properties", Target::Envelope(Field::Properties)),
];
