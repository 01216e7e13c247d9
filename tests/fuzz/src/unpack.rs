//! Opens a packed file as text: it ends at its limit, whatever it says of itself.

use std::io::Read;
use std::sync::Arc;

use crate::source::discover::Input;
use crate::source::open::{Opened, Reader, open};
use crate::source::unpack::Limits;

/// Bytes of text of one file or member.
const TEXT_BYTES_MAX: u64 = 1 << 20;

/// Looks at the bytes as a file.
pub fn run(data: &[u8]) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("export");
    std::fs::write(&path, data).expect("a file");
    let input = Input::File {
        path,
        bytes: data.len() as u64,
    };
    let limits = Limits {
        unpacked_bytes_max: TEXT_BYTES_MAX,
        ratio_max: 100,
        members_max: 50,
    };
    match open(&input, Arc::default(), limits, folder.path()) {
        Ok(Opened::Text(text)) => drain(text, data.len()),
        Ok(Opened::Archive(archive)) => {
            assert!(archive.members.len() <= limits.members_max);
            for member in &archive.members {
                if let Ok(text) = archive.member(member, Arc::default()) {
                    drain(text, data.len());
                }
            }
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// Reads a text to its end or first error; UTF-16 may grow by half.
fn drain(mut text: Reader, packed: usize) {
    let (mut buffer, mut all) = (vec![0; 64 << 10], 0);
    while let Ok(n @ 1..) = text.read(&mut buffer) {
        all += n as u64;
        assert!(all <= 2 * TEXT_BYTES_MAX + 2 * packed as u64, "{all}");
    }
}
