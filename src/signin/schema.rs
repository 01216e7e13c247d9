//! Every column of the lake's tables, once: name, type, source name, unit and meaning.
//!
//! The order here is the order in the files. Names are snake_case of the Graph name; the leaves of
//! nested objects stand flat. `authlake schema` prints this list, the decoders address columns by
//! [`Record`] and nothing else in the crate repeats a name as data.
//! Never: unsigned, dictionary, view or nanosecond types, so that every Parquet reader agrees.

use std::sync::{Arc, LazyLock};

use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef, TimeUnit};

/// The type of a column, as every reader of the lake sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// UTF-8 text; null where the export says nothing or says `""`.
    Text,
    /// The JSON text of a nested value, as it was written.
    Json,
    /// 32-bit signed integer.
    Int32,
    /// 64-bit signed integer.
    Int64,
    /// IEEE 754 double.
    Float64,
    /// True, false or null (unknown).
    Bool,
    /// Microseconds since 1970-01-01 UTC, truncated, never rounded.
    Time,
    /// A list of authentication steps, see [`step_fields`].
    Steps,
    /// A list of texts.
    TextList,
}

impl Kind {
    /// The Arrow type of the column.
    pub fn data_type(self) -> DataType {
        match self {
            Self::Text | Self::Json => DataType::Utf8,
            Self::Int32 => DataType::Int32,
            Self::Int64 => DataType::Int64,
            Self::Float64 => DataType::Float64,
            Self::Bool => DataType::Boolean,
            Self::Time => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Self::Steps => DataType::List(Arc::new(Field::new(
                "item",
                DataType::Struct(step_fields()),
                true,
            ))),
            Self::TextList => DataType::List(Arc::new(Field::new("item", DataType::Utf8, true))),
        }
    }

    /// The name that `authlake schema` prints.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json text",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
            Self::Float64 => "float64",
            Self::Bool => "boolean",
            Self::Time => "timestamp (us, UTC)",
            Self::Steps => "list of steps",
            Self::TextList => "list of text",
        }
    }
}

/// One column of a table.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    pub name: &'static str,
    pub kind: Kind,
    /// The name in Microsoft Graph (`status.errorCode`) or in the envelope; `-` when derived here.
    pub source: &'static str,
    /// What the value means, with its unit where it has one.
    pub meaning: &'static str,
}

macro_rules! columns {
    ($(#[$doc:meta])* $enum:ident, $table:ident, $count:ident; $($variant:ident $name:literal $kind:ident $source:literal $meaning:literal)*) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(usize)]
        pub enum $enum { $(#[doc = $meaning] $variant),* }
        /// The columns of the table, in file order.
        pub const $table: &[Column] = &[$(Column { name: $name, kind: Kind::$kind, source: $source, meaning: $meaning }),*];
        /// How many columns the table has.
        pub const $count: usize = $table.len();
        impl $enum {
            /// Every column, in file order.
            pub const ALL: &[Self] = &[$(Self::$variant),*];
            /// The column's description.
            pub fn column(self) -> &'static Column { &$table[self as usize] }
        }
    };
}

columns! {
/// A column of `records`, one row per record.
Record, RECORDS, RECORD_COLUMNS;
Id "id" Text "id" "Id of the record, the same in every export"
TenantId "tenant_id" Text "tenantId" "Entra tenant that wrote the record"
CreatedAt "created_at" Time "createdDateTime" "When the event happened"
ReceivedAt "received_at" Time "time (envelope)" "When this state of the record was first delivered"
EventType "event_type" Text "signInEventTypes" "interactiveUser, nonInteractiveUser, servicePrincipal, managedIdentity, adfs or unknown"
Category "category" Text "category (envelope)" "Log category as written"
UserId "user_id" Text "userId" "Object id of the user"
UserPrincipalName "user_principal_name" Text "userPrincipalName" "User name in lower case"
UserPrincipalNameRaw "user_principal_name_raw" Text "userPrincipalName" "User name as written, only where it differs from lower case"
UserDisplayName "user_display_name" Text "userDisplayName" "Display name of the user"
UserType "user_type" Text "userType" "member or guest, lower case"
SignInIdentifier "sign_in_identifier" Text "signInIdentifier" "What the user typed to sign in"
SignInIdentifierType "sign_in_identifier_type" Text "signInIdentifierType" "Kind of the typed name"
AlternateSignInName "alternate_sign_in_name" Text "alternateSignInName" "Other name of the user, in lower case as written"
AppId "app_id" Text "appId" "Client application"
AppDisplayName "app_display_name" Text "appDisplayName" "Name of the client application"
AppOwnerTenantId "app_owner_tenant_id" Text "appOwnerTenantId" "Tenant that owns the application"
AppServicePrincipalId "app_service_principal_id" Text "appServicePrincipalId" "Service principal of the client application"
SourceAppClientId "source_app_client_id" Text "sourceAppClientId" "Application that started the flow"
ResourceId "resource_id" Text "resourceId" "Application or API that was asked for"
ResourceDisplayName "resource_display_name" Text "resourceDisplayName" "Name of the resource"
ResourceTenantId "resource_tenant_id" Text "resourceTenantId" "Tenant of the resource"
ResourceOwnerTenantId "resource_owner_tenant_id" Text "resourceOwnerTenantId" "Tenant that owns the resource"
ResourceServicePrincipalId "resource_service_principal_id" Text "resourceServicePrincipalId" "Service principal of the resource"
HomeTenantId "home_tenant_id" Text "homeTenantId" "Tenant where the account lives"
HomeTenantName "home_tenant_name" Text "homeTenantName" "Name of that tenant, withheld across tenants"
CrossTenantAccessType "cross_tenant_access_type" Text "crossTenantAccessType" "none, b2bCollaboration, b2bDirectConnect, ..."
ServicePrincipalId "service_principal_id" Text "servicePrincipalId" "Service principal or managed identity that signed in"
ServicePrincipalName "service_principal_name" Text "servicePrincipalName" "Its name"
ServicePrincipalCredentialKeyId "service_principal_credential_key_id" Text "servicePrincipalCredentialKeyId" "Credential that was used"
ServicePrincipalCredentialThumbprint "service_principal_credential_thumbprint" Text "servicePrincipalCredentialThumbprint" "Thumbprint of the certificate"
ClientCredentialType "client_credential_type" Text "clientCredentialType" "none, clientSecret, clientAssertion, certificate, ..."
FederatedCredentialId "federated_credential_id" Text "federatedCredentialId" "Federated identity credential"
ManagedIdentityType "managed_identity_type" Text "managedServiceIdentity.msiType" "none, userAssigned, systemAssigned"
ManagedServiceIdentity "managed_service_identity" Json "managedServiceIdentity" "Details of the managed identity"
IpAddress "ip_address" Text "ipAddress" "Address the request came from; for a silent refresh, where the token was first issued"
IpAddressFromResourceProvider "ip_address_from_resource_provider" Text "ipAddressFromResourceProvider" "Address seen by the resource"
GlobalSecureAccessIpAddress "global_secure_access_ip_address" Text "globalSecureAccessIpAddress" "Address of the Global Secure Access edge"
IsThroughGlobalSecureAccess "is_through_global_secure_access" Bool "isThroughGlobalSecureAccess" "Whether the request came through Global Secure Access"
AutonomousSystemNumber "autonomous_system_number" Int64 "autonomousSystemNumber" "Network (ASN) of the address"
Country "country" Text "location.countryOrRegion" "ISO 3166-1 alpha-2 code"
State "state" Text "location.state" "State or province"
City "city" Text "location.city" "City"
Latitude "latitude" Float64 "location.geoCoordinates.latitude" "Degrees north; null where the export gives 0,0"
Longitude "longitude" Float64 "location.geoCoordinates.longitude" "Degrees east; null where the export gives 0,0"
Altitude "altitude" Float64 "location.geoCoordinates.altitude" "Metres"
NetworkLocationDetails "network_location_details" Json "networkLocationDetails" "Named and trusted locations that matched"
ErrorCode "error_code" Int32 "status.errorCode" "AADSTS code; 0 is success"
FailureReason "failure_reason" Text "status.failureReason" "Text of the code"
AdditionalDetails "additional_details" Text "status.additionalDetails" "What happened beyond the code, often the MFA result"
ResultSignature "result_signature" Text "resultSignature (envelope)" "SUCCESS, FAILURE or None, as written"
CorrelationId "correlation_id" Text "correlationId" "Chosen by the client; alone it proves nothing"
OriginalRequestId "original_request_id" Text "originalRequestId" "Id of the first request of the flow"
UniqueTokenIdentifier "unique_token_identifier" Text "uniqueTokenIdentifier" "Token that was issued"
SessionId "session_id" Text "sessionId" "Session of the browser or client"
ClientSessionId "client_session_id" Text "clientSessionId" "Session as named by the client"
ClientAppUsed "client_app_used" Text "clientAppUsed" "Browser, Mobile Apps and Desktop clients, IMAP4, ..."
UserAgent "user_agent" Text "userAgent" "As sent by the client: untrusted text"
DeviceId "device_id" Text "deviceDetail.deviceId" "Registered device"
DeviceDisplayName "device_display_name" Text "deviceDetail.displayName" "Name of the device"
OperatingSystem "operating_system" Text "deviceDetail.operatingSystem" "As written"
Browser "browser" Text "deviceDetail.browser" "With version, as written"
BrowserId "browser_id" Text "deviceDetail.browserId" "Browser instance"
IsCompliant "is_compliant" Bool "deviceDetail.isCompliant" "Whether the device meets policy; null is unknown"
IsManaged "is_managed" Bool "deviceDetail.isManaged" "Whether the device is managed; null is unknown"
TrustType "trust_type" Text "deviceDetail.trustType" "Azure AD joined, Hybrid Azure AD joined, Azure AD registered"
MfaAuthMethod "mfa_auth_method" Text "mfaDetail.authMethod" "Deprecated summary of the method"
MfaAuthDetail "mfa_auth_detail" Text "mfaDetail.authDetail" "Deprecated detail of the method"
AuthenticationDetails "authentication_details" Steps "authenticationDetails" "The steps of the sign-in, united over all copies of the record"
AuthenticationRequirement "authentication_requirement" Text "authenticationRequirement" "singleFactorAuthentication or multiFactorAuthentication: needed, not done"
AuthenticationRequirementPolicies "authentication_requirement_policies" Json "authenticationRequirementPolicies" "What raised the requirement"
AuthenticationMethodsUsed "authentication_methods_used" Json "authenticationMethodsUsed" "Methods used"
AuthenticationProcessingDetails "authentication_processing_details" Json "authenticationProcessingDetails" "Key-value pairs: legacy TLS, CAE, scopes, ..."
AuthenticationProtocol "authentication_protocol" Text "authenticationProtocol" "none, oAuth2, ropc, saml20, deviceCode, ..."
AuthenticationContextClassReferences "authentication_context_class_references" Json "authenticationContextClassReferences" "Authentication contexts"
AuthenticationStrengths "authentication_strengths" Json "authenticationStrengths" "Authentication strengths"
AuthenticationAppDeviceDetails "authentication_app_device_details" Json "authenticationAppDeviceDetails" "Device of the authenticator app"
AuthenticationAppPolicyEvaluationDetails "authentication_app_policy_evaluation_details" Json "authenticationAppPolicyEvaluationDetails" "Policies of the authenticator app"
ConditionalAccessStatus "conditional_access_status" Text "conditionalAccessStatus" "success, failure or notApplied; failure stands on mere interrupts too"
PolicySetId "policy_set_id" Int64 "appliedConditionalAccessPolicies" "Key of the policy list in policy_sets"
ConditionalAccessAudiences "conditional_access_audiences" Json "conditionalAccessAudiences" "Audiences that policies were judged for"
AppliedEventListeners "applied_event_listeners" Json "appliedEventListeners" "Event listeners that ran"
SessionLifetimePolicies "session_lifetime_policies" Json "sessionLifetimePolicies" "Sign-in frequency and the like"
IncomingTokenType "incoming_token_type" Text "incomingTokenType" "none, primaryRefreshToken, refreshToken, ..."
TokenIssuerName "token_issuer_name" Text "tokenIssuerName" "Identity provider by name"
TokenIssuerType "token_issuer_type" Text "tokenIssuerType" "AzureAD, ADFederationServices, ..."
SignInTokenProtectionStatus "sign_in_token_protection_status" Text "signInTokenProtectionStatus" "none, bound, unbound"
TokenProtectionStatus "token_protection_status" Text "tokenProtectionStatusDetails.signInSessionStatus" "Token protection of the session"
TokenProtectionStatusCode "token_protection_status_code" Int32 "tokenProtectionStatusDetails.signInSessionStatusCode" "Its code"
AppTokenProtectionStatus "app_token_protection_status" Text "appTokenProtectionStatus" "none, bound, unbound"
OriginalTransferMethod "original_transfer_method" Text "originalTransferMethod" "none, deviceCodeFlow, authenticationTransfer"
RedirectUrl "redirect_url" Text "redirectUrl" "Where the client was sent back to"
SsoExtensionVersion "sso_extension_version" Text "ssoExtensionVersion" "Version of the SSO extension"
RngcStatus "rngc_status" Int32 "rngcStatus" "As written"
RiskDetail "risk_detail" Text "riskDetail" "Why the risk is what it is"
RiskLevelAggregated "risk_level_aggregated" Text "riskLevelAggregated" "none, low, medium, high, hidden"
RiskLevelDuringSignIn "risk_level_during_sign_in" Text "riskLevelDuringSignIn" "none, low, medium, high, hidden"
RiskState "risk_state" Text "riskState" "none, atRisk, remediated, dismissed, ..."
RiskEventTypes "risk_event_types" Json "riskEventTypes" "Risk detections, old names"
RiskEventTypesV2 "risk_event_types_v2" Json "riskEventTypes_v2" "Risk detections"
IsInteractive "is_interactive" Bool "isInteractive" "Whether Microsoft calls the request interactive"
FlaggedForReview "flagged_for_review" Bool "flaggedForReview" "Flagged by the user for the administrator"
IsTenantRestricted "is_tenant_restricted" Bool "isTenantRestricted" "Tenant restrictions applied"
ProcessingTimeMs "processing_time_ms" Int32 "processingTimeInMilliseconds" "Milliseconds spent on the request"
AzureResourceId "azure_resource_id" Text "azureResourceId" "Azure resource of a managed identity"
PrivateLinkDetails "private_link_details" Json "privateLinkDetails" "Private link policy"
Agent "agent" Json "agent" "AI agent that signed in"
UserAdministrativeUnits "user_administrative_units" Json "userAdministrativeUnits" "Administrative units of the user"
SignInEventTypes "sign_in_event_types" Json "signInEventTypes" "As written, only where it names several or new types"
EarlierStates "earlier_states" Json "-" "States of the record that were superseded: received_at, error_code, additional_details, steps"
IdDerived "id_derived" Bool "-" "True where the export gave no id and it was computed from the content"
Extra "extra" Json "-" "Keys outside this schema, as one JSON object"
SourceFormat "source_format" Text "-" "Export format of the leading copy"
IngestId "ingest_id" Text "-" "Ingest that stored this state of the record"
}

columns! {
/// A column of `signins`, one row per sign-in.
Signin, SIGNINS, SIGNIN_COLUMNS;
SigninId "signin_id" Text "-" "Least record id of the sign-in"
RecordIds "record_ids" TextList "id" "Its records, in order of time"
TenantId "tenant_id" Text "tenantId" "Entra tenant"
EventType "event_type" Text "signInEventTypes" "interactiveUser, nonInteractiveUser, servicePrincipal, managedIdentity, adfs or unknown"
StartedAt "started_at" Time "createdDateTime" "Time of the first record"
EndedAt "ended_at" Time "createdDateTime" "Time of the last record"
DurationS "duration_s" Float64 "-" "Seconds from first to last record"
RecordCount "record_count" Int32 "-" "How many records"
Outcome "outcome" Text "-" "success, failure, interrupted or unknown"
FinalErrorCode "final_error_code" Int32 "status.errorCode" "Code that the outcome rests on"
FinalFailureReason "final_failure_reason" Text "status.failureReason" "Text of that code, as the export gives it"
PasswordCorrect "password_correct" Text "-" "yes, no or unknown"
PasswordAttempts "password_attempts" Int32 "-" "Records with 50126, 50053 or 50056"
MfaRequired "mfa_required" Bool "-" "A second factor was asked for or needed"
MfaOutcome "mfa_outcome" Text "-" "passed, denied, wrong_code, timed_out, fraud_reported, blocked, failed, registration_required, abandoned, pending, not_prompted, satisfied_by_claim, not_required or unknown"
MfaFailureReason "mfa_failure_reason" Text "-" "Text of the step that failed"
MfaSkipReason "mfa_skip_reason" Text "-" "Why no MFA was asked"
MfaMethod "mfa_method" Text "authenticationDetails.authenticationMethod" "Method of the deciding step"
MfaPrompts "mfa_prompts" Int32 "-" "How often a second factor was asked for"
ChallengeCode "challenge_code" Int32 "status.errorCode" "First code of the sign-in that asked for a second factor"
SecondsToMfa "seconds_to_mfa" Float64 "-" "Seconds from the challenge to the deciding answer; null when only one time is known"
FailedPolicies "failed_policies" TextList "appliedConditionalAccessPolicies" "Names of policies whose result is failure in the deciding record, or in another row of the same request and code"
NotEvaluated "not_evaluated" Bool "conditionalAccessStatus" "True where no enforced Conditional Access policy covered the sign-in, report-only ones aside; null where the export does not say or the sign-in ended before policies are looked at"
LegacyAuthentication "legacy_authentication" Bool "clientAppUsed" "Whether the client uses legacy authentication, which knows no second factor; null where the client is unknown"
IpCount "ip_count" Int32 "ipAddress" "Distinct addresses among its records"
DecidedBy "decided_by" Text "-" "Rule that decided the MFA outcome"
UserId "user_id" Text "userId" "Object id of the user"
UserPrincipalName "user_principal_name" Text "userPrincipalName" "User name in lower case"
UserDisplayName "user_display_name" Text "userDisplayName" "Display name of the user"
UserType "user_type" Text "userType" "member or guest"
AppId "app_id" Text "appId" "Client application"
AppDisplayName "app_display_name" Text "appDisplayName" "Name of the client application"
ResourceId "resource_id" Text "resourceId" "Application or API that was asked for"
ResourceDisplayName "resource_display_name" Text "resourceDisplayName" "Name of the resource"
HomeTenantId "home_tenant_id" Text "homeTenantId" "Tenant where the account lives"
CrossTenantAccessType "cross_tenant_access_type" Text "crossTenantAccessType" "none, b2bCollaboration, ..."
ServicePrincipalId "service_principal_id" Text "servicePrincipalId" "Service principal or managed identity"
ServicePrincipalName "service_principal_name" Text "servicePrincipalName" "Its name"
IpAddress "ip_address" Text "ipAddress" "Address of the deciding record"
AutonomousSystemNumber "autonomous_system_number" Int64 "autonomousSystemNumber" "Network (ASN) of the address"
Country "country" Text "location.countryOrRegion" "ISO 3166-1 alpha-2 code"
State "state" Text "location.state" "State or province"
City "city" Text "location.city" "City"
Latitude "latitude" Float64 "location.geoCoordinates.latitude" "Degrees north"
Longitude "longitude" Float64 "location.geoCoordinates.longitude" "Degrees east"
ClientAppUsed "client_app_used" Text "clientAppUsed" "Browser, Mobile Apps and Desktop clients, IMAP4, ..."
UserAgent "user_agent" Text "userAgent" "As sent by the client: untrusted text"
DeviceId "device_id" Text "deviceDetail.deviceId" "Registered device"
DeviceDisplayName "device_display_name" Text "deviceDetail.displayName" "Name of the device"
OperatingSystem "operating_system" Text "deviceDetail.operatingSystem" "As written"
Browser "browser" Text "deviceDetail.browser" "With version, as written"
IsCompliant "is_compliant" Bool "deviceDetail.isCompliant" "Whether the device meets policy; null is unknown"
IsManaged "is_managed" Bool "deviceDetail.isManaged" "Whether the device is managed; null is unknown"
TrustType "trust_type" Text "deviceDetail.trustType" "How the device is joined"
ConditionalAccessStatus "conditional_access_status" Text "conditionalAccessStatus" "success, failure or notApplied"
AuthenticationRequirement "authentication_requirement" Text "authenticationRequirement" "singleFactorAuthentication or multiFactorAuthentication"
AuthenticationProtocol "authentication_protocol" Text "authenticationProtocol" "none, oAuth2, ropc, ..."
IncomingTokenType "incoming_token_type" Text "incomingTokenType" "none, primaryRefreshToken, ..."
CorrelationId "correlation_id" Text "correlationId" "Of the deciding record"
OriginalRequestId "original_request_id" Text "originalRequestId" "Of the deciding record"
SessionId "session_id" Text "sessionId" "Of the deciding record"
RiskLevelDuringSignIn "risk_level_during_sign_in" Text "riskLevelDuringSignIn" "none, low, medium, high, hidden"
RiskLevelAggregated "risk_level_aggregated" Text "riskLevelAggregated" "none, low, medium, high, hidden"
RiskState "risk_state" Text "riskState" "none, atRisk, ..."
RiskDetail "risk_detail" Text "riskDetail" "Why the risk is what it is"
RiskEventTypesV2 "risk_event_types_v2" Json "riskEventTypes_v2" "Entra's risk detections"
NetworkLocationDetails "network_location_details" Json "networkLocationDetails" "Named and trusted locations that matched"
LocationRisk "location_risk" Int32 "-" "0 to 100: how unusual and how dangerous place, network and device are; null until the sign-in is scored"
LocationRiskLevel "location_risk_level" Text "-" "none, low, medium or high"
LocationRiskReasons "location_risk_reasons" TextList "-" "Why, each with its points, such as new_country_for_user +30; they add up to location_risk"
KmFromPrevious "km_from_previous" Float64 "-" "Kilometres from the place of the user's last sign-in that knew the password; null where either place is unknown"
MinutesFromPrevious "minutes_from_previous" Float64 "-" "Minutes since then"
NewCountryForUser "new_country_for_user" Bool "-" "Whether the user was never seen in this country in the days before; null while too little is known of the user"
NewAsnForUser "new_asn_for_user" Bool "-" "Whether the user was never seen in this network (ASN) in the days before; null while too little is known of the user"
SharedEgress "shared_egress" Bool "-" "Whether many users of the tenant came through this address on days before, as through a VPN; null where nothing is known"
IngestId "ingest_id" Text "-" "Ingest that wrote this row"
}

columns! {
/// A column of `policy_sets`: one row per policy of a distinct list.
PolicySet, POLICY_SETS, POLICY_SET_COLUMNS;
PolicySetId "policy_set_id" Int64 "-" "Key of the list, a hash of its content"
Ordinal "ordinal" Int32 "-" "Place of the policy in the list, from 0"
PolicyId "policy_id" Text "id" "Id of the policy"
DisplayName "display_name" Text "displayName" "Name of the policy"
Result "result" Text "result" "success, failure, notApplied, notEnabled, reportOnly..., unknown"
EnforcedGrantControls "enforced_grant_controls" TextList "enforcedGrantControls" "Mfa, Block, RequireCompliantDevice, ..."
EnforcedSessionControls "enforced_session_controls" TextList "enforcedSessionControls" "SignInFrequency, ..."
ConditionsSatisfied "conditions_satisfied" Text "conditionsSatisfied" "Comma-separated names, also where the export gives a bit mask"
ConditionsNotSatisfied "conditions_not_satisfied" Text "conditionsNotSatisfied" "Comma-separated names"
Raw "raw" Json "-" "The policy as the first export wrote it; the list is these in order of ordinal"
}

columns! {
/// A column of `users`: one row per person of an imported directory.
UserColumn, USERS, USER_COLUMNS;
UserId "user_id" Text "id" "Object id of the user, lower case"
TenantId "tenant_id" Text "-" "Tenant whose directory was imported"
UserPrincipalName "user_principal_name" Text "userPrincipalName" "User name in lower case; within a tenant it is that of one row only"
UserDisplayName "user_display_name" Text "displayName" "Display name"
UserType "user_type" Text "userType" "member or guest, lower case"
Department "department" Text "department" "Department, as the directory writes it"
JobTitle "job_title" Text "jobTitle" "Job title"
CompanyName "company_name" Text "companyName" "Company"
OfficeLocation "office_location" Text "officeLocation" "Office"
UsageLocation "usage_location" Text "usageLocation" "ISO 3166-1 alpha-2 code of the country where licences are used"
EmployeeType "employee_type" Text "employeeType" "Employee, contractor, ..."
DirectoryRoles "directory_roles" TextList "memberOf" "Names of the Entra roles the user holds; null where the export does not tell"
AccountEnabled "account_enabled" Bool "accountEnabled" "Whether the account may sign in"
IsSynced "is_synced" Bool "onPremisesSyncEnabled" "Whether the account comes from an on-premises directory"
UserCreatedAt "user_created_at" Time "createdDateTime" "When the account was made"
ImportedAt "imported_at" Time "-" "When an import last told something new of the user"
}

/// The fields of one authentication step.
pub fn step_fields() -> Fields {
    let field = |name: &str, kind: Kind| Field::new(name, kind.data_type(), true);
    Fields::from(vec![
        field("step_at", Kind::Time),
        field("method", Kind::Text),
        field("method_detail", Kind::Text),
        field("succeeded", Kind::Bool),
        field("result_detail", Kind::Text),
        field("requirement", Kind::Text),
        field("status_sequence", Kind::Int64),
        field("request_sequence", Kind::Int64),
    ])
}

fn arrow_schema(columns: &[Column]) -> SchemaRef {
    let fields: Vec<Field> = columns
        .iter()
        .map(|c| Field::new(c.name, c.kind.data_type(), true))
        .collect();
    Arc::new(Schema::new(fields))
}

/// The Arrow schema of `records`.
pub static RECORDS_SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| arrow_schema(RECORDS));
/// The Arrow schema of `signins`.
pub static SIGNINS_SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| arrow_schema(SIGNINS));
/// The Arrow schema of `policy_sets`.
pub static POLICY_SETS_SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| arrow_schema(POLICY_SETS));
/// The Arrow schema of `users`.
pub static USERS_SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| arrow_schema(USERS));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_described() {
        for table in [RECORDS, SIGNINS, POLICY_SETS, USERS] {
            let mut names: Vec<_> = table.iter().map(|c| c.name).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), table.len());
            assert!(table.iter().all(|c| !c.meaning.is_empty()));
        }
    }
}
