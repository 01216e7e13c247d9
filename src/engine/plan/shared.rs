//! Finds what a query computes more than once, and marks it to be computed once.
//!
//! DataFusion puts a `WITH` query wherever it is named, so that one named three times is computed
//! three times, and what it rests on as often as those multiply. Here a named query or view whose rows
//! are few, because all that it reads is grouped on the way, becomes a node of its own; the optimizer
//! looks into it but moves no filter or column through it. What reads rows as they are stored stays:
//! there each place may need other columns and other rows.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{DFSchemaRef, Result, internal_err};
use datafusion::datasource::source_as_provider;
use datafusion::execution::context::QueryPlanner;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{
    Expr, Extension, LogicalPlan, SubqueryAlias, TableScan, UserDefinedLogicalNode,
    UserDefinedLogicalNodeCore,
};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_planner::{DefaultPhysicalPlanner, ExtensionPlanner, PhysicalPlanner};

use super::late_text::late_texts;
use super::shared_exec::{SharedExec, Slot};
use crate::engine::catalog::LakeTable;

/// Columns of a shared plan at most: no column that nobody needs is left out of it.
const COLUMNS_MAX: usize = 32;

/// A plan whose rows are computed once for every place that names it.
#[derive(Debug, Clone)]
struct Shared {
    input: LogicalPlan,
    slot: Arc<Slot>,
}

impl Shared {
    fn key(&self) -> (usize, &LogicalPlan) {
        (Arc::as_ptr(&self.slot) as usize, &self.input)
    }
}

impl PartialEq for Shared {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Shared {}

impl PartialOrd for Shared {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.key().partial_cmp(&other.key())
    }
}

impl Hash for Shared {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

impl UserDefinedLogicalNodeCore for Shared {
    fn name(&self) -> &str {
        "Shared"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.input]
    }

    fn schema(&self) -> &DFSchemaRef {
        self.input.schema()
    }

    fn expressions(&self) -> Vec<Expr> {
        Vec::new()
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shared")
    }

    fn with_exprs_and_inputs(&self, _: Vec<Expr>, inputs: Vec<LogicalPlan>) -> Result<Self> {
        let slot = self.slot.clone();
        match <[LogicalPlan; 1]>::try_from(inputs) {
            Ok([input]) => Ok(Self { input, slot }),
            Err(_) => internal_err!("a shared plan has one input"),
        }
    }
}

/// The plan with everything that is named more than once, and has few rows, computed once.
pub(in crate::engine) fn share(plan: LogicalPlan) -> Result<LogicalPlan> {
    let mut counts: HashMap<Arc<LogicalPlan>, usize> = HashMap::new();
    plan.apply_with_subqueries(|node| {
        // Of names for a name the innermost counts.
        if let LogicalPlan::SubqueryAlias(named) = node
            && !matches!(*named.input, LogicalPlan::SubqueryAlias(_))
        {
            *counts.entry(named.input.clone()).or_default() += 1;
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    counts.retain(|plan, count| {
        let few = plan.schema().fields().len() <= COLUMNS_MAX && has_few_rows(plan);
        *count > 1 && few && !plan.contains_outer_reference() && reads_lake(plan)
    });
    if counts.is_empty() {
        return Ok(plan);
    }
    let slots = counts.into_keys();
    let slots: HashMap<Arc<LogicalPlan>, Arc<Slot>> =
        slots.map(|plan| (plan, Arc::default())).collect();
    let shared = plan.transform_down_with_subqueries(|plan| {
        let LogicalPlan::SubqueryAlias(named) = &plan else {
            return Ok(Transformed::no(plan));
        };
        let Some(slot) = slots.get(&named.input) else {
            return Ok(Transformed::no(plan));
        };
        let node = Shared {
            input: named.input.as_ref().clone(),
            slot: slot.clone(),
        };
        let node = LogicalPlan::Extension(Extension {
            node: Arc::new(node),
        });
        let named = SubqueryAlias::try_new(Arc::new(node), named.alias.clone())?;
        Ok(Transformed::yes(LogicalPlan::SubqueryAlias(named)))
    })?;
    Ok(shared.data)
}

fn is_of_lake(scan: &TableScan) -> bool {
    source_as_provider(&scan.source).is_ok_and(|table| table.is::<LakeTable>())
}

fn reads_lake(plan: &LogicalPlan) -> bool {
    plan.exists(|node| Ok(matches!(node, LogicalPlan::TableScan(scan) if is_of_lake(scan))))
        .unwrap_or(false)
}

/// Whether everything that the plan reads of the lake is grouped or cut on the way.
fn has_few_rows(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::Aggregate(_) | LogicalPlan::Distinct(_) => true,
        LogicalPlan::Limit(limit) => limit.fetch.is_some(),
        LogicalPlan::TableScan(scan) => !is_of_lake(scan),
        node => node.inputs().into_iter().all(has_few_rows),
    }
}

/// Plans queries, shared plans among them.
#[derive(Debug)]
pub(in crate::engine) struct Planner;

#[async_trait]
impl QueryPlanner for Planner {
    async fn create_physical_plan(
        &self,
        plan: &LogicalPlan,
        session: &dyn Session,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let late = late_texts(plan.clone())?;
        let plan = DefaultPhysicalPlanner::with_extension_planners(vec![Arc::new(OfShared)])
            .create_physical_plan(&late.plan, session)
            .await?;
        late.finish(plan, session.config_options())
    }
}

struct OfShared;

#[async_trait]
impl ExtensionPlanner for OfShared {
    async fn plan_extension(
        &self,
        _: &dyn PhysicalPlanner,
        node: &dyn UserDefinedLogicalNode,
        _: &[&LogicalPlan],
        inputs: &[Arc<dyn ExecutionPlan>],
        _: &dyn Session,
        _: &PhysicalPlanningContext,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        let shared = node.as_any().downcast_ref::<Shared>();
        Ok(shared.zip(inputs.first()).map(|(shared, input)| {
            let exec = SharedExec::new(input.clone(), shared.slot.clone());
            Arc::new(exec) as Arc<dyn ExecutionPlan>
        }))
    }
}
