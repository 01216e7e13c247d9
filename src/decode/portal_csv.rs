//! The Entra admin centre's CSV downloads: sign-ins of users, applications and managed identities.
//!
//! All header generations (44 to 57 columns; 22 for applications) are bound by name. Interactive and
//! non-interactive files look alike: only the file's name tells them apart. Display texts become
//! the values that Graph writes, so that a row meets its copy of another export.

use super::binding::HeaderForm;
use super::detect::{Form, Format};
use super::found::Found;
use super::raw::quoted;
use super::target::{Target, Words};
use crate::signin::row::Cell;
use crate::signin::schema::Record;

/// `InteractiveSignIns_….csv`, `NonInteractiveSignIns_….csv`, `ApplicationSignIns_….csv`,
/// `MSISignIns_….csv`.
pub const FORMAT: Format = Format {
    name: "portal_csv",
    title: "Entra admin centre download (CSV)",
    recognise: |head| {
        let found = head.has(&["date (utc)", "request id"]) && head.has(&["status"]);
        found.then_some("its header has Date (UTC), Request ID and Status")
    },
    form: Form::Header(HeaderForm { resolve, finish }),
    lacks_tenant: true,
    lacks_id: false,
};

const REQUIREMENTS: Words = &[
    ("Multifactor authentication", "multiFactorAuthentication"),
    ("Multi-factor authentication", "multiFactorAuthentication"),
    ("Single-factor authentication", "singleFactorAuthentication"),
    ("Single factor authentication", "singleFactorAuthentication"),
];
const POLICIES: Words = &[
    ("Success", "success"),
    ("Failure", "failure"),
    ("Not applied", "notApplied"),
    ("Disabled", "notApplied"),
];
const CROSS_TENANT: Words = &[
    ("None", "none"),
    ("B2B collaboration", "b2bCollaboration"),
    ("B2B direct connect", "b2bDirectConnect"),
    ("Microsoft support", "microsoftSupport"),
    ("Service provider", "serviceProvider"),
    ("Passthrough", "passthrough"),
];
const TOKENS: Words = &[
    ("None", "none"),
    ("Primary refresh token", "primaryRefreshToken"),
    ("Refresh token", "refreshToken"),
    ("Remote desktop token", "remoteDesktopToken"),
    ("SAML 1.1", "saml11"),
    ("SAML 2.0", "saml20"),
];
const PROTOCOLS: Words = &[
    ("None", "none"),
    ("OAuth 2.0", "oAuth2"),
    ("ROPC", "ropc"),
    ("WS-Federation", "wsFederation"),
    ("SAML 2.0", "saml20"),
    ("Device code", "deviceCode"),
    ("Authentication transfer", "authenticationTransfer"),
    ("Native auth", "nativeAuth"),
];
const TRANSFERS: Words = &[
    ("None", "none"),
    ("Device code flow", "deviceCodeFlow"),
    ("Authentication transfer", "authenticationTransfer"),
];
const CREDENTIALS: Words = &[
    ("None", "none"),
    ("Client secret", "clientSecret"),
    ("Client assertion", "clientAssertion"),
    (
        "Federated identity credential",
        "federatedIdentityCredential",
    ),
    ("Managed identity", "managedIdentity"),
    ("Certificate", "certificate"),
];
const PROTECTIONS: Words = &[("None", "none"), ("Bound", "bound"), ("Unbound", "unbound")];
const ISSUERS: Words = &[
    ("Azure AD", "AzureAD"),
    ("Microsoft Entra ID", "AzureAD"),
    ("AD FS", "ADFederationServices"),
    ("AD Federation Services", "ADFederationServices"),
];
const IDENTITIES: Words = &[
    ("None", "none"),
    ("User assigned", "userAssigned"),
    ("System assigned", "systemAssigned"),
];

/// Names in lower case; the value is the name that `extra` shows.
const COLUMNS: &[(&str, Target)] = &[
    ("Date (UTC)", Target::Time(Record::CreatedAt)),
    ("Request ID", Target::Text(Record::Id)),
    ("User agent", Target::Text(Record::UserAgent)),
    ("Correlation ID", Target::Text(Record::CorrelationId)),
    ("User ID", Target::Text(Record::UserId)),
    ("User", Target::Text(Record::UserDisplayName)),
    ("Username", Target::UserName),
    ("User type", Target::Lower(Record::UserType)),
    (
        "Cross tenant access type",
        Target::Words(Record::CrossTenantAccessType, CROSS_TENANT),
    ),
    (
        "Incoming token type",
        Target::Words(Record::IncomingTokenType, TOKENS),
    ),
    (
        "Authentication Protocol",
        Target::Words(Record::AuthenticationProtocol, PROTOCOLS),
    ),
    (
        "Unique token identifier",
        Target::Text(Record::UniqueTokenIdentifier),
    ),
    (
        "Original transfer method",
        Target::Words(Record::OriginalTransferMethod, TRANSFERS),
    ),
    (
        "Client credential type",
        Target::Words(Record::ClientCredentialType, CREDENTIALS),
    ),
    (
        "Token Protection - Sign In Session",
        Target::Words(Record::SignInTokenProtectionStatus, PROTECTIONS),
    ),
    (
        "Token Protection - Sign In Session StatusCode",
        Target::Int(Record::TokenProtectionStatusCode),
    ),
    ("Application", Target::Text(Record::AppDisplayName)),
    ("Application ID", Target::Text(Record::AppId)),
    (
        "App owner tenant ID",
        Target::Text(Record::AppOwnerTenantId),
    ),
    ("Resource", Target::Text(Record::ResourceDisplayName)),
    ("Resource ID", Target::Text(Record::ResourceId)),
    ("Resource tenant ID", Target::Text(Record::ResourceTenantId)),
    (
        "Resource owner tenant ID",
        Target::Text(Record::ResourceOwnerTenantId),
    ),
    ("Home tenant ID", Target::Text(Record::HomeTenantId)),
    ("Home tenant name", Target::Text(Record::HomeTenantName)),
    ("IP address", Target::Text(Record::IpAddress)),
    ("Location", Target::Place),
    ("Status", Target::Status),
    ("Sign-in error code", Target::Int(Record::ErrorCode)),
    ("Failure reason", Target::Text(Record::FailureReason)),
    ("Client app", Target::Text(Record::ClientAppUsed)),
    ("Device ID", Target::Text(Record::DeviceId)),
    ("Browser", Target::Text(Record::Browser)),
    ("Operating System", Target::Text(Record::OperatingSystem)),
    ("Compliant", Target::Bool(Record::IsCompliant)),
    ("Managed", Target::Bool(Record::IsManaged)),
    ("Join Type", Target::Text(Record::TrustType)),
    (
        "Multifactor authentication result",
        Target::Text(Record::AdditionalDetails),
    ),
    (
        "Multifactor authentication auth method",
        Target::Text(Record::MfaAuthMethod),
    ),
    (
        "Multifactor authentication auth detail",
        Target::Text(Record::MfaAuthDetail),
    ),
    (
        "Authentication requirement",
        Target::Words(Record::AuthenticationRequirement, REQUIREMENTS),
    ),
    ("Sign-in identifier", Target::Text(Record::SignInIdentifier)),
    ("Session ID", Target::Text(Record::SessionId)),
    (
        "IP address (seen by resource)",
        Target::Text(Record::IpAddressFromResourceProvider),
    ),
    (
        "Through Global Secure Access",
        Target::Bool(Record::IsThroughGlobalSecureAccess),
    ),
    (
        "Global Secure Access IP address",
        Target::Text(Record::GlobalSecureAccessIpAddress),
    ),
    (
        "Autonomous system number",
        Target::Int(Record::AutonomousSystemNumber),
    ),
    ("Flagged for review", Target::Bool(Record::FlaggedForReview)),
    (
        "Token issuer type",
        Target::Words(Record::TokenIssuerType, ISSUERS),
    ),
    ("Token issuer name", Target::Text(Record::TokenIssuerName)),
    ("Latency", Target::Int(Record::ProcessingTimeMs)),
    (
        "Conditional Access",
        Target::Words(Record::ConditionalAccessStatus, POLICIES),
    ),
    (
        "Managed Identity type",
        Target::Words(Record::ManagedIdentityType, IDENTITIES),
    ),
    (
        "Associated Resource Id",
        Target::Text(Record::AzureResourceId),
    ),
    (
        "Service principal ID",
        Target::Text(Record::ServicePrincipalId),
    ),
    (
        "Service principal name",
        Target::Text(Record::ServicePrincipalName),
    ),
    (
        "Credential key ID",
        Target::Text(Record::ServicePrincipalCredentialKeyId),
    ),
    (
        "Credential thumbprint",
        Target::Text(Record::ServicePrincipalCredentialThumbprint),
    ),
];

fn resolve(name: &str, again: bool) -> Option<(&'static str, Target)> {
    let found = COLUMNS
        .iter()
        .find(|(own, _)| own.eq_ignore_ascii_case(name));
    // The second `Incoming token type` is the display text of the first.
    found.map(|(own, target)| (*own, if again { Target::Ignore } else { *target }))
}

/// A success has no code in this format.
fn finish(found: &mut Found<'_>) {
    settle_status(found);
}

/// Makes a blank code 0 where the status says success; any other status is told by the code.
pub(super) fn settle_status(found: &mut Found<'_>) {
    let Some(status) = found.status.take() else {
        return;
    };
    if found.row.int(Record::ErrorCode).is_some() {
        return;
    }
    let code = status.trim().parse::<i32>().ok();
    let code = code.or_else(|| status.eq_ignore_ascii_case("success").then_some(0));
    match code {
        Some(code) => found.row.set(Record::ErrorCode, Cell::Int(i64::from(code))),
        None => found.extra.push(("Status".to_owned(), quoted(&status))),
    }
}

/// The event type that the name of a downloaded file tells.
pub fn event_type_of_name(name: &str) -> Option<&'static str> {
    let name = name.rsplit(['/', '\\', '!']).next()?.to_ascii_lowercase();
    let known = [
        ("noninteractivesignins", "nonInteractiveUser"),
        ("interactivesignins", "interactiveUser"),
        ("applicationsignins", "servicePrincipal"),
        ("msisignins", "managedIdentity"),
    ];
    let hit = known.iter().find(|(part, _)| name.contains(part));
    hit.map(|(_, event_type)| *event_type)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::binding::Binding;
    use crate::decode::timestamp::Clock;
    use crate::signin::row::Row;

    fn row(header: &str, cells: &str) -> (Row<'static>, Vec<(String, String)>) {
        let Form::Header(form) = &FORMAT.form else {
            unreachable!("a format with a header");
        };
        let binding = Binding::new(header, b',', form);
        let found = binding.row(cells, Clock::default()).expect("a row");
        let found = found.into_owned();
        (found.row, found.extra)
    }

    #[test]
    fn display_texts_become_wire_values() {
        let (row, extra) = row(
            "Status,Sign-in error code,Location,Conditional Access,Authentication requirement,User type,\
             Unique token identifier,Incoming token type,Incoming token type,Autonomous system  number,New one",
            "Success,,\"Washington, D.C., Columbia, US\",Not Applied,Single-factor authentication,Guest,\
             '-Ab=,primaryRefreshToken,Primary refresh token,64500,7",
        );
        assert_eq!(row.int(Record::ErrorCode), Some(0));
        let texts = [
            (Record::City, "Washington, D.C."),
            (Record::State, "Columbia"),
            (Record::Country, "US"),
            (Record::ConditionalAccessStatus, "notApplied"),
            (
                Record::AuthenticationRequirement,
                "singleFactorAuthentication",
            ),
            (Record::UserType, "guest"),
            (Record::UniqueTokenIdentifier, "-Ab="),
            (Record::IncomingTokenType, "primaryRefreshToken"),
        ];
        for (column, wanted) in texts {
            assert_eq!(row.text(column), Some(wanted));
        }
        assert_eq!(row.int(Record::AutonomousSystemNumber), Some(64500));
        assert_eq!(extra, [("New one".to_owned(), "\"7\"".to_owned())]);
    }

    #[test]
    fn only_a_success_has_no_code() {
        let code = |cells: &str| {
            row("Status,Sign-in error code", cells)
                .0
                .int(Record::ErrorCode)
        };
        assert_eq!(code("Success,"), Some(0));
        assert_eq!(code("Interrupted,50140"), Some(50140));
        assert_eq!(code("Failure,"), None);
    }

    #[test]
    fn names_of_files() {
        let kind = |name| event_type_of_name(name);
        assert_eq!(
            kind("x/NonInteractiveSignIns_2026.csv"),
            Some("nonInteractiveUser")
        );
        assert_eq!(
            kind("a.zip!InteractiveSignIns_2026.csv"),
            Some("interactiveUser")
        );
        assert_eq!(kind("MSISignIns_2026.csv"), Some("managedIdentity"));
        assert_eq!(kind("renamed.csv"), None);
    }
}
