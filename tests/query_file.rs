//! Reads the short form of `tests/fixtures/queries`: records a line each, and answers as tables.

use std::path::Path;

use serde_json::{Map, Value, json};

use crate::flow_clock::{clock, seconds};
use crate::flow_file;

/// A question with the answer that a person expects.
pub struct Asked {
    pub name: String,
    pub params: Vec<(String, String)>,
    /// The columns that are looked at, and their cells as text; empty is null.
    pub columns: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

/// One file: an export, and what is asked of it.
pub struct QueryFile {
    pub name: String,
    pub export: String,
    /// Users of a directory as Graph gives them, a line each; empty where none are imported.
    pub directory: String,
    pub asked: Vec<Asked>,
}

/// Every file of the fixtures.
pub fn all() -> Vec<QueryFile> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/queries");
    let entries = std::fs::read_dir(&folder).expect("tests/fixtures/queries");
    let mut paths: Vec<_> = entries.map(|e| e.expect("an entry").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|e| e == "txt"));
    paths.sort();
    paths.iter().map(|path| read(path)).collect()
}

fn read(path: &Path) -> QueryFile {
    let name = path.file_stem().expect("a name").display().to_string();
    let text = std::fs::read_to_string(path).expect("a fixture");
    let mut records = Vec::new();
    let mut directory = String::new();
    let mut asked: Vec<Asked> = Vec::new();
    let lines = text.lines().map(str::trim);
    for line in lines.filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(user) = line.strip_prefix("@ ") {
            directory += &format!("{}\n", user_of(user));
        } else if let Some(question) = line.strip_prefix("? ") {
            asked.push(question_of(question));
        } else if let Some(question) = asked.last_mut() {
            let cells = line.split('|').map(|cell| cell.trim().to_owned());
            match question.columns.is_empty() {
                true => question.columns = cells.collect(),
                false => question.rows.push(cells.collect()),
            }
        } else {
            records.extend(repeated(line));
        }
    }
    let flow = json!({"shows": "", "expect": [], "records": records});
    let pieces = flow_file::of(&name, flow).records();
    let lines = pieces.into_iter().map(|piece| piece.text + "\n");
    QueryFile {
        export: lines.collect(),
        directory,
        name,
        asked,
    }
}

/// `ann department=Sales roles=Global_Reader`.
fn user_of(line: &str) -> Value {
    let mut words = line.split_whitespace();
    let name = words.next().expect("a user");
    let mut user =
        json!({"id": format!("u-{name}"), "userPrincipalName": format!("{name}@contoso.example")});
    for word in words {
        let (key, value) = word.split_once('=').expect("name=value");
        let value = value.replace('_', " ");
        user[key] = match key {
            "memberOf" => value
                .split(',')
                .map(|role| json!({"@odata.type": "#microsoft.graph.directoryRole", "displayName": role}))
                .collect(),
            "id" if value == "-" => Value::Null,
            _ => json!(value),
        };
    }
    user
}

/// `mfa/by_day top=5`.
fn question_of(line: &str) -> Asked {
    let mut words = line.split_whitespace();
    let name = words.next().expect("a query").to_owned();
    let params = words.map(|word| {
        let (name, value) = word.split_once('=').expect("name=value");
        (name.to_owned(), value.to_owned())
    });
    Asked {
        name,
        params: params.collect(),
        columns: Vec::new(),
        rows: Vec::new(),
    }
}

/// The records of a line, each a sign-in of its own.
fn repeated(line: &str) -> Vec<Value> {
    let Some((record_line, times)) = line.rsplit_once(" x=") else {
        return vec![record(line)];
    };
    let (times, every) = times.split_once('@').expect("x=times@seconds");
    let number = |text: &str| text.parse::<i64>().expect("a number");
    let (times, every) = (number(times), number(every));
    let one = |i: i64| {
        let mut record = record(record_line);
        let text = |key: &str| record[key].as_str().expect("text").to_owned();
        let (first, shared, at) = (text("id"), text("correlation"), text("at"));
        let id = format!("{first}-{i:02}");
        // Lines that share `c=` meet again in each repetition.
        record["correlation"] = match shared == first {
            true => json!(id),
            false => json!(format!("{shared}-{i:02}")),
        };
        record["at"] = json!(clock(seconds(&at).0 + i * every, ""));
        record["id"] = json!(id);
        record
    };
    (0..times).map(one).collect()
}

/// `id at user code key=value…`, see the README of the fixtures.
fn record(line: &str) -> Value {
    let mut words = line.split_whitespace();
    let mut next = || words.next().unwrap_or_else(|| panic!("{line}: too short"));
    let (id, at, user, code) = (next(), next(), next(), next());
    let at = match at.len() {
        0..=11 => format!("2026-01-{at}"),
        _ => at.to_owned(),
    };
    let code: i64 = code.parse().unwrap_or_else(|e| panic!("{line}: {e}"));
    let mut record = json!({"id": id, "at": at, "code": code, "correlation": id, "steps": []});
    let record = record.as_object_mut().expect("an object");
    record.insert(
        "user".to_owned(),
        if user == "-" {
            Value::Null
        } else {
            json!(user)
        },
    );
    let mut with = Map::new();
    let mut device = json!({"deviceId": "d-1"});
    let mut policies: Vec<Value> = Vec::new();
    for word in words {
        let (key, value) = word
            .split_once('=')
            .unwrap_or_else(|| panic!("{line}: {word}"));
        let text = value.replace('_', " ");
        let mut set = |key: &str, value: Value| record.insert(key.to_owned(), value);
        match key {
            "app" | "ip" | "client" | "session" | "needs" | "tenant" => {
                set(key, json!(text));
            }
            "asn" => {
                set(key, json!(value.parse::<i64>().expect("a number")));
            }
            "c" => {
                set("correlation", json!(value));
            }
            "type" => {
                set("type", json!(event_type(value)));
            }
            "steps" => {
                set(key, value.split(',').map(step).collect());
            }
            "pol" => {
                let (name, result) = text.split_once(':').expect("name:result");
                policies.push(json!([name, result]));
            }
            "os" => device["operatingSystem"] = json!(text),
            "managed" => device["isManaged"] = json!(value == "yes"),
            "compliant" => device["isCompliant"] = json!(value == "yes"),
            "geo" => with["location"]["geoCoordinates"] = coordinates(value),
            _ => properties(key, &text, &mut with),
        }
    }
    with.insert("deviceDetail".to_owned(), device);
    record.insert("with".to_owned(), Value::Object(with));
    if !policies.is_empty() {
        record.insert("policies".to_owned(), Value::Array(policies));
    }
    Value::Object(record.clone())
}

/// `latitude,longitude` as an export has it.
fn coordinates(text: &str) -> Value {
    let (latitude, longitude) = text.split_once(',').expect("two coordinates");
    let degrees = |text: &str| json!(text.parse::<f64>().expect("degrees"));
    json!({"latitude": degrees(latitude), "longitude": degrees(longitude)})
}

/// Words that become properties as an export has them.
fn properties(key: &str, value: &str, with: &mut Map<String, Value>) {
    let mut put = |key: &str, value: Value| with.insert(key.to_owned(), value);
    match key {
        "place" => put("location", json!({"countryOrRegion": value})),
        "ca" => put("conditionalAccessStatus", json!(value)),
        "protocol" => put("authenticationProtocol", json!(value)),
        "ms" => put(
            "processingTimeInMilliseconds",
            json!(value.parse::<i64>().expect("ms")),
        ),
        "key" => put("servicePrincipalCredentialKeyId", json!(value)),
        "guest" => {
            put("userType", json!("guest"));
            put("crossTenantAccessType", json!("b2bCollaboration"));
            put("homeTenantId", json!(value))
        }
        "sp" => {
            put("servicePrincipalId", json!(format!("sp-{value}")));
            put("servicePrincipalName", json!(value))
        }
        other => panic!("no key is called {other}"),
    };
}

fn event_type(word: &str) -> &'static str {
    match word {
        "silent" => "nonInteractiveUser",
        "sp" => "servicePrincipal",
        "mi" => "managedIdentity",
        "adfs" => "adfs",
        other => panic!("no type is called {other}"),
    }
}

/// A step by its word.
fn step(word: &str) -> Value {
    let (push, otp) = ("Mobile app notification", "OATH verification code");
    let done = "MFA successfully completed";
    match word {
        "pw" => json!("password"),
        "badpw" => json!("wrong password"),
        "asked" => json!("asked"),
        "push" => json!([push, true, done]),
        "otp" => json!([otp, true, done]),
        "sms" => json!(["Text message", true, done]),
        "deny" => json!([push, false, "MFA denied; user declined the authentication"]),
        "silent" => json!([
            push,
            false,
            "MFA denied; user did not respond to mobile app notification"
        ]),
        "fraud" => json!([push, false, "MFA denied; Phone App Reported Fraud"]),
        "badotp" => json!([otp, false, "MFA denied; invalid verification code"]),
        "claim" => json!([
            "Previously satisfied",
            true,
            "MFA requirement satisfied by claim in the token"
        ]),
        "skip" => json!([
            null,
            true,
            "MFA requirement skipped due to remembered device"
        ]),
        other => panic!("no step is called {other}"),
    }
}
