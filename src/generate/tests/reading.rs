//! Reads exports back with serde_json and Arrow's CSV reader: id, code and day of each row.

use std::io::Cursor;
use std::sync::Arc;

use arrow::array::{Array, AsArray};
use arrow::csv::ReaderBuilder;
use arrow::datatypes::{DataType, Field, Schema};
use serde_json::{Deserializer, Value};

use crate::generate::Format;

/// One row of an export.
pub(super) struct Read {
    pub(super) id: String,
    pub(super) code: u32,
    /// `2026-01-05`.
    pub(super) day: String,
}

/// The JSON values that stand one after another in a text.
pub(super) fn values(text: &str) -> Vec<Value> {
    let text = text.trim_start_matches('\u{feff}');
    let values = Deserializer::from_str(text).into_iter::<Value>();
    values.map(|value| value.expect("JSON")).collect()
}

/// The rows of a CSV text, every one with so many cells.
pub(super) fn cells(text: &str, columns: usize) -> Vec<Vec<String>> {
    let field = |i| Field::new(format!("c{i}"), DataType::Utf8, true);
    let schema = Schema::new((0..columns).map(field).collect::<Vec<_>>());
    let reader = ReaderBuilder::new(Arc::new(schema)).with_header(false);
    let reader = reader.build(Cursor::new(text)).expect("a reader");
    let mut rows = Vec::new();
    for batch in reader {
        let batch = batch.expect("rows of one width");
        for row in 0..batch.num_rows() {
            let cell = |column: &Arc<dyn Array>| column.as_string::<i32>().value(row).to_string();
            rows.push(batch.columns().iter().map(cell).collect());
        }
    }
    rows
}

/// The rows of a file of a format.
pub(super) fn read(format: Format, name: &str, text: &str) -> Vec<Read> {
    match format {
        Format::AzureMonitor => diagnostic(values(text)),
        Format::EventHub => diagnostic(lists(values(text), "records")),
        Format::Graph | Format::GraphV1 => sign_ins(lists(values(text), "value")),
        Format::PortalJson | Format::ExtractorSuite => sign_ins(lists(values(text), "")),
        Format::SofElk => sign_ins(values(text)),
        Format::PowerShell => values(text)
            .iter()
            .map(|v| Read {
                id: string(&v["Id"]),
                code: number(&v["Status"]["ErrorCode"]),
                day: american(&string(&v["CreatedDateTime"])),
            })
            .collect(),
        Format::PortalCsv => {
            let services = name.starts_with("App") || name.starts_with("MSI");
            let rows = cells(text, if services { 22 } else { 57 });
            by_header(&rows, ["Request ID", "Sign-in error code", "Date (UTC)"])
        }
        Format::LogAnalyticsCsv => {
            let wide = text
                .lines()
                .next()
                .map_or(0, |line| line.split(',').count());
            let rows = cells(text, wide);
            by_header(&rows, ["Id", "ResultType", time_column(&rows[0])])
        }
        Format::LogAnalyticsJson => values(text).iter().map(log_analytics).collect(),
        Format::LogAnalyticsTables => tables(&values(text)[0]),
        Format::UnifiedAuditJson => values(text).iter().map(audit).collect(),
        Format::UnifiedAuditCsv => {
            let rows = cells(text, 8);
            let data = rows[1..].iter().map(|row| audit(&values(&row[5])[0]));
            data.collect()
        }
        Format::UnifiedAuditSearch => lists(values(text), "")
            .iter()
            .map(|result| audit(&values(&string(&result["AuditData"]))[0]))
            .collect(),
    }
}

/// What the lists of all values hold, at a key or, for "", themselves; a bare object is a list of one.
fn lists(values: Vec<Value>, key: &str) -> Vec<Value> {
    let lists = values.into_iter().flat_map(|mut value| {
        let list = match key {
            "" => value,
            key => value[key].take(),
        };
        match list {
            Value::Array(list) => list,
            one if key.is_empty() => vec![one],
            other => panic!("not a list: {other}"),
        }
    });
    lists.collect()
}

fn string(value: &Value) -> String {
    value.as_str().expect("text").to_string()
}

fn number(value: &Value) -> u32 {
    let number = value.as_u64().or_else(|| value.as_str()?.parse().ok());
    number.expect("a number") as u32
}

fn diagnostic(values: Vec<Value>) -> Vec<Read> {
    sign_ins(
        values
            .into_iter()
            .map(|mut v| v["properties"].take())
            .collect(),
    )
}

fn sign_ins(values: Vec<Value>) -> Vec<Read> {
    let rows = values.iter().map(|v| Read {
        id: string(&v["id"]),
        code: number(&v["status"]["errorCode"]),
        day: string(&v["createdDateTime"])[..10].to_string(),
    });
    rows.collect()
}

fn log_analytics(row: &Value) -> Read {
    let time = row.get("CreatedDateTime").unwrap_or(&row["TimeGenerated"]);
    Read {
        id: string(&row["Id"]),
        code: number(&row["ResultType"]),
        day: string(time)[..10].to_string(),
    }
}

fn tables(answer: &Value) -> Vec<Read> {
    let table = &answer["tables"][0];
    let columns = table["columns"].as_array().expect("columns");
    let rows = table["rows"].as_array().expect("rows");
    let rows = rows.iter().map(|row| {
        let names = columns.iter().map(|column| string(&column["name"]));
        let cells = row.as_array().expect("a row").iter().cloned();
        assert_eq!(cells.len(), columns.len());
        log_analytics(&Value::Object(names.zip(cells).collect()))
    });
    rows.collect()
}

fn audit(data: &Value) -> Read {
    Read {
        id: string(&data["IntraSystemId"]),
        code: number(&data["ErrorNumber"]),
        day: string(&data["CreationTime"])[..10].to_string(),
    }
}

fn time_column(header: &[String]) -> &'static str {
    let created = "CreatedDateTime [UTC]";
    match header.iter().any(|name| name == created) {
        true => created,
        false => "TimeGenerated [UTC]",
    }
}

fn by_header(rows: &[Vec<String>], names: [&str; 3]) -> Vec<Read> {
    let place = |name: &str| rows[0].iter().position(|cell| cell == name);
    let [id, code, day] = names.map(|name| place(name).expect("a column"));
    let rows = rows[1..].iter().map(|row| Read {
        id: row[id].clone(),
        code: match row[code].as_str() {
            "" => 0,
            code => code.parse().expect("a code"),
        },
        day: match row[day].contains('/') {
            true => american(&row[day]),
            false => row[day][..10].to_string(),
        },
    });
    rows.collect()
}

/// `1/5/2026, 8:00:00 AM` as `2026-01-05`.
fn american(time: &str) -> String {
    let date = time.split([',', ' ']).next().expect("a date");
    let parts: Vec<u32> = date
        .split('/')
        .map(|p| p.parse().expect("a number"))
        .collect();
    format!("{:04}-{:02}-{:02}", parts[2], parts[0], parts[1])
}
