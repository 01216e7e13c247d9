//! `aadsts_category(code)`: The area a code belongs to: mfa, conditional_access, credentials, ...; unknown if unlisted.

use super::{CodeFunction, FunctionDoc, Rule};

pub(super) const FUNCTION: CodeFunction = CodeFunction {
    doc: FunctionDoc {
        name: "aadsts_category",
        syntax: "aadsts_category(code)",
        description: "The area a code belongs to: mfa, conditional_access, credentials, ...; unknown if unlisted.",
        example: "aadsts_category('AADSTS53003') = 'conditional_access'",
    },
    rule: Rule::Text(|code| Some(code.map_or("unknown", |c| &c.category).to_owned())),
};
