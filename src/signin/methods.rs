//! The names of authentication methods: what an export writes, as one short word.
//!
//! The facts stand in `data/mfa_methods.csv`. One method has several labels, by format and year.
//! Case is ignored, an exact text beats a prefix. A text that no row names is `None`, never guessed.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::embedded;

const COLUMNS: &[&str] = &["text", "match", "method", "meaning"];

/// Every word for a method, with what is known of it: whether it resists phishing, that is, whether
/// its proof is of no use on another site than the one that the user meant. `None` where the word
/// does not say which method was used.
pub const METHODS: [(&str, Option<bool>); 16] = [
    ("password", Some(false)),
    ("push", Some(false)),
    // The app, by push or by code.
    ("authenticator", Some(false)),
    ("passwordless_phone", Some(false)),
    ("totp", Some(false)),
    ("oath_hardware", Some(false)),
    ("sms", Some(false)),
    ("voice_call", Some(false)),
    ("email_otp", Some(false)),
    ("temporary_access_pass", Some(false)),
    ("qr_code", Some(false)),
    ("fido2", Some(true)),
    ("windows_hello", Some(true)),
    ("certificate", Some(true)),
    // A federated or outside provider, by whatever means.
    ("external_provider", None),
    // No method now: a proof given before was accepted.
    ("earlier_proof", None),
];

#[derive(Default)]
struct Labels {
    exact: HashMap<String, usize>,
    prefixes: Vec<(String, usize)>,
}

static LABELS: LazyLock<Labels> = LazyLock::new(|| {
    let text = include_str!("../../data/mfa_methods.csv");
    let mut labels = Labels::default();
    for row in embedded::read("mfa_methods.csv", text, COLUMNS).unwrap_or_default() {
        let [text, matching, method, _] = row.as_slice() else {
            continue;
        };
        let Some(place) = METHODS.iter().position(|(name, _)| name == method) else {
            continue;
        };
        let key = text.to_lowercase();
        match matching.as_str() {
            "prefix" => labels.prefixes.push((key, place)),
            _ => drop(labels.exact.insert(key, place)),
        }
    }
    labels
});

fn find(text: &str) -> Option<(&'static str, Option<bool>)> {
    let key = text.trim().to_lowercase();
    let exact = LABELS.exact.get(&key);
    let prefix = || {
        let begins = |(label, _): &&(String, usize)| key.starts_with(label.as_str());
        LABELS.prefixes.iter().find(begins).map(|(_, place)| place)
    };
    exact.or_else(prefix).map(|place| METHODS[*place])
}

/// The word for the method that a text names; `None` where no row names the text.
pub fn method_of(text: &str) -> Option<&'static str> {
    find(text).map(|(name, _)| name)
}

/// Whether the method that a text names resists phishing; `None` where that cannot be said.
pub fn is_phishing_resistant(text: &str) -> Option<bool> {
    find(text).and_then(|(_, resists)| resists)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_names_a_method_of_the_list_and_every_method_has_a_row() {
        let text = include_str!("../../data/mfa_methods.csv");
        let rows = embedded::read("mfa_methods.csv", text, COLUMNS).expect("rows");
        assert_eq!(
            rows.len(),
            LABELS.exact.len() + LABELS.prefixes.len(),
            "a label stands twice or names no method"
        );
        for (name, _) in METHODS {
            assert!(rows.iter().any(|row| row[2] == name), "{name}");
        }
        let ways = ["exact", "prefix"];
        assert!(rows.iter().all(|row| ways.contains(&row[1].as_str())));
    }

    #[test]
    fn labels_of_every_age() {
        assert_eq!(method_of("mobile app notification "), Some("push"));
        assert_eq!(method_of("Passkey (synced)"), Some("fido2"));
        assert_eq!(
            method_of("Phone call approval (Office phone)"),
            Some("voice_call")
        );
        assert_eq!(
            method_of("Pass-through Authentication; PTA AgentId: 7"),
            Some("password")
        );
        assert_eq!(method_of("House key"), None);
        assert_eq!(is_phishing_resistant("FIDO2 security key"), Some(true));
        assert_eq!(is_phishing_resistant("Text message"), Some(false));
        assert_eq!(is_phishing_resistant("Previously satisfied"), None);
        assert_eq!(is_phishing_resistant("House key"), None);
    }
}
