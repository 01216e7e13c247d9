//! Remembers the plans of a session's latest queries, so that a question asked again is not planned
//! again.
//!
//! A session reads one commit of its lake and its tables and functions never change, so a query's
//! text always means the same plan. An optimized plan is kept for a text and its values, unless a
//! function of it, such as `now`, tells another value each time, or a part of it is held by one run.
//! Only plans are kept, never rows.

use std::sync::{Arc, Mutex, PoisonError};

use datafusion::common::Result;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::{Expr, LogicalPlan, Volatility};

use super::session::Param;

/// Plans that are kept of either kind.
const PLANS_MAX: usize = 64;
/// Longest text of a query whose plan is kept.
const TEXT_BYTES_MAX: usize = 16 << 10;

/// A query's text, and the values of its parameters.
type Asked = (String, Vec<(String, Param)>);

/// The latest plans.
#[derive(Default)]
pub(super) struct Plans {
    /// As the text says it.
    read: Recent<String>,
    /// As it is run.
    optimized: Recent<Asked>,
}

impl Plans {
    /// What a text means, if it was read lately.
    pub(super) fn read(&self, sql: &str) -> Option<Arc<LogicalPlan>> {
        self.read.get(|text| text == sql)
    }

    pub(super) fn keep_read(&self, sql: &str, plan: &Arc<LogicalPlan>) {
        if sql.len() <= TEXT_BYTES_MAX {
            self.read.keep(sql.to_owned(), plan.clone());
        }
    }

    /// How a query with these values is run, if that was found out lately.
    pub(super) fn optimized(
        &self,
        sql: &str,
        params: &[(String, Param)],
    ) -> Option<Arc<LogicalPlan>> {
        self.optimized
            .get(|(text, values)| text == sql && values == params)
    }

    pub(super) fn keep_optimized(
        &self,
        sql: &str,
        params: &[(String, Param)],
        plan: &Arc<LogicalPlan>,
    ) {
        if sql.len() <= TEXT_BYTES_MAX {
            self.optimized
                .keep((sql.to_owned(), params.to_vec()), plan.clone());
        }
    }
}

/// Plans in the order of their last use.
struct Recent<K>(Mutex<Vec<(K, Arc<LogicalPlan>)>>);

impl<K> Default for Recent<K> {
    fn default() -> Self {
        Self(Mutex::new(Vec::new()))
    }
}

impl<K> Recent<K> {
    fn get(&self, is_wanted: impl Fn(&K) -> bool) -> Option<Arc<LogicalPlan>> {
        let mut plans = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = plans.iter().rposition(|(key, _)| is_wanted(key))?;
        let found = plans.remove(place);
        let plan = found.1.clone();
        plans.push(found);
        Some(plan)
    }

    fn keep(&self, key: K, plan: Arc<LogicalPlan>) {
        let mut plans = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if plans.len() >= PLANS_MAX {
            plans.remove(0);
        }
        plans.push((key, plan));
    }
}

/// Whether a plan that is not yet optimized has the same optimized plan at any time.
pub(super) fn is_lasting(plan: &LogicalPlan) -> Result<bool> {
    let mut lasting = true;
    plan.apply_with_subqueries(|node| {
        lasting &= !matches!(
            node,
            LogicalPlan::Extension(_)
                | LogicalPlan::Explain(_)
                | LogicalPlan::Analyze(_)
                | LogicalPlan::Statement(_)
                | LogicalPlan::Ddl(_)
        );
        node.apply_expressions(|expr| {
            expr.apply(|part| {
                if let Expr::ScalarFunction(call) = part {
                    lasting &= call.func.signature().volatility == Volatility::Immutable;
                }
                Ok(TreeNodeRecursion::Continue)
            })
        })
    })?;
    Ok(lasting)
}

#[cfg(test)]
mod tests {
    use datafusion::prelude::SessionContext;

    use super::*;

    async fn plan(sql: &str) -> Arc<LogicalPlan> {
        let frame = SessionContext::new().sql(sql).await.expect("a query");
        Arc::new(frame.into_unoptimized_plan())
    }

    #[tokio::test]
    async fn plans_that_time_changes_do_not_last() {
        for (sql, lasts) in [
            ("SELECT lower('A')", true),
            ("SELECT now()", false),
            ("SELECT a FROM (VALUES (1)) t(a) WHERE a > random()", false),
            ("SELECT 1 WHERE EXISTS (SELECT current_date())", false),
            ("EXPLAIN SELECT 1", false),
        ] {
            let told = is_lasting(plan(sql).await.as_ref()).expect("a plan");
            assert_eq!(told, lasts, "{sql}");
        }
    }

    #[tokio::test]
    async fn the_plan_used_longest_ago_goes_first() {
        let plans = Plans::default();
        let one = plan("SELECT 1").await;
        for place in 0..PLANS_MAX {
            plans.keep_read(&place.to_string(), &one);
        }
        assert!(plans.read("0").is_some());
        plans.keep_read("another", &one);
        assert!(plans.read("0").is_some() && plans.read("another").is_some());
        assert!(plans.read("1").is_none());
        let long = "x".repeat(TEXT_BYTES_MAX + 1);
        plans.keep_read(&long, &one);
        assert!(plans.read(&long).is_none());
    }

    #[tokio::test]
    async fn values_tell_plans_apart() {
        let plans = Plans::default();
        let with = |n: i64| vec![("n".to_owned(), Param::Int(n))];
        let one = plan("SELECT 1").await;
        plans.keep_optimized("sql", &with(1), &one);
        assert!(plans.optimized("sql", &with(1)).is_some());
        assert!(plans.optimized("sql", &with(2)).is_none());
        assert!(plans.optimized("sql", &[]).is_none());
        assert!(plans.optimized("other", &with(1)).is_none());
    }
}
