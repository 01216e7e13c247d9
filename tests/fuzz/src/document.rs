//! Cuts a JSON document in steps of any size: ranges are in order and inside the buffer, and the
//! records of a sound document are the same whatever the steps.

use std::ops::Range;

use crate::decode::decoder::{Decoder, FileFacts, Reading};
use crate::decode::detect::{FORMATS, Form, detect};
use crate::decode::split::{Found, Splitter};
use crate::decode::tables::{Cut, TableCutter, column_names};
use crate::piece::{decode, facts};

/// Looks at the bytes as a document; the last says how large a step is.
pub fn run(data: &[u8]) {
    let Some((step, text)) = data.split_last() else {
        return;
    };
    let step = usize::from(*step).max(1);
    let all = text.len().max(1);
    let (whole, stepped) = (records(text, all), records(text, step));
    let (rows_whole, rows_stepped) = (rows(text, all), rows(text, step));
    // Where damage ends is told by what is in sight, which depends on the step.
    if is_sound(text) {
        assert_eq!(whole, stepped, "{}", String::from_utf8_lossy(text));
        assert_eq!(rows_whole, rows_stepped);
    }
    let head = String::from_utf8_lossy(text);
    let format = detect(&head).map_or(&FORMATS[0], |(format, _)| format);
    let Form::Json(reader) = format.form else {
        return;
    };
    let facts = FileFacts {
        source_format: format.name,
        reading: Reading::Json(reader),
        ..facts(step as u8)
    };
    let pieces = whole.iter().filter_map(|r| std::str::from_utf8(r).ok());
    decode(&mut Decoder::new(4), pieces, &facts);
}

/// Whether a text is JSON values one after another.
fn is_sound(text: &[u8]) -> bool {
    let values = serde_json::Deserializer::from_slice(text);
    values
        .into_iter::<serde::de::IgnoredAny>()
        .all(|value| value.is_ok())
}

/// Checks that a range follows the last one inside the buffer.
fn in_order(range: &Range<usize>, last: &mut usize, buffer: &[u8]) {
    assert!(range.start >= *last && range.start <= range.end && range.end <= buffer.len());
    *last = range.end;
}

fn records(text: &[u8], step: usize) -> Vec<Vec<u8>> {
    let (mut splitter, mut buffer, mut out) = (Splitter::default(), Vec::new(), Vec::new());
    let count = text.chunks(step).count();
    for (place, chunk) in text.chunks(step).enumerate() {
        buffer.extend_from_slice(chunk);
        let (mut found, mut last) = (Vec::new(), 0);
        splitter.push(&buffer, &mut found);
        if place + 1 == count {
            splitter.finish(&buffer, &mut found);
        }
        for one in found {
            let (Found::Record(range) | Found::Junk(range) | Found::Damaged(range)) = &one;
            in_order(range, &mut last, &buffer);
            if let Found::Record(range) = one {
                assert!(matches!(buffer[range.start], b'{' | b'"'));
                out.push(buffer[range].to_vec());
            }
        }
        if place + 1 == count
            && let Some(rest) = splitter.rest(&buffer)
        {
            assert!(rest.start <= rest.end && rest.end <= buffer.len());
        }
        let gone = splitter.consumed();
        buffer.drain(..gone);
    }
    out
}

fn rows(text: &[u8], step: usize) -> Vec<Vec<u8>> {
    let (mut cutter, mut buffer, mut out) = (TableCutter::default(), Vec::new(), Vec::new());
    let count = text.chunks(step).count();
    for (place, chunk) in text.chunks(step).enumerate() {
        buffer.extend_from_slice(chunk);
        let (mut found, mut last) = (Vec::new(), 0);
        cutter.push(&buffer, place + 1 == count, &mut found);
        for one in found {
            let (Cut::Row(range) | Cut::Columns(range) | Cut::Damaged(range) | Cut::Junk(range)) =
                &one;
            in_order(range, &mut last, &buffer);
            match one {
                Cut::Row(range) => out.push(buffer[range].to_vec()),
                Cut::Columns(range) => {
                    column_names(&String::from_utf8_lossy(&buffer[range]));
                }
                Cut::Damaged(_) | Cut::Junk(_) => {}
            }
        }
        let gone = cutter.consumed();
        buffer.drain(..gone);
    }
    out
}
