//! Finds out which files hold what is to be forgotten, and counts it; changes nothing.

use std::collections::{BTreeMap, HashMap};

use arrow::record_batch::RecordBatch;

use super::What;
use super::names::Names;
use super::person::Person;
use super::rows::{Mentions, rejects_before, without_person};
use crate::error::Result;
use crate::lake::Lake;
use crate::lake::journal::DataFile;
use crate::lake::layout::{Day, Table};
use crate::lake::read::batches;
use crate::lake::receipts::receipts;
use crate::lake::write::schema_of;

/// What goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    pub records: u64,
    pub signins: u64,
    pub waiting_steps: u64,
    pub rejects: u64,
    /// Rows of imported directories.
    pub users: u64,
    /// Values of others' rows in which a name was, by `table.column`.
    pub mentions: BTreeMap<String, u64>,
    /// Files that are written anew, and files of which nothing stays.
    pub files_rewritten: u64,
    pub files_removed: u64,
}

impl Counts {
    /// Whether nothing of it is there.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn add_rows(&mut self, table: Table, rows: u64) {
        match table {
            Table::Records => self.records += rows,
            Table::Signins => self.signins += rows,
            Table::Waiting => self.waiting_steps += rows,
            Table::Rejects => self.rejects += rows,
            Table::Users => self.users += rows,
            Table::PolicySets | Table::Ingests => {}
        }
    }
}

/// What becomes of the files of a lake.
pub struct Plan {
    pub what: What,
    /// Who is meant, where a person is.
    pub person: Option<Person>,
    pub counts: Counts,
    /// By place in the manifest: files that change, and the rows that stay.
    pub(super) changes: BTreeMap<usize, u64>,
    pub(super) cut: Cut,
}

/// What is taken out of a batch.
pub(super) enum Cut {
    /// A day, and when each ingest began.
    Before(Day, HashMap<String, i64>),
    Person(Box<(Person, Names)>),
}

impl Cut {
    fn of(lake: &Lake, what: &What) -> Result<Option<Self>> {
        match what {
            What::Before(day) => {
                let begun = receipts(lake)?.into_iter();
                let begun = begun.map(|r| (r.ingest_id, r.started_at)).collect();
                Ok(Some(Self::Before(*day, begun)))
            }
            What::User(named) => Ok(Person::find(lake, named)?.map(|person| {
                let names = Names::known(person.names());
                Self::Person(Box::new((person, names)))
            })),
        }
    }

    /// Whether all of a file goes, by its day alone; `None` where its rows must be looked at.
    fn whole(&self, file: &DataFile, table: Table) -> Option<bool> {
        match (self, table) {
            (Self::Person(_), _) | (Self::Before(..), Table::Rejects) => None,
            (Self::Before(day, _), Table::Records | Table::Signins | Table::Waiting) => {
                // Steps without a time wait in a folder of their own.
                Some(
                    file.day
                        .is_some_and(|d| Day(d) < *day && Day(d) != Day::UNKNOWN),
                )
            }
            (Self::Before(..), _) => Some(false),
        }
    }

    /// A batch without what goes, and how many rows went.
    pub(super) fn apply(
        &self,
        batch: &RecordBatch,
        table: Table,
        mentions: &mut Mentions,
    ) -> Result<(RecordBatch, u64)> {
        match self {
            Self::Before(day, begun) => {
                let older = |ingest: &str| begun.get(ingest).is_some_and(|at| *at < day.start());
                rejects_before(batch, *day, &older)
            }
            Self::Person(someone) => {
                let (person, names) = someone.as_ref();
                let is = |id: &str, user_name: &str| person.is(id, user_name);
                without_person(batch, table, &is, names, mentions)
            }
        }
    }
}

/// Counts what is to be forgotten; `None` if nobody is meant.
pub fn plan(lake: &Lake, what: &What) -> Result<Option<Plan>> {
    let Some(cut) = Cut::of(lake, what)? else {
        return Ok(None);
    };
    let person = match &cut {
        Cut::Person(someone) => Some(someone.0.clone()),
        Cut::Before(..) => None,
    };
    let mut plan = Plan {
        what: what.clone(),
        person,
        counts: Counts::default(),
        changes: BTreeMap::new(),
        cut,
    };
    for (place, file) in lake.manifest().files.iter().enumerate() {
        if let Some(table) = Table::named(&file.table) {
            plan.look(lake, place, file, table)?;
        }
    }
    Ok(Some(plan))
}

impl Plan {
    fn look(&mut self, lake: &Lake, place: usize, file: &DataFile, table: Table) -> Result<()> {
        let mut mentions = Mentions::new();
        let gone = match self.cut.whole(file, table) {
            Some(true) => file.rows,
            Some(false) => 0,
            None => {
                let mut gone = 0;
                for batch in batches(&lake.find(&file.path), schema_of(table))? {
                    gone += self.cut.apply(&batch?, table, &mut mentions)?.1;
                }
                gone
            }
        };
        let whole = self.cut.whole(file, table) == Some(true);
        if gone == 0 && mentions.is_empty() && !whole {
            return Ok(());
        }
        self.counts.add_rows(table, gone);
        for (column, count) in mentions {
            let column = format!("{}.{column}", file.table);
            *self.counts.mentions.entry(column).or_default() += count;
        }
        let stays = file.rows.saturating_sub(gone);
        match stays {
            0 => self.counts.files_removed += 1,
            _ => self.counts.files_rewritten += 1,
        }
        self.changes.insert(place, stays);
        Ok(())
    }
}
