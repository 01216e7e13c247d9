//! Decodes pieces of text into rows: one decoder per worker, reused from piece to piece.
//!
//! A piece is one JSON value: a record, a diagnostic envelope around one, or a page of either
//! (`{"records":[…]}`, `{"value":[…]}`). Good records of a page are kept when others are broken.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use arrow::record_batch::RecordBatch;

use super::envelope::reconcile;
use super::fields::{ENVELOPE, SIGN_IN};
use super::json::{elements, walk};
use super::lists;
use super::page::page_of;
use super::target::{Field, Sink, Target, cell, int, lower, says_nothing, text};
use crate::error::Result;
use crate::signin::batch::RecordBuilder;
use crate::signin::policy::{Policy, set_id};
use crate::signin::row::{Cell, Row};
use crate::signin::schema::{Kind, Record};

/// Categories of diagnostic logs that hold sign-ins, with their event type.
const CATEGORIES: [(&str, &str); 6] = [
    ("SignInLogs", "interactiveUser"),
    ("NonInteractiveUserSignInLogs", "nonInteractiveUser"),
    ("ServicePrincipalSignInLogs", "servicePrincipal"),
    ("ManagedIdentitySignInLogs", "managedIdentity"),
    ("MicrosoftServicePrincipalSignInLogs", "servicePrincipal"),
    ("ADFSSignInLogs", "adfs"),
];
const EVENT_TYPES: [&str; 5] = [
    "interactiveUser",
    "nonInteractiveUser",
    "servicePrincipal",
    "managedIdentity",
    "adfs",
];
/// Raw policy lists whose key is remembered; beyond it the memory starts anew.
const LISTS_MAX: usize = 65_536;

/// What is the same for all records of one file.
#[derive(Debug, Clone, Default)]
pub struct FileFacts {
    /// Tenant of records that name none.
    pub tenant_id: Option<String>,
    pub source_format: &'static str,
    pub ingest_id: String,
}

/// What became of one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    Stored,
    /// A record of another log, by category.
    OtherCategory(String),
    Rejected(String),
}

/// Decodes records into batches.
pub struct Decoder {
    builder: RecordBuilder,
    /// Keys of raw lists by the hash of their text.
    lists: HashMap<[u8; 32], i64, foldhash::fast::RandomState>,
    new_lists: Vec<(i64, Vec<Policy>)>,
    /// Rows of records that no tenant could be found for.
    pub without_tenant: u64,
}

impl Decoder {
    /// A decoder that begins with room for `rows` rows.
    pub fn new(rows: usize) -> Self {
        Self {
            builder: RecordBuilder::new(rows),
            lists: HashMap::default(),
            new_lists: Vec::new(),
            without_tenant: 0,
        }
    }

    /// Decodes one piece; `each` hears the fate of every record in it, with its text.
    pub fn decode(&mut self, piece: &str, facts: &FileFacts, each: &mut dyn FnMut(Fate, &str)) {
        match page_of(piece) {
            Some(records) => {
                for record in records {
                    let fate = self.record(&record, facts);
                    each(fate, &record);
                }
            }
            None => {
                let fate = self.record(piece, facts);
                each(fate, piece);
            }
        }
    }

    fn record(&mut self, record: &str, facts: &FileFacts) -> Fate {
        let mut found = Found::default();
        let envelope = memchr::memmem::find(record.as_bytes(), b"\"properties\"").is_some();
        let table = if envelope { ENVELOPE } else { SIGN_IN };
        if let Err(reason) = walk(record, table, &mut found) {
            return Fate::Rejected(reason);
        }
        if envelope && found.properties.is_none() {
            found = Found::default();
            if let Err(reason) = walk(record, SIGN_IN, &mut found) {
                return Fate::Rejected(reason);
            }
        }
        self.finish(found, facts)
    }

    fn finish(&mut self, mut found: Found<'_>, facts: &FileFacts) -> Fate {
        let category = found.row.text(Record::Category).map(str::to_owned);
        let known = |c: &str| {
            CATEGORIES
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(c))
        };
        let by_category = category
            .as_deref()
            .and_then(known)
            .map(|(_, event_type)| *event_type);
        if by_category.is_none()
            && let Some(category) = category
        {
            return Fate::OtherCategory(category);
        }
        let properties = found.properties.take();
        let own;
        if let Some(raw) = properties {
            // A list with escapes is a copy; everything below borrows from it alike.
            own = raw;
            let mut inner = Found {
                row: found.row,
                ..Found::default()
            };
            inner.row.set(Record::TenantId, Cell::Null);
            let tenant = found.tenant.take();
            if let Err(reason) = walk(&own, SIGN_IN, &mut inner) {
                return Fate::Rejected(format!("properties: {reason}"));
            }
            inner
                .row
                .set_if_null(Record::TenantId, tenant.map_or(Cell::Null, Cell::Text));
            reconcile(&found.envelope, &mut inner);
            inner.extra.append(&mut found.extra);
            return self.store(inner, by_category, facts);
        }
        self.store(found, by_category, facts)
    }

    fn store(
        &mut self,
        mut found: Found<'_>,
        by_category: Option<&str>,
        facts: &FileFacts,
    ) -> Fate {
        if found.row.time(Record::CreatedAt).is_none() {
            let what = if found.row.text(Record::Id).is_some() {
                "no readable createdDateTime"
            } else {
                "not a sign-in record"
            };
            return Fate::Rejected(what.to_owned());
        }
        if found.row.text(Record::Id).is_none() {
            return Fate::Rejected("no id".to_owned());
        }
        self.read_lists(&mut found);
        let event_type = event_type(&found, by_category);
        if let Some(types) = found
            .event_types
            .take_if(|t| !t.contains(&format!("[\"{event_type}\"]")))
        {
            found.row.set(Record::SignInEventTypes, Cell::Text(types));
        }
        found.row.set_text(Record::EventType, event_type);
        clean_coordinates(&mut found.row);
        if found.row.text(Record::TenantId).is_none() {
            match &facts.tenant_id {
                Some(tenant) => found.row.set_text(Record::TenantId, tenant.clone()),
                None => self.without_tenant += 1,
            }
        }
        found
            .row
            .set_text(Record::SourceFormat, facts.source_format);
        found
            .row
            .set_text(Record::IngestId, facts.ingest_id.clone());
        found.row.set(Record::IdDerived, Cell::Bool(false));
        if !found.extra.is_empty() {
            let extra = extra_json(&found.extra);
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
            match lists::steps(&raw, &mut note) {
                Some(steps) => found.row.steps = steps,
                None => strange.push(("authenticationDetails".to_owned(), raw.into_owned())),
            }
            found.extra.append(&mut strange);
        }
        if let Some(raw) = found.policies.take() {
            match self.list_key(&raw) {
                Some(key) => found.row.set(Record::PolicySetId, Cell::Int(key)),
                None => {
                    let key = "appliedConditionalAccessPolicies".to_owned();
                    found.extra.push((key, raw.into_owned()));
                }
            }
        }
    }

    /// The key of a raw list: remembered by its bytes, parsed only when met for the first time.
    fn list_key(&mut self, raw: &str) -> Option<i64> {
        let hash = *blake3::hash(raw.as_bytes()).as_bytes();
        if let Some(key) = self.lists.get(&hash) {
            return Some(*key);
        }
        let policies = lists::policies(raw)?;
        let key = set_id(&policies);
        if self.lists.len() >= LISTS_MAX {
            self.lists.clear();
        }
        self.lists.insert(hash, key);
        self.new_lists.push((key, policies));
        Some(key)
    }

    /// Rows decoded and not taken yet.
    pub fn rows(&self) -> usize {
        self.builder.len()
    }

    /// Takes the rows decoded so far.
    pub fn take_batch(&mut self) -> Result<RecordBatch> {
        self.builder.finish()
    }

    /// Takes the policy lists met for the first time since the last call.
    pub fn take_lists(&mut self) -> Vec<(i64, Vec<Policy>)> {
        std::mem::take(&mut self.new_lists)
    }
}

/// What a walk over one record found.
#[derive(Default)]
pub(super) struct Found<'de> {
    pub(super) row: Row<'de>,
    steps: Option<Cow<'de, str>>,
    policies: Option<Cow<'de, str>>,
    event_types: Option<Cow<'de, str>>,
    properties: Option<Cow<'de, str>>,
    tenant: Option<Cow<'de, str>>,
    envelope: Vec<(Field, Cow<'de, str>)>,
    pub(super) extra: Vec<(String, String)>,
}

impl<'de> Sink<'de> for Found<'de> {
    fn known(&mut self, target: &Target, key: &'static str, raw: Cow<'de, str>) {
        match target {
            Target::Steps => self.steps = listed(raw),
            Target::Policies => self.policies = listed(raw),
            Target::EventTypes => self.event_types = listed(raw),
            Target::UserName => self.user_name(raw),
            Target::Envelope(Field::Properties) if raw.starts_with('{') => {
                self.properties = Some(raw);
            }
            Target::Envelope(field) => self.envelope.push((*field, raw)),
            Target::Ignore | Target::Object(_) => {}
            target => match cell(target, raw) {
                Ok((Record::TenantId, Cell::Text(tenant))) => {
                    self.tenant = Some(tenant.clone());
                    self.row.set(Record::TenantId, Cell::Text(tenant));
                }
                Ok((column, Cell::Int(value)))
                    if column.column().kind == Kind::Int32 && i32::try_from(value).is_err() =>
                {
                    self.extra.push((key.to_owned(), value.to_string()));
                }
                Ok((column, cell)) => self.row.set(column, cell),
                Err(raw) => self.extra.push((key.to_owned(), raw.into_owned())),
            },
        }
    }

    fn unknown(&mut self, path: &str, key: &str, raw: Cow<'de, str>) {
        if matches!(&*raw, "null" | "\"\"") {
            return;
        }
        let name = match (path, key) {
            ("", key) => key.to_owned(),
            (path, "") => path.to_owned(),
            (path, key) => format!("{path}.{key}"),
        };
        self.extra.push((name, raw.into_owned()));
    }

    fn odd(&mut self, path: &'static str, raw: String) {
        let code = int(&raw).filter(|c| i32::try_from(*c).is_ok());
        match code {
            // Some exporters write the code alone.
            Some(code) if path == "status" => self.row.set(Record::ErrorCode, Cell::Int(code)),
            _ => self.unknown("", path, Cow::Owned(raw)),
        }
    }
}

impl<'de> Found<'de> {
    fn user_name(&mut self, raw: Cow<'de, str>) {
        if says_nothing(&raw) {
            return;
        }
        let Some(written) = text(raw.clone()) else {
            self.extra
                .push(("userPrincipalName".to_owned(), raw.into_owned()));
            return;
        };
        let name = lower(written.clone());
        if name != written {
            self.row
                .set(Record::UserPrincipalNameRaw, Cell::Text(written));
        }
        self.row.set(Record::UserPrincipalName, Cell::Text(name));
    }
}

fn listed(raw: Cow<'_, str>) -> Option<Cow<'_, str>> {
    (!says_nothing(&raw)).then_some(raw)
}

fn event_type(found: &Found<'_>, by_category: Option<&str>) -> String {
    let named = found
        .event_types
        .as_deref()
        .and_then(elements)
        .unwrap_or_default();
    let named: Vec<&str> = named.iter().map(|t| t.trim_matches('"')).collect();
    let known = EVENT_TYPES.iter().find(|t| named.contains(t)).copied();
    if let Some(event_type) = known.or(by_category) {
        return event_type.to_owned();
    }
    let row = &found.row;
    let interactive = row.get(Record::IsInteractive);
    let service = row.text(Record::ServicePrincipalId).is_some();
    match interactive {
        _ if service && row.text(Record::UserId).is_none() => "servicePrincipal",
        Cell::Bool(true) => "interactiveUser",
        Cell::Bool(false) => "nonInteractiveUser",
        _ => "unknown",
    }
    .to_owned()
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

/// One JSON object of all keys that have no column.
fn extra_json(extra: &[(String, String)]) -> String {
    let sorted: BTreeMap<&str, &str> = extra
        .iter()
        .map(|(k, v)| (k.as_str(), v.as_str()))
        .collect();
    let fields: Vec<String> = sorted
        .into_iter()
        .map(|(key, raw)| format!("{}:{raw}", serde_json::to_string(key).unwrap_or_default()))
        .collect();
    format!("{{{}}}", fields.join(","))
}

/// The tenants that are home or resource of a record, for files whose records name no tenant.
pub fn tenants_of(record: &str) -> Option<[Option<String>; 2]> {
    let mut found = Found::default();
    walk(record, SIGN_IN, &mut found).ok()?;
    let own = |column| found.row.text(column).map(str::to_owned);
    Some([own(Record::HomeTenantId), own(Record::ResourceTenantId)])
}
