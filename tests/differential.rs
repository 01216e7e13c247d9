//! The decoder against a slow one that shares nothing with it, to the last field.
//!
//! The slow path parses a record with `serde_json`, key by key, and takes from the list of columns
//! where each value goes. Records are generated ones, real samples, mutants and damaged texts. One
//! decoder reads all of them, with what it has learned, and a new one reads each.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use authlake::decode::decoder::{Decoder, Fate, FileFacts};
use authlake::generate::{Format, Options, generate};
use authlake::signin::batch::RowReader;
use authlake::signin::policy::{Policy, condition_names, set_id};
use authlake::signin::row::{Cell, Row, Step};
use authlake::signin::schema::{Kind, Record};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

const FORMAT: &str = "azure_monitor";
const INGEST: &str = "i";
/// Event types in the order in which one of several is chosen.
const EVENT_TYPES: [&str; 5] = [
    "interactiveUser",
    "nonInteractiveUser",
    "servicePrincipal",
    "managedIdentity",
    "adfs",
];
/// Fields of the envelope that are weighed against the record inside.
const WEIGHED: [&str; 11] = [
    "resourceId",
    "operationName",
    "operationVersion",
    "resultType",
    "resultDescription",
    "durationMs",
    "callerIpAddress",
    "correlationId",
    "identity",
    "level",
    "location",
];
const STEP_KEYS: [&str; 8] = [
    "authenticationStepDateTime",
    "authenticationMethod",
    "authenticationMethodDetail",
    "succeeded",
    "authenticationStepResultDetail",
    "authenticationStepRequirement",
    "statusSequence",
    "requestSequence",
];

/// Where a column is written: the name in the export, with the objects above it.
fn source(column: Record) -> &'static str {
    match column {
        // The list of columns names the Graph form, the decoder reads that of diagnostic logs.
        Record::ManagedIdentityType => "managedIdentityType",
        // Made of the same key as another column.
        Record::EventType | Record::UserPrincipalNameRaw => "-",
        _ => column.column().source,
    }
}

/// Name and column of each place, in lower case: `.status.errorcode`, `envelope.time`.
static COLUMNS: LazyLock<HashMap<String, (&str, Record)>> = LazyLock::new(|| {
    let mut places = HashMap::from([("envelope.tenantid".into(), ("tenantId", Record::TenantId))]);
    for column in Record::ALL.iter().copied().filter(|c| source(*c) != "-") {
        let (path, name) = match source(column).strip_suffix(" (envelope)") {
            Some(name) => (format!("envelope.{name}"), name),
            None => (format!(".{}", source(column)), source(column)),
        };
        let name = name.rsplit('.').next().unwrap_or(name);
        places.insert(path.to_ascii_lowercase(), (name, column));
    }
    places
});

/// The objects that columns stand in, by place.
static OBJECTS: LazyLock<HashMap<String, &str>> = LazyLock::new(|| {
    let mut places = HashMap::new();
    for column in Record::ALL.iter().copied() {
        let (mut path, mut names) = (String::new(), source(column).split('.').peekable());
        while let Some(name) = names.next().filter(|_| names.peek().is_some()) {
            path.push('.');
            path.push_str(&name.to_ascii_lowercase());
            places.insert(path.clone(), name);
        }
    }
    places
});

/// The keys of an object in their order, with their values as they are written.
struct Pairs<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Pairs<'de> {
    fn deserialize<D: Deserializer<'de>>(text: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Pairs<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs<'de>, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        text.deserialize_map(InOrder)
    }
}

fn object(raw: &str) -> Option<Vec<(String, &str)>> {
    let pairs = serde_json::from_str::<Pairs<'_>>(raw).ok()?.0;
    Some(pairs.into_iter().map(|(k, v)| (k, v.get())).collect())
}

fn list(raw: &str) -> Option<Vec<&str>> {
    let items = serde_json::from_str::<Vec<&RawValue>>(raw).ok()?;
    Some(items.into_iter().map(RawValue::get).collect())
}

fn value(raw: &str) -> Value {
    serde_json::from_str(raw).unwrap_or_else(|_| Value::from(raw))
}

/// Null, an empty text, list or object.
fn silent(raw: &str) -> bool {
    match value(raw) {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    }
}

/// The text of a string, or a number or boolean as it is written.
fn text(raw: &str) -> Option<String> {
    match raw.as_bytes().first()? {
        b'"' => serde_json::from_str(raw).ok(),
        b'[' | b'{' => None,
        _ => Some(raw.to_owned()),
    }
}

/// The list or object that a string holds as text; any other value as it is.
fn opened(raw: &str) -> String {
    let inner = text(raw).filter(|t| raw.starts_with('"') && t.starts_with(['[', '{']));
    inner
        .filter(|t| serde_json::from_str::<IgnoredAny>(t).is_ok())
        .unwrap_or_else(|| raw.to_owned())
}

fn int(text: &str) -> Option<i64> {
    let whole = |v: &f64| v.fract() == 0.0 && v.abs() < 9e15;
    let number = text.trim();
    let by_float = || number.parse().ok().filter(whole).map(|v| v as i64);
    number.parse().ok().or_else(by_float)
}

fn boolean(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "yes" => Some(true),
        "false" | "no" => Some(false),
        _ => None,
    }
}

fn days_of_month(year: i64, month: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    }
}

/// Numbers of so many digits, between these marks; `None` for anything else.
fn numbers<const N: usize>(text: &str, by: char) -> Option<[i64; N]> {
    let parts: Vec<i64> = text
        .split(by)
        .map(|p| p.parse::<u32>().ok().filter(|_| !p.starts_with('+')))
        .map(|n| n.map(i64::from))
        .collect::<Option<_>>()?;
    parts.try_into().ok()
}

/// Microseconds of an ISO 8601 time, or of `11/14/2025 1:48:53 AM`.
fn instant(text: &str) -> Option<i64> {
    let text = text.trim();
    let (date, clock, zone) = if text.as_bytes().get(2) == Some(&b'/') {
        let [date, time, half] = text.split(' ').collect::<Vec<_>>().try_into().ok()?;
        let ([month, day, year], [hour, minute, second]) = (numbers(date, '/')?, numbers(time, ':')?);
        let hour = hour % 12 + if half == "PM" { 12 } else { 0 };
        let clock = format!("{hour:02}:{minute:02}:{second:02}");
        ([year, month, day], clock, "Z")
    } else {
        let (date, rest) = text.split_at_checked(10)?;
        let rest = rest.strip_prefix(['T', ' '])?;
        let end = rest.find(['Z', '+', '-']).unwrap_or(rest.len());
        (numbers(date, '-')?, rest[..end].to_owned(), &rest[end..])
    };
    let ([year, month, day], (clock, fraction)) = (date, clock.split_once('.').unwrap_or((&clock, "")));
    let [hour, minute, second] = numbers(clock, ':').filter(|_| clock.len() == 8)?;
    let fits = (1..=days_of_month(year, month)).contains(&day) && (1970..=9999).contains(&year);
    if !fits || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let micros: i64 = format!("{fraction:0<6}").get(..6)?.parse().ok()?;
    let east = match zone {
        "" | "Z" => 0,
        zone => {
            let [hours, minutes] = numbers(&zone[1..], ':')?;
            (hours * 60 + minutes) * if zone.starts_with('-') { -60 } else { 60 }
        }
    };
    let years: i64 = (1970..year).map(|y| 337 + days_of_month(y, 2)).sum();
    let months: i64 = (1..month).map(|m| days_of_month(year, m)).sum();
    let hours = (years + months + day - 1) * 24 + hour;
    Some(((hours * 60 + minute) * 60 + second.min(59) - east) * 1_000_000 + micros)
}

/// What the slow path makes of a record.
#[derive(Default)]
struct Expected {
    cells: HashMap<Record, Cell<'static>>,
    steps: Vec<Step<'static>>,
    extra: BTreeMap<String, Value>,
    /// What its list of policies says.
    policies: Option<String>,
}

impl Expected {
    fn get(&self, column: Record) -> &Cell<'static> {
        self.cells.get(&column).unwrap_or(&Cell::Null)
    }

    fn text(&self, column: Record) -> Option<&str> {
        match self.get(column) {
            Cell::Text(text) => Some(text),
            _ => None,
        }
    }

    fn set(&mut self, column: Record, cell: Cell<'static>) {
        self.cells.insert(column, cell);
    }

    fn set_text(&mut self, column: Record, text: impl Into<String>) {
        self.set(column, Cell::Text(text.into().into()));
    }

    fn keep(&mut self, key: impl Into<String>, raw: &str) {
        self.extra.insert(key.into(), value(raw));
    }

    /// Reads the keys of an object; `name` is that of the object, `path` its place.
    fn read(&mut self, path: &str, name: &str, pairs: Vec<(String, &str)>) {
        for (key, raw) in pairs {
            let place = format!("{path}.{key}").to_ascii_lowercase();
            if let Some(inner) = OBJECTS.get(&place) {
                self.inner(&place, inner, raw);
            } else if let Some((own, column)) = COLUMNS.get(&place) {
                self.column(own, *column, raw);
            } else if place != ".@odata.context" && !silent(raw) {
                let dot = if name.is_empty() || key.is_empty() { "" } else { "." };
                self.keep(format!("{name}{dot}{key}"), raw);
            }
        }
    }

    /// An object, or the text of one. A status may be its code alone.
    fn inner(&mut self, path: &str, name: &str, raw: &str) {
        let written = opened(raw);
        let code = text(raw).and_then(|t| int(&t));
        match (object(&written), code.filter(|c| i32::try_from(*c).is_ok())) {
            (Some(pairs), _) => self.read(path, name, pairs),
            (None, Some(code)) if name == "status" => self.set(Record::ErrorCode, Cell::Int(code)),
            _ if silent(raw) => {}
            _ => self.keep(name, raw),
        }
    }

    fn column(&mut self, name: &str, column: Record, raw: &str) {
        if silent(raw) {
            return;
        }
        let written = opened(raw);
        match (column, column.column().kind) {
            (_, Kind::Steps | Kind::Json) | (Record::PolicySetId, _) if silent(&written) => {}
            (Record::PolicySetId, _) => self.policies(name, &written),
            (_, Kind::Steps) => self.steps(name, &written),
            (_, Kind::Json) => self.set_text(column, written),
            (_, kind) => match text(raw).and_then(|t| plain(column, kind, &t)) {
                Some(Cell::Int(v)) if kind == Kind::Int32 && i32::try_from(v).is_err() => {
                    self.extra.insert(name.to_owned(), Value::from(v));
                }
                Some(Cell::Text(t)) if column == Record::UserPrincipalName => {
                    let lower = t.to_lowercase();
                    if lower != *t {
                        self.set(Record::UserPrincipalNameRaw, Cell::Text(t));
                    }
                    self.set_text(column, lower);
                }
                Some(cell) => self.set(column, cell),
                None => self.keep(name, raw),
            },
        }
    }

    fn steps(&mut self, name: &str, raw: &str) {
        let Some(items) = list(raw) else {
            return self.keep(name, raw);
        };
        for (place, item) in items.into_iter().enumerate() {
            let Some(pairs) = object(item) else {
                self.keep(format!("{name}[{place}]"), item);
                continue;
            };
            let mut step = Step::default();
            for (key, raw) in pairs.into_iter().filter(|(_, raw)| !silent(raw)) {
                let known = STEP_KEYS.iter().position(|k| k.eq_ignore_ascii_case(&key));
                if !known.is_some_and(|field| fill(&mut step, field, raw)) {
                    let lower = key[..1.min(key.len())].to_ascii_lowercase() + key.get(1..).unwrap_or("");
                    let key = known.map_or(lower, |field| STEP_KEYS[field].to_owned());
                    self.keep(format!("{name}[{place}].{key}"), raw);
                }
            }
            self.steps.push(step);
        }
    }

    fn policies(&mut self, name: &str, raw: &str) {
        let items = list(raw).and_then(|items| items.into_iter().map(policy).collect());
        let Some(read): Option<Vec<(Policy, String)>> = items else {
            return self.keep(name, raw);
        };
        self.policies = Some(read.iter().map(|(_, said)| said.as_str()).collect());
        let policies: Vec<Policy> = read.into_iter().map(|(policy, _)| policy).collect();
        self.set(Record::PolicySetId, Cell::Int(set_id(&policies)));
    }

    /// The envelope fills what the record lacks; where they disagree, it goes to `extra`.
    fn weigh(&mut self, name: &str, raw: &str) {
        let Some(said) = text(raw).filter(|_| !silent(raw)) else {
            return;
        };
        let column = match name {
            "callerIpAddress" => Record::IpAddress,
            "correlationId" => Record::CorrelationId,
            "location" => Record::Country,
            "resultDescription" => Record::FailureReason,
            "identity" => Record::UserDisplayName,
            "resultType" => {
                let code = int(&said).filter(|c| i32::try_from(*c).is_ok());
                match (self.get(Record::ErrorCode).clone(), code.map(Cell::Int)) {
                    (Cell::Null, Some(code)) => self.set(Record::ErrorCode, code),
                    (held, Some(code)) if held == code => {}
                    _ => self.keep("envelope.resultType", &Value::from(said).to_string()),
                }
                return;
            }
            _ => {
                let path = said.to_ascii_lowercase();
                let parts: Vec<&str> = path.split('/').collect();
                let of_tenant = parts.len() > 2 && parts[0].is_empty() && parts[1] == "tenants";
                let guid = |t: &&&str| t.len() == 36 && t.chars().all(|c| c == '-' || c.is_ascii_hexdigit());
                let tenant = parts.get(2).filter(|_| of_tenant).filter(guid);
                if let Some(tenant) = tenant
                    && name == "resourceId"
                    && self.text(Record::TenantId).is_none()
                {
                    self.set_text(Record::TenantId, *tenant);
                }
                let usual = match name {
                    "operationName" => said == "Sign-in activity",
                    "operationVersion" => said == "1.0" || said == "1",
                    "durationMs" => said == "0",
                    "level" => said == "4" || said == "Informational",
                    _ => of_tenant && path.ends_with("/providers/microsoft.aadiam"),
                };
                if !usual {
                    self.keep(format!("envelope.{name}"), raw);
                }
                return;
            }
        };
        let service = self.text(Record::ServicePrincipalName) == Some(&said);
        let identity = name == "identity";
        match self.text(column) {
            Some(held) if held == said => {}
            None if !identity => self.set_text(column, said),
            _ if identity && service => {}
            _ => self.keep(format!("envelope.{name}"), raw),
        }
    }

    /// The event type as the record names it, by its log, or by what it holds.
    fn event_type(&mut self, log: Option<&'static str>) {
        let written = self.text(Record::SignInEventTypes).map(str::to_owned);
        let items = written.as_deref().and_then(list).unwrap_or_default();
        let names: Vec<String> = items.into_iter().filter_map(text).collect();
        let named = EVENT_TYPES.into_iter().find(|t| names.iter().any(|n| n == t));
        let service = self.text(Record::ServicePrincipalId).is_some() && self.text(Record::UserId).is_none();
        let by_content = match self.get(Record::IsInteractive) {
            _ if service => "servicePrincipal",
            Cell::Bool(true) => "interactiveUser",
            Cell::Bool(false) => "nonInteractiveUser",
            _ => "unknown",
        };
        let chosen = named.or(log).unwrap_or(by_content);
        if names == [chosen] {
            self.set(Record::SignInEventTypes, Cell::Null);
        }
        self.set_text(Record::EventType, chosen);
    }
}
