//! Lets queries work with the numbers of texts, and gives the texts late.
//!
//! A scan of kept columns gives names as numbers of a dictionary. Grouping, counting distinct values,
//! partitions of windows and columns that only pass through need no more: equal numbers are equal
//! texts. Whatever reads a text, its order among them, is given the text by `text_of`, as high up in
//! the plan as can be. Every column has its name as before, and at the top its type.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, DFSchemaRef, Result};
use datafusion::datasource::{provider_as_source, source_as_provider};
use datafusion::logical_expr::expr::{Alias, Sort as SortExpr, WindowFunction};
use datafusion::logical_expr::logical_plan::TableScanBuilder;
use datafusion::logical_expr::{
    Aggregate, Distinct, Expr, Filter, Limit, LogicalPlan, Projection, ScalarUDF, Sort,
    SubqueryAlias, TableScan, Window,
};
use datafusion::physical_expr::ScalarFunctionExpr;
use datafusion::physical_expr::expressions::Column as PhysicalColumn;
use datafusion::physical_plan::projection::{ProjectionExec, ProjectionExpr};
use datafusion::physical_plan::{ExecutionPlan, PhysicalExpr};

use super::packed_groups::packed;
use crate::engine::catalog::LakeTable;
use crate::engine::columns::text_function;

/// A plan with texts given late, and what its root has left to do once it is planned.
pub(super) struct Late {
    pub(super) plan: LogicalPlan,
    texts: Vec<Option<Arc<ScalarUDF>>>,
}

/// The plan with texts given late. Those of its root are given by [`Late::finish`].
pub(super) fn late_texts(plan: LogicalPlan) -> Result<Late> {
    let coded = coded(plan)?;
    Ok(Late {
        plan: Arc::unwrap_or_clone(coded.plan),
        texts: coded.texts,
    })
}

impl Late {
    /// Gives the texts of the root. The optimizer must not see this: to compute it by several parts
    /// at once it would scatter rows that are in order.
    pub(super) fn finish(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        config: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        if self.texts.iter().all(Option::is_none) {
            return Ok(plan);
        }
        let config = Arc::new(config.clone());
        let schema = plan.schema();
        let fields = schema.fields().iter().zip(&self.texts).enumerate();
        let columns = fields.map(|(place, (field, text))| {
            let column: Arc<dyn PhysicalExpr> = Arc::new(PhysicalColumn::new(field.name(), place));
            let expr = match text {
                Some(text) => {
                    let told = field.as_ref().clone().with_data_type(DataType::Utf8View);
                    Arc::new(ScalarFunctionExpr::new(
                        text.name(),
                        text.clone(),
                        vec![column],
                        Arc::new(told),
                        config.clone(),
                    ))
                }
                None => column,
            };
            ProjectionExpr {
                expr,
                alias: field.name().clone(),
            }
        });
        Ok(Arc::new(ProjectionExec::try_new(
            columns.collect::<Vec<_>>(),
            plan,
        )?))
    }
}

/// A plan, and for each of its columns the function that makes texts of it where it has numbers.
struct Coded {
    plan: Arc<LogicalPlan>,
    texts: Vec<Option<Arc<ScalarUDF>>>,
}

impl Coded {
    fn new(plan: LogicalPlan, texts: Vec<Option<Arc<ScalarUDF>>>) -> Self {
        let plan = Arc::new(plan);
        Self { plan, texts }
    }

    fn plain(plan: LogicalPlan) -> Self {
        let texts = vec![None; plan.schema().fields().len()];
        Self::new(plan, texts)
    }

    fn has_numbers(&self) -> bool {
        self.texts.iter().any(Option::is_some)
    }

    fn text(&self, column: &Column) -> Option<&Arc<ScalarUDF>> {
        let place = self.plan.schema().maybe_index_of_column(column)?;
        self.texts.get(place)?.as_ref()
    }

    /// The function for an expression that is nothing but a column of numbers.
    fn passed(&self, expr: &Expr) -> Option<Arc<ScalarUDF>> {
        match expr {
            Expr::Column(column) => self.text(column).cloned(),
            Expr::Alias(Alias { expr, .. }) => self.passed(expr),
            _ => None,
        }
    }

    /// The expression over texts.
    fn read(&self, expr: Expr) -> Result<Expr> {
        let seen = expr.transform_up(|part| {
            Ok(match &part {
                Expr::Column(column) => match self.text(column) {
                    Some(text) => Transformed::yes(text.call(vec![part])),
                    None => Transformed::no(part),
                },
                _ => Transformed::no(part),
            })
        });
        seen.map(|seen| seen.data)
    }

    /// The same under the name that it had.
    fn read_named(&self, expr: Expr) -> Result<Expr> {
        let name = expr.schema_name().to_string();
        self.read(expr).map(|read| named(read, name))
    }
}

/// The expression under a name.
fn named(expr: Expr, name: String) -> Expr {
    let is_named = expr.schema_name().to_string() == name;
    if is_named { expr } else { expr.alias(name) }
}

/// The plan with texts in every column that had them.
fn told(coded: Coded) -> Result<LogicalPlan> {
    if !coded.has_numbers() {
        return Ok(Arc::unwrap_or_clone(coded.plan));
    }
    let columns = coded.plan.schema().iter().zip(&coded.texts);
    let columns = columns.map(|((relation, field), text)| {
        let column = Expr::Column(Column::new(relation.cloned(), field.name()));
        match text {
            Some(text) => text
                .call(vec![column])
                .alias_qualified(relation.cloned(), field.name()),
            None => column,
        }
    });
    let columns = columns.collect();
    Projection::try_new(columns, coded.plan).map(LogicalPlan::Projection)
}

fn coded(plan: LogicalPlan) -> Result<Coded> {
    match plan {
        LogicalPlan::TableScan(scan) => of_scan(scan),
        LogicalPlan::Projection(node) if are_simple(&node.expr) => projection(node),
        LogicalPlan::Filter(node) if is_simple(&node.predicate) => {
            let input = coded(Arc::unwrap_or_clone(node.input))?;
            let predicate = input.read(node.predicate)?;
            let plan = Filter::try_new(predicate, input.plan)?;
            Ok(Coded::new(LogicalPlan::Filter(plan), input.texts))
        }
        LogicalPlan::SubqueryAlias(node) => {
            let input = coded(Arc::unwrap_or_clone(node.input))?;
            let plan = SubqueryAlias::try_new(input.plan, node.alias)?;
            Ok(Coded::new(LogicalPlan::SubqueryAlias(plan), input.texts))
        }
        LogicalPlan::Limit(node) => {
            let input = coded(Arc::unwrap_or_clone(node.input))?;
            let plan = Limit {
                input: input.plan,
                ..node
            };
            Ok(Coded::new(LogicalPlan::Limit(plan), input.texts))
        }
        LogicalPlan::Distinct(Distinct::All(input)) => {
            let input = coded(Arc::unwrap_or_clone(input))?;
            let plan = LogicalPlan::Distinct(Distinct::All(input.plan));
            Ok(Coded::new(plan, input.texts))
        }
        LogicalPlan::Sort(node) if node.expr.iter().all(|sort| is_simple(&sort.expr)) => sort(node),
        LogicalPlan::Aggregate(node)
            if are_simple(&node.group_expr) && are_simple(&node.aggr_expr) =>
        {
            aggregate(node)
        }
        LogicalPlan::Window(node) if are_simple(&node.window_expr) => window(node),
        other => {
            let seen = other.map_children(|input| told(coded(input)?).map(Transformed::yes))?;
            Ok(Coded::plain(seen.data))
        }
    }
}

/// Whether expressions hold nothing but values of their rows.
fn are_simple(all: &[Expr]) -> bool {
    all.iter().all(is_simple)
}

fn is_simple(expr: &Expr) -> bool {
    let other = expr.exists(|part| {
        Ok(matches!(
            part,
            Expr::Exists(_)
                | Expr::InSubquery(_)
                | Expr::SetComparison(_)
                | Expr::ScalarSubquery(_)
                | Expr::OuterReferenceColumn(..)
                | Expr::GroupingSet(_)
                | Expr::Unnest(_)
        ))
    });
    !other.unwrap_or(true)
}

fn of_scan(scan: TableScan) -> Result<Coded> {
    let kept = match source_as_provider(&scan.source) {
        Ok(table) => table
            .downcast_ref::<LakeTable>()
            .and_then(|table| table.kept(scan.projection.as_deref(), &scan.filters)),
        Err(_) => None,
    };
    let Some(kept) = kept else {
        return Ok(Coded::plain(LogicalPlan::TableScan(scan)));
    };
    let places = match &scan.projection {
        Some(places) => places.clone(),
        None => (0..scan.source.schema().fields().len()).collect(),
    };
    let text = |place: &usize| Some(Arc::new(text_function(kept.dictionary(*place)?)));
    let texts = places.iter().map(text).collect();
    let source = provider_as_source(Arc::new(kept));
    let scan = TableScanBuilder::new(scan.table_name, source)
        .with_projection(scan.projection)
        .with_filters(scan.filters)
        .with_fetch(scan.fetch)
        .build()?;
    Ok(Coded::new(LogicalPlan::TableScan(scan), texts))
}

fn projection(node: Projection) -> Result<Coded> {
    let input = coded(Arc::unwrap_or_clone(node.input))?;
    let mut texts = Vec::with_capacity(node.expr.len());
    let mut shown = Vec::with_capacity(node.expr.len());
    for expr in node.expr {
        let text = input.passed(&expr);
        shown.push(match text {
            Some(_) => expr,
            None => input.read_named(expr)?,
        });
        texts.push(text);
    }
    let plan = Projection::try_new(shown, input.plan)?;
    Ok(Coded::new(LogicalPlan::Projection(plan), texts))
}

fn sort(node: Sort) -> Result<Coded> {
    let input = coded(Arc::unwrap_or_clone(node.input))?;
    let read = |sort: SortExpr| -> Result<SortExpr> {
        let expr = input.read(sort.expr)?;
        Ok(SortExpr { expr, ..sort })
    };
    let expr = node.expr.into_iter().map(read).collect::<Result<_>>()?;
    let plan = Sort {
        expr,
        input: input.plan,
        fetch: node.fetch,
    };
    Ok(Coded::new(LogicalPlan::Sort(plan), input.texts))
}

fn aggregate(node: Aggregate) -> Result<Coded> {
    let before = node.schema.clone();
    let input = coded(Arc::unwrap_or_clone(node.input))?;
    if !input.has_numbers() {
        let plan = Aggregate::try_new(input.plan, node.group_expr, node.aggr_expr)?;
        return Ok(Coded::plain(LogicalPlan::Aggregate(plan)));
    }
    let mut texts = Vec::with_capacity(before.fields().len());
    let mut groups = Vec::with_capacity(node.group_expr.len());
    for expr in node.group_expr {
        let text = input.passed(&expr);
        groups.push(match text {
            Some(_) => expr,
            None => input.read_named(expr)?,
        });
        texts.push(text);
    }
    let mut values = Vec::with_capacity(node.aggr_expr.len());
    for expr in node.aggr_expr {
        values.push(match counts_distinct(&input, &expr) {
            true => expr,
            false => input.read_named(expr)?,
        });
        texts.push(None);
    }
    let are_numbers: Vec<bool> = texts.iter().map(Option::is_some).collect();
    let plan = Aggregate::try_new(input.plan, groups, values)?;
    let plan = packed(plan, &are_numbers)?;
    same_names(&before, plan.schema())?;
    Ok(Coded::new(plan, texts))
}

/// Whether an aggregate counts the distinct values of a column of numbers, and nothing else.
fn counts_distinct(input: &Coded, expr: &Expr) -> bool {
    match expr {
        Expr::Alias(Alias { expr, .. }) => counts_distinct(input, expr),
        Expr::AggregateFunction(call) => {
            let params = &call.params;
            call.func.name() == "count"
                && params.distinct
                && params.filter.is_none()
                && params.order_by.is_empty()
                && matches!(params.args.as_slice(), [arg @ Expr::Column(_)] if input.passed(arg).is_some())
        }
        _ => false,
    }
}

fn window(node: Window) -> Result<Coded> {
    let before = node.schema.clone();
    let input = coded(Arc::unwrap_or_clone(node.input))?;
    let mut texts = input.texts.clone();
    let mut windows = Vec::with_capacity(node.window_expr.len());
    for expr in node.window_expr {
        let name = expr.schema_name().to_string();
        windows.push(named(window_function(&input, expr)?, name));
        texts.push(None);
    }
    let plan = Window::try_new(windows, input.plan)?;
    same_names(&before, &plan.schema)?;
    Ok(Coded::new(LogicalPlan::Window(plan), texts))
}

/// The function over texts, its partitions by numbers.
fn window_function(input: &Coded, expr: Expr) -> Result<Expr> {
    match expr {
        Expr::Alias(alias) => {
            let expr = window_function(input, *alias.expr)?;
            let expr = Box::new(expr);
            Ok(Expr::Alias(Alias { expr, ..alias }))
        }
        Expr::WindowFunction(call) => {
            let WindowFunction { fun, mut params } = *call;
            let by = std::mem::take(&mut params.partition_by);
            let call = Expr::WindowFunction(Box::new(WindowFunction { fun, params }));
            let Expr::WindowFunction(mut call) = input.read(call)? else {
                return datafusion::common::internal_err!("a window function became another thing");
            };
            let by = by.into_iter().map(|expr| match input.passed(&expr) {
                Some(_) => Ok(expr),
                None => input.read(expr),
            });
            call.params.partition_by = by.collect::<Result<_>>()?;
            Ok(Expr::WindowFunction(call))
        }
        other => input.read(other),
    }
}

fn same_names(before: &DFSchemaRef, after: &DFSchemaRef) -> Result<()> {
    let names = before.iter().zip(after.iter());
    if before.fields().len() == after.fields().len()
        && names
            .into_iter()
            .all(|((_, a), (_, b))| a.name() == b.name())
    {
        return Ok(());
    }
    datafusion::common::internal_err!("columns {before:?} became {after:?}")
}
