//! Benches of the stages of an ingest and of a query, over a generated export.
//!
//! `cargo bench` measures; `cargo test --benches` runs each once.

use std::hint::black_box;
use std::sync::Arc;

use authlake::decode::binding::Binding;
use authlake::decode::csv::{Cut, RowCutter};
use authlake::decode::decoder::{Decoder, FileFacts, Reading};
use authlake::decode::detect::{Form, detect};
use authlake::generate::{Options, generate};
use authlake::ingest::{self, Progress};
use authlake::lake::layout::Table;
use authlake::lake::sorted::sort;
use authlake::lake::write::sort_order;
use divan::Bencher;
use divan::counter::BytesCount;

fn main() {
    divan::main();
}

const RECORDS: u64 = 2_000;

fn export() -> Vec<u8> {
    let options = Options {
        records: RECORDS,
        users: 200,
        days: 5,
        seed: 1,
        ..Options::default()
    };
    let mut bytes = Vec::new();
    generate(&options, &mut bytes, None, &mut |_, _| {}).expect("an export");
    bytes
}

/// JSON text to an Arrow batch, one core.
#[divan::bench]
fn decode(bencher: Bencher<'_, '_>) {
    let text = String::from_utf8(export()).expect("text");
    let facts = FileFacts::default();
    bencher
        .counter(BytesCount::new(text.len()))
        .bench_local(|| {
            let mut decoder = Decoder::new(RECORDS as usize);
            for line in text.lines() {
                decoder.decode(line, &facts, &mut |_, _| {});
            }
            black_box(decoder.take_batch().expect("a batch"))
        });
}

/// CSV text to an Arrow batch, one core: rows cut, cells bound and read.
#[divan::bench(args = ["InteractiveSignIns_2026-03-15_2026-03-16.csv", "log_analytics.csv"])]
fn decode_csv(bencher: Bencher<'_, '_>, name: &str) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/formats");
    let text = std::fs::read_to_string(format!("{folder}/{name}")).expect("a fixture");
    let (header, rows) = text.split_once("\r\n").expect("a header");
    let rows = rows.repeat(RECORDS as usize / 2);
    let Form::Header(form) = &detect(&text).expect("a format").0.form else {
        panic!("a format with a header");
    };
    let facts = FileFacts {
        reading: Reading::Row(Arc::new(Binding::new(header, b',', form))),
        ..FileFacts::default()
    };
    bencher
        .counter(BytesCount::new(rows.len()))
        .bench_local(|| {
            let mut decoder = Decoder::new(RECORDS as usize);
            let mut cuts = Vec::new();
            RowCutter::new(b',').push(rows.as_bytes(), true, &mut cuts);
            for cut in cuts {
                if let Cut::Row(row) = cut {
                    decoder.decode(&rows[row], &facts, &mut |_, _| {});
                }
            }
            black_box(decoder.take_batch().expect("a batch"))
        });
}

/// Sorting one batch in the order of the lake.
#[divan::bench]
fn sort_records(bencher: Bencher<'_, '_>) {
    let text = String::from_utf8(export()).expect("text");
    let mut decoder = Decoder::new(RECORDS as usize);
    for line in text.lines() {
        decoder.decode(line, &FileFacts::default(), &mut |_, _| {});
    }
    let batch = decoder.take_batch().expect("a batch");
    bencher.bench_local(|| {
        sort(black_box(&batch), sort_order(Table::Records)).expect("a sorted batch")
    });
}

/// The whole way: export file to committed lake.
#[divan::bench]
fn ingest_export(bencher: Bencher<'_, '_>) {
    let bytes = export();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("export.json");
    std::fs::write(&path, &bytes).expect("a file");
    bencher
        .counter(BytesCount::new(bytes.len()))
        .bench_local(|| {
            let lake = tempfile::tempdir().expect("a folder");
            let options = ingest::Options {
                inputs: vec![path.display().to_string()],
                lake: lake.path().join("lake"),
                ..ingest::Options::default()
            };
            ingest::ingest(&options, &Progress::default())
                .expect("an ingest")
                .receipt
                .stored
        });
}
