//! Writes the parts of an export to one writer, or each to a file of a folder.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use crate::error::{Error, Result};

/// Bytes kept before they are handed on.
const BUFFER_BYTES: usize = 1 << 20;

/// Where an export goes.
pub(in crate::generate) struct Outlet<'a> {
    to: To<'a>,
    /// Bytes given so far.
    pub(in crate::generate) bytes: u64,
}

enum To<'a> {
    One {
        out: &'a mut dyn Write,
        buffer: Vec<u8>,
    },
    Folder {
        folder: &'a Path,
        files: Vec<(String, Option<BufWriter<File>>)>,
    },
}

impl<'a> Outlet<'a> {
    /// Everything to one writer, in the order it comes.
    pub(in crate::generate) fn one(out: &'a mut dyn Write) -> Self {
        let buffer = Vec::with_capacity(BUFFER_BYTES + BUFFER_BYTES / 8);
        Self {
            to: To::One { out, buffer },
            bytes: 0,
        }
    }

    /// Each part to the file of its name, made when something is written to it.
    pub(in crate::generate) fn folder(folder: &'a Path, names: &[String]) -> Self {
        let files = names.iter().map(|name| (name.clone(), None)).collect();
        Self {
            to: To::Folder { folder, files },
            bytes: 0,
        }
    }

    /// Writes to a part.
    pub(in crate::generate) fn put(&mut self, part: usize, text: &[u8]) -> Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        self.bytes += text.len() as u64;
        match &mut self.to {
            To::One { out, buffer } => {
                buffer.extend_from_slice(text);
                if buffer.len() >= BUFFER_BYTES {
                    out.write_all(buffer).map_err(Error::Output)?;
                    buffer.clear();
                }
                Ok(())
            }
            To::Folder { folder, files } => {
                let (name, file) = &mut files[part];
                let path = folder.join(name.as_str());
                let writer = match file {
                    Some(writer) => writer,
                    None => {
                        let made =
                            File::create(&path).map_err(|e| Error::io("create", &path, e))?;
                        file.insert(BufWriter::with_capacity(BUFFER_BYTES / 4, made))
                    }
                };
                writer
                    .write_all(text)
                    .map_err(|e| Error::io("write", &path, e))
            }
        }
    }

    /// Lets a part go on in another file, if this is a folder.
    pub(in crate::generate) fn turn(&mut self, part: usize, name: String) -> Result<()> {
        if let To::Folder { folder, files } = &mut self.to {
            let (old, file) = std::mem::replace(&mut files[part], (name, None));
            flush(folder, &old, file)?;
        }
        Ok(())
    }

    /// Hands on all that is kept.
    pub(in crate::generate) fn finish(self) -> Result<()> {
        match self.to {
            To::One { out, buffer } => {
                out.write_all(&buffer).map_err(Error::Output)?;
                out.flush().map_err(Error::Output)
            }
            To::Folder { folder, files } => {
                let mut files = files.into_iter();
                files.try_for_each(|(name, file)| flush(folder, &name, file))
            }
        }
    }
}

fn flush(folder: &Path, name: &str, file: Option<BufWriter<File>>) -> Result<()> {
    match file {
        Some(mut file) => {
            let path = folder.join(name);
            file.flush().map_err(|e| Error::io("write", &path, e))
        }
        None => Ok(()),
    }
}
