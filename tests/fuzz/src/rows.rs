//! Cuts a CSV text and decodes its rows below its own header: no byte that is not blank is lost.

use std::sync::Arc;

use crate::decode::binding::Binding;
use crate::decode::csv::{Cut, RowCutter};
use crate::decode::decoder::{Decoder, FileFacts, Reading};
use crate::decode::detect::{FORMATS, Form, delimiter_of};
use crate::piece::{decode, facts};

/// Looks at the bytes as a CSV text; the last says how large a step is.
pub fn run(data: &[u8]) {
    let Some((step, text)) = data.split_last() else {
        return;
    };
    let line = text.split(|b| *b == b'\n').next().unwrap_or_default();
    let delimiter = delimiter_of(&String::from_utf8_lossy(line));
    let rows = cut(text, usize::from(*step).max(1), delimiter);
    let rows: Vec<&str> = rows
        .iter()
        .filter_map(|r| std::str::from_utf8(r).ok())
        .collect();
    let Some((header, rows)) = rows.split_first() else {
        return;
    };
    for format in FORMATS {
        let (Form::Header(form) | Form::Tables(form)) = &format.form else {
            continue;
        };
        let binding = Arc::new(Binding::new(header, delimiter, form));
        binding.is_repeated(header.as_bytes());
        let mut readings = vec![Reading::Row(binding.clone())];
        if let Form::Tables(_) = format.form {
            readings.push(Reading::List(binding));
        }
        for reading in readings {
            let facts = FileFacts {
                reading,
                source_format: format.name,
                ..facts(*step)
            };
            decode(&mut Decoder::new(4), rows.iter().copied(), &facts);
        }
    }
}

fn cut(text: &[u8], step: usize, delimiter: u8) -> Vec<Vec<u8>> {
    let (mut cutter, mut buffer, mut out) = (RowCutter::new(delimiter), Vec::new(), Vec::new());
    let count = text.chunks(step).count();
    let (mut kept, blank) = (0, |b: &&u8| b.is_ascii_whitespace());
    let full = |bytes: &[u8]| bytes.iter().filter(|b| !blank(b)).count();
    for (place, chunk) in text.chunks(step).enumerate() {
        buffer.extend_from_slice(chunk);
        let (mut found, mut last) = (Vec::new(), 0);
        cutter.push(&buffer, place + 1 == count, &mut found);
        for one in found {
            let (Cut::Row(range) | Cut::Broken(range)) = &one;
            assert!(range.start >= last && range.start <= range.end);
            last = range.end;
            kept += full(&buffer[range.clone()]);
            if let Cut::Row(range) = one {
                out.push(buffer[range].to_vec());
            }
        }
        let gone = cutter.consumed();
        buffer.drain(..gone);
    }
    assert_eq!(kept, full(text), "{}", String::from_utf8_lossy(text));
    out
}
