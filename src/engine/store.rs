//! Opens the files of a lake for reading, wherever a running commit has put them meanwhile.
//!
//! A session reads the commit it opened. When a later commit replaces a file, the file moves out of
//! its folder and stays readable for a while; its name is never used again, so whatever has the
//! name is the file. Never: writes, lists or deletes.
//!
//! Bytes that the system holds in memory are read where they are asked for. To hand each read to
//! another thread costs more than the read: on a lake of many small files a third of a query.

use std::fmt;
use std::fs::File;
#[cfg(target_os = "linux")]
use std::io::IoSliceMut;
use std::ops::Range;
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{
    Attributes, CopyOptions, Error, GetOptions, GetRange, GetResult, GetResultPayload, ListResult,
    MultipartUpload, ObjectMeta, ObjectStore, PutMultipartOptions, PutOptions, PutPayload,
    PutResult, Result,
};
#[cfg(target_os = "linux")]
use rustix::io::{ReadWriteFlags, preadv2};

use crate::lake::layout;

/// The folder of a lake, as DataFusion sees it.
#[derive(Debug)]
pub(super) struct LakeStore {
    root: PathBuf,
    local: LocalFileSystem,
}

impl LakeStore {
    /// The store of a lake's folder.
    pub(super) fn new(root: &FilePath) -> Result<Arc<Self>> {
        Ok(Arc::new(Self {
            root: root.to_path_buf(),
            local: LocalFileSystem::new_with_prefix(root)?,
        }))
    }

    /// These bytes of a file in its folder, if none of them must be waited for.
    fn at_hand(&self, location: &Path, ranges: &[Range<u64>]) -> Option<Vec<Bytes>> {
        let file = File::open(self.root.join(location.as_ref())).ok()?;
        ranges.iter().map(|range| resident(&file, range)).collect()
    }

    /// The same as the answer to a request for one range.
    fn answer_at_hand(&self, location: &Path, options: &GetOptions) -> Option<GetResult> {
        let Some(GetRange::Bounded(range)) = options.range.clone() else {
            return None;
        };
        let file = File::open(self.root.join(location.as_ref())).ok()?;
        let facts = file.metadata().ok()?;
        let meta = ObjectMeta {
            location: location.clone(),
            last_modified: facts.modified().ok()?.into(),
            size: facts.len(),
            e_tag: None,
            version: None,
        };
        if options.head || options.check_preconditions(&meta).is_err() {
            return None;
        }
        let bytes = resident(&file, &range)?;
        Some(GetResult {
            payload: GetResultPayload::Stream(stream::once(async { Ok(bytes) }).boxed()),
            meta,
            range,
            attributes: Attributes::default(),
        })
    }

    /// Where a file went that is no longer in its folder.
    fn moved(&self, location: &Path) -> Option<Path> {
        let found = layout::replaced(&self.root, FilePath::new(location.as_ref()))?;
        let relative = found.strip_prefix(&self.root).ok()?;
        Path::parse(relative.to_str()?).ok()
    }
}

/// These bytes of a file, if the system holds all of them in memory.
#[cfg(target_os = "linux")]
fn resident(file: &File, range: &Range<u64>) -> Option<Bytes> {
    if range.end > file.metadata().ok()?.len() {
        return None;
    }
    let length = usize::try_from(range.end.checked_sub(range.start)?).ok()?;
    let mut bytes = vec![0; length];
    let mut parts = [IoSliceMut::new(&mut bytes)];
    let read = preadv2(file, &mut parts, range.start, ReadWriteFlags::NOWAIT);
    // Where the file system cannot tell, the read is left to others.
    (read.ok()? == length && length > 0).then(|| bytes.into())
}

#[cfg(not(target_os = "linux"))]
fn resident(_: &File, _: &Range<u64>) -> Option<Bytes> {
    None
}

impl fmt::Display for LakeStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "lake {}", self.root.display())
    }
}

fn read_only<T>(operation: &str) -> Result<T> {
    Err(Error::NotImplemented {
        operation: operation.to_owned(),
        implementer: "a lake that is open for reading".to_owned(),
    })
}

#[async_trait]
impl ObjectStore for LakeStore {
    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        if let Some(answer) = self.answer_at_hand(location, &options) {
            return Ok(answer);
        }
        match self.local.get_opts(location, options.clone()).await {
            Err(Error::NotFound { path, source }) => match self.moved(location) {
                Some(moved) => self.local.get_opts(&moved, options).await,
                None => Err(Error::NotFound { path, source }),
            },
            found => found,
        }
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        if let Some(bytes) = self.at_hand(location, ranges) {
            return Ok(bytes);
        }
        match self.local.get_ranges(location, ranges).await {
            Err(Error::NotFound { path, source }) => match self.moved(location) {
                Some(moved) => self.local.get_ranges(&moved, ranges).await,
                None => Err(Error::NotFound { path, source }),
            },
            found => found,
        }
    }

    async fn put_opts(&self, _: &Path, _: PutPayload, _: PutOptions) -> Result<PutResult> {
        read_only("put")
    }

    async fn put_multipart_opts(
        &self,
        _: &Path,
        _: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        read_only("put")
    }

    fn delete_stream(
        &self,
        _: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        stream::once(async { read_only("delete") }).boxed()
    }

    fn list(&self, _: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        stream::once(async { read_only("list") }).boxed()
    }

    async fn list_with_delimiter(&self, _: Option<&Path>) -> Result<ListResult> {
        read_only("list")
    }

    async fn copy_opts(&self, _: &Path, _: &Path, _: CopyOptions) -> Result<()> {
        read_only("copy")
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;
    use object_store::ObjectStoreExt;

    use super::*;

    #[test]
    fn reads_what_is_there_and_nothing_beyond_its_end() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("file"), "0123456789").expect("a file");
        let store = LakeStore::new(folder.path()).expect("a store");
        let path = Path::from("file");
        let one = block_on(store.get_range(&path, 2..5)).expect("bytes");
        assert_eq!(one, "234");
        let many = block_on(store.get_ranges(&path, &[0..1, 7..10])).expect("bytes");
        assert_eq!(many, ["0", "789"]);
        for range in [5..20, 20..30, u64::MAX - 1..u64::MAX] {
            assert!(store.at_hand(&path, &[range]).is_none());
        }
        let beyond = block_on(store.get_ranges(&path, &[0..1, 5..20]));
        assert!(beyond.is_err());
        let absent = block_on(store.get_range(&Path::from("none"), 0..1));
        assert!(matches!(absent, Err(Error::NotFound { .. })));
    }
}
