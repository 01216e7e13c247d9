//! Reads a sign-in by `serde_json`, key by key; the list of columns says where each value goes.

use std::collections::{BTreeMap, HashMap};
use std::fmt::{self, Formatter};
use std::sync::LazyLock;

use arrow::compute::kernels::cast_utils::string_to_timestamp_nanos;
use authlake::signin::policy::{Policy, condition_names, set_id};
use authlake::signin::row::{Cell, Step};
use authlake::signin::schema::{Kind, Record};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::{Value, from_str, value::RawValue};
const EVENT_TYPES: &str =
    "interactiveUser nonInteractiveUser servicePrincipal managedIdentity adfs";
/// Fields of the envelope that are weighed against the record inside.
const WEIGHED: &str = "resourceId operationName operationVersion resultType resultDescription \
    durationMs callerIpAddress correlationId identity level location";
/// Keys of a policy that are compared one by one.
const POLICY_KEYS: &str = "id displayName result enforcedGrantControls enforcedSessionControls \
    conditionsSatisfied conditionsNotSatisfied";

/// Name and column of each place, in lower case: `.status.errorcode`, `envelope.time`. An object
/// that columns stand in has no column of its own.
pub(crate) static PLACES: LazyLock<HashMap<String, (&str, Option<Record>)>> = LazyLock::new(|| {
    let tenant = ("tenantId", Some(Record::TenantId));
    let mut places = HashMap::from([("envelope.tenantid".to_owned(), tenant)]);
    for column in Record::ALL {
        let source = match column {
            // The form of other logs; that of the list of columns is a key inside another column.
            Record::ManagedIdentityType => "managedIdentityType",
            // Made of the key of another column.
            Record::EventType | Record::UserPrincipalNameRaw => continue,
            _ => column.column().source,
        };
        let inner = source.strip_suffix(" (envelope)");
        let mut path = inner.map_or("", |_| "envelope").to_owned();
        let mut names = inner.unwrap_or(source).split('.').peekable();
        while let Some(name) = names.next().filter(|name| *name != "-") {
            path = format!("{path}.{name}").to_ascii_lowercase();
            let column = names.peek().is_none().then_some(*column);
            places.insert(path.clone(), (name, column));
        }
    }
    places
});

/// The keys of an object in their order, with their values as they are written.
struct Pairs<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Pairs<'de> {
    fn deserialize<D: Deserializer<'de>>(text: D) -> Result<Self, D::Error> {
        text.deserialize_map(Pairs(Vec::new()))
    }
}

impl<'de> Visitor<'de> for Pairs<'de> {
    type Value = Self;

    fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Self, A::Error> {
        while let Some(pair) = map.next_entry()? {
            self.0.push(pair);
        }
        Ok(self)
    }
}

pub(crate) fn object(raw: &str) -> Option<Vec<(String, &str)>> {
    let pairs = from_str::<Pairs<'_>>(raw).ok()?.0;
    Some(pairs.into_iter().map(|(k, v)| (k, v.get())).collect())
}

pub(crate) fn list(raw: &str) -> Option<Vec<&str>> {
    let items = from_str::<Vec<&RawValue>>(raw).ok()?;
    Some(items.into_iter().map(RawValue::get).collect())
}

pub(crate) fn value(raw: &str) -> Value {
    from_str(raw).unwrap_or_else(|_| Value::from(raw))
}

/// Null, an empty text, list or object; inside policies also an object of such values.
pub(crate) fn silent(value: &Value, deep: bool) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.values().all(|v| deep && silent(v, deep)),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// The text of a string, or a number or boolean as it is written.
pub(crate) fn text(raw: &str) -> Option<String> {
    match raw.as_bytes().first()? {
        b'"' => from_str(raw).ok(),
        b'[' | b'{' => None,
        _ => Some(raw.to_owned()),
    }
}

/// A text that says something.
fn word(raw: &str) -> Option<String> {
    text(raw).filter(|t| !t.is_empty() && t != "null")
}

/// The list or object that a string holds as text; any other value as it is.
pub(crate) fn opened(raw: &str) -> String {
    let inner = text(raw).filter(|t| raw.starts_with('"') && t.starts_with(['[', '{']));
    let valid = inner.filter(|t| from_str::<Value>(t).is_ok());
    valid.unwrap_or_else(|| raw.to_owned())
}

fn int(text: &str) -> Option<i64> {
    let whole = |v: &f64| v.fract() == 0.0 && v.abs() < 9e15;
    let float = text.parse().ok().filter(whole);
    text.parse().ok().or(float.map(|v| v as i64))
}

fn code(text: &str) -> Option<i64> {
    int(text).filter(|code| i32::try_from(*code).is_ok())
}

fn boolean(text: &str) -> Option<bool> {
    let is = |words: [&str; 2]| words.iter().any(|w| w.eq_ignore_ascii_case(text));
    is(["true", "yes"])
        .then_some(true)
        .or(is(["false", "no"]).then_some(false))
}

fn time(text: &str) -> Option<i64> {
    let nanos = string_to_timestamp_nanos(text)
        .ok()
        .filter(|_| text.len() > 18);
    nanos.map(|n| n.div_euclid(1000)).filter(|at| *at >= 0)
}

/// The key as camelCase; PowerShell writes PascalCase.
pub(crate) fn camel(key: &str) -> String {
    let mut letters = key.chars();
    let first = letters.next().map(|c| c.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}

/// A policy, and what it says in one form.
fn policy(raw: &str) -> Option<(Policy, String)> {
    let names = |raw: &str| -> Vec<String> {
        let items = list(raw).unwrap_or_default();
        items.into_iter().filter_map(word).collect()
    };
    let conditions = |raw: &str| {
        let said = text(raw).filter(|t| !t.is_empty())?;
        let words: Vec<&str> = said.split(',').map(str::trim).collect();
        let words = raw.starts_with('"').then(|| words.join(","));
        said.parse().ok().map(condition_names).or(words)
    };
    let (mut policy, mut others) = (Policy::default(), BTreeMap::new());
    for (key, raw) in object(raw)? {
        let mut own = POLICY_KEYS.split(' ');
        let own = own.find(|own| own.to_lowercase() == key.to_lowercase());
        match own.unwrap_or(&camel(&key)) {
            "id" => policy.id = word(raw).unwrap_or_default(),
            "displayName" => policy.display_name = word(raw),
            "result" => policy.result = word(raw),
            "enforcedGrantControls" => policy.grant_controls = names(raw),
            "enforcedSessionControls" => policy.session_controls = names(raw),
            "conditionsSatisfied" => policy.conditions_satisfied = conditions(raw),
            "conditionsNotSatisfied" => policy.conditions_not_satisfied = conditions(raw),
            key if silent(&value(raw), true) => drop(others.remove(key)),
            key => drop(others.insert(key.to_owned(), value(raw))),
        }
    }
    let said = format!("{policy:?}{others:?}");
    policy.raw = raw.to_owned();
    Some((policy, said))
}

/// What the slow path makes of a record.
#[derive(Default)]
pub(crate) struct Expected {
    pub(crate) cells: HashMap<Record, Cell<'static>>,
    pub(crate) steps: Vec<Step<'static>>,
    pub(crate) extra: BTreeMap<String, Value>,
    /// What its list of policies says.
    pub(crate) policies: Option<String>,
}

impl Expected {
    pub(crate) fn get(&self, column: Record) -> &Cell<'static> {
        self.cells.get(&column).unwrap_or(&Cell::Null)
    }

    pub(crate) fn text(&self, column: Record) -> Option<&str> {
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

    /// Reads a key of the object at `path`, which is called `name`.
    fn read(&mut self, path: &str, name: &str, key: &str, raw: &str) {
        let place = format!("{path}.{key}").to_ascii_lowercase();
        match PLACES.get(&place) {
            _ if silent(&value(raw), false) || place == ".@odata.context" => {}
            Some((name, Some(column))) => self.column(name, *column, raw),
            Some((name, None)) => match (object(&opened(raw)), text(raw).and_then(|t| code(&t))) {
                (Some(pairs), _) => {
                    for (key, raw) in pairs {
                        self.read(&place, name, &key, raw);
                    }
                }
                // A status may be its code alone.
                (None, Some(code)) if *name == "status" => {
                    self.set(Record::ErrorCode, Cell::Int(code));
                }
                _ => self.keep(*name, raw),
            },
            None if name.is_empty() => self.keep(key, raw),
            None => self.keep(format!("{name}.{key}"), raw),
        }
    }

    fn column(&mut self, name: &str, column: Record, raw: &str) {
        let kind = column.column().kind;
        let written = opened(raw);
        if column == Record::PolicySetId || matches!(kind, Kind::Json | Kind::Steps) {
            return match kind {
                _ if silent(&value(&written), false) => {}
                Kind::Json => self.set_text(column, written),
                Kind::Steps => self.steps(name, &written),
                _ => self.policies(name, &written),
            };
        }
        let said = text(raw).unwrap_or_default();
        let small = match column {
            Record::UserPrincipalName | Record::UserType => said.to_lowercase(),
            _ => said.clone(),
        };
        let cell = match kind {
            _ if said.is_empty() => None,
            Kind::Int32 | Kind::Int64 => int(&said).map(Cell::Int),
            Kind::Float64 => said.parse().ok().map(Cell::Float),
            Kind::Bool => boolean(&said).map(Cell::Bool),
            Kind::Time => time(&said).map(Cell::Time),
            _ => Some(Cell::Text(small.clone().into())),
        };
        if column == Record::UserPrincipalName && small != said {
            self.set_text(Record::UserPrincipalNameRaw, said);
        }
        match cell {
            Some(Cell::Int(v)) if kind == Kind::Int32 && i32::try_from(v).is_err() => {
                self.keep(name, &v.to_string());
            }
            Some(cell) => self.set(column, cell),
            None => self.keep(name, raw),
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
            for (key, raw) in pairs {
                let (key, said) = (camel(&key), word(raw).unwrap_or_default());
                let own = || word(raw).map(Into::into);
                match key.as_str() {
                    "authenticationStepDateTime" => step.step_at = time(&said),
                    "authenticationMethod" => step.method = own(),
                    "authenticationMethodDetail" => step.method_detail = own(),
                    "succeeded" => step.succeeded = boolean(&said),
                    "authenticationStepResultDetail" => step.result_detail = own(),
                    "authenticationStepRequirement" => step.requirement = own(),
                    "statusSequence" => step.status_sequence = int(&said),
                    "requestSequence" => step.request_sequence = int(&said),
                    _ => {}
                }
                let fits = match key.as_str() {
                    "authenticationStepDateTime" => step.step_at.is_some(),
                    "succeeded" => step.succeeded.is_some(),
                    "statusSequence" | "requestSequence" => int(&said).is_some(),
                    "authenticationMethod"
                    | "authenticationMethodDetail"
                    | "authenticationStepResultDetail"
                    | "authenticationStepRequirement" => !said.is_empty(),
                    _ => false,
                };
                if !fits && !silent(&value(raw), false) {
                    self.keep(format!("{name}[{place}].{key}"), raw);
                }
            }
            self.steps.push(step);
        }
    }

    fn policies(&mut self, name: &str, raw: &str) {
        let read = list(raw).and_then(|items| items.into_iter().map(policy).collect());
        let Some(read): Option<Vec<(Policy, String)>> = read else {
            return self.keep(name, raw);
        };
        let (policies, said): (Vec<Policy>, Vec<String>) = read.into_iter().unzip();
        self.policies = Some(said.concat());
        self.set(Record::PolicySetId, Cell::Int(set_id(&policies)));
    }

    /// The envelope fills what the record lacks; where they disagree, its value goes to `extra`.
    fn weigh(&mut self, name: &str, raw: &str) {
        if silent(&value(raw), false) {
            return;
        }
        let Some(said) = text(raw) else {
            return self.keep(format!("envelope.{name}"), raw);
        };
        let path = said.to_ascii_lowercase();
        let of_tenant = path.strip_prefix("/tenants/");
        if let Some(tenant) = of_tenant.and_then(|p| p.split('/').next())
            && self.text(Record::TenantId).is_none()
            && name == "resourceId"
        {
            self.set_text(Record::TenantId, tenant);
        }
        let column = match name {
            "callerIpAddress" => Record::IpAddress,
            "correlationId" => Record::CorrelationId,
            "location" => Record::Country,
            _ => Record::FailureReason,
        };
        let names = [Record::UserDisplayName, Record::ServicePrincipalName];
        let agrees = match name {
            "resourceId" => of_tenant.is_some() && path.ends_with("/providers/microsoft.aadiam"),
            "operationName" => said == "Sign-in activity",
            "operationVersion" => matches!(said.as_str(), "1" | "1.0"),
            "durationMs" => said == "0",
            "level" => matches!(said.as_str(), "4" | "Informational"),
            "identity" => names.iter().any(|c| self.text(*c) == Some(&said)),
            "resultType" => {
                let code = code(&said).map(Cell::Int);
                let lacks = self.get(Record::ErrorCode).is_null();
                let filled = code.clone().filter(|_| lacks);
                filled
                    .into_iter()
                    .for_each(|c| self.set(Record::ErrorCode, c));
                code.as_ref() == Some(self.get(Record::ErrorCode))
            }
            _ if self.text(column).is_none() => {
                self.set_text(column, said.as_str());
                true
            }
            _ => self.text(column) == Some(&said),
        };
        match name {
            _ if agrees => {}
            "resultType" => drop(self.extra.insert("envelope.resultType".into(), said.into())),
            _ => self.keep(format!("envelope.{name}"), raw),
        }
    }

    /// The event type as the record names it, by its log, or by what it holds.
    fn name_event(&mut self, log: Option<&'static str>) {
        let written = self.text(Record::SignInEventTypes).unwrap_or_default();
        let items = list(written).unwrap_or_default();
        let names: Vec<String> = items.into_iter().filter_map(text).collect();
        let named = EVENT_TYPES
            .split(' ')
            .find(|t| names.iter().any(|n| n == t));
        let person = self.text(Record::UserId).is_some();
        let by_content = match self.get(Record::IsInteractive) {
            _ if self.text(Record::ServicePrincipalId).is_some() && !person => "servicePrincipal",
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

/// The event type of a log of sign-ins.
fn log_of(category: &str) -> Option<&'static str> {
    let name = category.to_ascii_lowercase();
    Some(match name.strip_prefix("aad").unwrap_or(&name) {
        "signinlogs" => "interactiveUser",
        "noninteractiveusersigninlogs" => "nonInteractiveUser",
        "managedidentitysigninlogs" => "managedIdentity",
        "adfssigninlogs" => "adfs",
        "serviceprincipalsigninlogs"
        | "microsoftserviceprincipalsigninlogs"
        | "firstpartytofirstpartysigninlogs" => "servicePrincipal",
        _ => return None,
    })
}

/// What a record says; `Err` where it is no record of a sign-in.
pub(crate) fn slow(record: &str) -> Result<Expected, ()> {
    from_str::<Value>(record).map_err(drop)?;
    let (mut found, outer) = (Expected::default(), object(record).ok_or(())?);
    let wraps = |key: &str| key.eq_ignore_ascii_case("properties");
    let inner = outer
        .iter()
        .find(|(key, raw)| wraps(key) && raw.starts_with('{'));
    let pairs = inner.map_or_else(|| Some(outer.clone()), |(_, raw)| object(raw));
    for (key, raw) in pairs.ok_or(())? {
        found.read("", "", &key, raw);
    }
    let mut log = None;
    if inner.is_some() {
        let tenant = found.get(Record::TenantId).clone();
        let weighed = |key: &str| WEIGHED.split(' ').find(|n| n.eq_ignore_ascii_case(key));
        let rest = || outer.iter().filter(|(key, _)| !wraps(key));
        for (key, raw) in rest().filter(|(key, _)| weighed(key).is_none()) {
            found.read("envelope", "", key, raw);
        }
        // The tenant that the record names stands.
        if !tenant.is_null() {
            found.set(Record::TenantId, tenant);
        }
        for (key, raw) in rest() {
            weighed(key)
                .into_iter()
                .for_each(|name| found.weigh(name, raw));
        }
        log = found
            .text(Record::Category)
            .map(|c| log_of(c).ok_or(()))
            .transpose()?;
    }
    if found.get(Record::CreatedAt).is_null() || found.get(Record::Id).is_null() {
        return Err(());
    }
    found.name_event(log);
    let place = [Record::Latitude, Record::Longitude];
    let nowhere = |c: &Record| matches!(found.get(*c), Cell::Null | Cell::Float(0.0));
    if place.iter().all(nowhere) {
        found
            .cells
            .retain(|c, _| !place.contains(c) && *c != Record::Altitude);
    }
    let details = found.text(Record::ManagedServiceIdentity).map(value);
    if let Some(Value::Object(details)) = details
        && found.get(Record::ManagedIdentityType).is_null()
    {
        let named = |(key, _): &(&String, &Value)| key.to_lowercase() == "msitype";
        if let Some((_, Value::String(kind))) = details.iter().find(named)
            && !kind.is_empty()
        {
            found.set_text(Record::ManagedIdentityType, kind.as_str());
        }
    }
    found.set(Record::IdDerived, Cell::Bool(false));
    found.set_text(Record::SourceFormat, "azure_monitor");
    found.set_text(Record::IngestId, "i");
    Ok(found)
}
