//! `authlake generate`: a believable export whose answers are known.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use authlake::generate::{
    Day, Format, Layout, Options, PortalColumns, Truth, generate, generate_folder,
};
use authlake::{Error, Result};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::cli::{OK, args, terminal};

pub fn run(args: &args::Generate) -> Result<u8> {
    let options = Options {
        records: args.records,
        users: args.users,
        days: args.days,
        seed: args.seed,
        start: args.start.as_deref().map(Day::parse).transpose()?,
        policies: args.policies,
        format: Format::parse(&args.format)?,
        movement: args.movement,
        incidents: args.incidents,
        portal_columns: PortalColumns::parse(args.portal_columns)?,
    };
    let mut signins = args.truth_signins.as_deref().map(create).transpose()?;
    let signins = signins.as_mut().map(|w| w as &mut dyn Write);
    let truth = write(&options, &args.output, signins)?;
    if let Some(path) = &args.truth {
        std::fs::write(path, truth.to_json()).map_err(|e| Error::io("write", path, e))?;
    }
    Ok(OK)
}

/// Writes the export to a folder, standard output, a compressed or a plain file.
fn write(options: &Options, path: &Path, signins: Option<&mut dyn Write>) -> Result<Truth> {
    if path == Path::new("-") {
        let mut out = BufWriter::new(std::io::stdout().lock());
        let truth = generate(options, &mut out, signins, &mut |_, _| {})?;
        out.flush().map_err(Error::Output)?;
        return Ok(truth);
    }
    let mut progress = terminal::counter();
    if is_folder(options.format, path) {
        return generate_folder(options, path, signins, &mut progress);
    }
    if path.extension().is_some_and(|e| e == "gz") {
        let mut out = GzEncoder::new(create(path)?, Compression::fast());
        let truth = generate(options, &mut out, signins, &mut progress)?;
        let done = out.finish().and_then(|mut f| f.flush());
        done.map_err(|e| Error::io("write", path, e))?;
        return Ok(truth);
    }
    let mut out = create(path)?;
    let truth = generate(options, &mut out, signins, &mut progress)?;
    out.flush().map_err(|e| Error::io("write", path, e))?;
    Ok(truth)
}

/// A format that may be either is a folder if the path is one, or ends in a separator.
fn is_folder(format: Format, path: &Path) -> bool {
    match format.layout() {
        Layout::File => false,
        Layout::Folder => true,
        Layout::Either => {
            let text = path.as_os_str().to_string_lossy();
            text.ends_with(std::path::is_separator) || path.is_dir()
        }
    }
}

fn create(path: &Path) -> Result<BufWriter<File>> {
    let file = File::create(path).map_err(|e| Error::io("create", path, e))?;
    Ok(BufWriter::with_capacity(1 << 20, file))
}
