//! The queries that are built into the binary, in the order of `query list`.

use std::sync::LazyLock;

use super::header::{Header, parse};
use crate::error::{Error, Result};

/// One saved query.
#[derive(Debug, Clone)]
pub struct SavedQuery {
    pub name: &'static str,
    pub header: Header,
    /// The whole text, header included.
    pub sql: &'static str,
}

const TEXTS: &[(&str, &str)] = &[
    ("mfa/by_day", include_str!("../../queries/mfa/by_day.sql")),
    ("mfa/by_user", include_str!("../../queries/mfa/by_user.sql")),
    ("mfa/by_app", include_str!("../../queries/mfa/by_app.sql")),
    (
        "mfa/by_country",
        include_str!("../../queries/mfa/by_country.sql"),
    ),
    (
        "mfa/by_method",
        include_str!("../../queries/mfa/by_method.sql"),
    ),
    (
        "mfa/by_challenge",
        include_str!("../../queries/mfa/by_challenge.sql"),
    ),
    (
        "user/signins",
        include_str!("../../queries/user/signins.sql"),
    ),
    (
        "user/correlation",
        include_str!("../../queries/user/correlation.sql"),
    ),
];

static QUERIES: LazyLock<Result<Vec<SavedQuery>>> = LazyLock::new(|| {
    let read = |(name, sql): &(&'static str, &'static str)| {
        let header = parse(sql).map_err(|e| Error::Internal(format!("query {name}: {e}")))?;
        Ok(SavedQuery { name, header, sql })
    };
    TEXTS.iter().map(read).collect()
});

/// All saved queries.
pub fn all() -> Result<&'static [SavedQuery]> {
    match &*QUERIES {
        Ok(queries) => Ok(queries),
        Err(e) => Err(Error::Internal(e.to_string())),
    }
}

/// The query of a name; a part of a name will do where it means one query only.
pub fn find(name: &str) -> Result<&'static SavedQuery> {
    let queries = all()?;
    if let Some(query) = queries.iter().find(|q| q.name == name) {
        return Ok(query);
    }
    let near: Vec<_> = queries.iter().filter(|q| q.name.contains(name)).collect();
    match near.as_slice() {
        [one] => Ok(one),
        [] => Err(Error::Usage(format!(
            "no saved query {name}; see `authlake query list`"
        ))),
        many => {
            let names: Vec<_> = many.iter().map(|q| q.name).collect();
            Err(Error::Usage(format!(
                "{name} could be any of: {}",
                names.join(", ")
            )))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_header_is_whole() {
        for query in all().expect("queries") {
            assert!(!query.header.columns.is_empty(), "{}", query.name);
            for param in &query.header.params {
                assert!(
                    query.sql.contains(&format!("${}", param.name)),
                    "{} {}",
                    query.name,
                    param.name
                );
            }
        }
    }
}
