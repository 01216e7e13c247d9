//! Computes days, hours and weekdays of UTC times as numbers, not through a calendar.
//!
//! `CAST(time AS date)`, `date_trunc('hour', time)` and `date_part('dow', time)` cost a calendar's
//! arithmetic a row, which is most of a question over a quarter. UTC has no offsets: its days and
//! hours are divisions. Every rewrite gives the same value for every row, null included.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Date32Array, Int32Array, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, TimeUnit, TimestampMicrosecondType};
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, Result, ScalarValue};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{
    Cast, ColumnarValue, Expr, ExprSchemable, LogicalPlan, ScalarFunctionArgs, ScalarUDF,
    ScalarUDFImpl, Signature, Volatility,
};
use datafusion::optimizer::optimizer::ApplyOrder;
use datafusion::optimizer::{OptimizerConfig, OptimizerRule};

const SECOND: i64 = 1_000_000;
const HOUR: i64 = 3_600 * SECOND;
const DAY: i64 = 24 * HOUR;

/// The rule.
#[derive(Debug)]
pub(in crate::engine) struct UtcArithmetic;

impl OptimizerRule for UtcArithmetic {
    fn name(&self) -> &str {
        "utc_arithmetic"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::TopDown)
    }

    fn rewrite(
        &self,
        plan: LogicalPlan,
        _: &dyn OptimizerConfig,
    ) -> Result<Transformed<LogicalPlan>> {
        // A scan's filters are for statistics, which know casts but not this.
        if matches!(plan, LogicalPlan::TableScan(_)) {
            return Ok(Transformed::no(plan));
        }
        let schema = merge_schema(&plan.inputs());
        let names = NamePreserver::new(&plan);
        plan.map_expressions(|expr| {
            let name = names.save(&expr);
            let seen = expr.transform_up(|expr| Ok(rewrite(expr, &schema)))?;
            Ok(seen.update_data(|expr| name.restore(expr)))
        })
    }
}

fn rewrite(expr: Expr, schema: &DFSchema) -> Transformed<Expr> {
    let seen = match &expr {
        Expr::Cast(Cast { expr: time, field }) if *field.data_type() == DataType::Date32 => {
            Some((Part::Day, time.as_ref().clone()))
        }
        Expr::ScalarFunction(ScalarFunction { func, args }) => part(func.name(), args),
        _ => None,
    };
    match seen {
        Some((part, time)) if is_utc(&time, schema) => {
            let function = ScalarUDF::from(OfUtc::new(part));
            Transformed::yes(function.call(vec![time]))
        }
        _ => Transformed::no(expr),
    }
}

/// The part that a call of a calendar's function asks for, and of what.
fn part(function: &str, args: &[Expr]) -> Option<(Part, Expr)> {
    let [Expr::Literal(word, _), time] = args else {
        return None;
    };
    let word = word.try_as_str()??.to_lowercase();
    let part = match (function, word.as_str()) {
        ("date_trunc", "second") => Part::Floor(SECOND),
        ("date_trunc", "minute") => Part::Floor(60 * SECOND),
        ("date_trunc", "hour") => Part::Floor(HOUR),
        ("date_trunc", "day") => Part::Floor(DAY),
        ("date_part", "hour") => Part::Hour,
        ("date_part", "dow") => Part::DayOfWeek,
        _ => return None,
    };
    Some((part, time.clone()))
}

fn is_utc(time: &Expr, schema: &DFSchema) -> bool {
    match time.get_type(schema) {
        Ok(DataType::Timestamp(TimeUnit::Microsecond, None)) => true,
        Ok(DataType::Timestamp(TimeUnit::Microsecond, Some(zone))) => &*zone == "UTC",
        _ => false,
    }
}

/// What is wanted of a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Part {
    Day,
    /// Down to a multiple of so many microseconds.
    Floor(i64),
    Hour,
    /// From Sunday, 0.
    DayOfWeek,
}

/// A part of UTC times in microseconds.
#[derive(Debug, PartialEq, Eq, Hash)]
struct OfUtc {
    part: Part,
    signature: Signature,
}

impl OfUtc {
    fn new(part: Part) -> Self {
        let signature = Signature::any(1, Volatility::Immutable);
        Self { part, signature }
    }

    fn of(&self, times: &ArrayRef) -> ArrayRef {
        let times: &TimestampMicrosecondArray = times.as_primitive::<TimestampMicrosecondType>();
        let zone = times.timezone().map(Arc::from);
        match self.part {
            Part::Day => {
                let days: Date32Array = times.unary(|at| at.div_euclid(DAY) as i32);
                Arc::new(days)
            }
            Part::Floor(unit) => {
                let floor: TimestampMicrosecondArray =
                    times.unary(|at| at.wrapping_sub(at.rem_euclid(unit)));
                Arc::new(floor.with_timezone_opt(zone))
            }
            Part::Hour => {
                let hours: Int32Array = times.unary(|at| (at.rem_euclid(DAY) / HOUR) as i32);
                Arc::new(hours)
            }
            Part::DayOfWeek => {
                // 1970-01-01 was a Thursday.
                let days: Int32Array =
                    times.unary(|at| (at.div_euclid(DAY) + 4).rem_euclid(7) as i32);
                Arc::new(days)
            }
        }
    }
}

impl ScalarUDFImpl for OfUtc {
    fn name(&self) -> &str {
        match self.part {
            Part::Day => "utc_day",
            Part::Floor(SECOND) => "utc_second_start",
            Part::Floor(HOUR) => "utc_hour_start",
            Part::Floor(DAY) => "utc_day_start",
            Part::Floor(_) => "utc_minute_start",
            Part::Hour => "utc_hour",
            Part::DayOfWeek => "utc_day_of_week",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, kinds: &[DataType]) -> Result<DataType> {
        Ok(match self.part {
            Part::Day => DataType::Date32,
            Part::Floor(_) => kinds[0].clone(),
            Part::Hour | Part::DayOfWeek => DataType::Int32,
        })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        match &args.args[0] {
            ColumnarValue::Array(times) => Ok(ColumnarValue::Array(self.of(times))),
            ColumnarValue::Scalar(time) => {
                let told = self.of(&time.to_array()?);
                ScalarValue::try_from_array(&told, 0).map(ColumnarValue::Scalar)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use datafusion::prelude::SessionContext;

    use super::*;

    /// Each part of many times, with the rule and without.
    #[tokio::test]
    async fn parts_are_those_of_the_calendar() {
        let sql = "SELECT at, CAST(at AS date) AS d, date_trunc('second', at) AS s, date_trunc('minute', at) AS m, \
             date_trunc('hour', at) AS h, date_trunc('DAY', at) AS day, date_part('hour', at) AS hour, \
             extract(dow FROM at) AS dow, CAST(CAST(at AS timestamp) AS date) AS e \
             FROM (SELECT to_timestamp_micros(value * 35999999999) AS at FROM generate_series(-3000, 90000) \
             UNION ALL SELECT NULL)";
        let sql = sql.replace(
            "to_timestamp_micros(value * 35999999999)",
            "arrow_cast(to_timestamp_micros(value * 35999999999), 'Timestamp(Microsecond, Some(\"UTC\"))')",
        );
        let plain = SessionContext::new();
        let ruled = SessionContext::new();
        ruled.add_optimizer_rule(Arc::new(UtcArithmetic));
        let mut told = Vec::new();
        for context in [plain, ruled] {
            let frame = context.sql(&sql).await.expect("a query");
            let plan = frame.clone().explain(false, false).expect("a plan");
            let plan = plan.to_string().await.expect("a plan");
            let batches = frame.collect().await.expect("rows");
            let shown = arrow::util::pretty::pretty_format_batches(&batches).expect("rows");
            told.push((plan.contains("utc_day_of_week"), shown.to_string()));
        }
        assert!(!told[0].0 && told[1].0);
        assert_eq!(told[0].1.len(), told[1].1.len());
        assert!(told[0].1 == told[1].1);
    }
}
