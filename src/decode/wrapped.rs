//! Records that stand as text inside another value: a JSON string, or a Sekoia test case.

use std::borrow::Cow;

use super::detect::{Form, Format};
use super::facts::{JsonReader, Read};
use super::habits::Habits;
use super::json::walk;
use super::raw::string;
use super::target::{Sink, Target};
use super::timestamp::Clock;

/// `"{\"time\":…}"`, or `{"input":{"message":"{…}"},…}`.
pub const FORMAT: Format = Format {
    name: "wrapped",
    title: "Records wrapped in text",
    recognise: |head| {
        if head.value().starts_with("\"{") {
            return Some("a record as the text of a JSON string");
        }
        let first = head.object()?.strip_prefix('{')?.trim_start();
        let message = first.starts_with("\"input\"") && first.contains("\"message\"");
        let bare = first.starts_with("\"message\"") && first.contains("{\\\"");
        (message || bare).then_some("objects with a record as the text of message")
    },
    form: Form::Json(JsonReader(read)),
    lacks_tenant: false,
    lacks_id: false,
};

/// Finds the text of the inner record.
pub(super) fn read<'de>(record: &'de str, _: Clock, _: &mut Habits) -> Result<Read<'de>, String> {
    if record.starts_with('"') {
        let text = string(Cow::Borrowed(record)).ok_or("not a JSON string")?;
        return inner(text.into_owned());
    }
    let mut message = Message::default();
    walk(record, &[], &mut message)?;
    if let Some(input) = message.input.take() {
        walk(&input, &[], &mut message)?;
    }
    let text = message.text.ok_or("no message with a record")?;
    inner(text)
}

fn inner(text: String) -> Result<Read<'static>, String> {
    if text.trim_start().starts_with(['{', '"']) {
        Ok(Read::Inner(text))
    } else {
        Err("text that holds no record".to_owned())
    }
}

#[derive(Default)]
struct Message {
    input: Option<String>,
    text: Option<String>,
}

impl<'de> Sink<'de> for Message {
    fn known(&mut self, _: &Target, _: &'static str, _: Cow<'de, str>) {}

    fn unknown(&mut self, _: &str, key: &str, raw: Cow<'de, str>) {
        match key {
            "input" => self.input = Some(raw.into_owned()),
            "message" => self.text = string(raw).map(Cow::into_owned),
            _ => {}
        }
    }
}
