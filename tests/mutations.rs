//! Mutants of every export that the fixtures hold: no bytes panic, lose a row, or store one twice.
//!
//! The same seeds give the same mutants on every machine. Mutants are ingested many at a time,
//! because a commit costs more than they do; the guilty one of a failing batch is looked for alone.

use std::fs;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use authlake::ingest::Done;
use authlake::lake::receipts::REJECT_BYTES_MAX;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::flows::ingest_into;

/// Mutants of each fixture, unless `AUTHLAKE_MUTANTS` says how many.
const MUTANTS: usize = 192;
/// Mutants of one ingest.
const BATCH: usize = 256;
/// One mutant in so many is packed after its damage, and then damaged once more.
const PACKED_ONE_IN: usize = 12;
/// Bytes of text that one byte of a mutant may unpack to; deflate reaches 1,032.
const GROWTH_MAX: u64 = 1_100;
/// What JSON and CSV are built of, and what breaks them.
const STRUCTURE: &[u8] = b"\"\"{}{}[][],,::\n\n\r\\';|\t\0\x1b\xff\xe9\xef\xbb\xbf/.-+0 eEZTu";

/// A small generator of numbers (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end.max(1) as u64) as usize
    }

    /// A stretch of so many bytes, short more often than long.
    fn slice(&mut self, len: usize) -> std::ops::Range<usize> {
        let longest = [8, 64, 512, len][self.below(4)];
        let from = self.below(len);
        from..(from + self.below(longest) + 1).min(len)
    }
}

/// Damages a file a few times; `other` is what is spliced in.
fn mutated(bytes: &[u8], other: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=dice.below(4) {
        if bytes.is_empty() {
            break;
        }
        let slice = dice.slice(bytes.len());
        let at = dice.below(bytes.len());
        match dice.below(9) {
            0 => bytes[at] ^= 1 << dice.below(8),
            1 => bytes[at] = STRUCTURE[dice.below(STRUCTURE.len())],
            2 => bytes.insert(at, STRUCTURE[dice.below(STRUCTURE.len())]),
            3 => drop(bytes.drain(slice)),
            4 => bytes.truncate(at),
            5 => drop(bytes.drain(..at)),
            6 => {
                let copy = bytes[slice].repeat(dice.below(3) + 1);
                bytes.splice(at..at, copy);
            }
            7 if !other.is_empty() => {
                let foreign = other[dice.slice(other.len())].to_vec();
                bytes.splice(slice, foreign);
            }
            _ => swap(&mut bytes, slice, at),
        }
    }
    bytes
}

/// Moves a stretch to another place.
fn swap(bytes: &mut Vec<u8>, slice: std::ops::Range<usize>, to: usize) {
    let moved: Vec<u8> = bytes.drain(slice).collect();
    let to = to.min(bytes.len());
    bytes.splice(to..to, moved);
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(bytes).expect("gzip");
    gzip.finish().expect("gzip")
}

/// Every file of the fixtures, with its name.
fn fixtures() -> Vec<(String, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut found = Vec::new();
    for folder in ["formats", "broken", "small_export"] {
        for entry in fs::read_dir(root.join(folder)).expect("fixtures") {
            let path = entry.expect("a fixture").path();
            let name = path.file_name().expect("a name").display().to_string();
            found.push((name, fs::read(&path).expect("a fixture")));
        }
    }
    found.sort();
    found
}

/// What must hold of an ingest, whatever its bytes.
fn hold(done: &Done, bytes: u64) -> Result<(), String> {
    let r = &done.receipt;
    let ends = r.stored + r.duplicates + r.rejected + r.not_a_signin;
    let steps = r.steps_joined + r.steps_waiting;
    let shown = done.rejects.iter().map(|r| r.content.len());
    let rules = [
        ("the equation", r.rows_read == ends),
        ("text is bounded", r.bytes_read <= bytes * GROWTH_MAX),
        ("rows are bounded", r.rows_read + steps <= r.bytes_read + 1),
        (
            "rejects are bounded",
            shown.max().unwrap_or(0) <= REJECT_BYTES_MAX,
        ),
        (
            "reasons are given",
            done.rejects.iter().all(|r| !r.reason.is_empty()),
        ),
        (
            "places are inside",
            done.rejects.iter().all(|x| x.offset <= r.bytes_read),
        ),
    ];
    let broken = rules.iter().find(|(_, holds)| !holds);
    broken.map_or(Ok(()), |(rule, _)| Err(format!("{rule}: {r:?}")))
}

/// Ingests files into a new lake twice; says what does not hold, and gives the rows stored.
fn judge(files: &[PathBuf]) -> Result<u64, String> {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = folder.path().join("lake");
    let lengths = files.iter().map(|f| fs::metadata(f).expect("a file").len());
    let bytes: u64 = lengths.sum();
    let ingested = |files: &[PathBuf]| -> Result<Done, String> {
        let ingest = AssertUnwindSafe(|| ingest_into(&lake, files));
        catch_unwind(ingest).map_err(|_| "it panics or fails".to_owned())
    };
    let first: Done = ingested(files)?;
    hold(&first, bytes)?;
    // What is read of a file rests on none that was read before it.
    let reversed: Vec<PathBuf> = files.iter().rev().cloned().collect();
    let again: Done = ingested(&reversed)?;
    hold(&again, bytes)?;
    let (one, two) = (&first.receipt, &again.receipt);
    if (two.stored, two.completed, two.signins_changed) != (0, 0, 0) {
        return Err(format!("it changes when it comes again: {two:?}"));
    }
    if one.rows_read != two.rows_read || one.rejected != two.rejected {
        return Err(format!("it reads differently: {one:?}, then {two:?}"));
    }
    Ok(one.stored)
}

/// The guilty one of a batch, with its bytes.
fn guilty(files: &[PathBuf], reason: &str) -> String {
    for file in files {
        if let Err(reason) = judge(std::slice::from_ref(file)) {
            let bytes = fs::read(file).expect("a mutant");
            return format!("{reason}\n{}: {}", file.display(), bytes.escape_ascii());
        }
    }
    format!("only together: {reason}")
}

/// Mutates every fourth fixture, from the `part`-th on.
fn mutate(part: usize) {
    let fixtures = fixtures();
    let own: Vec<&(String, Vec<u8>)> = fixtures.iter().skip(part).step_by(4).collect();
    let asked = std::env::var("AUTHLAKE_MUTANTS").ok();
    let mutants = asked.map_or(MUTANTS, |n| {
        n.parse().expect("AUTHLAKE_MUTANTS is a number")
    });
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15 ^ ((part as u64 + 1) << 32));
    let mut stored = 0;
    for batch in 0..(own.len() * mutants).div_ceil(BATCH) {
        let folder = tempfile::tempdir().expect("a folder");
        let mut files = Vec::new();
        for place in 0..BATCH {
            let (name, bytes) = own[(batch * BATCH + place) % own.len()];
            let other = &fixtures[dice.below(fixtures.len())].1;
            let mut mutant = mutated(bytes, other, &mut dice);
            if dice.below(PACKED_ONE_IN) == 0 {
                mutant = mutated(&packed(&mutant), &[], &mut dice);
            }
            let file = folder.path().join(format!("{place}-{name}"));
            fs::write(&file, mutant).expect("a mutant");
            files.push(file);
        }
        match judge(&files) {
            Ok(rows) => stored += rows,
            Err(reason) => panic!("batch {batch} of part {part}: {}", guilty(&files, &reason)),
        }
    }
    assert!(
        stored > 1_000,
        "mutants that hold nothing prove nothing: {stored}"
    );
}

#[test]
fn mutants_of_a_first_quarter_hold() {
    mutate(0);
}

#[test]
fn mutants_of_a_second_quarter_hold() {
    mutate(1);
}

#[test]
fn mutants_of_a_third_quarter_hold() {
    mutate(2);
}

#[test]
fn mutants_of_a_last_quarter_hold() {
    mutate(3);
}
