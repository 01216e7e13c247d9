//! Damaged exports of every format: nothing panics, and every row read is accounted for.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use super::ReadOptions;
use super::chunk::decode_chunk;
use super::pieces::{Known, read};
use crate::decode::decoder::Decoder;
use crate::signin::aadsts::CodeTable;
use crate::signin::unknown::Unknown;
use crate::source::discover::Input;
use crate::source::open::{Opened, open};
use crate::source::unpack::Limits;

/// Mutants of each fixture.
const MUTANTS: u64 = 150;

/// A small generator of numbers; the same seed gives the same mutants.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end.max(1) as u64) as usize
    }
}

fn mutated(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=dice.below(3) {
        let at = dice.below(bytes.len());
        let to = (at + dice.below(200)).min(bytes.len());
        let odd = b"\"{}[],:\n\r\\'\0\xff\xe9;/.-0Z ";
        match dice.below(5) {
            0 => bytes[at] = odd[dice.below(odd.len())],
            1 => bytes.insert(at, odd[dice.below(odd.len())]),
            2 => drop(bytes.drain(at..to)),
            3 => {
                let copy = bytes[at..to].to_vec();
                bytes.splice(at..at, copy);
            }
            _ => bytes.truncate(to),
        }
        if bytes.is_empty() {
            break;
        }
    }
    bytes
}

/// Reads a file; rows read, rows stored, rejects and rows of other logs.
fn through(path: &Path) -> Option<[u64; 4]> {
    let folder = path.parent().expect("a folder");
    let bytes = fs::metadata(path).expect("a file").len();
    let input = Input::File {
        path: path.to_path_buf(),
        bytes,
    };
    let Ok(Opened::Text(reader)) = open(&input, Arc::default(), Limits::default(), folder) else {
        return None;
    };
    let name = input.name();
    let given = ReadOptions::default();
    let known = Known {
        name: &name,
        tenant_id: None,
        ingest_id: "i",
        given: &given,
        again: None,
        spool: folder,
    };
    let mut decoder = Decoder::new(8);
    let mut counts = [0; 4];
    let end = read(reader, &known, &mut |chunk, facts| {
        let gathered = decode_chunk(
            &mut decoder,
            &chunk,
            &name,
            facts,
            &CodeTable::built_in(),
            &mut Unknown::default(),
        )
        .expect("a chunk");
        let stored: usize = gathered
            .days
            .iter()
            .map(|(_, batch)| batch.num_rows())
            .sum();
        let others: u64 = gathered.other_categories.values().sum();
        counts[0] += gathered.rows_read;
        counts[1] += stored as u64;
        counts[2] += gathered.rejects.len() as u64;
        counts[3] += others;
        true
    });
    counts[0] += end.rejects.len() as u64;
    counts[2] += end.rejects.len() as u64;
    Some(counts)
}

#[test]
fn mutants_of_every_format_are_accounted_for() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/formats");
    let folder = tempfile::tempdir().expect("a folder");
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut stored = 0;
    for entry in fs::read_dir(fixtures).expect("fixtures") {
        let path = entry.expect("a fixture").path();
        let bytes = fs::read(&path).expect("a fixture");
        let copy = folder.path().join(path.file_name().expect("a name"));
        for _ in 0..MUTANTS {
            let mutant = mutated(&bytes, &mut dice);
            fs::write(&copy, &mutant).expect("a mutant");
            if let Some([rows, kept, rejected, others]) = through(&copy) {
                assert_eq!(rows, kept + rejected + others, "{}", path.display());
                stored += kept;
            }
        }
    }
    assert!(stored > 1000, "{stored}");
}
