//! What is looked up while records are judged: codes, result texts and what is known of places, each
//! with an organisation's own words put over the built-in ones.

use std::sync::Arc;

use super::aadsts::CodeTable;
use super::location;
use super::results::ResultTable;

/// The tables that every rule, function and receipt of a run shares.
#[derive(Debug, Clone, Default)]
pub struct Tables {
    pub codes: Arc<CodeTable>,
    pub results: Arc<ResultTable>,
    pub location: Arc<location::Settings>,
}

impl Tables {
    /// The tables that are built into the binary.
    pub fn built_in() -> Arc<Self> {
        Arc::new(Self {
            codes: CodeTable::built_in(),
            results: ResultTable::built_in(),
            location: Arc::default(),
        })
    }
}
