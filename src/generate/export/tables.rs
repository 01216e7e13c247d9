//! Lists the columns of the Log Analytics tables and their types.
//!
//! SigninLogs has the columns, and the order, of its CSV export; the others have those of the
//! table reference. A column is dynamic in one table and a string of JSON in another.

use super::super::plan::Kind;

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Text,
    /// JSON: an object or list.
    Dynamic,
    Time,
    Bool,
    Long,
}

impl Type {
    /// The name in an answer of the query API.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Dynamic => "dynamic",
            Self::Time => "datetime",
            Self::Bool => "bool",
            Self::Long => "long",
        }
    }
}

/// A table.
pub(super) struct Table {
    pub(super) name: &'static str,
    /// Column names with their type as a suffix: none for text, `{}` dynamic, `@` time, `?` bool,
    /// `#` long.
    columns: &'static str,
}

impl Table {
    /// Name and type of each column, in order.
    pub(super) fn columns(&self) -> impl Iterator<Item = (&'static str, Type)> + use<> {
        self.columns.split_whitespace().map(|column| {
            let types = [
                ("{}", Type::Dynamic),
                ("@", Type::Time),
                ("?", Type::Bool),
                ("#", Type::Long),
            ];
            let typed = types
                .iter()
                .find_map(|(mark, kind)| Some((column.strip_suffix(mark)?, *kind)));
            typed.unwrap_or((column, Type::Text))
        })
    }
}

/// The table that a kind of record goes to, by part of the export.
pub(super) fn part(kind: Kind) -> u8 {
    match kind {
        Kind::Interactive | Kind::Adfs => 0,
        Kind::NonInteractive => 1,
        Kind::ServicePrincipal | Kind::FirstParty => 2,
        Kind::ManagedIdentity => 3,
    }
}

/// Every table, by part.
pub(super) static TABLES: [Table; 4] = [
    Table {
        name: "SigninLogs",
        columns: "TenantId SourceSystem TimeGenerated@ ResourceId OperationName OperationVersion
            Category ResultType ResultSignature ResultDescription DurationMs# CorrelationId Resource
            ResourceGroup ResourceProvider Identity Level Location AlternateSignInName AppDisplayName
            AppId AuthenticationContextClassReferences AuthenticationDetails AppliedEventListeners{}
            AuthenticationMethodsUsed AuthenticationProcessingDetails AuthenticationRequirement
            AuthenticationRequirementPolicies ClientAppUsed ConditionalAccessPolicies{}
            ConditionalAccessStatus CreatedDateTime@ DeviceDetail{} IsInteractive? Id IPAddress
            IsRisky? LocationDetails{} MfaDetail{} NetworkLocationDetails OriginalRequestId
            ProcessingTimeInMilliseconds RiskDetail RiskEventTypes RiskEventTypes_V2
            RiskLevelAggregated RiskLevelDuringSignIn RiskState ResourceDisplayName ResourceIdentity
            ResourceServicePrincipalId ServicePrincipalId ServicePrincipalName Status{}
            TokenIssuerName TokenIssuerType UserAgent UserDisplayName UserId UserPrincipalName
            AADTenantId UserType FlaggedForReview? IPAddressFromResourceProvider SignInIdentifier
            SignInIdentifierType ResourceTenantId HomeTenantId UniqueTokenIdentifier
            SessionLifetimePolicies AutonomousSystemNumber AuthenticationProtocol
            CrossTenantAccessType AppliedConditionalAccessPolicies RiskLevel Type",
    },
    Table {
        name: "AADNonInteractiveUserSignInLogs",
        columns: "TenantId SourceSystem TimeGenerated@ OperationName OperationVersion Category
            ResultType ResultSignature ResultDescription DurationMs# CorrelationId ResourceGroup
            Identity Level Location AlternateSignInName AppDisplayName AppId
            AppliedEventListeners{} AuthenticationContextClassReferences AuthenticationDetails
            AuthenticationMethodsUsed AuthenticationProcessingDetails AuthenticationProtocol
            AuthenticationRequirement AuthenticationRequirementPolicies AutonomousSystemNumber
            ClientAppUsed ConditionalAccessPolicies ConditionalAccessStatus CreatedDateTime@
            CrossTenantAccessType DeviceDetail HomeTenantId Id IPAddress IsInteractive? IsRisky?
            LocationDetails MfaDetail NetworkLocationDetails OriginalRequestId ProcessingTimeInMs
            ResourceDisplayName ResourceIdentity ResourceServicePrincipalId ResourceTenantId
            RiskDetail RiskEventTypes RiskEventTypes_V2 RiskLevelAggregated RiskLevelDuringSignIn
            RiskState ServicePrincipalId SessionLifetimePolicies SignInEventTypes
            SignInIdentifierType Status TokenIssuerName TokenIssuerType UniqueTokenIdentifier
            UserAgent UserDisplayName UserId UserPrincipalName UserType Type",
    },
    Table {
        name: "AADServicePrincipalSignInLogs",
        columns: "TenantId SourceSystem TimeGenerated@ OperationName OperationVersion Category
            ResultType ResultSignature ResultDescription DurationMs# CorrelationId ResourceGroup
            Identity Level Location AppId AuthenticationContextClassReferences
            AuthenticationProcessingDetails ConditionalAccessPolicies ConditionalAccessStatus
            FederatedCredentialId Id IPAddress LocationDetails ResourceDisplayName ResourceIdentity
            ResourceServicePrincipalId ServicePrincipalCredentialKeyId
            ServicePrincipalCredentialThumbprint ServicePrincipalId ServicePrincipalName
            UniqueTokenIdentifier Type",
    },
    Table {
        name: "AADManagedIdentitySignInLogs",
        columns: "TenantId SourceSystem TimeGenerated@ OperationName OperationVersion Category
            ResultType ResultSignature ResultDescription DurationMs# CorrelationId ResourceGroup
            Identity Level Location AppId AuthenticationContextClassReferences
            AuthenticationProcessingDetails ConditionalAccessPolicies ConditionalAccessStatus
            FederatedCredentialId Id IPAddress LocationDetails ResourceDisplayName ResourceIdentity
            ResourceServicePrincipalId ServicePrincipalCredentialKeyId
            ServicePrincipalCredentialThumbprint ServicePrincipalId ServicePrincipalName
            UniqueTokenIdentifier Type",
    },
];
