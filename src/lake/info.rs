//! What a lake holds, told by its journal and its receipts; no record is read.
//!
//! Cost: the newest journal entry, a look at each live file, and the receipts.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Serialize;

use super::Lake;
use super::forget::Act;
use super::layout::{self, Day, Table};
use super::receipts::{Receipt, receipts};
use crate::error::Result;

/// What a lake holds. Times are microseconds since 1970-01-01 UTC.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Info {
    pub format_version: u32,
    /// Number of the newest commit.
    pub commit: u64,
    /// Days (UTC) that hold records, the first and the last of them as `YYYY-MM-DD`.
    pub days: u64,
    pub first_day: Option<String>,
    pub last_day: Option<String>,
    /// Whole days between the first and the last that hold no records.
    pub days_missing: u64,
    pub first_event: Option<i64>,
    pub last_event: Option<i64>,
    pub records: u64,
    pub signins: u64,
    /// Sign-ins that still wait for an answer.
    pub pending: u64,
    /// Days whose location risk was judged by other settings, never, or rests on what is gone since;
    /// `authlake lake rescore` judges them anew.
    pub stale_days: u64,
    /// Days with records of which no sign-ins were made yet; the next ingest makes them.
    pub unfolded_days: u64,
    /// Steps that came without their record.
    pub waiting_steps: u64,
    pub rejects: u64,
    /// People of imported directories.
    pub users: u64,
    /// Rows of the distinct lists of Conditional Access policies.
    pub policies: u64,
    /// Bytes on disk of everything that the newest commit names.
    pub bytes: u64,
    /// Bytes of all tables but the receipts and users, for each record.
    pub bytes_per_record: Option<f64>,
    pub tables: BTreeMap<String, TableInfo>,
    /// Bytes of replaced files that are kept for a while for those who still read them.
    pub retired_bytes: u64,
    /// Records by tenant; the empty name stands for records without one.
    pub tenants: BTreeMap<String, u64>,
    pub event_types: BTreeMap<String, u64>,
    /// Export formats that were read, with what they brought; a re-read export counts again.
    pub formats: BTreeMap<String, FormatInfo>,
    /// What no table knows, with how often it came over all ingests.
    pub unknown_keys: BTreeMap<String, u64>,
    pub unknown_codes: BTreeMap<String, u64>,
    pub unknown_texts: BTreeMap<String, u64>,
    /// Requests to forget, the oldest first.
    pub forgotten: Vec<Act>,
    pub ingests: u64,
    pub last_ingest: Option<LastIngest>,
}

/// One table of a lake.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct TableInfo {
    pub files: u64,
    pub rows: u64,
    pub bytes: u64,
}

/// One export format, as the receipts tell it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct FormatInfo {
    pub files: u64,
    pub rows: u64,
}

/// The newest ingest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct LastIngest {
    pub ingest_id: String,
    pub started_at: i64,
    pub files: u64,
    pub rows_read: u64,
    pub stored: u64,
    pub duplicates: u64,
    pub rejected: u64,
}

impl Info {
    /// Looks at a lake; `scored_with` is the fingerprint of the settings that places are judged by.
    pub fn of(lake: &Lake, scored_with: u64) -> Result<Self> {
        let manifest = lake.manifest();
        let mut info = Self {
            format_version: manifest.format_version,
            commit: manifest.number,
            pending: manifest.days.values().map(|d| d.pending).sum(),
            unfolded_days: manifest.unfolded().count() as u64,
            forgotten: manifest.forgotten.acts.clone(),
            retired_bytes: bytes_below(&layout::retired_dir(lake.root())),
            ..Self::default()
        };
        let days = manifest.table(Table::Signins).filter_map(|f| f.day);
        let days: BTreeSet<i32> = days.collect();
        let facts = days.iter().filter_map(|day| manifest.days.get(day));
        info.stale_days = facts.filter(|f| f.scored_with != scored_with).count() as u64;
        info.add_files(lake);
        info.add_hours(lake);
        let receipts = receipts(lake)?;
        info.add_receipts(&receipts);
        Ok(info)
    }

    fn add_files(&mut self, lake: &Lake) {
        for file in &lake.manifest().files {
            let table = self.tables.entry(file.table.clone()).or_default();
            table.files += 1;
            table.rows += file.rows;
            table.bytes += file.bytes;
        }
        let rows = |table: Table| self.tables.get(table.name()).map_or(0, |t| t.rows);
        (self.records, self.signins) = (rows(Table::Records), rows(Table::Signins));
        (self.rejects, self.policies) = (rows(Table::Rejects), rows(Table::PolicySets));
        self.waiting_steps = rows(Table::Waiting);
        self.users = rows(Table::Users);
        self.bytes = self.tables.values().map(|t| t.bytes).sum();
        let bytes = |table: Table| self.tables.get(table.name()).map_or(0, |t| t.bytes);
        let data = (self.bytes - bytes(Table::Ingests) - bytes(Table::Users)) as f64;
        self.bytes_per_record = (self.records > 0).then(|| data / self.records as f64);
        let held = lake.manifest().table(Table::Records).filter(|f| f.rows > 0);
        let days: BTreeSet<Day> = held.filter_map(|f| f.day).map(Day).collect();
        self.days = days.len() as u64;
        if let (Some(first), Some(last)) = (days.first(), days.last()) {
            (self.first_day, self.last_day) = (Some(first.name()), Some(last.name()));
            self.days_missing = (i64::from(last.0) - i64::from(first.0) + 1) as u64 - self.days;
        }
    }

    fn add_hours(&mut self, lake: &Lake) {
        for (tenant, event_type, hours) in lake.manifest().horizon().iter() {
            let count: u64 = hours.0.values().map(|span| span.2).sum();
            *self.tenants.entry(tenant.to_owned()).or_default() += count;
            *self.event_types.entry(event_type.to_owned()).or_default() += count;
            let first = hours.0.values().map(|span| span.0).min();
            let last = hours.0.values().map(|span| span.1).max();
            self.first_event = self.first_event.into_iter().chain(first).min();
            self.last_event = self.last_event.max(last);
        }
    }

    fn add_receipts(&mut self, receipts: &[Receipt]) {
        let add = |counts: &mut BTreeMap<String, u64>, more: &BTreeMap<String, u64>| {
            for (name, count) in more {
                *counts.entry(name.clone()).or_default() += count;
            }
        };
        for receipt in receipts {
            for input in receipt.inputs.iter().filter(|i| !i.format.is_empty()) {
                let format = self.formats.entry(input.format.clone()).or_default();
                format.files += 1;
                format.rows += input.rows_read;
            }
            add(&mut self.unknown_keys, &receipt.unknown_keys);
            add(&mut self.unknown_codes, &receipt.unknown_codes);
            add(&mut self.unknown_texts, &receipt.unknown_texts);
        }
        self.ingests = receipts.len() as u64;
        self.last_ingest = receipts.last().map(|r| LastIngest {
            ingest_id: r.ingest_id.clone(),
            started_at: r.started_at,
            files: r.files,
            rows_read: r.rows_read,
            stored: r.stored,
            duplicates: r.duplicates,
            rejected: r.rejected,
        });
    }
}

/// Bytes of all files at or below a folder; what cannot be looked at counts nothing.
fn bytes_below(dir: &Path) -> u64 {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let bytes = entries.map(|entry| match entry.metadata() {
        Ok(m) if m.is_dir() => bytes_below(&entry.path()),
        Ok(m) => m.len(),
        Err(_) => 0,
    });
    bytes.sum()
}
