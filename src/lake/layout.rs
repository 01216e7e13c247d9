//! Where things lie in a lake, and the days that name its folders.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// The version of the format; older ones open, newer ones are refused. Version 2: journal entries may
/// tell a difference, and closed days are told by counts. Version 3: sign-ins have a location risk.
/// Version 4: there is a table of users, which whoever forgets a person must look through.
pub const FORMAT_VERSION: u32 = 4;
/// Microseconds of a day.
pub const DAY_US: i64 = 86_400_000_000;

/// The data tables, each a folder of Parquet files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    Records,
    Signins,
    PolicySets,
    Ingests,
    Rejects,
    /// Parts of records that came without their record: authentication steps of a portal download.
    Waiting,
    /// People of imported directories.
    Users,
}

impl Table {
    /// Every table.
    pub const ALL: &[Self] = &[
        Self::Records,
        Self::Signins,
        Self::PolicySets,
        Self::Ingests,
        Self::Rejects,
        Self::Waiting,
        Self::Users,
    ];

    /// The table of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|t| t.name() == name)
    }

    /// The folder's name, which is the table's name in SQL.
    pub fn name(self) -> &'static str {
        match self {
            Self::Records => "records",
            Self::Signins => "signins",
            Self::PolicySets => "policy_sets",
            Self::Ingests => "ingests",
            Self::Rejects => "rejects",
            Self::Waiting => "waiting_steps",
            Self::Users => "users",
        }
    }
}

/// A day (UTC), counted from 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i32);

impl Day {
    /// The day of a time in microseconds since 1970-01-01 UTC.
    pub fn of(at: i64) -> Self {
        Self(at.div_euclid(DAY_US) as i32)
    }

    /// The day's first microsecond.
    pub fn start(self) -> i64 {
        i64::from(self.0) * DAY_US
    }

    /// The bucket of rows whose day is not known.
    pub const UNKNOWN: Self = Self(i32::MIN);

    /// The day of `YYYY-MM-DD`, by the days-from-civil algorithm of H. Hinnant.
    pub fn parse(name: &str) -> Option<Self> {
        let mut parts = name.splitn(3, '-');
        let mut next = || parts.next()?.parse::<i64>().ok();
        let (year, month, day) = (next()?, next()?, next()?);
        if !(0..10_000).contains(&year) || !(1..13).contains(&month) {
            return None;
        }
        let year = year - i64::from(month <= 2);
        let era = year.div_euclid(400);
        let yoe = year.rem_euclid(400);
        let mp = if month > 2 { month - 3 } else { month + 9 };
        let doy = (153 * mp + 2) / 5 + day - 1;
        let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
        let found = Self((era * 146_097 + doe - 719_468) as i32);
        // Only a day that there is has this name.
        (found.name() == name).then_some(found)
    }

    /// The day `n` days later.
    pub fn plus(self, n: i32) -> Self {
        Self(self.0 + n)
    }

    /// `YYYY-MM-DD`, by the civil-from-days algorithm of H. Hinnant.
    pub fn name(self) -> String {
        if self == Self::UNKNOWN {
            return "unknown".to_owned();
        }
        let z = i64::from(self.0) + 719_468;
        let era = z.div_euclid(146_097);
        let doe = z.rem_euclid(146_097);
        let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
        let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
        let mp = (5 * doy + 2) / 153;
        let day = doy - (153 * mp + 2) / 5 + 1;
        let month = if mp < 10 { mp + 3 } else { mp - 9 };
        let year = yoe + era * 400 + i64::from(month <= 2);
        format!("{year:04}-{month:02}-{day:02}")
    }
}

/// The folder of the journal.
pub fn journal_dir(root: &Path) -> PathBuf {
    root.join(".journal")
}

/// The folder of a commit under way.
pub fn staging_dir(root: &Path) -> PathBuf {
    root.join(".staging")
}

/// The folder of what commits replaced.
pub fn retired_dir(root: &Path) -> PathBuf {
    root.join(".retired")
}

/// Where a commit moved a file that it replaced: into the staging area while it runs, then to the
/// retired ones. Looked for in the order in which it moves, so that it cannot slip by.
pub fn replaced(root: &Path, relative: &Path) -> Option<PathBuf> {
    let staged = staging_dir(root).join(relative);
    let aside = aside(&staging_dir(root), relative);
    let found = [aside, Some(staged)]
        .into_iter()
        .flatten()
        .find(|p| p.exists());
    found.or_else(|| {
        let retired = std::fs::read_dir(retired_dir(root)).ok()?.flatten();
        retired
            .map(|entry| entry.path().join(relative))
            .find(|p| p.exists())
    })
}

/// Where a file lies for the moment in which its folder is swapped in two steps.
fn aside(staging: &Path, relative: &Path) -> Option<PathBuf> {
    let folder = aside_of(&staging.join(relative.parent()?));
    Some(folder.join(relative.file_name()?))
}

/// The name of a folder while it is swapped in two steps.
pub fn aside_of(folder: &Path) -> PathBuf {
    folder.with_extension("aside")
}

/// The path, relative to the lake, of a table's folder or of one of its days.
pub fn folder(table: Table, day: Option<Day>) -> PathBuf {
    match day {
        Some(day) => Path::new(table.name()).join(format!("date={}", day.name())),
        None => PathBuf::from(table.name()),
    }
}

/// Makes the lake's folders where they are missing, for the owner only.
pub fn make_folders(root: &Path) -> Result<()> {
    for dir in [
        root.to_path_buf(),
        journal_dir(root),
        staging_dir(root),
        retired_dir(root),
    ] {
        make_dir(&dir)?;
    }
    Ok(())
}

/// Makes a folder and its parents, mode 0700.
pub fn make_dir(dir: &Path) -> Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(|e| Error::io("make the folder", dir, e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn day_names() {
        assert_eq!(Day::of(0).name(), "1970-01-01");
        assert_eq!(Day::of(-1).name(), "1969-12-31");
        assert_eq!(Day::of(1_709_164_800_000_000).name(), "2024-02-29");
        assert_eq!(Day(20_564).name(), "2026-04-21");
        for day in [-719_000, -1, 0, 19_782, 20_564] {
            assert_eq!(Day::parse(&Day(day).name()), Some(Day(day)));
        }
        for name in [
            "2026-02-29",
            "2026-13-01",
            "2026-1-1",
            "x",
            "",
            "2026-01-01x",
        ] {
            assert_eq!(Day::parse(name), None, "{name}");
        }
    }
}
