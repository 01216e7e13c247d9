//! The decoder against a slow one that shares nothing with it, to the last field.
//!
//! Records are generated, real samples, mutants and damaged texts. One decoder reads all
//! of them, with what it has learned, and a new one reads each.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;

use authlake::decode::decoder::{Decoder, Fate, FileFacts};
use authlake::generate::{Format, Options, generate};
use authlake::signin::batch::row_at;
use authlake::signin::row::Row;
use authlake::signin::schema::Record;
use serde_json::value::RawValue;
use serde_json::{Value, from_str};

use crate::differential_mutants::{Dice, mutate, tree, write};
use crate::differential_slow::{Expected, list, object, slow};

/// Text for the decoder, and the records in it.
struct Piece {
    text: String,
    records: Vec<String>,
}

/// The pieces of an export: records, or pages of them.
fn pieces(export: &str, whole_pages: bool) -> Vec<Piece> {
    let mut found = Vec::new();
    let own = |raw: &str| Piece {
        text: raw.to_owned(),
        records: vec![raw.to_owned()],
    };
    let export = export.trim_start_matches('\u{feff}');
    for raw in serde_json::Deserializer::from_str(export).into_iter::<&RawValue>() {
        let raw = raw.expect("valid JSON").get();
        let pairs = object(raw).unwrap_or_default();
        let lists = pairs
            .iter()
            .filter(|(key, _)| matches!(key.as_str(), "records" | "value"));
        let page = lists.filter_map(|(_, raw)| list(raw)).next();
        match page.clone().or_else(|| list(raw)) {
            Some(records) if page.is_some() && whole_pages => found.push(Piece {
                text: raw.to_owned(),
                records: records.into_iter().map(str::to_owned).collect(),
            }),
            Some(records) => found.extend(records.into_iter().map(own)),
            None => found.push(own(raw)),
        }
    }
    found
}

fn generated(format: Format, records: u64, policies: u32) -> Vec<Piece> {
    let options = Options {
        records,
        policies,
        users: 60,
        days: 8,
        seed: 7,
        format,
        ..Options::default()
    };
    let mut export = Vec::new();
    generate(&options, &mut export, None, &mut |_, _| {}).expect("an export");
    pieces(&String::from_utf8(export).expect("UTF-8"), true)
}

/// Decodes a text and looks at the rows that are stored.
fn decode(decoder: &mut Decoder, text: &str, mut look: impl FnMut(&Row<'_>)) -> usize {
    let facts = FileFacts {
        source_format: "azure_monitor",
        ingest_id: "i".to_owned(),
        ..FileFacts::default()
    };
    let mut stored = 0;
    decoder.decode(text, &facts, &mut |fate, _| {
        stored += usize::from(fate == Fate::Stored)
    });
    let batch = decoder.take_batch().expect("a batch");
    assert_eq!(batch.num_rows(), stored);
    (0..stored).for_each(|i| look(&row_at(&batch, i)));
    stored
}

/// Compares, and notes what differs.
struct Judge {
    learned: Decoder,
    compared: usize,
    stored: usize,
    faults: Vec<String>,
    ids: HashMap<String, i64>,
    lists: HashMap<i64, String>,
}

impl Judge {
    fn new() -> Self {
        Self {
            learned: Decoder::new(8),
            compared: 0,
            stored: 0,
            faults: Vec::new(),
            ids: HashMap::new(),
            lists: HashMap::new(),
        }
    }

    /// Reads a piece with what was learned, and each record of it with a new decoder.
    fn piece(&mut self, piece: &Piece) {
        let slow: Vec<_> = piece
            .records
            .iter()
            .map(|r| (r.as_str(), slow(r).ok()))
            .collect();
        let wanted: Vec<_> = slow.iter().filter(|(_, w)| w.is_some()).collect();
        let mut learned = std::mem::replace(&mut self.learned, Decoder::new(1));
        let mut at = wanted.iter();
        let stored = decode(&mut learned, &piece.text, |row| {
            if let Some((record, Some(wanted))) = at.next() {
                self.row("learned", wanted, row, record);
            }
        });
        self.learned = learned;
        if stored != wanted.len() {
            let why = format!(
                "learned: {stored} rows for {}: {:.300}",
                wanted.len(),
                piece.text
            );
            self.faults.push(why);
        }
        for (record, wanted) in &slow {
            let stored = decode(&mut Decoder::new(1), record, |row| {
                wanted
                    .iter()
                    .for_each(|wanted| self.row("new", wanted, row, record));
            });
            let rows = usize::from(wanted.is_some());
            if stored != rows {
                let why = format!("new: {stored} rows, {rows} wanted: {record:.300}");
                self.faults.push(why);
            }
        }
        self.compared += slow.len();
        self.stored += wanted.len();
    }

    fn row(&mut self, who: &str, wanted: &Expected, row: &Row<'_>, record: &str) {
        let mut differs = |column: &str, wanted: String, got: String| {
            let what = format!("{who} {column}\n  wanted {wanted}\n  got    {got}");
            self.faults.push(format!("{what}\n  record {record:.300}"));
        };
        for column in Record::ALL.iter().filter(|c| **c != Record::Extra) {
            let (cell, own) = (wanted.get(*column), row.get(*column));
            if cell != own {
                differs(
                    column.column().name,
                    format!("{cell:?}"),
                    format!("{own:?}"),
                );
            }
        }
        if wanted.steps != row.steps {
            differs(
                "steps",
                format!("{:?}", wanted.steps),
                format!("{:?}", row.steps),
            );
        }
        let extra = row.text(Record::Extra);
        let own = extra.map_or_else(|| Ok(BTreeMap::new()), from_str::<BTreeMap<String, Value>>);
        if own.as_ref().ok() != Some(&wanted.extra) {
            differs("extra", format!("{:?}", wanted.extra), format!("{extra:?}"));
        }
        if let (Some(list), Some(id)) = (&wanted.policies, row.int(Record::PolicySetId)) {
            let same = *self.ids.entry(list.clone()).or_insert(id) == id;
            if !same || self.lists.entry(id).or_insert_with(|| list.clone()) != list {
                self.faults.push(format!(
                    "{who} policy_set_id {id} and {list}: {record:.300}"
                ));
            }
        }
    }

    /// Fails with the first difference of each kind.
    fn end(self, least: usize) {
        assert!(self.compared >= least, "only {} records", self.compared);
        assert!(self.stored * 2 > self.compared, "only {} rows", self.stored);
        let mut kinds = BTreeMap::new();
        for fault in &self.faults {
            let kind = fault.lines().next().unwrap_or_default();
            let kind = kind.split(':').next().unwrap_or_default();
            kinds.entry(kind).or_insert((0, fault)).0 += 1;
        }
        let told = kinds
            .values()
            .map(|(count, fault)| format!("{count} times {fault}"));
        let told: Vec<String> = told.take(12).collect();
        assert!(told.is_empty(), "{}", told.join("\n"));
    }
}

#[test]
fn generated_records_give_the_same_rows() {
    let mut judge = Judge::new();
    for (format, records, policies) in [
        (Format::AzureMonitor, 1_500, 9),
        (Format::AzureMonitor, 300, 60),
        (Format::EventHub, 500, 3),
        (Format::Graph, 1_200, 9),
        (Format::GraphV1, 500, 9),
        (Format::PortalJson, 500, 9),
        (Format::SofElk, 300, 0),
    ] {
        generated(format, records, policies)
            .iter()
            .for_each(|p| judge.piece(p));
    }
    assert!(judge.ids.len() > 5, "{} lists of policies", judge.ids.len());
    judge.end(3_500);
}

#[test]
fn samples_give_the_same_rows_where_they_are_at_hand() {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/samples");
    if !samples.is_dir() {
        eprintln!("no samples at {}", samples.display());
        return;
    }
    let mut judge = Judge::new();
    for folder in ["datadog-azure-blob", "ms-graph-docs", "portal-json"] {
        for entry in fs::read_dir(samples.join(folder)).expect("a folder") {
            let path = entry.expect("a file").path();
            if path.extension().is_some_and(|e| e == "json") {
                let export = fs::read_to_string(&path).expect("text");
                pieces(&export, false).iter().for_each(|p| judge.piece(p));
            }
        }
    }
    judge.end(70);
}

/// Records that are changed: in an envelope and bare.
fn bases() -> Vec<Piece> {
    let graph = generated(Format::Graph, 150, 5)
        .into_iter()
        .flat_map(|p| p.records);
    let bare = graph.map(|text| Piece {
        records: vec![text.clone()],
        text,
    });
    generated(Format::AzureMonitor, 250, 5)
        .into_iter()
        .chain(bare)
        .collect()
}

#[test]
fn mutants_give_the_same_rows() {
    let (bases, mut judge, mut dice) = (bases(), Judge::new(), Dice(0x9e37_79b9_7f4a_7c15));
    for round in 0..10 {
        for base in &bases {
            let mut mutant = tree(&base.text);
            let enveloped = base.text.contains("\"properties\"");
            for _ in 0..dice.below(5) {
                mutate(
                    &mut mutant,
                    if enveloped { "envelope" } else { "" },
                    &mut dice,
                );
            }
            let mut text = String::new();
            write(&mutant, dice.below(4), 0, &mut dice, &mut text);
            judge.piece(&Piece {
                records: vec![text.clone()],
                text,
            });
            if round % 3 == 0 {
                judge.piece(base);
            }
        }
    }
    judge.end(4_000);
}

/// A text with its escapes resolved, wherever they stand.
fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let escape = [12, 6, 2].into_iter().find_map(|len| {
            let raw = rest.get(at..at + len)?;
            Some((len, from_str::<String>(&format!("\"{raw}\"")).ok()?))
        });
        // Longer stretches may hold more than the escape, but nothing that they say is lost.
        let (len, said) = escape.unwrap_or((1, "\\".to_owned()));
        out.push_str(&said);
        rest = &rest[at + len..];
    }
    out + rest
}

#[test]
fn damaged_texts_give_the_same_rows_or_nothing_made_up() {
    const BYTES: &[u8] = b"\"\"\"\\\\\\\x01\x1f\n\t]}";
    let (bases, mut judge, mut dice) = (bases(), Judge::new(), Dice(0x2545_f491_4f6c_dd1d));
    let (mut stored, mut valid) = (0, 0);
    for base in bases.iter().cycle().take(3_000) {
        let mut bytes = base.text.clone().into_bytes();
        for _ in 0..=dice.below(2) {
            let at = dice.below(bytes.len());
            if bytes[at].is_ascii() {
                bytes[at] = dice.pick(BYTES);
            }
        }
        if dice.below(8) == 0 {
            bytes.truncate(dice.below(bytes.len()));
        }
        let Ok(text) = String::from_utf8(bytes) else {
            continue;
        };
        if from_str::<Value>(&text).is_ok() {
            valid += 1;
            judge.piece(&Piece {
                records: vec![text.clone()],
                text,
            });
            continue;
        }
        let all = [text.clone(), unescaped(&text)].map(|t| t.to_lowercase());
        let made = [
            Record::EventType,
            Record::SourceFormat,
            Record::IngestId,
            Record::Extra,
        ];
        stored += decode(&mut judge.learned, &text, |row| {
            for column in Record::ALL.iter().filter(|c| !made.contains(c)) {
                let cell = row.text(*column).unwrap_or_default().to_lowercase();
                let name = column.column().name;
                let there = all.iter().any(|t| t.contains(&cell));
                assert!(there, "{name} {cell} stands nowhere in {text:.300}");
            }
            let extra = row.text(Record::Extra).unwrap_or("null");
            assert!(
                from_str::<Value>(extra).is_ok(),
                "extra {extra}: {text:.300}"
            );
        });
        // What a damaged text has taught does not lead astray.
        judge.piece(base);
    }
    eprintln!("{valid} damaged texts are valid, {stored} rows are of texts that are not");
    judge.end(2_000);
}
