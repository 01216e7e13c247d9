//! Says whether Conditional Access and modern authentication covered a sign-in.
//!
//! In: what its records say of policies and client. Out: yes, no, or `None` where the export cannot
//! say. Never: guesses from a client or status that no list names.

/// Clients of legacy authentication, in lower case: they send the password itself and cannot be
/// asked for a second factor. The names are those of the portal's client filter (`MicrosoftDocs/
/// azure-docs`, `concept-sign-ins.md`) and the spellings that public detections look for.
const LEGACY_CLIENTS: [&str; 24] = [
    "authenticated smtp",
    "auto discover",
    "autodiscover",
    "exchange activesync",
    "exchange activesync (supported)",
    "exchange activesync (unsupported)",
    "exchange online powershell",
    "exchange web services",
    "imap",
    "imap4",
    "mapi",
    "mapi over http",
    "offline address book",
    "other clients",
    "other clients; imap",
    "other clients; older office clients",
    "other clients; pop",
    "other clients; smtp",
    "outlook anywhere (rpc over http)",
    "outlook service",
    "pop",
    "pop3",
    "reporting web services",
    "smtp",
];
const MODERN_CLIENTS: [&str; 2] = ["browser", "mobile apps and desktop clients"];

/// Whether a client uses legacy authentication; `None` where it is not named or in no list.
pub(super) fn legacy_authentication(client_app: &str) -> Option<bool> {
    let client_app = client_app.trim();
    let is = |name: &&str| client_app.eq_ignore_ascii_case(name);
    // Nearly all sign-ins are of modern ones.
    if MODERN_CLIENTS.iter().any(is) {
        Some(false)
    } else {
        LEGACY_CLIENTS.iter().any(is).then_some(true)
    }
}

/// What one record says of Conditional Access.
#[derive(Debug, Clone, Copy)]
pub(super) struct Coverage<'a> {
    /// `success`, `failure` or `notApplied`; empty where the export does not say.
    pub(super) status: &'a str,
    /// A policy of its list was enforced: its result is success or failure.
    pub(super) enforced: bool,
}

/// Whether no enforced policy covered a sign-in. Policies are looked at once the first factor is
/// done, so a sign-in that ended before (`reached` is false) cannot tell that none would apply.
pub(super) fn not_evaluated<'a>(
    records: impl Iterator<Item = Coverage<'a>>,
    reached: bool,
) -> Option<bool> {
    let mut said = false;
    for record in records {
        let applied = matches!(record.status, "success" | "failure");
        if applied || record.enforced {
            return Some(false);
        }
        said |= record.status == "notApplied";
    }
    (said && reached).then_some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_in_no_list_are_unknown() {
        assert_eq!(legacy_authentication("IMAP4"), Some(true));
        assert_eq!(legacy_authentication("Other clients; IMAP"), Some(true));
        assert_eq!(legacy_authentication("Browser"), Some(false));
        assert_eq!(
            legacy_authentication("Mobile Apps and Desktop clients"),
            Some(false)
        );
        assert_eq!(legacy_authentication(""), None);
        assert_eq!(legacy_authentication("Unknown"), None);
    }

    #[test]
    fn one_enforced_policy_covers_the_sign_in() {
        let says = |status, enforced| Coverage { status, enforced };
        let judge = |records: &[Coverage<'static>], reached| {
            not_evaluated(records.iter().copied(), reached)
        };
        assert_eq!(judge(&[says("notApplied", false)], true), Some(true));
        assert_eq!(judge(&[says("notApplied", false)], false), None);
        assert_eq!(judge(&[says("notApplied", true)], true), Some(false));
        assert_eq!(judge(&[says("failure", false)], false), Some(false));
        assert_eq!(judge(&[says("", false)], true), None);
        assert_eq!(
            judge(&[says("failure", false), says("notApplied", false)], true),
            Some(false)
        );
    }
}
