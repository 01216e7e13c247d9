//! `travel_speed_kmh(latitude, longitude, time) OVER (…)`: The speed that coming from the row before needs.
//!
//! Both forms have one name. DataFusion takes the function of rows first, and drops its OVER; so a
//! call with OVER is told apart by its tokens and given the name that only the window's form has.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Float64Array};
use arrow::datatypes::{DataType, Field, FieldRef, Float64Type, Int64Type};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::function::{PartitionEvaluatorArgs, WindowUDFFieldArgs};
use datafusion::logical_expr::{
    PartitionEvaluator, Signature, Volatility, WindowUDF, WindowUDFImpl,
};
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};

use super::code_function::FunctionDoc;
use super::row_function::{Takes, check_types};
use crate::signin::distance::{Place, speed_kmh};

/// What a call with OVER is renamed to; also the head of its column where the query gives none.
const OVER_NAME: &str = "travel_speed_kmh_over";

pub(super) const DOC: FunctionDoc = FunctionDoc {
    name: "travel_speed_kmh",
    syntax: "travel_speed_kmh(latitude, longitude, time) OVER (PARTITION BY … ORDER BY time)",
    description: "As the function of two places and times, from the row before that has a place and a \
                  time to this one. Rows without them are passed over and give null, as the first row \
                  of each partition does.",
    example: "travel_speed_kmh(latitude, longitude, started_at) OVER (PARTITION BY user_id ORDER BY \
              started_at)",
};
const TAKES: [Takes; 3] = [Takes::Number, Takes::Number, Takes::Time];

/// The function as sessions take it.
pub(super) fn function() -> WindowUDF {
    WindowUDF::from(TravelSpeed {
        signature: Signature::variadic_any(Volatility::Immutable),
        aliases: [OVER_NAME.to_owned()],
    })
}

/// Gives calls with OVER the name of the window's form.
pub(super) fn name_calls(tokens: &mut [TokenWithSpan]) {
    for place in 0..tokens.len() {
        let (before, rest) = tokens.split_at_mut(place + 1);
        if let Some(Token::Word(word)) = before.last_mut().map(|t| &mut t.token) {
            let is_name = match word.quote_style {
                None => word.value.eq_ignore_ascii_case(DOC.name),
                Some(_) => word.value == DOC.name,
            };
            if is_name && is_over(rest) {
                word.value = OVER_NAME.to_owned();
            }
        }
    }
}

/// Whether what follows a name makes it a call over a window.
fn is_over(rest: &[TokenWithSpan]) -> bool {
    let tokens = rest.iter().map(|t| &t.token);
    let mut tokens = tokens.filter(|token| !matches!(token, Token::Whitespace(_)));
    if tokens.next() != Some(&Token::LParen) {
        return false;
    }
    let mut depth = 1_usize;
    while depth > 0 {
        match tokens.next() {
            Some(Token::LParen) => depth += 1,
            Some(Token::RParen) => depth -= 1,
            Some(_) => {}
            None => return false,
        }
    }
    matches!(tokens.next(), Some(Token::Word(word)) if word.keyword == Keyword::OVER)
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct TravelSpeed {
    signature: Signature,
    aliases: [String; 1],
}

impl WindowUDFImpl for TravelSpeed {
    fn name(&self) -> &str {
        DOC.name
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn partition_evaluator(
        &self,
        _: PartitionEvaluatorArgs,
    ) -> Result<Box<dyn PartitionEvaluator>> {
        Ok(Box::new(Journey))
    }

    fn field(&self, args: WindowUDFFieldArgs) -> Result<FieldRef> {
        let fields = args.input_fields();
        if fields.len() != TAKES.len() {
            let (name, count, syntax) = (DOC.name, fields.len(), DOC.syntax);
            return plan_err!("{name} over a window takes three arguments, not {count}: {syntax}");
        }
        check_types(
            DOC.name,
            &TAKES,
            fields.iter().map(|field| field.data_type()),
        )?;
        Ok(Arc::new(Field::new(args.name(), DataType::Float64, true)))
    }
}

/// The rows of one partition, in the window's order.
#[derive(Debug)]
struct Journey;

impl PartitionEvaluator for Journey {
    fn evaluate_all(&mut self, values: &[ArrayRef], _rows: usize) -> Result<ArrayRef> {
        let read = |place: usize| TAKES[place].read(&values[place]);
        let (latitudes, longitudes, times) = (read(0)?, read(1)?, read(2)?);
        let (latitudes, longitudes) = (
            latitudes.as_primitive::<Float64Type>(),
            longitudes.as_primitive::<Float64Type>(),
        );
        let times = times.as_primitive::<Int64Type>();
        let mut before: Option<(Place, i64)> = None;
        let rows = latitudes.iter().zip(longitudes).zip(times);
        let speeds = rows.map(|((latitude, longitude), time)| {
            let stop = (Place::new(latitude?, longitude?)?, time?);
            speed_kmh(before.replace(stop)?, stop)
        });
        Ok(Arc::new(speeds.collect::<Float64Array>()))
    }
}
