//! `authlake generate`: a believable export whose answers are known.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use authlake::generate::{Options, generate};
use authlake::{Error, Result};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::cli::{OK, args};

pub fn run(args: &args::Generate) -> Result<u8> {
    let options = Options {
        records: args.records,
        users: args.users,
        days: args.days,
        seed: args.seed,
        policies: args.policies,
        ..Options::default()
    };
    let mut signins = args.truth_signins.as_deref().map(create).transpose()?;
    let signins = signins.as_mut().map(|w| w as &mut dyn Write);
    let mut quiet = |_: u64, _: u64| {};
    let gzip = args.output.extension().is_some_and(|e| e == "gz");
    let truth = if args.output == Path::new("-") {
        let mut out = BufWriter::new(std::io::stdout().lock());
        let truth = generate(&options, &mut out, signins, &mut quiet)?;
        out.flush().map_err(Error::Output)?;
        truth
    } else if gzip {
        let mut out = GzEncoder::new(create(&args.output)?, Compression::fast());
        let truth = generate(&options, &mut out, signins, &mut quiet)?;
        let done = out.finish().and_then(|mut f| f.flush());
        done.map_err(|e| Error::io("write", &args.output, e))?;
        truth
    } else {
        let mut out = create(&args.output)?;
        let truth = generate(&options, &mut out, signins, &mut quiet)?;
        out.flush()
            .map_err(|e| Error::io("write", &args.output, e))?;
        truth
    };
    if let Some(path) = &args.truth {
        std::fs::write(path, truth.to_json()).map_err(|e| Error::io("write", path, e))?;
    }
    Ok(OK)
}

fn create(path: &Path) -> Result<BufWriter<File>> {
    let file = File::create(path).map_err(|e| Error::io("create", path, e))?;
    Ok(BufWriter::with_capacity(1 << 20, file))
}
