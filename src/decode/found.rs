//! What one record gives before it becomes a row: cells, raw lists, and what has no column.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::envelope::{name_of, says_nothing_new};
use super::fields::SIGN_IN;
use super::json::{Table, walk_at};
use super::known_lists::List;
use super::learned::learned;
use super::raw::{quoted, strict};
use super::scan::{Quoted, is_value};
use super::sign_in::place_of_log;
use super::stretch::Kept;
use super::target::{
    Field, Sink, Target, cell, column_of, int, lower, nested, plain_cell, says_nothing, text,
};
use super::timestamp::{self, Clock, Evidence};
use crate::signin::row::{Cell, Hint, Row, Step};
use crate::signin::schema::{Kind, Record};

/// Fields of an envelope that are kept at least.
const ENVELOPE_FIELDS: usize = 16;

/// What a walk over one record found.
#[derive(Default)]
pub(super) struct Found<'de> {
    pub(super) row: Row<'de>,
    pub(super) steps: Option<Cow<'de, str>>,
    pub(super) policies: Option<Cow<'de, str>>,
    /// The list of policies where its key is known, or can be learned.
    pub(super) known_policies: Option<List<'de>>,
    pub(super) event_types: Option<Cow<'de, str>>,
    pub(super) tenant: Option<Cow<'de, str>>,
    /// What the envelope held before the record inside it began.
    pub(super) outer: Option<Outer<'de>>,
    /// The record inside has ended.
    pub(super) left: bool,
    /// Its log: one more than its place among those of sign-ins, 0 where none is named.
    pub(super) kind: usize,
    pub(super) envelope: Vec<(Field, Cow<'de, str>)>,
    /// Keys without a column, with their raw JSON value.
    pub(super) extra: Vec<(String, String)>,
    pub(super) clock: Clock,
    /// Event type by the log that the record stands in.
    pub(super) by_category: Option<&'static str>,
    /// The format of the record where it is not that of its file.
    pub(super) format: Option<&'static str>,
    /// `Success`, `Failure` or `Interrupted`.
    pub(super) status: Option<Cow<'de, str>>,
    /// The record is one step of another record.
    pub(super) step: Option<Step<'de>>,
    /// The JSON text of a whole audit record.
    pub(super) audit: Option<Cow<'de, str>>,
    /// The log that the record stands in, where it is no log of sign-ins.
    pub(super) other: Option<String>,
    /// A key was written in another case than the table's.
    pub(super) respelt: bool,
    /// A key without a column stood before an object as that of an envelope does.
    pub(super) wraps: bool,
    /// A date could not be read because nothing says which number is the month.
    pub(super) undecided: bool,
}

/// Of an envelope: its tenant and the keys without a column.
#[derive(Default)]
pub(super) struct Outer<'de> {
    tenant: Option<Cow<'de, str>>,
    extra: Vec<(String, String)>,
}

impl<'de> Sink<'de> for Found<'de> {
    fn known(&mut self, target: &Target, key: &'static str, raw: Cow<'de, str>) {
        if says_nothing(&raw)
            && let Some(column) = column_of(target)
        {
            return self.nothing(column);
        }
        match target {
            Target::Steps => {
                listed(&mut self.steps, raw);
            }
            Target::Policies => self.raw_policies(raw),
            Target::EventTypes => {
                listed(&mut self.event_types, raw);
            }
            Target::UserName => self.user_name(raw),
            Target::Envelope(field) if says_nothing_new(*field, &raw) => {}
            Target::Envelope(field) => {
                if self.envelope.is_empty() {
                    self.envelope.reserve(ENVELOPE_FIELDS);
                }
                self.envelope.push((*field, raw));
            }
            // Scripts write the audit record as the object that its text holds.
            Target::Audit if raw.starts_with('{') => self.audit = Some(raw),
            Target::Audit => self.audit = text(raw),
            Target::Ignore => {}
            Target::Object(table) => match nested(&raw) {
                Some(inner) => self.object(table, key, Cow::Owned(inner)),
                None => self.object(table, key, raw),
            },
            Target::Place | Target::Status | Target::StepField(_) => {
                if let Some(text) = text(raw) {
                    self.plain(target, key, text);
                }
            }
            target => match cell(target, raw, self.clock) {
                Ok((column, cell)) => self.set(column, key, cell),
                Err(raw) => self.misfit(target, key, raw),
            },
        }
    }

    #[inline(always)]
    fn plain_string(&mut self, target: &Target, key: &'static str, string: Quoted<'de>) {
        let text = string.inner();
        match target {
            _ if text.is_empty() => match column_of(target) {
                Some(column) => self.nothing(column),
                None => self.known(target, key, Cow::Borrowed(string.raw())),
            },
            Target::Text(column) if *column != Record::TenantId => {
                self.row.set(*column, Cell::Text(Cow::Borrowed(text)));
            }
            Target::Text(column) => self.set(*column, key, Cell::Text(Cow::Borrowed(text))),
            Target::UserName => self.user_name_text(Cow::Borrowed(text)),
            Target::Time(column) | Target::EnvelopeTime(column) => {
                match plain_cell(target, Cow::Borrowed(text), self.clock) {
                    Some(cell) => self.row.set(*column, cell),
                    None => self.misfit(target, key, Cow::Borrowed(string.raw())),
                }
            }
            target => self.known(target, key, Cow::Borrowed(string.raw())),
        }
    }

    fn learned(&self, table: Table, place: usize, raw: &str) -> Option<Vec<(Record, Kept)>> {
        learned(table, place, raw, self.clock)
    }

    #[inline(always)]
    fn again(&mut self, column: Record, cell: Cell<'de>, hint: Hint) {
        self.row.set_hinted(column, cell, hint);
    }

    fn policies(&mut self, list: List<'de>, _: &'static str) {
        match list {
            List::New(raw, None) => self.raw_policies(Cow::Borrowed(raw)),
            list => (self.policies, self.known_policies) = (None, Some(list)),
        }
    }

    fn unknown(&mut self, path: &str, key: &str, raw: Cow<'de, str>) {
        self.wraps |= path.is_empty()
            && raw.starts_with('{')
            && key.eq_ignore_ascii_case(name_of(Field::Properties));
        if says_nothing(&raw) {
            return;
        }
        let name = match (path, key) {
            ("", key) => key.to_owned(),
            (path, "") => path.to_owned(),
            (path, key) => format!("{path}.{key}"),
        };
        self.extra.push((name, raw.into_owned()));
    }

    fn enters(&self, target: &Target) -> Option<Table> {
        let inside = matches!(target, Target::Envelope(Field::Properties));
        (inside && !self.has_inner()).then_some(SIGN_IN)
    }

    fn kind(&self) -> usize {
        self.kind
    }

    /// One set of cells serves envelope and record: a new one for each record would cost as much
    /// as a tenth of its reading.
    fn entered(&mut self) {
        let category = self.row.text(Record::Category);
        self.kind = category.and_then(place_of_log).map_or(0, |place| place + 1);
        self.outer = Some(Outer {
            tenant: self.tenant.take(),
            extra: std::mem::take(&mut self.extra),
        });
        self.row.set(Record::TenantId, Cell::Null);
    }

    fn leaves(&mut self) {
        let outer = self.outer.get_or_insert_default();
        if let Some(tenant) = outer.tenant.take() {
            self.row.set_if_null(Record::TenantId, Cell::Text(tenant));
        }
        self.extra.append(&mut outer.extra);
        self.left = true;
    }

    fn respelt(&mut self) {
        self.respelt = true;
    }

    fn odd(&mut self, path: &'static str, raw: String) {
        let code = int(&raw).filter(|c| i32::try_from(*c).is_ok());
        match code {
            // Some exporters write the code alone.
            Some(code) if path.eq_ignore_ascii_case("status") => {
                self.row.set(Record::ErrorCode, Cell::Int(code));
            }
            _ => self.unknown("", path, Cow::Owned(raw)),
        }
    }
}

impl<'de> Found<'de> {
    /// An empty one for a file whose times are meant as `clock` says.
    pub(super) fn new(clock: Clock) -> Self {
        Self {
            clock,
            ..Self::default()
        }
    }

    /// An object that stands at `key`.
    pub(super) fn object(&mut self, table: Table, key: &'static str, raw: Cow<'de, str>) {
        if says_nothing(&raw) {
            return;
        }
        let whole = match &raw {
            Cow::Borrowed(text) if text.starts_with('{') => {
                let mut inner = Found::new(self.clock);
                let whole = walk_at(text, table, key, &mut inner).is_ok();
                whole.then(|| self.adopt(inner)).is_some()
            }
            Cow::Owned(text) if text.starts_with('{') => {
                let mut inner = Found::new(self.clock);
                let whole = walk_at(text, table, key, &mut inner).is_ok();
                whole.then(|| self.adopt(inner.into_owned())).is_some()
            }
            _ => false,
        };
        if !whole {
            let json = raw.starts_with(['"', '[']) && is_value(&raw);
            let raw = if json || int(&raw).is_some() {
                raw.into_owned()
            } else {
                quoted(&raw)
            };
            self.odd(key, raw);
        }
    }

    /// Whether an envelope was read, with the record inside it.
    pub(super) fn has_inner(&self) -> bool {
        self.outer.is_some()
    }

    /// A copy that borrows nothing.
    pub(super) fn into_owned(self) -> Found<'static> {
        let own = |text: Option<Cow<'_, str>>| text.map(|t| Cow::Owned(t.into_owned()));
        let envelope = self.envelope.into_iter();
        Found {
            row: self.row.into_owned(),
            steps: own(self.steps),
            policies: own(self.policies),
            known_policies: None,
            event_types: own(self.event_types),
            tenant: own(self.tenant),
            outer: None,
            left: false,
            kind: 0,
            envelope: envelope
                .map(|(f, raw)| (f, Cow::Owned(raw.into_owned())))
                .collect(),
            extra: self.extra,
            clock: self.clock,
            by_category: self.by_category,
            format: self.format,
            status: own(self.status),
            step: self.step.map(Step::into_owned),
            audit: own(self.audit),
            other: self.other,
            respelt: self.respelt,
            wraps: self.wraps,
            undecided: self.undecided,
        }
    }

    /// Takes over what an inner object held.
    fn adopt(&mut self, mut inner: Found<'de>) {
        for column in Record::ALL.iter().copied() {
            let cell = inner.row.take(column);
            if !cell.is_null() {
                self.row.set(column, cell);
            }
        }
        self.extra.append(&mut inner.extra);
    }

    pub(super) fn raw_policies(&mut self, raw: Cow<'de, str>) {
        if listed(&mut self.policies, raw) {
            self.known_policies = None;
        }
    }

    /// A value that says nothing.
    fn nothing(&mut self, column: Record) {
        if !(self.left && column == Record::TenantId) {
            self.row.set(column, Cell::Null);
        }
    }

    pub(super) fn set(&mut self, column: Record, key: &'static str, cell: Cell<'de>) {
        match cell {
            // The tenant of the record stands, also where that of its envelope comes behind it.
            Cell::Text(tenant) if column == Record::TenantId && self.left => {
                self.row.set_if_null(column, Cell::Text(tenant));
            }
            Cell::Text(tenant) if column == Record::TenantId => {
                self.tenant = Some(tenant.clone());
                self.row.set(column, Cell::Text(tenant));
            }
            Cell::Int(value)
                if column.column().kind == Kind::Int32 && i32::try_from(value).is_err() =>
            {
                self.extra.push((key.to_owned(), value.to_string()));
            }
            cell => self.row.set(column, cell),
        }
    }

    /// Keeps a value that does not fit its column.
    pub(super) fn misfit(&mut self, target: &Target, key: &'static str, raw: Cow<'de, str>) {
        if matches!(target, Target::Time(_))
            && self.clock.order.is_none()
            && timestamp::evidence(raw.trim_matches('"')) == Evidence::Open
        {
            self.undecided = true;
        }
        self.extra.push((key.to_owned(), raw.into_owned()));
    }

    fn user_name(&mut self, raw: Cow<'de, str>) {
        if says_nothing(&raw) {
            return;
        }
        match text(raw.clone()) {
            Some(written) => self.user_name_text(written),
            None => {
                let key = "userPrincipalName".to_owned();
                self.extra.push((key, raw.into_owned()));
            }
        }
    }

    pub(super) fn user_name_text(&mut self, written: Cow<'de, str>) {
        let name = lower(written.clone());
        if name != written {
            self.row
                .set(Record::UserPrincipalNameRaw, Cell::Text(written));
        }
        self.row.set(Record::UserPrincipalName, Cell::Text(name));
    }

    /// One JSON object of all keys that have no column; `None` where there are none.
    pub(super) fn extra_json(&self) -> Option<String> {
        if self.extra.is_empty() {
            return None;
        }
        let pairs = self.extra.iter();
        let sorted: BTreeMap<&str, &str> = pairs.map(|(k, v)| (k.as_str(), v.as_str())).collect();
        let fields: Vec<String> = sorted
            .into_iter()
            .map(|(key, raw)| format!("{}:{}", quoted(key), strict(raw)))
            .collect();
        Some(format!("{{{}}}", fields.join(",")))
    }
}

/// Keeps a list, whether it stands there as one or as the text of one; false where it is empty.
pub(super) fn listed<'de>(place: &mut Option<Cow<'de, str>>, raw: Cow<'de, str>) -> bool {
    let raw = match nested(&raw) {
        Some(inner) => Cow::Owned(inner),
        None => raw,
    };
    let says = !says_nothing(&raw);
    if says {
        *place = Some(raw);
    }
    says
}
