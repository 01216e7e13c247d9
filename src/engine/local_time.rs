//! `local_time(time, zone)` and `hour_start(time, zone)`: Wall clocks and their hours, exact over changes of clocks.
//!
//! DataFusion's `AT TIME ZONE` takes a literal only; these take a parameter.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, TimestampMicrosecondArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, TimeUnit, TimestampMicrosecondType};
use datafusion::common::{Result, ScalarValue, exec_err, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::code_function::FunctionDoc;
use super::text_function::is_text;
use crate::signin::zone::{Clock, Zone};

/// What they are, for help.
pub(super) const DOCS: [FunctionDoc; 2] = [
    FunctionDoc {
        name: "local_time",
        syntax: "local_time(time, zone)",
        description: "The wall clock of a time zone at a time, without a zone.",
        example: "local_time(started_at, 'Europe/Berlin')",
    },
    FunctionDoc {
        name: "hour_start",
        syntax: "hour_start(time, zone)",
        description: "When the wall clock's hour of a time began, in UTC.",
        example: "hour_start(started_at, 'Asia/Kolkata')",
    },
];

/// The functions of wall clocks.
pub(super) fn functions() -> [ScalarUDF; 2] {
    DOCS.map(|doc| {
        let name = doc.name;
        let signature = Signature::any(2, Volatility::Immutable);
        ScalarUDF::from(OfZone { name, signature })
    })
}

/// A function of a time and a zone.
#[derive(Debug, PartialEq, Eq, Hash)]
struct OfZone {
    name: &'static str,
    signature: Signature,
}

impl OfZone {
    fn is_local(&self) -> bool {
        self.name == "local_time"
    }

    fn over(&self, times: &ArrayRef, zone: &Zone) -> Result<ArrayRef> {
        let utc = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        let times = cast(times, &utc)?;
        let times = times.as_primitive::<TimestampMicrosecondType>();
        if zone.name() == "UTC" && self.is_local() {
            return Ok(Arc::new(times.clone().with_timezone_opt(None::<Arc<str>>)));
        }
        let mut clock = Clock::of(zone);
        let told: TimestampMicrosecondArray = match self.is_local() {
            true => times
                .iter()
                .map(|at| at.map(|at| clock.local(at)))
                .collect(),
            false => times
                .iter()
                .map(|at| at.map(|at| clock.hour_start(at)))
                .collect(),
        };
        Ok(match self.is_local() {
            true => Arc::new(told),
            false => Arc::new(told.with_timezone("UTC")),
        })
    }
}

impl ScalarUDFImpl for OfZone {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, kinds: &[DataType]) -> Result<DataType> {
        let is_time = matches!(kinds[0], DataType::Timestamp(..) | DataType::Null);
        if !is_time || !is_text(&kinds[1]) {
            let (time, zone) = (&kinds[0], &kinds[1]);
            return plan_err!(
                "{} takes a time and a zone, not {time} and {zone}",
                self.name
            );
        }
        let zone = (!self.is_local()).then(|| "UTC".into());
        Ok(DataType::Timestamp(TimeUnit::Microsecond, zone))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let ColumnarValue::Scalar(zone) = &args.args[1] else {
            return exec_err!("{} takes one zone for all rows", self.name);
        };
        let Some(Some(zone)) = zone.try_as_str() else {
            let kind = self.return_type(&[args.args[0].data_type(), DataType::Null])?;
            return Ok(ColumnarValue::Scalar(ScalarValue::try_from(&kind)?));
        };
        let zone = Zone::parse(zone);
        let zone =
            zone.map_err(|e| datafusion::common::DataFusionError::Execution(e.to_string()))?;
        match &args.args[0] {
            ColumnarValue::Array(times) => Ok(ColumnarValue::Array(self.over(times, &zone)?)),
            ColumnarValue::Scalar(time) => {
                let told = self.over(&time.to_array()?, &zone)?;
                Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(
                    &told, 0,
                )?))
            }
        }
    }
}
