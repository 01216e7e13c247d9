//! Reads one hand-made flow and writes its exports: the short form of `tests/fixtures/flows/README.md`.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::flow_clock::{clock, seconds};

/// Keys a record may have; a misspelt key must not pass unseen.
const RECORD_KEYS: &str = "id at code details reason steps type received policies needs user ip asn \
    agent device session app client tenant correlation original file repeat with envelope";
const FLOW_KEYS: &str = "shows defaults records texts tenant until quiet expect receipt";
/// Seconds between two records of the filler, which tells that the export has no hole.
const FILLER_EVERY_S: i64 = 20 * 60;

/// A flow as a person wrote it.
pub struct Flow {
    pub name: String,
    json: Map<String, Value>,
}

/// One record or text of a flow, ready to be written to a file.
#[derive(Clone)]
pub struct Piece {
    /// Which ingest it comes with, from 1.
    pub ingest: u64,
    /// File name if it matters: texts are recognised by it.
    pub name: Option<String>,
    pub text: String,
}

/// Every flow of the fixtures, by name.
pub fn all() -> Vec<Flow> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/flows");
    let entries = std::fs::read_dir(&folder).expect("tests/fixtures/flows");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut paths: Vec<PathBuf> = paths
        .filter(|p| p.extension().is_some_and(|e| e == "json"))
        .collect();
    paths.sort();
    paths.iter().map(|path| read(path)).collect()
}

fn read(path: &Path) -> Flow {
    let name = path.file_stem().expect("a name").display().to_string();
    let text = std::fs::read_to_string(path).expect("a flow");
    let json: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
    of(&name, json)
}

/// A flow of what its file would hold.
pub fn of(name: &str, json: Value) -> Flow {
    let Value::Object(json) = json else {
        panic!("{name}: not an object");
    };
    let name = name.to_owned();
    only(&name, &json, FLOW_KEYS);
    for key in ["shows", "expect"] {
        assert!(json.contains_key(key), "{name}: no `{key}`");
    }
    Flow { name, json }
}

fn only(name: &str, object: &Map<String, Value>, keys: &str) {
    let known = |key: &&String| keys.split_whitespace().any(|k| k == *key);
    let odd: Vec<_> = object.keys().filter(|key| !known(key)).collect();
    assert!(odd.is_empty(), "{name}: keys that mean nothing: {odd:?}");
}

fn list(object: &Map<String, Value>, key: &str) -> Vec<Value> {
    let list = object.get(key).and_then(Value::as_array);
    list.cloned().unwrap_or_default()
}

impl Flow {
    /// Every record, in the order of the file.
    pub fn records(&self) -> Vec<Piece> {
        let mut pieces = Vec::new();
        for record in self.merged() {
            let repeat = record.get("repeat").and_then(Value::as_object);
            let count = |key, or| repeat.map_or(or, |r| r[key].as_i64().expect("a number"));
            let (times, every) = (count("times", 1), count("every", 0));
            for i in 0..times {
                let id = record["id"].as_str().unwrap_or_default();
                let id = match repeat {
                    Some(_) => format!("{id}-{:03}", i + 1),
                    None => id.to_owned(),
                };
                pieces.push(Piece {
                    ingest: record.get("file").and_then(Value::as_u64).unwrap_or(1),
                    name: None,
                    text: self.own(&self.line(&record, &id, i * every).to_string()),
                });
            }
        }
        pieces
    }

    /// Raw texts: each is a file of its own name. `~x` in them is `x` of this flow alone.
    pub fn texts(&self) -> Vec<Piece> {
        let texts = list(&self.json, "texts").into_iter();
        let piece = |text: Value| Piece {
            ingest: text["file"].as_u64().unwrap_or(1),
            name: Some(text["name"].as_str().expect("a name").to_owned()),
            text: list(text.as_object().expect("a text"), "lines")
                .iter()
                .map(|line| match line {
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                })
                .map(|line| self.own(&line) + "\n")
                .collect(),
        };
        texts.map(piece).collect()
    }

    /// The tenant that is told to the ingest, for texts that name none.
    pub fn told_tenant(&self) -> Option<String> {
        let told = self.json.get("tenant").and_then(Value::as_str);
        told.map(|tenant| self.tenant(tenant))
    }

    /// Records of another user that show that the export goes on, until the time the flow names.
    pub fn filler(&self) -> Vec<Piece> {
        let Some(until) = self.json.get("until").and_then(Value::as_str) else {
            return Vec::new();
        };
        let quiet: Vec<i64> = list(&self.json, "quiet").iter().map(seconds_of).collect();
        let records = self.merged();
        let Some(first) = records.first() else {
            panic!("{}: `until` needs a record", self.name);
        };
        let begin = records.iter().map(|r| seconds_of(&r["at"])).min();
        let mut pieces = Vec::new();
        let mut at = begin.expect("a record");
        while at <= seconds(until).0 {
            if quiet.len() != 2 || at < quiet[0] || at >= quiet[1] {
                let id = format!("filler-{:05}", pieces.len());
                let filler = json!({
                    "id": id, "at": clock(at, ""), "code": 0, "needs": "single",
                    "user": "filler", "correlation": id, "original": null,
                    "tenant": first["tenant"], "type": first["type"], "steps": ["password"],
                });
                let Value::Object(mut filler) = filler else {
                    unreachable!()
                };
                filler.extend(builtin().into_iter().filter(|(k, _)| k == "ip"));
                pieces.push(Piece {
                    ingest: 1,
                    name: None,
                    text: self.line(&filler, &id, 0).to_string(),
                });
            }
            at += FILLER_EVERY_S;
        }
        pieces
    }

    /// Whether a record id is one of the filler's.
    pub fn is_filler(&self, id: &str) -> bool {
        id.starts_with(&format!("{}.filler-", self.name))
    }

    /// What a person expects: columns of `signins` by name, the id under `signin`.
    pub fn expected(&self) -> Vec<Map<String, Value>> {
        let rows = list(&self.json, "expect").into_iter();
        let row = |row: Value| row.as_object().expect("an expected sign-in").clone();
        rows.map(row).collect()
    }

    /// Counts of the receipts that a person expects, without the filler.
    pub fn receipt(&self) -> Map<String, Value> {
        let receipt = self.json.get("receipt").and_then(Value::as_object);
        receipt.cloned().unwrap_or_default()
    }

    /// Text in which `~tenant` is the tenant, and `~x` is `x` of this flow alone.
    fn own(&self, text: &str) -> String {
        let text = text.replace("~tenant", &self.tenant("contoso"));
        text.replace('~', &format!("{}.", self.name))
    }

    /// An id of the file as it stands in the export.
    pub fn id(&self, id: &str) -> String {
        format!("{}.{id}", self.name)
    }

    /// Every flow has tenants of its own: a number made of its name.
    fn tenant(&self, tenant: &str) -> String {
        let hash = blake3::hash(format!("{}/{tenant}", self.name).as_bytes()).to_hex();
        let part = |from: usize, to: usize| &hash[from..to];
        format!(
            "{}-{}-4{}-8{}-{}",
            part(0, 8),
            part(8, 12),
            part(12, 15),
            part(15, 18),
            part(18, 30)
        )
    }

    /// The records with the defaults of the runner and of the file under them.
    fn merged(&self) -> Vec<Map<String, Value>> {
        let defaults = self.json.get("defaults").and_then(Value::as_object);
        let defaults = defaults.cloned().unwrap_or_default();
        let records = list(&self.json, "records").into_iter();
        let merge = |record: Value| {
            let record = record.as_object().expect("a record").clone();
            only(&self.name, &record, RECORD_KEYS);
            let mut merged = builtin();
            merged.extend(defaults.clone());
            merged.extend(record);
            merged
        };
        records.map(merge).collect()
    }

    /// One record as a diagnostic setting writes it, `later` seconds after its time.
    fn line(&self, r: &Map<String, Value>, id: &str, later: i64) -> Value {
        let text = |key: &str| r.get(key).and_then(Value::as_str);
        let (at, fraction) = r["at"].as_str().map_or((0, String::new()), seconds);
        let at = at + later;
        let mut p = Map::new();
        let mut put = |key: &str, value: Value| {
            if !value.is_null() {
                p.insert(key.to_owned(), value);
            }
        };
        let given = |key: &str| r.get(key).cloned().unwrap_or(Value::Null);
        if r["id"].is_string() {
            put("id", json!(self.id(id)));
        }
        if r["at"].is_string() {
            put("createdDateTime", json!(clock(at, &fraction)));
        }
        if let Some(user) = text("user") {
            put("userId", json!(format!("u-{user}")));
            put(
                "userPrincipalName",
                json!(format!("{user}@contoso.example")),
            );
            put("userDisplayName", json!(user));
        }
        let original = match r.get("original") {
            Some(Value::String(original)) => json!(self.id(original)),
            Some(_) => Value::Null,
            None => json!(self.id(id)),
        };
        put("originalRequestId", original);
        put("correlationId", given("correlation"));
        put("appId", given("app"));
        put("appDisplayName", given("app"));
        put("ipAddress", given("ip"));
        put("autonomousSystemNumber", given("asn"));
        put("userAgent", given("agent"));
        put("sessionId", given("session"));
        put("clientAppUsed", given("client"));
        if let Some(device) = text("device") {
            put("deviceDetail", json!({ "deviceId": device }));
        }
        let needs = text("needs").map(|needs| format!("{needs}FactorAuthentication"));
        put("authenticationRequirement", json!(needs));
        let mut status = Map::new();
        for (key, name) in [
            ("code", "errorCode"),
            ("details", "additionalDetails"),
            ("reason", "failureReason"),
        ] {
            if !given(key).is_null() {
                status.insert(name.to_owned(), given(key));
            }
        }
        put("status", Value::Object(status));
        if r.contains_key("steps") {
            let steps = list(r, "steps");
            let steps: Vec<Value> = steps.iter().map(|s| step(s, at, &fraction)).collect();
            put("authenticationDetails", json!(steps));
        }
        if r.contains_key("policies") {
            let policies: Vec<Value> = list(r, "policies").iter().map(policy).collect();
            put("appliedConditionalAccessPolicies", json!(policies));
        }
        self.with_envelope(r, p, clock(at + 60, &fraction))
    }

    fn with_envelope(
        &self,
        r: &Map<String, Value>,
        mut p: Map<String, Value>,
        at: String,
    ) -> Value {
        let tenant = r["tenant"].as_str().map(|tenant| self.tenant(tenant));
        let received = match r.get("received") {
            Some(Value::String(text)) => {
                let (at, fraction) = seconds(text);
                json!(clock(at, &fraction))
            }
            Some(_) => Value::Null,
            None => json!(at),
        };
        let category = match r["type"].as_str().unwrap_or_default() {
            "interactiveUser" => "SignInLogs",
            "nonInteractiveUser" => "NonInteractiveUserSignInLogs",
            "servicePrincipal" => "ServicePrincipalSignInLogs",
            "managedIdentity" => "ManagedIdentitySignInLogs",
            "adfs" => "ADFSSignInLogs",
            other => other,
        };
        let overlay = |object: &mut Map<String, Value>, key: &str| {
            for (name, value) in r.get(key).and_then(Value::as_object).into_iter().flatten() {
                if value.is_null() {
                    object.remove(name);
                } else {
                    object.insert(name.clone(), value.clone());
                }
            }
        };
        overlay(&mut p, "with");
        let code = p.get("status").and_then(|s| s.get("errorCode")).cloned();
        let code = code.map_or(Value::Null, |code| match code {
            Value::Number(code) => json!(code.to_string()),
            other => other,
        });
        let correlation = p.get("correlationId").cloned().unwrap_or(Value::Null);
        let envelope = json!({
            "time": received, "operationName": "Sign-in activity", "operationVersion": "1.0",
            "category": category, "tenantId": tenant, "resultType": code,
            "correlationId": correlation, "properties": p,
        });
        let Value::Object(mut envelope) = envelope else {
            unreachable!()
        };
        envelope.retain(|_, value| !value.is_null());
        overlay(&mut envelope, "envelope");
        Value::Object(envelope)
    }
}

/// What a record has unless the flow says otherwise.
fn builtin() -> Map<String, Value> {
    let defaults = json!({
        "at": "08:00:00", "code": 0, "type": "interactiveUser", "needs": "multi", "user": "ann",
        "ip": "198.51.100.7", "asn": 64500, "agent": "Mozilla/5.0", "device": "d-1",
        "app": "Portal", "client": "Browser", "tenant": "contoso", "correlation": "c-1",
    });
    defaults.as_object().expect("an object").clone()
}

/// A step: a word of the README, an object as Graph has it, or `[when,] method, succeeded, text`.
fn step(step: &Value, at: i64, fraction: &str) -> Value {
    let short = match step {
        Value::String(word) => match word.as_str() {
            "password" => json!(["Password", true, "Correct password"]),
            "wrong password" => json!(["Password", false, "Incorrect password"]),
            "asked" => json!([null, false, "MFA required in Azure AD"]),
            "passed" => json!([
                "Mobile app notification",
                true,
                "MFA successfully completed"
            ]),
            other => panic!("no step is called `{other}`"),
        },
        Value::Object(_) => return step.clone(),
        other => other.clone(),
    };
    let short = short.as_array().expect("a step");
    let (when, rest) = match short.len() {
        3 => (Some(0), &short[..]),
        4 => (short[0].as_i64(), &short[1..]),
        _ => panic!("a step has three or four parts: {step}"),
    };
    let needs = match rest[0].as_str() {
        Some("Password") => "Primary authentication",
        _ => "",
    };
    let step = json!({
        "authenticationStepDateTime": when.map(|s| clock(at + s, fraction)),
        "authenticationMethod": rest[0], "succeeded": rest[1],
        "authenticationStepResultDetail": rest[2], "authenticationStepRequirement": needs,
    });
    let step = step.as_object().expect("an object").clone();
    let kept = step.into_iter().filter(|(_, value)| !value.is_null());
    Value::Object(kept.collect())
}

/// A policy: `[name, result]` and perhaps the grant control it enforces.
fn policy(policy: &Value) -> Value {
    json!({
        "id": format!("id of {}", policy[0].as_str().expect("a name")),
        "displayName": policy[0], "result": policy[1],
        "enforcedGrantControls": policy.get(2).map_or(vec![], |grant| vec![grant.clone()]),
    })
}

fn seconds_of(at: &Value) -> i64 {
    at.as_str().map_or(0, |at| seconds(at).0)
}
