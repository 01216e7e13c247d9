//! `aadsts_is_mfa(code)`: Whether a code speaks of a second factor; null if unlisted.

use super::{CodeFunction, FunctionDoc, Rule};

pub(super) const FUNCTION: CodeFunction = CodeFunction {
    doc: FunctionDoc {
        name: "aadsts_is_mfa",
        syntax: "aadsts_is_mfa(code)",
        description: "Whether a code speaks of a second factor; null if unlisted.",
        example: "aadsts_is_mfa(500121) = true",
    },
    rule: Rule::Flag(|code| code.map(|c| c.category == "mfa" || c.mfa_stage != "none")),
};
