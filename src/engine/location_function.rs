//! What the functions of the location rule share: the columns of one row, and its score.

use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};

use super::code_function::FunctionDoc;
use super::row_function::{Arguments, Takes, check_types};
use crate::signin::location::{RowFacts, Score, Settings, stateless};
use crate::signin::tables::Tables;

/// Country, address, latitude, longitude, is_managed, is_compliant, risk_level.
const TAKES: [Takes; 7] = [
    Takes::Text,
    Takes::Text,
    Takes::Number,
    Takes::Number,
    Takes::Flag,
    Takes::Flag,
    Takes::Text,
];
/// Entra's level may be left out.
const RISK_LEVEL: usize = 6;

/// The definition that a function file holds.
#[derive(Debug, Clone)]
pub(super) struct LocationFunction {
    pub(super) doc: FunctionDoc,
    pub(super) gives: fn() -> DataType,
    /// A value per score.
    pub(super) rule: fn(&mut dyn Iterator<Item = Score>) -> ArrayRef,
}

/// A function of what one row states of place and device. Null is unknown, which gives no points, so
/// the result is never null.
#[derive(Debug)]
pub(super) struct OfPlace {
    function: LocationFunction,
    tables: Arc<Tables>,
    signature: Signature,
}

impl OfPlace {
    pub(super) fn new(function: LocationFunction, tables: Arc<Tables>) -> Self {
        Self {
            function,
            tables,
            signature: Signature::variadic_any(Volatility::Immutable),
        }
    }
}

/// The score of each row of a call.
fn scores(arguments: &Arguments, settings: &Settings) -> impl Iterator<Item = Score> {
    let (country, ip) = (arguments.text(0), arguments.text(1));
    let (latitude, longitude) = (arguments.number(2), arguments.number(3));
    let (is_managed, is_compliant) = (arguments.flag(4), arguments.flag(5));
    let risk_level = (arguments.count() > RISK_LEVEL).then(|| arguments.text(RISK_LEVEL));
    arguments.rows().map(move |row| {
        let facts = RowFacts {
            country: country(row),
            ip: ip(row),
            latitude: latitude(row),
            longitude: longitude(row),
            is_managed: is_managed(row),
            is_compliant: is_compliant(row),
            risk_level: risk_level.as_ref().and_then(|level| level(row)),
        };
        stateless(&facts, settings)
    })
}

impl PartialEq for OfPlace {
    fn eq(&self, other: &Self) -> bool {
        self.function.doc.name == other.function.doc.name
            && Arc::ptr_eq(&self.tables, &other.tables)
    }
}

impl Eq for OfPlace {}

impl std::hash::Hash for OfPlace {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.function.doc.name.hash(state);
    }
}

impl ScalarUDFImpl for OfPlace {
    fn name(&self) -> &str {
        self.function.doc.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, kinds: &[DataType]) -> Result<DataType> {
        let (name, count) = (self.function.doc.name, kinds.len());
        if !(RISK_LEVEL..=TAKES.len()).contains(&count) {
            let syntax = self.function.doc.syntax;
            return plan_err!("{name} takes six or seven arguments, not {count}: {syntax}");
        }
        check_types(name, &TAKES, kinds)?;
        Ok((self.function.gives)())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arguments = Arguments::read(&TAKES, &args)?;
        let values = (self.function.rule)(&mut scores(&arguments, &self.tables.location));
        arguments.give(values)
    }
}
