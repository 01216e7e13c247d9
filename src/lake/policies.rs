//! The distinct lists of Conditional Access policies, each stored once.
//!
//! A record holds the key of its list. Keys are hashes of content, so two ingests that meet the
//! same list agree on its key without looking at each other.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow::array::{
    Array, AsArray, Int32Array, Int64Array, ListArray, ListBuilder, StringArray, StringBuilder,
};
use arrow::datatypes::{Int32Type, Int64Type};
use arrow::record_batch::RecordBatch;

use super::Lake;
use super::layout::Table;
use super::read::read_file;
use crate::error::{Error, Result};
use crate::signin::policy::{Policy, set_id, unite};
use crate::signin::schema::{POLICY_SETS_SCHEMA, PolicySet};

/// All lists that are known: those of the lake and those met since.
#[derive(Debug, Default)]
pub struct PolicySets {
    sets: HashMap<i64, Arc<Vec<Policy>>>,
    /// Keys that the lake does not hold yet.
    new: BTreeMap<i64, ()>,
}

impl PolicySets {
    /// The lists of a lake.
    pub fn load(lake: &Lake) -> Result<Self> {
        let mut sets: HashMap<i64, Vec<(i32, Policy)>> = HashMap::new();
        for file in lake.manifest().table(Table::PolicySets) {
            let batch = read_file(&lake.find(&file.path), &POLICY_SETS_SCHEMA)?;
            for i in 0..batch.num_rows() {
                let key = batch
                    .column(PolicySet::PolicySetId as usize)
                    .as_primitive::<Int64Type>();
                let place = batch
                    .column(PolicySet::Ordinal as usize)
                    .as_primitive::<Int32Type>();
                sets.entry(key.value(i))
                    .or_default()
                    .push((place.value(i), policy_at(&batch, i)));
            }
        }
        let sets = sets.into_iter().map(|(key, mut list)| {
            list.sort_by_key(|(place, _)| *place);
            (key, Arc::new(list.into_iter().map(|(_, p)| p).collect()))
        });
        Ok(Self {
            sets: sets.collect(),
            new: BTreeMap::new(),
        })
    }

    /// Notes a list under its key.
    pub fn add(&mut self, key: i64, policies: &[Policy]) {
        self.sets.entry(key).or_insert_with(|| {
            self.new.insert(key, ());
            Arc::new(policies.to_vec())
        });
    }

    /// The list of a key.
    pub fn get(&self, key: i64) -> Option<&Arc<Vec<Policy>>> {
        self.sets.get(&key)
    }

    /// Every list as the JSON text that the export wrote, with its key.
    pub fn texts(&self) -> impl Iterator<Item = (i64, String)> {
        self.sets.iter().map(|(key, list)| {
            let policies: Vec<&str> = list.iter().map(|p| p.raw.as_str()).collect();
            (*key, format!("[{}]", policies.join(",")))
        })
    }

    /// The key of the union of two lists, which is noted.
    pub fn unite(&mut self, a: i64, b: i64) -> i64 {
        let empty = Arc::default();
        let first = self.sets.get(&a).unwrap_or(&empty);
        let second = self.sets.get(&b).unwrap_or(&empty);
        let united = unite(first, second);
        let key = set_id(&united);
        self.add(key, &united);
        key
    }

    /// Names of the policies of a list whose result is failure.
    pub fn failed(&self, key: i64) -> Vec<String> {
        let list = self
            .sets
            .get(&key)
            .map(|l| l.as_slice())
            .unwrap_or_default();
        list.iter()
            .filter(|p| p.result.as_deref() == Some("failure"))
            .map(|p| p.display_name.clone().unwrap_or_else(|| p.id.clone()))
            .collect()
    }

    /// Whether a list has a policy that was enforced: its result is success or failure.
    pub fn enforced(&self, key: i64) -> bool {
        let enforced = |p: &Policy| matches!(p.result.as_deref(), Some("success" | "failure"));
        self.sets
            .get(&key)
            .is_some_and(|list| list.iter().any(enforced))
    }

    /// The lists that the lake does not hold yet, as rows of `policy_sets`; `None` if all are held.
    pub fn new_rows(&self) -> Result<Option<RecordBatch>> {
        let lists = self
            .new
            .keys()
            .filter_map(|key| Some((*key, self.sets.get(key)?)));
        let rows: Vec<(i64, i32, &Policy)> = lists
            .flat_map(|(key, list)| {
                list.iter()
                    .enumerate()
                    .map(move |(i, p)| (key, i as i32, p))
            })
            .collect();
        if rows.is_empty() {
            return Ok(None);
        }
        let text = |f: fn(&Policy) -> Option<&str>| {
            Arc::new(rows.iter().map(|(_, _, p)| f(p)).collect::<StringArray>())
        };
        let list = |f: fn(&Policy) -> &Vec<String>| {
            let mut builder = ListBuilder::new(StringBuilder::new());
            for (_, _, policy) in &rows {
                f(policy)
                    .iter()
                    .for_each(|item| builder.values().append_value(item));
                builder.append(true);
            }
            Arc::new(builder.finish())
        };
        let columns: Vec<arrow::array::ArrayRef> = vec![
            Arc::new(
                rows.iter()
                    .map(|(key, _, _)| Some(*key))
                    .collect::<Int64Array>(),
            ),
            Arc::new(
                rows.iter()
                    .map(|(_, place, _)| Some(*place))
                    .collect::<Int32Array>(),
            ),
            text(|p| Some(&p.id)),
            text(|p| p.display_name.as_deref()),
            text(|p| p.result.as_deref()),
            list(|p| &p.grant_controls),
            list(|p| &p.session_controls),
            text(|p| p.conditions_satisfied.as_deref()),
            text(|p| p.conditions_not_satisfied.as_deref()),
            text(|p| Some(&p.raw)),
        ];
        RecordBatch::try_new(POLICY_SETS_SCHEMA.clone(), columns)
            .map(Some)
            .map_err(|e| Error::Internal(format!("policy sets: {e}")))
    }
}

fn policy_at(batch: &RecordBatch, i: usize) -> Policy {
    let text = |column: PolicySet| {
        let array = batch.column(column as usize).as_string::<i32>();
        (!array.is_null(i)).then(|| array.value(i).to_owned())
    };
    let list = |column: PolicySet| -> Vec<String> {
        let lists: &ListArray = batch.column(column as usize).as_list();
        let items = lists.value(i);
        let items = items.as_string::<i32>();
        items.iter().flatten().map(str::to_owned).collect()
    };
    Policy {
        id: text(PolicySet::PolicyId).unwrap_or_default(),
        display_name: text(PolicySet::DisplayName),
        result: text(PolicySet::Result),
        grant_controls: list(PolicySet::EnforcedGrantControls),
        session_controls: list(PolicySet::EnforcedSessionControls),
        conditions_satisfied: text(PolicySet::ConditionsSatisfied),
        conditions_not_satisfied: text(PolicySet::ConditionsNotSatisfied),
        raw: text(PolicySet::Raw).unwrap_or_default(),
    }
}
