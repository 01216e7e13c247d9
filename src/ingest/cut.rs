//! Cuts the text of an input into chunks of whole records, whatever its form.
//!
//! A record longer than [`RECORD_BYTES_MAX`] is rejected and skipped; damaged records are rejected
//! with their place, and the cut goes on behind them.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use super::feed::{CHUNK_BYTES, Feed, MARK, RECORD_BYTES_MAX};
use super::pieces::Chunk;
use crate::decode::binding::{Binding, HeaderForm};
use crate::decode::csv::{self, RowCutter};
use crate::decode::decoder::{FileFacts, Reading};
use crate::decode::detect::{self, Form, delimiter_of, detect};
use crate::decode::split::{Found, Splitter};
use crate::decode::tables::{self, TableCutter, column_names};

/// Takes chunks, with the facts they are decoded by; says whether to go on.
pub(super) type Send<'a> = &'a mut dyn FnMut(Chunk, &FileFacts) -> bool;

/// Cuts all that is left of a text whose header, if it has one, was taken.
pub(super) fn cut_all(feed: &mut Feed<'_>, form: &Form, facts: &FileFacts, send: Send<'_>) {
    match form {
        Form::Json(_) => {
            let head = String::from_utf8_lossy(&feed.buffer).into_owned();
            match detect::cut(&head) {
                detect::Cut::Lines => lines(feed, facts, send),
                detect::Cut::Document => document(feed, facts, send),
            }
        }
        Form::Header(_) => rows(feed, facts.clone(), send),
        Form::Tables(header) => query_answer(feed, facts.clone(), header, send),
    }
}

fn lines(feed: &mut Feed<'_>, facts: &FileFacts, send: Send<'_>) {
    loop {
        if !feed.done {
            feed.fill(CHUNK_BYTES);
        }
        let whole = match feed.last_break() {
            _ if feed.done => feed.buffer.len(),
            Some(last) => last + 1,
            None if feed.buffer.len() > RECORD_BYTES_MAX => {
                skip_line(feed);
                continue;
            }
            None => continue,
        };
        let (offset, line) = (feed.offset, feed.line);
        let (data, breaks) = feed.take_lines(whole);
        let chunk = Chunk {
            data,
            offset,
            line,
            breaks,
            records: Vec::new(),
            spare: feed.spare.clone(),
        };
        if (whole > 0 && !send(chunk, facts)) || feed.done {
            return;
        }
    }
}

/// Rejects a line that is too long, and reads to its end.
fn skip_line(feed: &mut Feed<'_>) {
    let (line, all) = (feed.line, feed.buffer.len());
    feed.too_long(line, all);
    loop {
        if let Some(end) = feed.first_break() {
            feed.take_lines(end + 1);
            return;
        }
        let all = feed.buffer.len();
        feed.take(all);
        if feed.done {
            return;
        }
        feed.fill(CHUNK_BYTES);
    }
}

fn document(feed: &mut Feed<'_>, facts: &FileFacts, send: Send<'_>) {
    let mut splitter = Splitter::default();
    let mut found = Vec::new();
    loop {
        splitter.push(&feed.buffer, &mut found);
        if feed.done {
            splitter.finish(&feed.buffer, &mut found);
        }
        let mut records = Vec::new();
        for piece in found.drain(..) {
            match piece {
                Found::Record(range) => records.push(range),
                Found::Junk(range) if is_mark(&feed.buffer[range.clone()]) => {}
                Found::Junk(range) => feed.reject(range, 0, "text between records"),
                Found::Damaged(range) => feed.reject(range, 0, DAMAGED),
            }
        }
        let rest = splitter.rest(&feed.buffer);
        if feed.done && (rest.is_some() || splitter.is_unfinished()) {
            let end = feed.buffer.len();
            feed.reject(rest.unwrap_or(end..end), 0, CUT_OFF);
        }
        let gone = splitter.consumed();
        if gone == 0 && feed.buffer.len() > RECORD_BYTES_MAX && !feed.done {
            if !splitter.resync(&feed.buffer, &mut found) {
                let bytes = splitter.skip_record();
                feed.too_long(0, bytes);
                feed.fill(CHUNK_BYTES);
            }
            continue;
        }
        if !hand_out(feed, gone, records, 0, facts, send) || feed.done {
            return;
        }
        feed.fill(CHUNK_BYTES);
    }
}

const DAMAGED: &str = "a damaged record: its brackets or quotes do not match";
const CUT_OFF: &str = "the text ends inside a record or list";

/// Whether a text between records is the byte order mark, and bracket, of a file that was appended.
fn is_mark(text: &[u8]) -> bool {
    let rest = text.strip_prefix(MARK).map(<[u8]>::trim_ascii);
    matches!(rest, Some(b"" | b"["))
}

/// A row without the byte order mark of a file that was appended.
fn unmarked<'a>(feed: &'a Feed<'_>, row: &Range<usize>) -> &'a [u8] {
    let row = &feed.buffer[row.clone()];
    row.strip_prefix(MARK).unwrap_or(row)
}

/// Hands out the first bytes of the buffer, where they hold records.
fn hand_out(
    feed: &mut Feed<'_>,
    bytes: usize,
    records: Vec<Range<usize>>,
    line: u64,
    facts: &FileFacts,
    send: Send<'_>,
) -> bool {
    let offset = feed.offset;
    let (data, breaks) = feed.take_lines(bytes);
    records.is_empty()
        || send(
            Chunk {
                data,
                offset,
                line,
                breaks,
                records,
                spare: feed.spare.clone(),
            },
            facts,
        )
}

fn rows(feed: &mut Feed<'_>, mut facts: FileFacts, send: Send<'_>) {
    let Reading::Row(binding) = &facts.reading else {
        return;
    };
    let mut binding = binding.clone();
    let mut cutter = RowCutter::new(binding.delimiter);
    loop {
        let mut cuts = Vec::new();
        cutter.push(&feed.buffer, feed.done, &mut cuts);
        let mut records = Vec::new();
        for cut in cuts {
            match cut {
                csv::Cut::Row(range) if binding.is_repeated(unmarked(feed, &range)) => {}
                csv::Cut::Row(range) => match other_header(unmarked(feed, &range), &facts) {
                    Some((name, new)) => {
                        // Files that were appended to one another, with different headers.
                        let records = std::mem::take(&mut records);
                        if !hand_copy(feed, records, feed.line, &facts, send) {
                            return;
                        }
                        binding = Arc::new(new);
                        facts.source_format = name;
                        facts.reading = Reading::Row(binding.clone());
                    }
                    None => records.push(range),
                },
                csv::Cut::Broken(range) => {
                    let line = feed.line_at(range.start);
                    feed.reject(range, line, "a quote that is never closed");
                }
            }
        }
        let gone = cutter.consumed();
        let line = feed.line;
        if !hand_out(feed, gone, records, line, &facts, send) || feed.done {
            return;
        }
        if gone == 0 && feed.buffer.len() > RECORD_BYTES_MAX {
            let mut broken = Vec::new();
            if cutter.give_up(&feed.buffer, &mut broken) {
                for cut in broken {
                    if let csv::Cut::Broken(range) = cut {
                        feed.reject(range, line, "a quote that is never closed");
                    }
                }
            } else {
                skip_line(feed);
                cutter = RowCutter::new(binding.delimiter);
            }
        }
        feed.fill(CHUNK_BYTES);
    }
}

/// Hands out records and keeps the buffer.
fn hand_copy(
    feed: &Feed<'_>,
    records: Vec<Range<usize>>,
    line: u64,
    facts: &FileFacts,
    send: Send<'_>,
) -> bool {
    let Some(last) = records.last() else {
        return true;
    };
    let chunk = Chunk {
        data: feed.buffer[..last.end].to_vec().into(),
        offset: feed.offset,
        line,
        breaks: feed.breaks_before(last.end).to_vec(),
        records,
        spare: feed.spare.clone(),
    };
    send(chunk, facts)
}

/// The binding of a row that is the header of a known format.
fn other_header(row: &[u8], facts: &FileFacts) -> Option<(&'static str, Binding)> {
    let begins = |name: &&str| {
        let row = row.strip_prefix(b"\"").unwrap_or(row);
        row.get(..name.len())
            .is_some_and(|r| r.eq_ignore_ascii_case(name.as_bytes()))
    };
    let known = [
        "Date (UTC)",
        "TenantId",
        "Request ID",
        "CreatedDateTime",
        "RecordId",
        "id,",
    ];
    known.iter().find(|name| begins(name))?;
    let text = std::str::from_utf8(row).ok()?;
    let (format, _) = detect(text)?;
    let Form::Header(form) = &format.form else {
        return None;
    };
    let delimiter = delimiter_of(text);
    let Reading::Row(own) = &facts.reading else {
        return None;
    };
    let fits = own.delimiter == delimiter;
    fits.then(|| (format.name, Binding::new(text, delimiter, form)))
}

fn query_answer(feed: &mut Feed<'_>, mut facts: FileFacts, header: &HeaderForm, send: Send<'_>) {
    let mut cutter = TableCutter::default();
    loop {
        let mut cuts = Vec::new();
        cutter.push(&feed.buffer, feed.done, &mut cuts);
        let (mut records, mut told) = (Vec::new(), false);
        for cut in cuts {
            match cut {
                tables::Cut::Row(range) => match facts.reading {
                    Reading::List(_) => records.push(range),
                    _ => feed.reject(range, 0, "a row that stands before its columns"),
                },
                tables::Cut::Damaged(range) => {
                    let cut_off = feed.done && range.end == feed.buffer.len();
                    told |= cut_off;
                    feed.reject(range, 0, if cut_off { CUT_OFF } else { DAMAGED });
                }
                tables::Cut::Junk(range) => feed.reject(range, 0, "a row that is not a list"),
                tables::Cut::Columns(range) => {
                    let records = std::mem::take(&mut records);
                    if !hand_copy(feed, records, 0, &facts, send) {
                        return;
                    }
                    let text = String::from_utf8_lossy(&feed.buffer[range.clone()]);
                    match column_names(&text) {
                        Some(names) => {
                            let names: Vec<Cow<'_, str>> =
                                names.into_iter().map(Cow::Owned).collect();
                            let binding = Binding::of(&names, b',', header);
                            facts.reading = Reading::List(Arc::new(binding));
                        }
                        None => feed.reject(range, 0, "a list of columns without names"),
                    }
                }
            }
        }
        if feed.done && cutter.is_unfinished() && !told {
            let end = feed.buffer.len();
            feed.reject(end..end, 0, CUT_OFF);
        }
        let gone = cutter.consumed();
        if gone == 0 && feed.buffer.len() > RECORD_BYTES_MAX && !feed.done {
            let bytes = cutter.skip();
            feed.too_long(0, bytes);
        } else if !hand_out(feed, gone, records, 0, &facts, send) || feed.done {
            return;
        }
        feed.fill(CHUNK_BYTES);
    }
}
