//! `aadsts_kind(code)`: What a code is: success, interrupt (a step is being asked), failure, or unknown.

use super::{CodeFunction, FunctionDoc, Rule};

pub(super) const FUNCTION: CodeFunction = CodeFunction {
    doc: FunctionDoc {
        name: "aadsts_kind",
        syntax: "aadsts_kind(code)",
        description: "What a code is: success, interrupt (a step is being asked), failure, or unknown.",
        example: "aadsts_kind(50074) = 'interrupt'",
    },
    rule: Rule::Text(|code| Some(code.map_or("unknown", |c| c.kind.name()).to_owned())),
};
