//! Benches of the stages of an ingest and of a query, over a generated export.
//!
//! `cargo bench` measures; `cargo test --benches` runs each once.

use std::hint::black_box;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, StringArray, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Field};
use authlake::decode::binding::Binding;
use authlake::decode::csv::{Cut, RowCutter};
use authlake::decode::decoder::{Decoder, FileFacts, Reading};
use authlake::decode::detect::{Form, detect};
use authlake::engine::functions;
use authlake::generate::{Options, generate};
use authlake::ingest::{self, Progress};
use authlake::lake::layout::Table;
use authlake::lake::sorted::sort;
use authlake::lake::write::sort_order;
use authlake::signin::networks::{Network, NetworkTree, parse_address};
use authlake::signin::tables::Tables;
use datafusion::common::ScalarValue;
use datafusion::config::ConfigOptions;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs};
use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};

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

/// Rows of one batch of a query.
const ROWS: usize = 8_192;

/// Calls an SQL function over whole arrays, one core, and counts rows.
fn call(bencher: Bencher<'_, '_>, name: &str, arguments: &[ColumnarValue], gives: DataType) {
    let functions = functions(&Tables::built_in());
    let mut functions = functions.into_iter().map(|function| function.udf);
    let udf = functions
        .find(|udf| udf.name() == name)
        .expect("a function");
    let fields = arguments.iter().zip(0..).map(|(argument, i)| {
        let kind = argument.data_type();
        Arc::new(Field::new(format!("a{i}"), kind, true))
    });
    let fields: Vec<_> = fields.collect();
    let return_field = Arc::new(Field::new(name, gives, true));
    let config_options = Arc::new(ConfigOptions::default());
    bencher.counter(ItemsCount::new(ROWS)).bench_local(|| {
        let args = ScalarFunctionArgs {
            args: black_box(arguments.to_vec()),
            arg_fields: fields.clone(),
            number_rows: ROWS,
            return_field: return_field.clone(),
            config_options: config_options.clone(),
        };
        udf.invoke_with_args(args).expect("values")
    });
}

fn column(values: ArrayRef) -> ColumnarValue {
    ColumnarValue::Array(values)
}

/// Coordinates spread over the globe, differing by `turn`.
fn degrees(turn: usize, range: f64) -> ColumnarValue {
    let degrees = (0..ROWS).map(|i| ((i * 7_919 + turn * 104_729) % 10_007) as f64 / 10_007.0);
    let degrees: Float64Array = degrees
        .map(|part| Some((part * 2.0 - 1.0) * range))
        .collect();
    column(Arc::new(degrees))
}

fn times(step: i64) -> ColumnarValue {
    let times: TimestampMicrosecondArray = (0..ROWS as i64).map(|i| Some(i * step)).collect();
    column(Arc::new(times))
}

/// Addresses, every fourth of IPv6.
fn addresses() -> Vec<String> {
    let address = |i: usize| match i % 4 {
        0 => format!("2001:db8:{:x}::{i:x}", i % 97),
        _ => format!("{}.{}.{}.{}", i % 223, i % 251, i * 7 % 256, i * 31 % 256),
    };
    (0..ROWS).map(address).collect()
}

#[divan::bench]
fn distance_km(bencher: Bencher<'_, '_>) {
    let places = [
        degrees(1, 90.0),
        degrees(2, 180.0),
        degrees(3, 90.0),
        degrees(4, 180.0),
    ];
    call(bencher, "distance_km", &places, DataType::Float64);
}

#[divan::bench]
fn travel_speed_kmh(bencher: Bencher<'_, '_>) {
    let from = [degrees(1, 90.0), degrees(2, 180.0), times(1_000)];
    let to = [degrees(3, 90.0), degrees(4, 180.0), times(9_000_000)];
    call(
        bencher,
        "travel_speed_kmh",
        &[from, to].concat(),
        DataType::Float64,
    );
}

/// One network for all rows, and a network that is read anew in every row.
#[divan::bench(args = [true, false])]
fn ip_in_network(bencher: Bencher<'_, '_>, constant: bool) {
    let ip = column(Arc::new(StringArray::from(addresses())));
    let cidr = match constant {
        true => ColumnarValue::Scalar(ScalarValue::from("10.0.0.0/8")),
        false => column(Arc::new(StringArray::from(vec!["10.0.0.0/8"; ROWS]))),
    };
    call(bencher, "ip_in_network", &[ip, cidr], DataType::Boolean);
}

/// Finding the smallest of many networks that holds an address; the addresses are read before.
#[divan::bench(args = [10, 1_000, 100_000])]
fn network_tree(bencher: Bencher<'_, '_>, networks: u32) {
    let network = |i: u32| {
        let bits = i.wrapping_mul(2_654_435_761);
        Network::around(
            std::net::Ipv4Addr::from_bits(bits).into(),
            8 + (i % 25) as u8,
        )
    };
    let tree: NetworkTree<u32> = (0..networks)
        .filter_map(|i| Some((network(i)?, i)))
        .collect();
    let addresses: Vec<_> = addresses()
        .iter()
        .filter_map(|a| parse_address(a))
        .collect();
    bencher
        .counter(ItemsCount::new(addresses.len()))
        .bench_local(|| {
            let found = addresses.iter().filter(|a| tree.contains(**a));
            black_box(found.count())
        });
}
