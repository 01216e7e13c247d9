//! Imports people of a directory: exports in, one commit that replaces table `users` out.
//!
//! What is in memory: every person of the table and of the exports, some 2 KB each. An import
//! that tells nothing new commits nothing.

use std::sync::atomic::Ordering;

use super::finish::stopped;
use super::run::{GRACE_US, inputs_of};
use super::{Options, Progress};
use crate::decode::directory::{Heard, read};
use crate::error::{Error, Result};
use crate::lake::journal::commit_id;
use crate::lake::layout::Table;
use crate::lake::read::read_file;
use crate::lake::write::Place;
use crate::lake::{Lake, commit};
use crate::signin::schema::{USERS_SCHEMA, UserColumn};
use crate::signin::users::{Merged, User, from_batch, merge, to_batch};
use crate::source::discover::{Discovered, Input};
use crate::source::open::{Opened, Reader, open};

/// Rejects that are kept to be shown; more are only counted.
const REJECTS_KEPT: usize = 1_000;

/// What an import of users came to. Read = new + changed + same + duplicates + rejected + forgotten.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    pub read: u64,
    pub new: u64,
    pub changed: u64,
    /// Known before, and told the same of.
    pub same: u64,
    /// Rows of somebody whom a later row of the exports tells of too.
    pub duplicates: u64,
    pub rejected: u64,
    /// People whom the lake was told to forget.
    pub forgotten: u64,
    /// People of earlier imports whose user name is somebody else's now.
    pub renamed: u64,
    /// People of the table afterwards, those with a department, and those whose roles are told.
    pub users: u64,
    pub with_department: u64,
    pub with_roles: u64,
    /// File, line and reason of the first thousand rejects.
    pub rejects: Vec<(String, u64, String)>,
    /// Files that could not be read as users, each with its reason.
    pub problems: Vec<String>,
}

/// Imports exports of users into a lake as one commit. Of `options` the inputs, the lake, the tenant,
/// the limits of unpacking and `strict` count.
pub fn import_users(options: &Options, progress: &Progress) -> Result<Imported> {
    let discovered = inputs_of(options, progress)?;
    let (lake, _lock) = progress.open(&options.lake, options.wait)?;
    let done = import(&lake, discovered, options, progress);
    if done.is_err() {
        // Gives back the space of what was staged; else the next writer does.
        let _ = commit::recover(lake.root());
    }
    done
}

fn import(
    lake: &Lake,
    discovered: Discovered,
    options: &Options,
    progress: &Progress,
) -> Result<Imported> {
    let mut import = Import {
        tenant: tenant(lake, options)?,
        now_us: options.now_us,
        told: Vec::new(),
        done: Imported {
            problems: discovered.problems,
            ..Imported::default()
        },
    };
    for input in &discovered.inputs {
        import.input(lake, input, options, progress);
        if progress.stop.load(Ordering::Relaxed) {
            return Err(stopped());
        }
    }
    let Import { told, mut done, .. } = import;
    if options.strict && done.rejected + done.problems.len() as u64 > 0 {
        let first = done.rejects.first();
        let first = first.map(|(file, line, reason)| format!("{file}: line {line}: {reason}"));
        let first = first.or_else(|| done.problems.first().cloned());
        let text = format!("{}; nothing was imported", first.unwrap_or_default());
        return Err(Error::Refused(text));
    }
    let told = held_back(lake, told, &mut done)?;
    let merged = merge(users(lake)?, told);
    done.told(&merged);
    if merged.changes() {
        replace(lake, &merged, options)?;
    }
    // What cannot be removed now is removed by a later writer.
    let _ = commit::sweep(lake.root(), options.now_us, GRACE_US);
    Ok(done)
}

impl Imported {
    fn told(&mut self, merged: &Merged) {
        (self.new, self.changed, self.same) = (merged.new, merged.changed, merged.same);
        (self.duplicates, self.renamed) = (merged.duplicates, merged.renamed);
        self.users = merged.users.len() as u64;
        let count =
            |has: fn(&User) -> bool| merged.users.iter().filter(|user| has(user)).count() as u64;
        self.with_department = count(|user| user.text(UserColumn::Department).is_some());
        self.with_roles = count(|user| user.directory_roles.is_some());
    }
}

/// Whose people are imported: of the tenant that was given, else of the lake's only one.
fn tenant(lake: &Lake, options: &Options) -> Result<Option<String>> {
    if options.tenant_id.is_some() {
        return Ok(options.tenant_id.clone());
    }
    let horizon = lake.manifest().horizon();
    let mut tenants: Vec<&str> = horizon.iter().map(|(tenant, ..)| tenant).collect();
    tenants.sort_unstable();
    tenants.dedup();
    tenants.retain(|tenant| !tenant.is_empty());
    match tenants.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some((*one).to_owned())),
        several => Err(Error::Usage(format!(
            "the lake holds {} tenants: --tenant GUID says whose users these are ({})",
            several.len(),
            several.join(", ")
        ))),
    }
}

struct Import {
    tenant: Option<String>,
    now_us: i64,
    told: Vec<User>,
    done: Imported,
}

impl Import {
    fn input(&mut self, lake: &Lake, input: &Input, options: &Options, progress: &Progress) {
        let (name, limits) = (input.name(), options.reading.limits);
        let counter = || progress.bytes_read.clone();
        match open(input, counter(), limits, lake.root()) {
            Ok(Opened::Text(reader)) => self.text(reader, &name, progress),
            Ok(Opened::Archive(archive)) => {
                if archive.members.is_empty() {
                    let reason = "is an archive without files";
                    self.done.problems.push(format!("{name}: {reason}"));
                }
                for member in &archive.members {
                    let name = format!("{name}!{}", member.name);
                    match archive.member(member, counter()) {
                        Ok(reader) => self.text(reader, &name, progress),
                        Err(e) => self.done.problems.push(format!("{name}: {e}")),
                    }
                }
            }
            Err(e) => self.done.problems.push(e.to_string()),
        }
    }

    fn text(&mut self, reader: Reader, name: &str, progress: &Progress) {
        let read = read(reader, &mut |heard| {
            self.done.read += 1;
            progress.rows.fetch_add(1, Ordering::Relaxed);
            match heard {
                Heard::User(mut user) => {
                    user.imported_at = self.now_us;
                    user.set(
                        UserColumn::TenantId,
                        self.tenant.as_deref().unwrap_or_default(),
                    );
                    self.told.push(*user);
                }
                Heard::Reject(line, reason) => {
                    self.done.rejected += 1;
                    if self.done.rejects.len() < REJECTS_KEPT {
                        self.done.rejects.push((name.to_owned(), line, reason));
                    }
                }
            }
        });
        if let Err(reason) = read {
            self.done.problems.push(format!("{name}: {reason}"));
        }
    }
}

/// Those who were not forgotten.
fn held_back(lake: &Lake, told: Vec<User>, done: &mut Imported) -> Result<Vec<User>> {
    let Some(guard) = lake.manifest().forgotten.guard()? else {
        return Ok(told);
    };
    let (rest, gone) = guard.users(&to_batch(&told)?)?;
    done.forgotten = gone;
    Ok(from_batch(&rest))
}

/// The people whom a lake knows.
fn users(lake: &Lake) -> Result<Vec<User>> {
    let mut users = Vec::new();
    for file in lake.manifest().table(Table::Users) {
        let batch = read_file(&lake.find(&file.path), &USERS_SCHEMA)?;
        users.extend(from_batch(&batch));
    }
    Ok(users)
}

/// Commits the lake with these people.
fn replace(lake: &Lake, merged: &Merged, options: &Options) -> Result<()> {
    let number = lake.manifest().number + 1;
    let id = commit_id('u', number, &options.now_us.to_string());
    let mut manifest = lake.manifest().next(&id);
    manifest.files.retain(|f| f.table != Table::Users.name());
    let place = Place {
        root: lake.root(),
        table: Table::Users,
        day: None,
        ingest_id: &id,
        part: 0,
    };
    let batch = to_batch(&merged.users)?;
    let rows = batch.num_rows();
    let staged = place.stage(&USERS_SCHEMA, rows, Box::new(std::iter::once(Ok(batch))))?;
    manifest.files.push(staged);
    commit::commit(lake.root(), &manifest)
}
