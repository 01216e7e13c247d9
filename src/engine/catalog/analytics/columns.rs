//! The columns of Log Analytics' sign-in tables: name, type in each table, and where it comes from.
//!
//! Names and types are those of Microsoft's reference (`MicrosoftDocs/azure-reference-other`,
//! `azure-monitor-ref/tables`, 2024) and, from `Agent` to `SessionId`, of newer columns that the
//! reference lacks. For `AADFirstPartyToFirstPartySignInLogs` no list was found; it has the columns
//! of `AADServicePrincipalSignInLogs`.

use super::rebuilt::{self, Shape};
use crate::signin::schema::Record;

/// The tables, in the order of the letters of [`Column::types`].
pub(super) const TABLES: [&str; 6] = [
    "SigninLogs",
    "AADNonInteractiveUserSignInLogs",
    "AADServicePrincipalSignInLogs",
    "AADManagedIdentitySignInLogs",
    "ADFSSignInLogs",
    "AADFirstPartyToFirstPartySignInLogs",
];

/// Where a column's value comes from.
#[derive(Debug, Clone, Copy)]
pub(super) enum Source {
    /// A column of `records`.
    Is(Record),
    /// A number, as text.
    Number(Record),
    /// A word, with a capital.
    Capital(Record),
    /// The first of two columns that is known.
    Either(Record, Record),
    /// The list of Conditional Access policies.
    Policies,
    /// Put together from several columns.
    Rebuilt(&'static Shape),
    /// The name of the table.
    TableName,
    /// Not stored, or left empty by the service too: null.
    Missing,
}

/// One column of the tables.
pub(super) struct Column {
    pub(super) name: &'static str,
    /// A letter for each table: string, d(y)namic, datetime, bool, long, real; `-` where the table
    /// does not have it.
    pub(super) types: &'static str,
    pub(super) source: Source,
}

const fn column(name: &'static str, types: &'static str, source: Source) -> Column {
    Column {
        name,
        types,
        source,
    }
}

use Record::*;
use Source::{Capital, Either, Is, Missing, Number, Policies, Rebuilt, TableName};

/// Every column, by name.
#[rustfmt::skip]
pub(super) const COLUMNS: &[Column] = &[
    column("AADTenantId", "s-----", Is(TenantId)),
    column("Agent", "yyyy-y", Is(Agent)),
    column("AlternateSignInName", "ss--s-", Is(AlternateSignInName)),
    column("AppDisplayName", "ss--s-", Is(AppDisplayName)),
    column("AppId", "ssssss", Is(AppId)),
    column("AppliedConditionalAccessPolicies", "s-----", Missing),
    column("AppliedEventListeners", "yy----", Is(AppliedEventListeners)),
    column("AppOwnerTenantId", "ssss-s", Is(AppOwnerTenantId)),
    column("AuthenticationContextClassReferences", "ssss-s", Is(AuthenticationContextClassReferences)),
    column("AuthenticationDetails", "ss--s-", Rebuilt(&rebuilt::STEPS)),
    column("AuthenticationMethodsUsed", "ss----", Is(AuthenticationMethodsUsed)),
    column("AuthenticationProcessingDetails", "ssssss", Is(AuthenticationProcessingDetails)),
    column("AuthenticationProtocol", "ss----", Is(AuthenticationProtocol)),
    column("AuthenticationRequirement", "ss--s-", Is(AuthenticationRequirement)),
    column("AuthenticationRequirementPolicies", "ss--s-", Is(AuthenticationRequirementPolicies)),
    column("AutonomousSystemNumber", "ss----", Number(AutonomousSystemNumber)),
    column("Category", "ssssss", Is(Category)),
    column("ClientAppUsed", "ss----", Is(ClientAppUsed)),
    column("ClientCredentialType", "ssss-s", Is(ClientCredentialType)),
    column("ConditionalAccessAudiences", "ssss-s", Is(ConditionalAccessAudiences)),
    column("ConditionalAccessPolicies", "ysssss", Policies),
    column("ConditionalAccessStatus", "ssssss", Is(ConditionalAccessStatus)),
    column("CorrelationId", "ssssss", Is(CorrelationId)),
    column("CreatedDateTime", "dd--d-", Is(CreatedAt)),
    column("CrossTenantAccessType", "ss----", Is(CrossTenantAccessType)),
    column("DeviceDetail", "ys--s-", Rebuilt(&rebuilt::DEVICE)),
    column("DurationMs", "llllll", Rebuilt(&rebuilt::DURATION_MS)),
    column("FederatedCredentialId", "--ss-s", Is(FederatedCredentialId)),
    column("FlaggedForReview", "b-----", Is(FlaggedForReview)),
    column("GlobalSecureAccessIpAddress", "ss----", Is(GlobalSecureAccessIpAddress)),
    column("HomeTenantId", "ss----", Is(HomeTenantId)),
    column("HomeTenantName", "ss----", Is(HomeTenantName)),
    column("Id", "ssssss", Is(Id)),
    column("Identity", "ssssss", Is(UserDisplayName)),
    column("IncomingTokenType", "ss----", Is(IncomingTokenType)),
    column("IPAddress", "ssssss", Is(IpAddress)),
    column("IPAddressFromResourceProvider", "s-----", Is(IpAddressFromResourceProvider)),
    column("IsInteractive", "bb--b-", Is(IsInteractive)),
    column("IsRisky", "bb----", Missing),
    column("IsTenantRestricted", "bb----", Is(IsTenantRestricted)),
    column("IsThroughGlobalSecureAccess", "bb----", Is(IsThroughGlobalSecureAccess)),
    column("Level", "ssssss", Rebuilt(&rebuilt::LEVEL)),
    column("Location", "ssssss", Is(Country)),
    column("LocationDetails", "ysss-s", Rebuilt(&rebuilt::LOCATION)),
    column("ManagedServiceIdentity", "---s--", Is(ManagedServiceIdentity)),
    column("MfaDetail", "ys----", Rebuilt(&rebuilt::MFA)),
    column("NetworkLocationDetails", "ss--s-", Is(NetworkLocationDetails)),
    column("OperationName", "ssssss", Rebuilt(&rebuilt::OPERATION_NAME)),
    column("OperationVersion", "ssssss", Rebuilt(&rebuilt::OPERATION_VERSION)),
    column("OriginalRequestId", "ss--s-", Is(OriginalRequestId)),
    column("OriginalTransferMethod", "ss----", Is(OriginalTransferMethod)),
    column("ProcessingTimeInMilliseconds", "s-----", Number(ProcessingTimeMs)),
    column("ProcessingTimeInMs", "-s--s-", Number(ProcessingTimeMs)),
    column("Requirement", "----s-", Missing),
    column("Resource", "s-----", Missing),
    column("ResourceDisplayName", "ssssss", Is(ResourceDisplayName)),
    column("ResourceGroup", "ssssss", Missing),
    column("ResourceId", "s-----", Rebuilt(&rebuilt::RESOURCE_PATH)),
    column("ResourceIdentity", "ssssss", Is(ResourceId)),
    column("ResourceOwnerTenantId", "ssss-s", Is(ResourceOwnerTenantId)),
    column("ResourceProvider", "s-----", Missing),
    column("ResourceServicePrincipalId", "ssss-s", Is(ResourceServicePrincipalId)),
    column("ResourceTenantId", "ss--s-", Is(ResourceTenantId)),
    column("ResultDescription", "ssssss", Is(FailureReason)),
    column("ResultSignature", "ssssss", Is(ResultSignature)),
    column("ResultType", "ssssss", Number(ErrorCode)),
    column("RiskDetail", "ss----", Is(RiskDetail)),
    column("RiskEventTypes", "ss----", Is(RiskEventTypes)),
    column("RiskEventTypes_V2", "ss----", Is(RiskEventTypesV2)),
    column("RiskLevel", "s-----", Missing),
    column("RiskLevelAggregated", "ss----", Is(RiskLevelAggregated)),
    column("RiskLevelDuringSignIn", "ss----", Is(RiskLevelDuringSignIn)),
    column("RiskState", "ss----", Is(RiskState)),
    column("ServicePrincipalCredentialKeyId", "--ss-s", Is(ServicePrincipalCredentialKeyId)),
    column("ServicePrincipalCredentialThumbprint", "--ss-s", Is(ServicePrincipalCredentialThumbprint)),
    column("ServicePrincipalId", "ssss-s", Is(ServicePrincipalId)),
    column("ServicePrincipalName", "s-ss-s", Is(ServicePrincipalName)),
    column("SessionId", "ss--s-", Is(SessionId)),
    column("SessionLifetimePolicies", "ss----", Is(SessionLifetimePolicies)),
    column("SignInEventTypes", "-s----", Rebuilt(&rebuilt::EVENT_TYPES)),
    column("SignInIdentifier", "s-----", Is(SignInIdentifier)),
    column("SignInIdentifierType", "ss----", Is(SignInIdentifierType)),
    column("SourceSystem", "ssssss", Missing),
    column("Status", "ys--s-", Rebuilt(&rebuilt::STATUS)),
    column("TenantId", "ssssss", Missing),
    column("TimeGenerated", "dddddd", Either(ReceivedAt, CreatedAt)),
    column("TokenIssuerName", "ss--s-", Is(TokenIssuerName)),
    column("TokenIssuerType", "ss--s-", Is(TokenIssuerType)),
    column("Type", "ssssss", TableName),
    column("UniqueTokenIdentifier", "ssssss", Is(UniqueTokenIdentifier)),
    column("UserAgent", "ss--s-", Is(UserAgent)),
    column("UserDisplayName", "ss--s-", Is(UserDisplayName)),
    column("UserId", "ss--s-", Is(UserId)),
    column("UserPrincipalName", "ss--s-", Either(UserPrincipalNameRaw, UserPrincipalName)),
    column("UserType", "ss----", Capital(UserType)),
    column("_BilledSize", "rrrrrr", Missing),
    column("_IsBillable", "ssssss", Missing),
];
