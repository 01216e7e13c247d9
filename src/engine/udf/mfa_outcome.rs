//! `mfa_outcome(error_code, additional_details, …)`: What one record alone says of a second factor.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};
use datafusion::common::{Result, ScalarValue, exec_err, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};

use super::FunctionDoc;
use crate::engine::text_function::{is_text, texts};
use crate::signin::aadsts::parse_code;
use crate::signin::mfa::{Evidence, decide_alone};
use crate::signin::tables::Tables;

pub(super) const DOC: FunctionDoc = FunctionDoc {
    name: "mfa_outcome",
    syntax: "mfa_outcome(error_code, additional_details [, authentication_requirement [, event_type]])",
    description: "What one record alone says of a second factor, in the words and by the rule of \
                  signins.mfa_outcome; for rows of any table. The code may be an integer or a text. \
                  It is the record's word, not the sign-in's: steps and other records can say \
                  otherwise, so a challenge is pending, never abandoned. Where the event type is not \
                  given, a challenge is unknown: it may be that of a silent request. A record that \
                  says nothing is unknown; the result is never null.",
    example: "mfa_outcome(error_code, additional_details, authentication_requirement, event_type)",
};

/// The function, with the tables that it judges by.
#[derive(Debug)]
pub(super) struct MfaOutcome {
    tables: Arc<Tables>,
    signature: Signature,
}

impl MfaOutcome {
    pub(super) fn new(tables: Arc<Tables>) -> Self {
        Self {
            tables,
            signature: Signature::variadic_any(Volatility::Immutable),
        }
    }
}

/// Codes from integers or texts; null where a text is no code.
fn codes(values: &ArrayRef) -> Result<Vec<Option<i32>>> {
    if values.data_type().is_integer() {
        let numbers = cast(values, &DataType::Int64)?;
        let numbers = numbers.as_primitive::<Int64Type>().iter();
        return Ok(numbers
            .map(|n| n.and_then(|n| i32::try_from(n).ok()))
            .collect());
    }
    let texts = texts(DOC.name, values)?;
    let texts = texts.as_string::<i32>().iter();
    Ok(texts.map(|t| t.and_then(parse_code)).collect())
}

fn text_at(column: Option<&StringArray>, i: usize) -> &str {
    match column {
        Some(texts) if !texts.is_null(i) => texts.value(i).trim(),
        _ => "",
    }
}

impl PartialEq for MfaOutcome {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.tables, &other.tables)
    }
}

impl Eq for MfaOutcome {}

impl std::hash::Hash for MfaOutcome {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        DOC.name.hash(state);
    }
}

impl ScalarUDFImpl for MfaOutcome {
    fn name(&self) -> &str {
        DOC.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, kinds: &[DataType]) -> Result<DataType> {
        if !(2..=4).contains(&kinds.len()) {
            return plan_err!(
                "{} takes two to four arguments, not {}",
                DOC.name,
                kinds.len()
            );
        }
        for (place, kind) in kinds.iter().enumerate() {
            let fits = is_text(kind) || (place == 0 && kind.is_integer());
            if !fits {
                let wanted = ["a code as an integer or a text", "a text"][usize::from(place > 0)];
                let name = DOC.name;
                return plan_err!("argument {} of {name} is {wanted}, not {kind}", place + 1);
            }
        }
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let is_scalar = |value: &ColumnarValue| matches!(value, ColumnarValue::Scalar(_));
        let one = args.args.iter().all(is_scalar);
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let Some((first, rest)) = arrays.split_first() else {
            return exec_err!("{} takes two to four arguments", DOC.name);
        };
        let codes = codes(first)?;
        let rest: Vec<ArrayRef> = rest
            .iter()
            .map(|values| texts(DOC.name, values))
            .collect::<Result<_>>()?;
        let column = |place: usize| rest.get(place).map(|a| a.as_string::<i32>());
        let (details, requirement, event) = (column(0), column(1), column(2));
        let outcomes = codes.into_iter().enumerate().map(|(i, error_code)| {
            let record = Evidence {
                error_code,
                additional_details: text_at(details, i),
                authentication_requirement: text_at(requirement, i),
                ..Evidence::default()
            };
            let event_type = match text_at(event, i) {
                "" => "unknown",
                event_type => event_type,
            };
            Some(decide_alone(record, event_type, &self.tables))
        });
        let outcomes: ArrayRef = Arc::new(outcomes.collect::<StringArray>());
        if one && outcomes.len() == 1 {
            return ScalarValue::try_from_array(&outcomes, 0).map(ColumnarValue::Scalar);
        }
        Ok(ColumnarValue::Array(outcomes))
    }
}
