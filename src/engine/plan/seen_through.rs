//! Lets filters see through the columns of Log Analytics' tables to those of `records`, so that
//! Parquet's statistics can skip what does not match.
//!
//! - `first_known(a, b) op value` is taken apart: a where it is known, else b.
//! - A user's name as written equals a text only if its lower case equals that text's.
//! - A number that is shown as text and read as a number is the number.
//!
//! Every rewrite gives the same answer for every row, null included.

use arrow::datatypes::DataType;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::expr::{InList, ScalarFunction};
use datafusion::logical_expr::{BinaryExpr, Cast, Expr, LogicalPlan, Operator, cast};
use datafusion::optimizer::optimizer::ApplyOrder;
use datafusion::optimizer::{OptimizerConfig, OptimizerRule};
use datafusion::prelude::lit;

use crate::engine::catalog::FirstKnown;
use crate::signin::schema::Record;

/// The rule.
#[derive(Debug)]
pub(in crate::engine) struct SeenThrough;

impl OptimizerRule for SeenThrough {
    fn name(&self) -> &str {
        "seen_through"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::TopDown)
    }

    fn rewrite(
        &self,
        plan: LogicalPlan,
        _: &dyn OptimizerConfig,
    ) -> Result<Transformed<LogicalPlan>> {
        match plan {
            LogicalPlan::Filter(_) | LogicalPlan::TableScan(_) => {
                plan.map_expressions(|e| e.transform_up(|e| Ok(rewrite(e))))
            }
            other => Ok(Transformed::no(other)),
        }
    }
}

fn rewrite(expr: Expr) -> Transformed<Expr> {
    let seen = match &expr {
        Expr::BinaryExpr(compared) => compare(compared),
        Expr::InList(listed) => list(listed),
        Expr::Cast(Cast { expr: inner, field }) => number(inner, field.data_type()),
        _ => None,
    };
    match seen {
        Some(seen) => Transformed::yes(seen),
        None => Transformed::no(expr),
    }
}

/// The two values of `first_known`, and the cast around it.
fn taken_apart(expr: &Expr) -> Option<(Expr, Expr, Option<DataType>)> {
    let (inner, read_as) = match expr {
        Expr::Cast(Cast { expr, field }) => (&**expr, Some(field.data_type().clone())),
        other => (other, None),
    };
    let Expr::ScalarFunction(ScalarFunction { func, args }) = inner else {
        return None;
    };
    func.inner().downcast_ref::<FirstKnown>()?;
    match args.as_slice() {
        [first, second] => Some((first.clone(), second.clone(), read_as)),
        _ => None,
    }
}

/// `test` of the first value where it is known, else of the second.
fn either(
    first: &Expr,
    second: &Expr,
    read_as: Option<&DataType>,
    test: impl Fn(Expr) -> Expr,
) -> Expr {
    let read = |value: &Expr| match read_as {
        Some(kind) => cast(value.clone(), kind.clone()),
        None => value.clone(),
    };
    let known = first.clone().is_not_null().and(test(read(first)));
    known.or(first.clone().is_null().and(test(read(second))))
}

fn compare(compared: &BinaryExpr) -> Option<Expr> {
    let BinaryExpr { left, op, right } = compared;
    use Operator::{Eq, Gt, GtEq, Lt, LtEq, NotEq};
    let compares = matches!(op, Eq | NotEq | Lt | LtEq | Gt | GtEq);
    if !compares || !matches!(**right, Expr::Literal(..)) {
        return None;
    }
    let (first, second, read_as) = taken_apart(left)?;
    let test = |value: Expr| {
        let (left, right) = (Box::new(value), right.clone());
        Expr::BinaryExpr(BinaryExpr::new(left, *op, right))
    };
    let seen = either(&first, &second, read_as.as_ref(), test);
    let lower = match op {
        Eq if is_user_name(&second) => lower_case(right),
        _ => None,
    };
    Some(match lower {
        Some(lower) => seen.and(second.eq(lower)),
        None => seen,
    })
}

fn list(listed: &InList) -> Option<Expr> {
    if let Some(seen) = numbers(listed) {
        return Some(seen);
    }
    if !listed.list.iter().all(|e| matches!(e, Expr::Literal(..))) {
        return None;
    }
    let (first, second, read_as) = taken_apart(&listed.expr)?;
    let test = |value: Expr| value.in_list(listed.list.clone(), listed.negated);
    let seen = either(&first, &second, read_as.as_ref(), test);
    if listed.negated || !is_user_name(&second) {
        return Some(seen);
    }
    let lower: Option<Vec<Expr>> = listed.list.iter().map(lower_case).collect();
    Some(match lower {
        Some(lower) => seen.and(second.in_list(lower, false)),
        None => seen,
    })
}

fn is_user_name(expr: &Expr) -> bool {
    let name = Record::UserPrincipalName.column().name;
    matches!(expr, Expr::Column(column) if column.name == name)
}

/// A text in lower case, where that is beyond doubt.
fn lower_case(value: &Expr) -> Option<Expr> {
    let Expr::Literal(value, _) = value else {
        return None;
    };
    let lower = |text: &String| text.is_ascii().then(|| text.to_ascii_lowercase());
    let value = match value {
        ScalarValue::Utf8(Some(text)) => ScalarValue::Utf8(Some(lower(text)?)),
        ScalarValue::Utf8View(Some(text)) => ScalarValue::Utf8View(Some(lower(text)?)),
        _ => return None,
    };
    Some(Expr::Literal(value, None))
}

/// The number inside of one that is shown as text.
fn shown_as_text(expr: &Expr) -> Option<&Expr> {
    let Expr::Cast(Cast { expr: inner, field }) = expr else {
        return None;
    };
    let is_text = matches!(field.data_type(), DataType::Utf8 | DataType::Utf8View);
    let name = match &**inner {
        Expr::Column(column) => &column.name,
        _ => return None,
    };
    let is_number = [
        Record::ErrorCode,
        Record::ProcessingTimeMs,
        Record::AutonomousSystemNumber,
    ];
    let known = is_number.iter().any(|r| r.column().name == name);
    (is_text && known).then_some(inner)
}

/// A number that is shown as text and read as a number again.
fn number(shown: &Expr, read_as: &DataType) -> Option<Expr> {
    let inner = shown_as_text(shown)?;
    let wide = matches!(read_as, DataType::Int64 | DataType::Float64);
    wide.then(|| cast(inner.clone(), read_as.clone()))
}

/// A number, shown as text, in a list of texts: those that are written as the number is.
fn numbers(listed: &InList) -> Option<Expr> {
    let inner = shown_as_text(&listed.expr)?;
    let mut values = Vec::new();
    for item in &listed.list {
        let text = match item {
            Expr::Literal(ScalarValue::Utf8(Some(t)) | ScalarValue::Utf8View(Some(t)), _) => t,
            _ => return None,
        };
        if let Some(value) = text.parse::<i64>().ok().filter(|v| v.to_string() == *text) {
            values.push(lit(value));
        }
    }
    let read = cast(inner.clone(), DataType::Int64);
    (!values.is_empty()).then(|| read.in_list(values, listed.negated))
}
