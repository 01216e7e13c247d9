//! Decodes pieces of text into rows: one decoder per worker, reused from piece to piece.
//!
//! A piece is one JSON value or one row of a CSV file. A JSON value is a record, an envelope around
//! one, or a page of either (`{"records":[…]}`, `{"value":[…]}`). Good records of a page are kept
//! when others are broken; a record of another format than its file's is read as what it is.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use arrow::record_batch::RecordBatch;

use super::detect::json_format_of;
use super::event_type::is_only;
pub use super::facts::{FileFacts, Reading};
use super::facts::{JsonReader, Read};
use super::found::Found;
use super::habits::Habits;
use super::known_lists::List;
use super::lists;
use super::managed_identity;
use super::page::{joined, page_of};
use super::unified_audit;
use crate::error::Result;
use crate::signin::batch::RecordBuilder;
use crate::signin::policy::{Policy, set_id};
use crate::signin::row::{Cell, Row, Step};
use crate::signin::schema::Record;

/// Bytes of raw policy lists whose key is remembered; beyond it the memory starts anew.
const LISTS_BYTES_MAX: usize = 16 << 20;
/// Distinct names of keys without a column that are counted.
const UNKNOWN_KEYS_MAX: usize = 1_000;
/// Records wrapped in records wrapped in records: real ones are wrapped once.
const WRAPS_MAX: u32 = 4;

/// What became of one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    Stored,
    /// A record of another log, by category.
    OtherCategory(String),
    Rejected(String),
}

/// Where a record was found, when that is not simply its file.
#[derive(Debug, Clone, Copy, Default)]
struct Source {
    format: Option<&'static str>,
    /// How often it was wrapped.
    wraps: u32,
}

/// Decodes records into batches.
pub struct Decoder {
    builder: RecordBuilder,
    /// What was learned of the writers.
    habits: Habits,
    /// Keys of raw lists by their text.
    lists: HashMap<Box<str>, i64, foldhash::fast::RandomState>,
    lists_bytes: usize,
    new_lists: Vec<(i64, Vec<Policy>)>,
    unknown_keys: BTreeMap<String, u64>,
    /// Rows of whole records that no tenant could be found for; parts take that of their record.
    pub without_tenant: u64,
    /// Rows whose id was derived from their content: they cannot meet copies of other formats.
    pub ids_derived: u64,
}

impl Decoder {
    /// A decoder that begins with room for `rows` rows.
    pub fn new(rows: usize) -> Self {
        Self {
            builder: RecordBuilder::new(rows),
            habits: Habits::default(),
            lists: HashMap::default(),
            lists_bytes: 0,
            new_lists: Vec::new(),
            unknown_keys: BTreeMap::new(),
            without_tenant: 0,
            ids_derived: 0,
        }
    }

    /// Decodes one piece; `each` hears the fate of every record in it, with its text.
    pub fn decode(&mut self, piece: &str, facts: &FileFacts, each: &mut dyn FnMut(Fate, &str)) {
        match &facts.reading {
            Reading::Row(binding) => {
                let found = binding.row(piece, facts.clock);
                each(self.row(found, facts), piece);
            }
            Reading::List(binding) => {
                let found = binding.list(piece, facts.clock);
                each(self.row(found, facts), piece);
            }
            Reading::Json(reader) => match page_of(piece) {
                Some(records) => {
                    for record in records {
                        let fate = self.record(record, *reader, facts, Source::default());
                        each(fate, record);
                    }
                }
                None => self.line(piece, *reader, facts, each),
            },
        }
    }

    /// Decodes what should be one record. Where a writer was cut off or forgot a line break, it is
    /// several, or half a one before a whole one.
    fn line(
        &mut self,
        piece: &str,
        reader: JsonReader,
        facts: &FileFacts,
        each: &mut dyn FnMut(Fate, &str),
    ) {
        let fate = self.record(piece, reader, facts, Source::default());
        let parts = match fate {
            Fate::Rejected(_) => joined(piece),
            _ => None,
        };
        let Some(parts) = parts else {
            return each(fate, piece);
        };
        for part in parts {
            let fate = self.record(part, reader, facts, Source::default());
            each(fate, part);
        }
    }

    fn row(&mut self, found: Result<Found<'_>, String>, facts: &FileFacts) -> Fate {
        match found {
            Ok(mut found) => match (found.audit.take(), found.other.take()) {
                (Some(text), _) => self.record(
                    &text,
                    JsonReader(unified_audit::read),
                    facts,
                    Source::default(),
                ),
                (None, Some(log)) => Fate::OtherCategory(log),
                (None, None) => self.store(found, facts),
            },
            Err(reason) => Fate::Rejected(reason),
        }
    }

    fn record(
        &mut self,
        record: &str,
        reader: JsonReader,
        facts: &FileFacts,
        source: Source,
    ) -> Fate {
        let fate = match (reader.0)(record, facts.clock, &mut self.habits) {
            Ok(Read::SignIn(mut found)) => {
                found.format = found.format.or(source.format);
                self.store(*found, facts)
            }
            Ok(Read::Other(category)) => return Fate::OtherCategory(category),
            Ok(Read::Inner(inner)) => return self.inner(&inner, reader, facts, source),
            Err(reason) => Fate::Rejected(reason),
        };
        if let Fate::Rejected(_) = fate
            && let Some(other) = self.as_another_format(record, facts, source)
        {
            return other;
        }
        fate
    }

    /// Reads a record that was wrapped in another.
    fn inner(
        &mut self,
        inner: &str,
        reader: JsonReader,
        facts: &FileFacts,
        source: Source,
    ) -> Fate {
        if source.wraps == WRAPS_MAX {
            return Fate::Rejected("wrapped too often".to_owned());
        }
        let own = json_format_of(inner);
        let source = Source {
            format: own.map(|(name, _)| name),
            wraps: source.wraps + 1,
        };
        let reader = own.map_or(reader, |(_, reader)| reader);
        self.record(inner, reader, facts, source)
    }

    /// Reads a record that does not fit its file as the format that it plainly is.
    fn as_another_format(
        &mut self,
        record: &str,
        facts: &FileFacts,
        source: Source,
    ) -> Option<Fate> {
        let own = source.format.unwrap_or(facts.source_format);
        let (name, other) = json_format_of(record).filter(|(name, _)| *name != own)?;
        match (other.0)(record, facts.clock, &mut self.habits).ok()? {
            Read::SignIn(mut found) => {
                found.format = Some(name);
                let fate = self.store(*found, facts);
                (fate == Fate::Stored).then_some(fate)
            }
            Read::Other(category) => Some(Fate::OtherCategory(category)),
            Read::Inner(inner) => Some(self.inner(&inner, other, facts, source)),
        }
    }

    fn store<'a>(&mut self, mut found: Found<'a>, facts: &'a FileFacts) -> Fate {
        if let Some(step) = found.step.take() {
            found.row.steps = vec![step];
            if found.row.text(Record::Id).is_none() {
                return Fate::Rejected("a step without the id of its record".to_owned());
            }
        } else {
            if let Some(reason) = lacks(&found, facts) {
                return Fate::Rejected(reason.to_owned());
            }
            let event_type = found.event_type(facts.event_type);
            if let Some(types) = found.event_types.take_if(|t| !is_only(t, event_type)) {
                found.row.set(Record::SignInEventTypes, Cell::Text(types));
            }
            found.row.set_text(Record::EventType, event_type);
        }
        self.read_lists(&mut found);
        clean_coordinates(&mut found.row);
        managed_identity::fill_kind(&mut found.row);
        match name(&mut found, facts) {
            Ok(derived) => self.ids_derived += u64::from(derived),
            Err(reason) => return Fate::Rejected(reason),
        }
        if found.row.text(Record::TenantId).is_none() && !found.row.is_part() {
            self.without_tenant += 1;
        }
        self.count_unknown(&found.extra);
        if let Some(extra) = found.extra_json() {
            found.row.set_text(Record::Extra, extra);
        }
        self.builder.append(&found.row);
        Fate::Stored
    }

    fn read_lists(&mut self, found: &mut Found<'_>) {
        if let Some(raw) = found.steps.take() {
            let mut strange = Vec::new();
            let mut note = |key: String, raw: Cow<'_, str>| {
                strange.push((format!("authenticationDetails{key}"), raw.into_owned()));
            };
            let steps = match &raw {
                Cow::Borrowed(raw) => lists::steps(raw, &mut self.habits, &mut note),
                Cow::Owned(raw) => lists::steps(raw, &mut self.habits, &mut note)
                    .map(|steps| steps.into_iter().map(Step::into_owned).collect()),
            };
            match steps {
                Some(steps) => found.row.steps = steps,
                None => strange.push(("authenticationDetails".to_owned(), raw.into_owned())),
            }
            found.extra.append(&mut strange);
        }
        let (raw, elements) = match found.known_policies.take() {
            Some(List::Known(key)) => {
                return found.row.set(Record::PolicySetId, Cell::Int(key));
            }
            Some(List::New(raw, elements)) => (Cow::Borrowed(raw), elements),
            None => match found.policies.take() {
                Some(raw) => (raw, None),
                None => return,
            },
        };
        match self.list_key(&raw) {
            Some(key) => {
                found.row.set(Record::PolicySetId, Cell::Int(key));
                if let Some(elements) = elements {
                    self.habits.learn(elements, key);
                }
            }
            None => {
                let key = "appliedConditionalAccessPolicies".to_owned();
                found.extra.push((key, raw.into_owned()));
            }
        }
    }

    /// The key of a raw list: remembered by its bytes, parsed only when met for the first time.
    fn list_key(&mut self, raw: &str) -> Option<i64> {
        if let Some(key) = self.lists.get(raw) {
            return Some(*key);
        }
        let policies = lists::policies(raw)?;
        let key = set_id(&policies);
        if self.lists_bytes >= LISTS_BYTES_MAX {
            self.lists.clear();
            self.lists_bytes = 0;
        }
        self.lists_bytes += raw.len();
        self.lists.insert(raw.into(), key);
        self.new_lists.push((key, policies));
        Some(key)
    }

    fn count_unknown(&mut self, extra: &[(String, String)]) {
        for (key, _) in extra {
            if let Some(count) = self.unknown_keys.get_mut(key) {
                *count += 1;
            } else if self.unknown_keys.len() < UNKNOWN_KEYS_MAX {
                self.unknown_keys.insert(key.clone(), 1);
            }
        }
    }

    /// Rows decoded and not taken yet.
    pub fn rows(&self) -> usize {
        self.builder.len()
    }

    /// Whether all of them but the last happened on one day.
    pub fn turns(&self) -> bool {
        self.builder.turns()
    }

    /// Takes the rows decoded so far.
    pub fn take_batch(&mut self) -> Result<RecordBatch> {
        self.builder.finish()
    }

    /// Takes the policy lists met for the first time since the last call.
    pub fn take_lists(&mut self) -> Vec<(i64, Vec<Policy>)> {
        std::mem::take(&mut self.new_lists)
    }

    /// Takes how often each key without a column was met since the last call; at most
    /// 1,000 names are told apart.
    pub fn take_unknown_keys(&mut self) -> BTreeMap<String, u64> {
        std::mem::take(&mut self.unknown_keys)
    }
}

/// What a whole record needs and this one lacks.
fn lacks(found: &Found<'_>, facts: &FileFacts) -> Option<&'static str> {
    let row = &found.row;
    let named = row.text(Record::Id).is_some();
    let who = [
        Record::UserPrincipalName,
        Record::UserId,
        Record::ServicePrincipalId,
    ];
    let someone = who.iter().any(|c| row.text(*c).is_some());
    if row.time(Record::CreatedAt).is_none() {
        return Some(match (found.undecided, named || someone) {
            (true, _) => "nothing says which number of its date is the month; give the date order",
            (false, true) => "no readable date of the event",
            (false, false) => "not a sign-in record",
        });
    }
    let derives = facts.derived.is_some() && someone;
    (!named && !derives).then_some("no id")
}

/// Fills the columns that say where a row comes from, and its id where the format has none.
/// Whether the id is derived.
fn name<'a>(found: &mut Found<'a>, facts: &'a FileFacts) -> Result<bool, String> {
    let row = &mut found.row;
    let derived = row.text(Record::Id).is_none();
    if let Some(ids) = facts.derived.as_ref().filter(|_| derived) {
        let id = ids.id_of(row);
        let id = id.ok_or("too many rows without id in one file; give it in parts")?;
        row.set_text(Record::Id, id);
    }
    row.set(Record::IdDerived, Cell::Bool(derived));
    if row.text(Record::TenantId).is_none()
        && let Some(tenant) = &facts.tenant_id
    {
        row.set_text(Record::TenantId, tenant.as_str());
    }
    row.set_text(
        Record::SourceFormat,
        found.format.unwrap_or(facts.source_format),
    );
    row.set_text(Record::IngestId, facts.ingest_id.as_str());
    Ok(derived)
}

/// 0,0 in the Gulf of Guinea is how exports write an unknown place.
fn clean_coordinates(row: &mut Row<'_>) {
    let zero = |column: Record| {
        matches!(row.get(column), Cell::Float(v) if *v == 0.0) || row.get(column).is_null()
    };
    if zero(Record::Latitude) && zero(Record::Longitude) {
        for column in [Record::Latitude, Record::Longitude, Record::Altitude] {
            row.set(column, Cell::Null);
        }
    }
}
