//! Opens an input as UTF-8 text, or as an archive of texts; what it is shows in its first bytes.

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::archive::Archive;
use super::discover::Input;
use super::packed::{Peeled, peel};
use super::unpack::{Counting, Limits};
use crate::error::{Error, Result};

/// A reader of unpacked bytes.
pub type Reader = Box<dyn Read + Send>;

/// What an input is.
pub enum Opened {
    Text(Reader),
    Archive(Archive),
}

/// Opens an input. `consumed` counts the bytes taken from disk, for progress. An archive that
/// comes through a pipe is written to a file without name in the folder `spool` first.
pub fn open(
    input: &Input,
    consumed: Arc<AtomicU64>,
    limits: Limits,
    spool: &Path,
) -> Result<Opened> {
    let fail = |e| Error::io("read", input.name(), e);
    let (raw, file): (Reader, Option<File>) = match input {
        Input::File { path, .. } => {
            let file = File::open(path).map_err(|e| Error::io("open", path, e))?;
            let again = file.metadata().is_ok_and(|m| m.is_file());
            let again = again.then(|| file.try_clone()).transpose().map_err(fail)?;
            (Box::new(file), again)
        }
        Input::Stdin => (Box::new(io::stdin()), None),
    };
    let packed = Arc::new(AtomicU64::new(0));
    let counted = Counting {
        inner: raw,
        counters: [consumed, packed.clone()],
    };
    match peel(Box::new(counted), &packed, limits).map_err(fail)? {
        Peeled::Text(reader) => Ok(Opened::Text(reader)),
        Peeled::Archive(reader, wound) => {
            let file = match file.filter(|_| !wound) {
                Some(file) => file,
                None => spooled(reader, spool).map_err(fail)?,
            };
            let archive = Archive::open(file, limits).map_err(fail)?;
            Ok(Opened::Archive(archive))
        }
    }
}

/// Writes a stream to a file without name, which goes when it is closed.
pub fn spooled(mut reader: impl Read, folder: &Path) -> io::Result<File> {
    let mut file = spool_file(folder)?;
    io::copy(&mut reader, &mut file)?;
    file.flush()?;
    file.rewind()?;
    Ok(file)
}

/// An empty file without name.
pub fn spool_file(folder: &Path) -> io::Result<File> {
    std::fs::create_dir_all(folder)?;
    tempfile::tempfile_in(folder)
}
