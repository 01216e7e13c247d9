//! The time that filters leave: which days can hold rows that pass them.

use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Between, BinaryExpr, Expr, Operator};

use crate::lake::layout::Day;

/// A span of time, microseconds since 1970-01-01 UTC, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    from: i64,
    to: i64,
}

impl Default for Span {
    fn default() -> Self {
        Self {
            from: i64::MIN,
            to: i64::MAX,
        }
    }
}

impl Span {
    /// Narrows the span by what a filter says of a time; what it says otherwise changes nothing.
    pub(super) fn narrow(&mut self, filter: &Expr, time: &str) {
        let is_time = |expr: &Expr| matches!(expr, Expr::Column(c) if c.name == time);
        match filter {
            Expr::BinaryExpr(BinaryExpr { left, op, right }) => match op {
                Operator::And => {
                    self.narrow(left, time);
                    self.narrow(right, time);
                }
                op if is_time(left) => self.compare(*op, right),
                op if is_time(right) => {
                    if let Some(op) = op.swap() {
                        self.compare(op, left);
                    }
                }
                _ => {}
            },
            Expr::Between(Between {
                expr,
                negated: false,
                low,
                high,
            }) if is_time(expr) => {
                self.compare(Operator::GtEq, low);
                self.compare(Operator::LtEq, high);
            }
            _ => {}
        }
    }

    fn compare(&mut self, op: Operator, value: &Expr) {
        // A bound of another unit could be rounded: it is left to those who read the files.
        let Expr::Literal(ScalarValue::TimestampMicrosecond(Some(at), _), _) = value else {
            return;
        };
        match op {
            Operator::Gt => self.from = self.from.max(at.saturating_add(1)),
            Operator::GtEq => self.from = self.from.max(*at),
            Operator::Lt => self.to = self.to.min(at.saturating_sub(1)),
            Operator::LtEq => self.to = self.to.min(*at),
            Operator::Eq => {
                self.from = self.from.max(*at);
                self.to = self.to.min(*at);
            }
            _ => {}
        }
    }

    /// Whether some of a day lies in the span; of a day that is not known nothing is said.
    pub(super) fn meets(self, day: Day) -> bool {
        day == Day::UNKNOWN || (day.start() <= self.to && day.plus(1).start() > self.from)
    }
}

#[cfg(test)]
mod tests {
    use datafusion::prelude::{col, lit};

    use super::*;

    fn at(us: i64) -> Expr {
        lit(ScalarValue::TimestampMicrosecond(
            Some(us),
            Some("UTC".into()),
        ))
    }

    #[test]
    fn days_that_can_hold_rows() {
        let (begin, end) = (Day(10).start(), Day(12).start());
        let days = |filter: Expr| {
            let mut span = Span::default();
            span.narrow(&filter, "t");
            let days = (8..15).filter(|day| span.meets(Day(*day)));
            days.collect::<Vec<i32>>()
        };
        let t = || col("t");
        let until = |end: i64| days(t().gt_eq(at(begin)).and(t().lt(at(end))));
        assert_eq!(until(end), [10, 11]);
        assert_eq!(until(end + 1), [10, 11, 12]);
        assert_eq!(days(t().gt(at(end))), [12, 13, 14]);
        assert_eq!(days(at(begin).gt(t())), [8, 9]);
        assert_eq!(days(t().eq(at(begin + 5))), [10]);
        assert_eq!(days(t().between(at(begin), at(end))), [10, 11, 12]);
        assert_eq!(days(t().not_between(at(begin), at(end))).len(), 7);
        assert_eq!(days(t().gt(at(begin)).or(t().lt(at(0)))).len(), 7);
        assert_eq!(days(col("other").gt(at(begin))).len(), 7);
        assert!(Span { from: 5, to: 6 }.meets(Day::UNKNOWN));
    }
}
