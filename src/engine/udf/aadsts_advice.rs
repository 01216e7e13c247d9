//! `aadsts_advice(code)`: What to do about a code, steps joined by semicolons; unknown if unlisted.

use super::{CodeFunction, FunctionDoc, Rule};

pub(super) const FUNCTION: CodeFunction = CodeFunction {
    doc: FunctionDoc {
        name: "aadsts_advice",
        syntax: "aadsts_advice(code)",
        description: "What to do about a code, steps joined by semicolons; unknown if unlisted.",
        example: "aadsts_advice(50053)",
    },
    rule: Rule::Text(|code| Some(code.map_or("unknown".to_owned(), |c| c.advice.join("; ")))),
};
