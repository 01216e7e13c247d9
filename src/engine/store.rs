//! Opens the files of a lake for reading, wherever a running commit has put them meanwhile.
//!
//! A session reads the commit it opened. When a later commit replaces a file, the file moves out of
//! its folder and stays readable for a while; its name is never used again, so whatever has the
//! name is the file. Never: writes, lists or deletes.

use std::fmt;
use std::ops::Range;
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};

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

    /// Where a file went that is no longer in its folder.
    fn moved(&self, location: &Path) -> Option<Path> {
        let found = layout::replaced(&self.root, FilePath::new(location.as_ref()))?;
        let relative = found.strip_prefix(&self.root).ok()?;
        Path::parse(relative.to_str()?).ok()
    }
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
        match self.local.get_opts(location, options.clone()).await {
            Err(Error::NotFound { path, source }) => match self.moved(location) {
                Some(moved) => self.local.get_opts(&moved, options).await,
                None => Err(Error::NotFound { path, source }),
            },
            found => found,
        }
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
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
