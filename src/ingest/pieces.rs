//! Reads the text of one input: recognises it, settles what holds for all of it, cuts it.
//!
//! What only the whole file can tell (the order of day and month, the one tenant) takes a pass of
//! its own before; a text that cannot be read twice waits in a file without name meanwhile.

use std::io::Seek;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use super::cut::cut_all;
use super::feed::{Feed, InputEnd};
use super::text_buffer::{Spare, TextBuffer};
use super::{ReadOptions, feed};
use crate::decode::binding::Binding;
use crate::decode::csv::{Cut, RowCutter};
use crate::decode::decoder::{FileFacts, Reading};
use crate::decode::derived::DerivedIds;
use crate::decode::detect::{Form, Format, delimiter_of, detect};
use crate::decode::survey::{Dates, Survey};
use crate::decode::timestamp::{Clock, Evidence, evidence};
use crate::signin::schema::Record;
use crate::source::open::Reader;

/// Text of one or more whole records.
pub struct Chunk {
    pub data: TextBuffer,
    /// Byte offset of `data` in the uncompressed text.
    pub offset: u64,
    /// Line number of the first byte, from 1; 0 in documents.
    pub line: u64,
    /// Where `data` has line breaks.
    pub breaks: Vec<u32>,
    /// The records of a document; empty where each line is one.
    pub records: Vec<Range<usize>>,
    /// Where the buffer goes when the chunk was decoded.
    pub spare: Spare,
}

impl Drop for Chunk {
    fn drop(&mut self) {
        self.spare.give(std::mem::take(&mut self.data));
    }
}

/// What is known of a text before it is read.
pub(super) struct Known<'a> {
    pub name: &'a str,
    /// Tenant by the path or by the caller.
    pub tenant_id: Option<String>,
    pub ingest_id: &'a str,
    pub given: &'a ReadOptions,
    /// Opens the text once more, where that is possible.
    pub again: Option<&'a dyn Fn() -> Option<Reader>>,
    /// Folder for texts that can be read only once.
    pub spool: &'a Path,
}

/// Reads a text to its end. `send` takes the chunks and says whether to go on.
pub(super) fn read(
    reader: Reader,
    known: &Known<'_>,
    send: &mut dyn FnMut(Chunk, &FileFacts) -> bool,
) -> InputEnd {
    let mut feed = Feed::new(reader, known.name);
    feed.begin();
    let head = String::from_utf8_lossy(&feed.buffer).into_owned();
    if feed.done && matches!(head.trim(), "" | "[]" | "{}") {
        feed.end.empty = true;
        return feed.end;
    }
    let Some((format, because)) = detect(&head) else {
        let broken = !feed.end.rejects.is_empty();
        feed.end.problem = Some(if broken {
            "cannot be read".to_owned()
        } else {
            unknown(&head)
        });
        return feed.end;
    };
    feed.end.format = Some((format, because));
    match settle(&mut feed, format, known) {
        Ok(facts) => cut_all(&mut feed, &format.form, &facts, send),
        Err(problem) => feed.end.problem = Some(problem),
    }
    feed.end
}

/// Says what a text that is no known export looks like.
fn unknown(head: &str) -> String {
    let line = head.trim_start().lines().next().unwrap_or_default();
    let shown: String = line.chars().take(40).collect();
    format!("is not a sign-in export that authlake knows; it begins with `{shown}`")
}

/// What holds for all records of a text; the error says why it is refused.
fn settle(feed: &mut Feed<'_>, format: &Format, known: &Known<'_>) -> Result<FileFacts, String> {
    let mut facts = FileFacts {
        tenant_id: known.tenant_id.clone(),
        source_format: format.name,
        ingest_id: known.ingest_id.to_owned(),
        clock: Clock {
            order: known.given.date_order,
            offset_s: known.given.source_timezone_s.unwrap_or(0),
        },
        ..FileFacts::default()
    };
    match &format.form {
        Form::Json(reader) => facts.reading = Reading::Json(*reader),
        Form::Tables(_) => {}
        Form::Header(_) => {
            let binding = take_header(feed, format)?;
            facts.event_type = crate::decode::event_type_of_name(known.name);
            facts.clock.offset_s = offset_of(&binding, known)?;
            facts.reading = Reading::Row(Arc::new(binding));
        }
    }
    let fills = |column| matches!(&facts.reading, Reading::Row(b) if b.fills(column));
    if format.lacks_id && !fills(Record::Id) {
        facts.derived = Some(Arc::new(DerivedIds::default()));
    }
    let dates = facts.clock.order.is_none() && shows_open_dates(feed, &facts);
    let named = fills(Record::TenantId);
    let tenant = facts.tenant_id.is_none() && format.lacks_tenant && !named;
    if dates || tenant {
        let survey = survey(feed, format, &facts, known)?;
        if tenant {
            facts.tenant_id = survey.tenant();
        }
        facts.clock.order = match survey.dates() {
            _ if !dates => facts.clock.order,
            Dates::Plain => None,
            Dates::Settled(order) => Some(order),
            Dates::Undecided => {
                return Err("none of its dates shows which number is the month; give --date-order dmy or mdy".to_owned());
            }
            Dates::Contradictory => {
                return Err("some of its dates have the day first, others the month; give --date-order dmy or mdy".to_owned());
            }
        };
    }
    Ok(facts)
}

/// Seconds east of UTC of the times below a header.
fn offset_of(binding: &Binding, known: &Known<'_>) -> Result<i64, String> {
    match (&binding.display_zone, known.given.source_timezone_s) {
        (Some(_), Some(offset)) => Ok(offset),
        (Some(zone), None) => Err(format!(
            "its times are shown in the time zone `{zone}`; give --source-timezone, such as +01:00"
        )),
        (None, offset) if !binding.names_utc => Ok(offset.unwrap_or(0)),
        (None, _) => Ok(0),
    }
}

/// Takes the header off a text and binds its columns.
fn take_header(feed: &mut Feed<'_>, format: &Format) -> Result<Binding, String> {
    let Form::Header(form) = &format.form else {
        return Err("has no header".to_owned());
    };
    let first = feed.buffer.trim_ascii_start();
    let line = memchr::memchr(b'\n', first).unwrap_or(first.len());
    let delimiter = delimiter_of(&String::from_utf8_lossy(&first[..line]));
    let mut cutter = RowCutter::new(delimiter);
    let mut cuts = Vec::new();
    cutter.push(&feed.buffer, feed.done, &mut cuts);
    let range = match cuts.into_iter().next() {
        Some(Cut::Row(range)) => range,
        Some(Cut::Broken(_)) => return Err("its header has a quote that is never closed".into()),
        None => {
            let max = feed::HEAD_BYTES >> 10;
            return Err(format!("its header is longer than {max} KiB"));
        }
    };
    if feed.buffer[range.clone()].contains(&b'\r') {
        // The whole file would pass for its header.
        return Err("its lines end with a carriage return alone; end them with line feeds".into());
    }
    let end = memchr::memchr(b'\n', &feed.buffer[range.end..]);
    let end = end.map_or(feed.buffer.len(), |after| range.end + after + 1);
    let (text, _) = feed.take_lines(end);
    let header = String::from_utf8_lossy(&text[range]);
    Ok(Binding::new(&header, delimiter, form))
}

/// Whether the first bytes of a text show dates in a culture's order.
fn shows_open_dates(feed: &Feed<'_>, facts: &FileFacts) -> bool {
    let head = &feed.buffer[..feed.buffer.len().min(feed::HEAD_BYTES)];
    match &facts.reading {
        Reading::Row(_) => {
            let mut survey = Survey::default();
            let line = |raw: &[u8]| String::from_utf8_lossy(raw).into_owned();
            for row in head.split(|b| *b == b'\n').take(20) {
                survey.note(&line(row), facts);
            }
            survey.dates() != Dates::Plain
        }
        Reading::Json(_) => {
            let text = String::from_utf8_lossy(head);
            let after = text.split("reatedDateTime\"").skip(1);
            let mut values = after.filter_map(|rest| rest.split('"').nth(1));
            values.any(|value| evidence(&value.replace("\\/", "/")) != Evidence::None)
        }
        Reading::List(_) => false,
    }
}

/// Goes over all that is left of a text, which is read once more afterwards.
fn survey(
    feed: &mut Feed<'_>,
    format: &Format,
    facts: &FileFacts,
    known: &Known<'_>,
) -> Result<Survey, String> {
    let mut survey = Survey::default();
    let mut note = |chunk: Chunk, facts: &FileFacts| {
        let Ok(text) = std::str::from_utf8(&chunk.data) else {
            let lossy = String::from_utf8_lossy(&chunk.data);
            lossy.lines().for_each(|line| survey.note(line, facts));
            return true;
        };
        if chunk.records.is_empty() {
            let lines = text.lines().filter(|l| !l.trim().is_empty());
            lines.for_each(|line| survey.note(line, facts));
        } else {
            let pieces = chunk.records.iter().filter_map(|r| text.get(r.clone()));
            pieces.for_each(|piece| survey.note(piece, facts));
        }
        true
    };
    let reader = known.again.and_then(|again| again());
    match reader {
        Some(reader) => {
            let mut first = Feed::new(reader, known.name);
            first.begin();
            if matches!(format.form, Form::Header(_)) {
                take_header(&mut first, format)?;
            }
            cut_all(&mut first, &format.form, facts, &mut note);
        }
        None => {
            let cannot = |e: std::io::Error| format!("cannot be kept to be read twice: {e}");
            let mut file = feed.spool(known.spool).map_err(cannot)?;
            let copy = file.try_clone().map_err(cannot)?;
            let mut first = Feed::new(Box::new(copy), known.name);
            first.fill(feed::HEAD_BYTES);
            cut_all(&mut first, &format.form, facts, &mut note);
            file.rewind().map_err(cannot)?;
            feed.fill(feed::HEAD_BYTES);
        }
    }
    Ok(survey)
}
