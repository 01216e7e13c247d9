//! `mfa_result(text)`: What a result text of a step or status says of a second factor.

use super::{FunctionDoc, TextFunction, TextRule};
use crate::signin::results::Word;

pub(super) const FUNCTION: TextFunction = TextFunction {
    doc: FunctionDoc {
        name: "mfa_result",
        syntax: "mfa_result(text)",
        description: "What a result text of a step or status says of a second factor: passed, denied, \
                      wrong_code, timed_out, fraud_reported, blocked, failed, asked, \
                      registration_required, not_required, satisfied_by_claim, superseded, none (a \
                      known text that is no evidence) or unknown (a text in no row of mfa_results). \
                      Null and empty text give null.",
        example: "mfa_result(result_detail) = 'denied'",
    },
    rule: TextRule::Word(|text, tables| tables.results.word_of(text).map_or("unknown", Word::name)),
};
