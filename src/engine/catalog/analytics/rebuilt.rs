//! Values of Log Analytics' columns that the lake keeps flat, put together again while a query runs:
//! objects and lists as JSON text with Microsoft's keys, and what every row of a table carries.
//!
//! A query that does not name such a column pays nothing for it. Keys without a value are left out.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringBuilder};
use arrow::datatypes::{DataType, Float64Type, Int32Type, Int64Type};
use arrow::temporal_conversions::timestamp_us_to_datetime;
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};
use serde_json::{Map, Value};

use crate::signin::batch::steps_at;
use crate::signin::row::Step;
use crate::signin::schema::Record;

/// How a value is put together, and from which columns of `records`.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Shape {
    pub(super) from: &'static [Record],
    make: Make,
}

#[derive(Debug, PartialEq, Eq, Hash)]
enum Make {
    /// An object; each column's group, which may be empty, and key.
    Object(&'static [(&'static str, &'static str)]),
    /// The list of steps.
    Steps,
    /// What `extra` holds under a key, else what every row carries.
    Usual(&'static str, &'static str),
    /// The path of the tenant's log, where `extra` holds no other.
    Path,
    /// The list of event types: as written where that was kept, else the one type.
    EventTypes,
}

pub(super) const STATUS: Shape = Shape {
    from: &[
        Record::ErrorCode,
        Record::FailureReason,
        Record::AdditionalDetails,
    ],
    make: Make::Object(&[
        ("", "errorCode"),
        ("", "failureReason"),
        ("", "additionalDetails"),
    ]),
};
pub(super) const DEVICE: Shape = Shape {
    from: &[
        Record::DeviceId,
        Record::DeviceDisplayName,
        Record::OperatingSystem,
        Record::Browser,
        Record::IsCompliant,
        Record::IsManaged,
        Record::TrustType,
    ],
    make: Make::Object(&[
        ("", "deviceId"),
        ("", "displayName"),
        ("", "operatingSystem"),
        ("", "browser"),
        ("", "isCompliant"),
        ("", "isManaged"),
        ("", "trustType"),
    ]),
};
pub(super) const LOCATION: Shape = Shape {
    from: &[
        Record::City,
        Record::State,
        Record::Country,
        Record::Latitude,
        Record::Longitude,
        Record::Altitude,
    ],
    make: Make::Object(&[
        ("", "city"),
        ("", "state"),
        ("", "countryOrRegion"),
        ("geoCoordinates", "latitude"),
        ("geoCoordinates", "longitude"),
        ("geoCoordinates", "altitude"),
    ]),
};
pub(super) const MFA: Shape = Shape {
    from: &[Record::MfaAuthMethod, Record::MfaAuthDetail],
    make: Make::Object(&[("", "authMethod"), ("", "authDetail")]),
};
pub(super) const STEPS: Shape = Shape {
    from: &[Record::AuthenticationDetails],
    make: Make::Steps,
};
pub(super) const EVENT_TYPES: Shape = Shape {
    from: &[Record::SignInEventTypes, Record::EventType],
    make: Make::EventTypes,
};
pub(super) const OPERATION_NAME: Shape = usual("envelope.operationName", "Sign-in activity");
pub(super) const OPERATION_VERSION: Shape = usual("envelope.operationVersion", "1.0");
pub(super) const DURATION_MS: Shape = usual("envelope.durationMs", "0");
pub(super) const LEVEL: Shape = usual("envelope.level", "4");
pub(super) const RESOURCE_PATH: Shape = Shape {
    from: &[Record::Extra, Record::TenantId],
    make: Make::Path,
};

const fn usual(key: &'static str, value: &'static str) -> Shape {
    Shape {
        from: &[Record::Extra],
        make: Make::Usual(key, value),
    }
}

/// The function that puts a shape's columns, in their order, together.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Rebuild {
    shape: &'static Shape,
    signature: Signature,
}

impl Rebuild {
    pub(super) fn new(shape: &'static Shape) -> Self {
        Self {
            shape,
            signature: Signature::any(shape.from.len(), Volatility::Immutable),
        }
    }

    fn value(&self, columns: &[ArrayRef], i: usize) -> Option<String> {
        match &self.shape.make {
            Make::Object(keys) => object(keys, columns, i),
            Make::Steps => steps(steps_at(columns.first()?, i)),
            Make::Usual(key, usual) => {
                let other = extra(columns.first()?, key, i);
                Some(other.unwrap_or_else(|| (*usual).to_owned()))
            }
            Make::Path => extra(columns.first()?, "envelope.resourceId", i).or_else(|| {
                let tenant = value_at(columns.get(1)?, i)?;
                Some(format!(
                    "/tenants/{}/providers/Microsoft.aadiam",
                    tenant.as_str()?
                ))
            }),
            Make::EventTypes => match value_at(columns.first()?, i) {
                Some(Value::String(written)) => Some(written),
                _ => Some(Value::Array(vec![value_at(columns.get(1)?, i)?]).to_string()),
            },
        }
    }
}

/// The value of a column; `None` where it is null.
fn value_at(column: &ArrayRef, i: usize) -> Option<Value> {
    if column.is_null(i) {
        return None;
    }
    Some(match column.data_type() {
        DataType::Utf8View => Value::from(column.as_string_view().value(i)),
        DataType::Utf8 => Value::from(column.as_string::<i32>().value(i)),
        DataType::Int32 => Value::from(column.as_primitive::<Int32Type>().value(i)),
        DataType::Int64 => Value::from(column.as_primitive::<Int64Type>().value(i)),
        DataType::Float64 => Value::from(column.as_primitive::<Float64Type>().value(i)),
        DataType::Boolean => Value::from(column.as_boolean().value(i)),
        _ => return None,
    })
}

/// An object with its keys in their order; `None` where no key has a value.
fn written(pairs: impl Iterator<Item = (&'static str, Option<String>)>) -> Option<String> {
    let mut text = String::new();
    for (key, value) in pairs {
        let Some(value) = value else {
            continue;
        };
        text.push(if text.is_empty() { '{' } else { ',' });
        text.push_str(&format!("\"{key}\":{value}"));
    }
    (!text.is_empty()).then(|| text + "}")
}

/// The keys of a group stand side by side, at the end of the list.
fn object(keys: &[(&'static str, &'static str)], columns: &[ArrayRef], i: usize) -> Option<String> {
    let of_group = |wanted: &'static str| {
        let pairs = keys.iter().zip(columns);
        let pairs = pairs.filter(move |((group, _), _)| *group == wanted);
        pairs.map(|((_, key), column)| (*key, value_at(column, i).map(|v| v.to_string())))
    };
    let group = keys.last().map_or("", |(group, _)| *group);
    let inner = (!group.is_empty()).then(|| (group, written(of_group(group))));
    written(of_group("").chain(inner))
}

fn steps(steps: Vec<Step<'_>>) -> Option<String> {
    let listed: Vec<String> = steps.iter().filter_map(step_text).collect();
    (!listed.is_empty()).then(|| format!("[{}]", listed.join(",")))
}

fn step_text(step: &Step<'_>) -> Option<String> {
    let text = |text: &Option<std::borrow::Cow<'_, str>>| text.as_deref().map(Value::from);
    let values = [
        (
            "authenticationStepDateTime",
            step.step_at.and_then(instant).map(Value::from),
        ),
        ("authenticationMethod", text(&step.method)),
        ("authenticationMethodDetail", text(&step.method_detail)),
        ("succeeded", step.succeeded.map(Value::from)),
        ("authenticationStepResultDetail", text(&step.result_detail)),
        ("authenticationStepRequirement", text(&step.requirement)),
        ("StatusSequence", step.status_sequence.map(Value::from)),
        ("RequestSequence", step.request_sequence.map(Value::from)),
    ];
    written(
        values
            .into_iter()
            .map(|(key, value)| (key, value.map(|v| v.to_string()))),
    )
}

/// A time in microseconds as `2026-01-05T08:00:00.123Z`, without zeros at the end of its fraction.
fn instant(micros: i64) -> Option<String> {
    let at = timestamp_us_to_datetime(micros)?.to_string();
    Some(format!("{}Z", at.replacen(' ', "T", 1)))
}

/// What `extra`, the text of an object, holds under a key: a text as it is, else its JSON.
fn extra(column: &ArrayRef, key: &str, i: usize) -> Option<String> {
    let Some(Value::String(text)) = value_at(column, i) else {
        return None;
    };
    if !text.contains(key) {
        return None;
    }
    let held: Map<String, Value> = serde_json::from_str(&text).ok()?;
    match held.get(key)? {
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

impl ScalarUDFImpl for Rebuild {
    fn name(&self) -> &str {
        "rebuilt"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let columns = ColumnarValue::values_to_arrays(&args.args)?;
        let Some(rows) = columns.first().map(Array::len) else {
            return exec_err!("nothing to rebuild from");
        };
        let mut texts = StringBuilder::new();
        for i in 0..rows {
            texts.append_option(self.value(&columns, i));
        }
        Ok(ColumnarValue::Array(Arc::new(texts.finish())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Float64Array, StringViewArray};

    fn texts(values: &[Option<&str>]) -> ArrayRef {
        Arc::new(values.iter().copied().collect::<StringViewArray>())
    }

    fn numbers(values: &[Option<f64>]) -> ArrayRef {
        Arc::new(values.iter().copied().collect::<Float64Array>())
    }

    #[test]
    fn a_place_is_an_object_in_an_object() {
        let nothing = numbers(&[None, None, None]);
        let columns = [
            texts(&[Some("B\"ern\u{1b}"), None, None]),
            texts(&[None, None, None]),
            texts(&[Some("CH"), Some("CH"), None]),
            numbers(&[Some(46.9), None, None]),
            numbers(&[Some(-7.5), None, None]),
            nothing,
        ];
        let rebuild = Rebuild::new(&LOCATION);
        let text = rebuild.value(&columns, 0).expect("an object");
        let value: Value = serde_json::from_str(&text).expect("JSON");
        let wanted = serde_json::json!({"city": "B\"ern\u{1b}", "countryOrRegion": "CH",
            "geoCoordinates": {"latitude": 46.9, "longitude": -7.5}});
        assert_eq!(value, wanted);
        assert!(text.starts_with(r#"{"city":"B\"ern\u001b","countryOrRegion":"CH","geo"#));
        assert!(!text.contains('\u{1b}'), "{text}");
        let text = rebuild.value(&columns, 1);
        assert_eq!(text.as_deref(), Some(r#"{"countryOrRegion":"CH"}"#));
        assert_eq!(rebuild.value(&columns, 2), None);
    }

    #[test]
    fn what_is_unusual_is_told() {
        let extras = [
            None,
            Some(r#"{"envelope.durationMs":12}"#),
            Some(r#"{"envelope.operationName":"Other"}"#),
            Some(r#"{"about":"envelope.durationMs"}"#),
        ];
        let columns = [texts(&extras)];
        let durations: Vec<_> = (0..4)
            .map(|i| Rebuild::new(&DURATION_MS).value(&columns, i))
            .collect();
        let wanted = ["0", "12", "0", "0"].map(|text| Some(text.to_owned()));
        assert_eq!(durations, wanted);
        let name = Rebuild::new(&OPERATION_NAME).value(&columns, 2);
        assert_eq!(name.as_deref(), Some("Other"));
    }

    #[test]
    fn times_have_no_zeros_at_their_end() {
        assert_eq!(instant(0).as_deref(), Some("1970-01-01T00:00:00Z"));
        assert_eq!(
            instant(1_500_000).as_deref(),
            Some("1970-01-01T00:00:01.500Z")
        );
        assert_eq!(
            instant(1_000_001).as_deref(),
            Some("1970-01-01T00:00:01.000001Z")
        );
    }
}
