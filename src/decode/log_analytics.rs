//! Rows of the Log Analytics sign-in tables, as JSON: continuous export, command-line queries.
//!
//! Names clash with Graph's: `TenantId` is the workspace (the tenant is `AADTenantId`), `ResourceId`
//! a path (the resource is `ResourceIdentity`), `Location` a country. Some columns are objects in
//! one table and the text of an object in another.

use super::detect::{Form, Format};
use super::envelope::reconcile;
use super::facts::{JsonReader, Read};
use super::fields::{DEVICE, LOCATION, MFA, STATUS};
use super::found::Found;
use super::habits::Habits;
use super::json::{Table, walk};
use super::sign_in::event_type_of;
use super::target::{Field, Target};
use super::timestamp::Clock;
use crate::signin::row::Cell;
use crate::signin::schema::Record;

/// JSON lines of a container `am-<table>`, or an array of rows.
pub const FORMAT: Format = Format {
    name: "log_analytics",
    title: "Log Analytics rows (JSON)",
    recognise: |head| {
        let row = head.object().is_some_and(is_row);
        row.then_some("objects with TimeGenerated or Category and CreatedDateTime")
    },
    form: Form::Json(JsonReader(read)),
    lacks_tenant: true,
    lacks_id: false,
};

/// Whether a text begins as a row of a sign-in table.
pub(super) fn is_row(text: &str) -> bool {
    let has = |key: &str| memchr::memmem::find(text.as_bytes(), key.as_bytes()).is_some();
    has("\"TimeGenerated\"") || (has("\"OperationName\"") && has("\"CreatedDateTime\""))
}

/// Reads one row.
pub(super) fn read<'de>(
    record: &'de str,
    clock: Clock,
    _: &mut Habits,
) -> Result<Read<'de>, String> {
    let mut found = Found::new(clock);
    walk(record, LOG_ANALYTICS, &mut found)?;
    match settle(&mut found) {
        Some(other) => Ok(Read::Other(other)),
        None => Ok(Read::SignIn(Box::new(found))),
    }
}

/// Settles what only the whole row can tell; the category where it is no sign-in.
pub(super) fn settle(found: &mut Found<'_>) -> Option<String> {
    let envelope = std::mem::take(&mut found.envelope);
    let table = envelope.iter().find(|(field, _)| *field == Field::Table);
    let table = table.map(|(_, raw)| raw.trim_matches('"').to_owned());
    let category = found.row.text(Record::Category).map(str::to_owned);
    if let Some(log) = category.or(table) {
        found.by_category = event_type_of(&log);
        if found.by_category.is_none() {
            return Some(log);
        }
    }
    reconcile(envelope, found);
    // Tables of service principals have no CreatedDateTime.
    if let Some(at) = found.row.time(Record::ReceivedAt) {
        found.row.set_if_null(Record::CreatedAt, Cell::Time(at));
    }
    None
}

/// Ignored are the workspace, what is alike in all rows or said by another column (`IsRisky`), and
/// the service's own bookkeeping.
///
/// The columns of all tables, in the order in which the portal writes those of `SigninLogs`.
pub(super) const LOG_ANALYTICS: Table = &[
    ("TenantId", Target::Ignore),
    ("SourceSystem", Target::Ignore),
    ("TimeGenerated", Target::Time(Record::ReceivedAt)),
    ("ResourceId", Target::Envelope(Field::ResourceId)),
    ("OperationName", Target::Envelope(Field::OperationName)),
    (
        "OperationVersion",
        Target::Envelope(Field::OperationVersion),
    ),
    ("Category", Target::Text(Record::Category)),
    ("ResultType", Target::Envelope(Field::ResultType)),
    ("ResultSignature", Target::Text(Record::ResultSignature)),
    (
        "ResultDescription",
        Target::Envelope(Field::ResultDescription),
    ),
    ("DurationMs", Target::Envelope(Field::DurationMs)),
    ("CorrelationId", Target::Text(Record::CorrelationId)),
    ("Resource", Target::Ignore),
    ("ResourceGroup", Target::Ignore),
    ("ResourceProvider", Target::Ignore),
    ("Identity", Target::Envelope(Field::Identity)),
    ("Level", Target::Envelope(Field::Level)),
    ("Location", Target::Envelope(Field::Location)),
    (
        "AlternateSignInName",
        Target::Text(Record::AlternateSignInName),
    ),
    ("AppDisplayName", Target::Text(Record::AppDisplayName)),
    ("AppId", Target::Text(Record::AppId)),
    (
        "AuthenticationContextClassReferences",
        Target::Json(Record::AuthenticationContextClassReferences),
    ),
    ("AuthenticationDetails", Target::Steps),
    (
        "AppliedEventListeners",
        Target::Json(Record::AppliedEventListeners),
    ),
    (
        "AuthenticationMethodsUsed",
        Target::Json(Record::AuthenticationMethodsUsed),
    ),
    (
        "AuthenticationProcessingDetails",
        Target::Json(Record::AuthenticationProcessingDetails),
    ),
    (
        "AuthenticationRequirement",
        Target::Text(Record::AuthenticationRequirement),
    ),
    (
        "AuthenticationRequirementPolicies",
        Target::Json(Record::AuthenticationRequirementPolicies),
    ),
    ("ClientAppUsed", Target::Text(Record::ClientAppUsed)),
    ("ConditionalAccessPolicies", Target::Policies),
    (
        "ConditionalAccessStatus",
        Target::Text(Record::ConditionalAccessStatus),
    ),
    ("CreatedDateTime", Target::Time(Record::CreatedAt)),
    ("DeviceDetail", Target::Object(DEVICE)),
    ("IsInteractive", Target::Bool(Record::IsInteractive)),
    ("Id", Target::Text(Record::Id)),
    ("IPAddress", Target::Text(Record::IpAddress)),
    ("IsRisky", Target::Ignore),
    ("LocationDetails", Target::Object(LOCATION)),
    ("MfaDetail", Target::Object(MFA)),
    (
        "NetworkLocationDetails",
        Target::Json(Record::NetworkLocationDetails),
    ),
    ("OriginalRequestId", Target::Text(Record::OriginalRequestId)),
    (
        "ProcessingTimeInMilliseconds",
        Target::Int(Record::ProcessingTimeMs),
    ),
    ("ProcessingTimeInMs", Target::Int(Record::ProcessingTimeMs)),
    ("RiskDetail", Target::Text(Record::RiskDetail)),
    ("RiskEventTypes", Target::Json(Record::RiskEventTypes)),
    ("RiskEventTypes_V2", Target::Json(Record::RiskEventTypesV2)),
    (
        "RiskLevelAggregated",
        Target::Text(Record::RiskLevelAggregated),
    ),
    (
        "RiskLevelDuringSignIn",
        Target::Text(Record::RiskLevelDuringSignIn),
    ),
    ("RiskState", Target::Text(Record::RiskState)),
    (
        "ResourceDisplayName",
        Target::Text(Record::ResourceDisplayName),
    ),
    ("ResourceIdentity", Target::Text(Record::ResourceId)),
    (
        "ResourceServicePrincipalId",
        Target::Text(Record::ResourceServicePrincipalId),
    ),
    (
        "ServicePrincipalId",
        Target::Text(Record::ServicePrincipalId),
    ),
    (
        "ServicePrincipalName",
        Target::Text(Record::ServicePrincipalName),
    ),
    (
        "ServicePrincipalCredentialKeyId",
        Target::Text(Record::ServicePrincipalCredentialKeyId),
    ),
    (
        "ServicePrincipalCredentialThumbprint",
        Target::Text(Record::ServicePrincipalCredentialThumbprint),
    ),
    (
        "FederatedCredentialId",
        Target::Text(Record::FederatedCredentialId),
    ),
    ("Status", Target::Object(STATUS)),
    ("TokenIssuerName", Target::Text(Record::TokenIssuerName)),
    ("TokenIssuerType", Target::Text(Record::TokenIssuerType)),
    ("UserAgent", Target::Text(Record::UserAgent)),
    ("UserDisplayName", Target::Text(Record::UserDisplayName)),
    ("UserId", Target::Text(Record::UserId)),
    ("UserPrincipalName", Target::UserName),
    ("AADTenantId", Target::Text(Record::TenantId)),
    ("UserType", Target::Lower(Record::UserType)),
    ("FlaggedForReview", Target::Bool(Record::FlaggedForReview)),
    (
        "IPAddressFromResourceProvider",
        Target::Text(Record::IpAddressFromResourceProvider),
    ),
    ("SignInIdentifier", Target::Text(Record::SignInIdentifier)),
    (
        "SignInIdentifierType",
        Target::Text(Record::SignInIdentifierType),
    ),
    ("SignInEventTypes", Target::EventTypes),
    ("ResourceTenantId", Target::Text(Record::ResourceTenantId)),
    ("HomeTenantId", Target::Text(Record::HomeTenantId)),
    ("HomeTenantName", Target::Text(Record::HomeTenantName)),
    (
        "UniqueTokenIdentifier",
        Target::Text(Record::UniqueTokenIdentifier),
    ),
    ("SessionId", Target::Text(Record::SessionId)),
    (
        "SessionLifetimePolicies",
        Target::Json(Record::SessionLifetimePolicies),
    ),
    (
        "AutonomousSystemNumber",
        Target::Int(Record::AutonomousSystemNumber),
    ),
    (
        "AuthenticationProtocol",
        Target::Text(Record::AuthenticationProtocol),
    ),
    (
        "CrossTenantAccessType",
        Target::Text(Record::CrossTenantAccessType),
    ),
    ("AppliedConditionalAccessPolicies", Target::Policies),
    ("IncomingTokenType", Target::Text(Record::IncomingTokenType)),
    (
        "ClientCredentialType",
        Target::Text(Record::ClientCredentialType),
    ),
    (
        "OriginalTransferMethod",
        Target::Text(Record::OriginalTransferMethod),
    ),
    (
        "GlobalSecureAccessIpAddress",
        Target::Text(Record::GlobalSecureAccessIpAddress),
    ),
    (
        "IsThroughGlobalSecureAccess",
        Target::Bool(Record::IsThroughGlobalSecureAccess),
    ),
    (
        "IsTenantRestricted",
        Target::Bool(Record::IsTenantRestricted),
    ),
    ("AppOwnerTenantId", Target::Text(Record::AppOwnerTenantId)),
    (
        "ResourceOwnerTenantId",
        Target::Text(Record::ResourceOwnerTenantId),
    ),
    (
        "ManagedServiceIdentity",
        Target::Json(Record::ManagedServiceIdentity),
    ),
    (
        "ConditionalAccessAudiences",
        Target::Json(Record::ConditionalAccessAudiences),
    ),
    ("Agent", Target::Json(Record::Agent)),
    ("RiskLevel", Target::Ignore),
    ("Type", Target::Envelope(Field::Table)),
    ("TableName", Target::Ignore),
    ("_BilledSize", Target::Ignore),
    ("_IsBillable", Target::Ignore),
    ("_ResourceId", Target::Ignore),
    ("_TimeReceived", Target::Ignore),
    ("_ItemId", Target::Ignore),
];
