//! `mfa_method(text)`: The method that a label of a step or of `mfa_auth_method` names.

use super::{FunctionDoc, TextFunction, TextRule};
use crate::signin::methods::method_of;

pub(super) const FUNCTION: TextFunction = TextFunction {
    doc: FunctionDoc {
        name: "mfa_method",
        syntax: "mfa_method(text)",
        description: "The method that a label of a step, of mfa_auth_method or of signins.mfa_method \
                      names, as one word: password, push, authenticator (push or code is not said), \
                      passwordless_phone, totp, oath_hardware, sms, voice_call, email_otp, \
                      temporary_access_pass, qr_code, fido2, windows_hello, certificate, \
                      external_provider, earlier_proof (no method now) or unknown (a label that no \
                      row names). Null and empty text give null.",
        example: "mfa_method('Mobile app notification') = 'push'",
    },
    rule: TextRule::Word(|text, _| method_of(text).unwrap_or("unknown")),
};
