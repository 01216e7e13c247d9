//! `mfa_method_is_phishing_resistant(text)`: Whether the method that a label names resists phishing.

use super::{FunctionDoc, TextFunction, TextRule};
use crate::signin::methods::is_phishing_resistant;

pub(super) const FUNCTION: TextFunction = TextFunction {
    doc: FunctionDoc {
        name: "mfa_method_is_phishing_resistant",
        syntax: "mfa_method_is_phishing_resistant(text)",
        description: "Whether the method that a label names resists phishing: true for fido2, \
                      windows_hello and certificate; null where the label is unknown or does not say \
                      which method was used (external_provider, earlier_proof).",
        example: "mfa_method_is_phishing_resistant('FIDO2 security key')",
    },
    rule: TextRule::Flag(|text, _| is_phishing_resistant(text)),
};
