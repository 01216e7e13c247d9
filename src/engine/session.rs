//! Builds the session and runs queries under limits.

use std::num::NonZeroUsize;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use datafusion::common::{ParamValues, Result as DataFusionResult, ScalarValue};
use datafusion::execution::memory_pool::{FairSpillPool, TrackConsumersPool};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::{SendableRecordBatchStream, SessionState, SessionStateBuilder};
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::execute_stream;
use datafusion::prelude::{SQLOptions, SessionConfig, SessionContext};
use futures::StreamExt;
use tokio::time::{Sleep, sleep};

use super::names::Names;
use super::plan::{KeySorts, PartitionedWindows, Planner, SeenThrough, UtcArithmetic, share};
use super::plan_cache::{Plans, is_lasting};
use super::{catalog, distinct_count, failure, local_time, travel_window, udf};
use crate::error::{Error, Result};
use crate::lake::Lake;
use crate::signin::tables::Tables;

/// Bytes of what files say of themselves that a session keeps: that of some 1,000 days.
const FOOTERS_BYTES_MAX: usize = 128 << 20;

/// The part of the memory for queries that decoded columns may take besides.
const KEPT_PART: usize = 4;

/// Rows after which a part of a query knows whether it is of use to group them before they are
/// brought together.
const PROBED_ROWS: usize = 16_384;

/// Limits of a session; each has a unit and a default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes that running queries may hold before they spill to disk or fail; default 2 GiB. Columns
    /// that the session keeps take up to a quarter of it besides.
    pub memory_bytes: usize,
    /// Threads that a query may use; default 0: one per core.
    pub threads: usize,
    /// Longest run of one query; default none.
    pub timeout: Option<Duration>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory_bytes: 2 << 30,
            threads: 0,
            timeout: None,
        }
    }
}

/// A value bound to a `$name` of a query; never pasted into its text.
#[derive(Debug, Clone, PartialEq)]
pub enum Param {
    Text(String),
    Int(i64),
    Float(f64),
    Bool(bool),
    /// Microseconds since 1970-01-01 UTC.
    Time(i64),
}

impl Param {
    fn scalar(&self) -> ScalarValue {
        match self {
            Self::Text(text) => ScalarValue::Utf8(Some(text.clone())),
            Self::Int(v) => ScalarValue::Int64(Some(*v)),
            Self::Float(v) => ScalarValue::Float64(Some(*v)),
            Self::Bool(v) => ScalarValue::Boolean(Some(*v)),
            Self::Time(v) => ScalarValue::TimestampMicrosecond(Some(*v), Some("UTC".into())),
        }
    }
}

/// A session over one lake.
pub struct Engine {
    context: SessionContext,
    names: Names,
    plans: Plans,
    limits: Limits,
}

/// The running answer to a query.
pub struct Answer {
    stream: SendableRecordBatchStream,
    /// Ends when the query has run as long as it may.
    deadline: Option<(Pin<Box<Sleep>>, Duration)>,
    sql: String,
}

impl Engine {
    /// Opens a session over a lake.
    pub async fn open(lake: &Lake, tables: Arc<Tables>, limits: Limits) -> Result<Self> {
        Self::open_keeping(lake, tables, limits, limits.memory_bytes / KEPT_PART).await
    }

    /// The same, keeping so many bytes of decoded columns.
    pub async fn open_keeping(
        lake: &Lake,
        tables: Arc<Tables>,
        limits: Limits,
        kept_bytes: usize,
    ) -> Result<Self> {
        let mut config = SessionConfig::new().with_information_schema(true);
        if limits.threads > 0 {
            config = config.with_target_partitions(limits.threads);
        }
        let options = config.options_mut();
        options.sql_parser.collect_spans = true;
        options.execution.parquet.reorder_filters = true;
        options.execution.collect_statistics = true;
        options
            .execution
            .skip_partial_aggregation_probe_rows_threshold = PROBED_ROWS;
        let pool = FairSpillPool::new(limits.memory_bytes);
        let consumers = NonZeroUsize::new(3).unwrap_or(NonZeroUsize::MIN);
        let runtime = RuntimeEnvBuilder::new()
            .with_metadata_cache_limit(FOOTERS_BYTES_MAX)
            .with_memory_pool(Arc::new(TrackConsumersPool::new(pool, consumers)))
            .build_arc()
            .map_err(|e| failure::of("", e))?;
        let state = SessionStateBuilder::new()
            .with_config(config)
            .with_runtime_env(runtime)
            .with_default_features()
            .with_query_planner(Arc::new(Planner))
            .with_physical_optimizer_rule(Arc::new(PartitionedWindows))
            .with_physical_optimizer_rule(Arc::new(KeySorts))
            .build();
        let context = SessionContext::new_with_state(state);
        for function in udf::functions(&tables) {
            context.register_udf(function.udf);
        }
        for function in local_time::functions() {
            context.register_udf(function);
        }
        context.register_udaf(distinct_count::function());
        context.register_udwf(travel_window::function());
        catalog::register(&context, &Arc::new(lake.clone()), &tables, kept_bytes)
            .await
            .map_err(|e| failure::of("", e))?;
        context.add_optimizer_rule(Arc::new(SeenThrough));
        context.add_optimizer_rule(Arc::new(UtcArithmetic));
        let names = Names::of(&context).await.map_err(|e| failure::of("", e))?;
        Ok(Self {
            context,
            names,
            plans: Plans::default(),
            limits,
        })
    }

    /// Starts a query. DDL, DML and statements such as SET are refused.
    pub async fn sql(&self, sql: &str, params: &[(String, Param)]) -> Result<Answer> {
        let fail = |e| failure::of_session(sql, e, &self.context);
        let state = self.context.state();
        let plan = match self.plans.optimized(sql, params) {
            Some(plan) => plan,
            None => self.plan(sql, params, &state).await.map_err(fail)?,
        };
        let planner = state.query_planner();
        let physical = planner.create_physical_plan(&plan, &state).await;
        let stream = physical.and_then(|physical| execute_stream(physical, state.task_ctx()));
        let stream = stream.map_err(fail)?;
        let deadline = self.limits.timeout.map(|t| (Box::pin(sleep(t)), t));
        Ok(Answer {
            stream,
            deadline,
            sql: sql.to_owned(),
        })
    }

    /// The plan by which a query is run.
    async fn plan(
        &self,
        sql: &str,
        params: &[(String, Param)],
        state: &SessionState,
    ) -> DataFusionResult<Arc<LogicalPlan>> {
        let read = match self.plans.read(sql) {
            Some(read) => read,
            None => {
                let recursion_limit = state.config_options().sql_parser.recursion_limit.get();
                let statement = self.names.parse(sql, recursion_limit)?;
                let read = state.statement_to_plan(statement).await?;
                let read_only = SQLOptions::new()
                    .with_allow_ddl(false)
                    .with_allow_dml(false)
                    .with_allow_statements(false);
                read_only.verify_plan(&read)?;
                let read = Arc::new(read);
                self.plans.keep_read(sql, &read);
                read
            }
        };
        let mut plan = share(read.as_ref().clone())?;
        if !params.is_empty() {
            let values = params
                .iter()
                .map(|(name, value)| (name.clone(), value.scalar().into()));
            plan = plan.with_param_values(ParamValues::Map(values.collect()))?;
        }
        let lasting = is_lasting(&plan)?;
        let plan = Arc::new(state.optimize(&plan)?);
        if lasting {
            self.plans.keep_optimized(sql, params, &plan);
        }
        Ok(plan)
    }

    /// The session, for what asks it for names.
    pub(super) fn context(&self) -> &SessionContext {
        &self.context
    }

    /// Runs a query to its end; for results that are known to be small.
    pub async fn collect(&self, sql: &str, params: &[(String, Param)]) -> Result<Vec<RecordBatch>> {
        let mut answer = self.sql(sql, params).await?;
        let mut batches = Vec::new();
        while let Some(batch) = answer.next().await {
            batches.push(batch?);
        }
        Ok(batches)
    }
}

impl Answer {
    /// The columns of the result.
    pub fn schema(&self) -> SchemaRef {
        self.stream.schema()
    }

    /// The next batch; dropping the answer stops the query.
    pub async fn next(&mut self) -> Option<Result<RecordBatch>> {
        let batch = match &mut self.deadline {
            None => self.stream.next().await,
            Some((over, limit)) => tokio::select! {
                batch = self.stream.next() => batch,
                () = over => {
                    let seconds = limit.as_secs_f64();
                    let text = format!("the query ran longer than {seconds} s and was stopped");
                    return Some(Err(Error::Limit(text)));
                }
            },
        };
        batch.map(|batch| batch.map_err(|e| failure::of(&self.sql, e)))
    }
}
