//! Zip archives: each member is an input of its own, named `archive.zip!member`.
//!
//! The directory is read with the `zip` crate; members are unpacked from their own file handles,
//! one after another, so that none is held in memory.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use flate2::Crc;
use flate2::bufread::DeflateDecoder;
use zip::{CompressionMethod, ZipArchive};

use super::open::Reader;
use super::packed::{BUFFER_BYTES, Peeled, peel};
use super::unpack::{Counting, Limited, Limits};

/// One file of an archive.
#[derive(Debug, Clone)]
pub struct Member {
    /// Its path inside the archive.
    pub name: String,
    start: u64,
    packed_bytes: u64,
    method: CompressionMethod,
    crc: u32,
    /// Why it cannot be read, where that is known beforehand.
    trouble: Option<&'static str>,
}

/// An open archive.
#[derive(Debug)]
pub struct Archive {
    file: File,
    /// Its files, in the order of the archive.
    pub members: Vec<Member>,
    limits: Limits,
}

impl Archive {
    /// Reads the directory of an archive. Folders and hidden files are passed over.
    pub(super) fn open(file: File, limits: Limits) -> io::Result<Self> {
        let copy = file.try_clone()?;
        let mut zip = ZipArchive::new(BufReader::new(copy)).map_err(io::Error::other)?;
        if zip.len() > limits.members_max {
            let max = limits.members_max;
            let why = format!("it has {} members, more than {max}, the limit", zip.len());
            return Err(io::Error::other(why));
        }
        let mut members = Vec::new();
        for place in 0..zip.len() {
            let entry = zip.by_index_raw(place).map_err(io::Error::other)?;
            if entry.is_dir() {
                continue;
            }
            let name = entry.name().to_owned();
            let up = |part: &str| matches!(part, "." | "..");
            let hidden = |part: &str| part.starts_with('.') && !up(part) || part == "__MACOSX";
            if name.split(['/', '\\']).any(hidden) {
                continue;
            }
            members.push(Member {
                name,
                start: entry.data_start().unwrap_or(u64::MAX),
                packed_bytes: entry.compressed_size(),
                method: entry.compression(),
                crc: entry.crc32(),
                trouble: entry.encrypted().then_some("it is encrypted"),
            });
        }
        Ok(Self {
            file,
            members,
            limits,
        })
    }

    /// Opens one member as text. `consumed` counts the packed bytes, for progress.
    pub fn member(&self, member: &Member, consumed: Arc<AtomicU64>) -> io::Result<Reader> {
        if let Some(trouble) = member.trouble {
            return Err(io::Error::other(trouble));
        }
        let packed = Arc::new(AtomicU64::new(0));
        let slice = Slice {
            file: self.file.try_clone()?,
            at: member.start,
            left: member.packed_bytes,
        };
        let counted = Counting {
            inner: slice,
            counters: [consumed, packed.clone()],
        };
        let buffered = BufReader::with_capacity(BUFFER_BYTES, counted);
        let unpacked: Reader = match member.method {
            CompressionMethod::STORE => Box::new(buffered),
            CompressionMethod::DEFLATE => Box::new(DeflateDecoder::new(buffered)),
            CompressionMethod::ZSTD => {
                Box::new(zstd::stream::read::Decoder::with_buffer(buffered)?)
            }
            other => {
                let why = format!("it is packed with a method ({other}) that is not supported");
                return Err(io::Error::other(why));
            }
        };
        let checked = Checked {
            inner: unpacked,
            crc: Crc::new(),
            wanted: member.crc,
        };
        let limited = Box::new(Limited::new(checked, packed.clone(), self.limits));
        match peel(limited, &packed, self.limits)? {
            Peeled::Text(reader) => Ok(reader),
            Peeled::Archive(..) => {
                let why = "it is an archive inside an archive; unpack it first";
                Err(io::Error::other(why))
            }
        }
    }
}

/// A stretch of a file. Members of one archive share the file's place, so that each read seeks.
struct Slice {
    file: File,
    at: u64,
    left: u64,
}

impl Read for Slice {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let room = usize::try_from(self.left).unwrap_or(usize::MAX);
        let room = room.min(buffer.len());
        if room == 0 {
            return Ok(0);
        }
        self.file.seek(SeekFrom::Start(self.at))?;
        let n = self.file.read(&mut buffer[..room])?;
        self.at += n as u64;
        self.left -= n as u64;
        Ok(n)
    }
}

/// Compares the checksum of a member at its end.
struct Checked<R> {
    inner: R,
    crc: Crc,
    wanted: u32,
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.crc.update(&buffer[..n]);
        if n == 0 && !buffer.is_empty() && self.crc.sum() != self.wanted {
            let why = "its checksum is not that of the archive's directory";
            return Err(io::Error::other(why));
        }
        Ok(n)
    }
}
