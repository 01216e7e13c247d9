//! `aadsts_title(code)`: A short title of a code in plain words; unknown if unlisted.

use super::{CodeFunction, FunctionDoc, Rule};

pub(super) const FUNCTION: CodeFunction = CodeFunction {
    doc: FunctionDoc {
        name: "aadsts_title",
        syntax: "aadsts_title(code)",
        description: "A short title of a code in plain words; unknown if unlisted.",
        example: "aadsts_title(50126)",
    },
    rule: Rule::Text(|code| Some(code.map_or("unknown", |c| &c.title).to_owned())),
};
