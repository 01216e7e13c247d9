//! `authlake lake verify`: every fault by file on standard output; exit code 1 if there is one.

use authlake::Result;
use authlake::lake::Lake;
use authlake::lake::verify::{Watch, verify};

use crate::cli::args::LakeVerify;
use crate::cli::terminal::{self, safe};
use crate::cli::{FAILED, OK, output};

pub fn run(args: &LakeVerify) -> Result<u8> {
    let lake = Lake::open_unchecked(&args.lake.lake)?;
    let watch = Watch::default();
    let done = terminal::Done::default();
    let verdict = std::thread::scope(|scope| {
        scope.spawn(|| terminal::bytes_done(&watch.bytes_total, &watch.bytes_done, &done));
        let _ends = terminal::Ends(&done);
        verify(&lake, &std::env::temp_dir(), &watch)
    })?;
    for fault in &verdict.faults {
        let line = format!("{}: {}", fault.file.display(), fault.what);
        output::text(&safe(&line))?;
    }
    let (files, bytes, rows) = (verdict.files, verdict.bytes, verdict.rows);
    eprintln!(
        "{files} files, {bytes} bytes, {rows} rows of commit {}",
        verdict.commit
    );
    if verdict.ids_not_compared {
        eprintln!("ids and sign-ins were not compared: not every file could be read");
    }
    if verdict.is_sound() {
        eprintln!("all as it was written");
        return Ok(OK);
    }
    let faults = verdict.faults.len() as u64 + verdict.faults_not_kept;
    if verdict.faults_not_kept > 0 {
        eprintln!("{} faults more were found", verdict.faults_not_kept);
    }
    eprintln!("{faults} faults");
    Ok(FAILED)
}
