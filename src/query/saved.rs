//! The saved queries: those built into the binary, and those of a user's folder.

use super::header::{Header, parse};
use super::texts::TEXTS;
use crate::error::{Error, Result};

/// One saved query.
#[derive(Debug, Clone)]
pub struct SavedQuery {
    /// Its path below the folder of queries, without `.sql`.
    pub name: String,
    /// Where it was read from.
    pub file: String,
    pub header: Header,
    /// The whole text, header included.
    pub sql: String,
}

/// The text of a query that was read somewhere.
#[derive(Debug, Clone)]
pub struct QueryText {
    pub name: String,
    pub file: String,
    pub sql: String,
}

impl SavedQuery {
    /// Reads the header of a text; the error names file and line.
    pub fn read(text: QueryText) -> Result<Self> {
        let QueryText { name, file, sql } = text;
        let header = parse(&sql).map_err(|reason| Error::Config {
            path: file.clone().into(),
            reason,
        })?;
        Ok(Self {
            name,
            file,
            header,
            sql,
        })
    }

    /// The folder it stands in.
    pub fn group(&self) -> &str {
        self.name.rsplit_once('/').map_or("", |(group, _)| group)
    }

    /// The query without its header.
    pub fn body(&self) -> String {
        let lines = self.sql.lines().skip_while(|l| l.starts_with("-- "));
        lines.collect::<Vec<_>>().join("\n")
    }

    /// Whether a word stands in what it says of itself, whatever its case.
    fn tells(&self, word: &str) -> bool {
        let h = &self.header;
        let columns = h.columns.iter().map(|c| &c.name);
        let texts = [&self.name, &h.title, &h.question, &h.row];
        let mut texts = texts.into_iter().chain(&h.tags).chain(columns);
        texts.any(|text| text.to_lowercase().contains(&word.to_lowercase()))
    }
}

/// The queries of a session, by folder and name.
#[derive(Debug, Clone)]
pub struct Library {
    queries: Vec<SavedQuery>,
}

impl Library {
    /// The built-in queries, and over them those of a user: one of the same name takes its place.
    pub fn with(own: Vec<QueryText>) -> Result<Self> {
        let built_in = TEXTS.iter().map(|(name, sql)| QueryText {
            name: (*name).to_owned(),
            file: format!("queries/{name}.sql"),
            sql: (*sql).to_owned(),
        });
        let own = own.into_iter().map(SavedQuery::read);
        let own = own.collect::<Result<Vec<_>>>()?;
        let built_in = built_in.filter(|t| own.iter().all(|q| q.name != t.name));
        let mut queries = built_in.map(SavedQuery::read).collect::<Result<Vec<_>>>()?;
        queries.extend(own);
        queries.sort_by(|a, b| (a.group(), &a.name).cmp(&(b.group(), &b.name)));
        Ok(Self { queries })
    }

    /// All queries.
    pub fn all(&self) -> &[SavedQuery] {
        &self.queries
    }

    /// The queries in whose names, texts, tags or columns all these words stand.
    pub fn search(&self, words: &[String]) -> Vec<&SavedQuery> {
        let matches = |q: &&SavedQuery| words.iter().all(|word| q.tells(word));
        self.queries.iter().filter(matches).collect()
    }

    /// The queries of a folder, which ends in `/`; `/` alone is every one.
    pub fn group(&self, folder: &str) -> Result<Vec<&SavedQuery>> {
        let found = self.queries.iter();
        let inside = found.filter(|q| folder == "/" || q.name.starts_with(folder));
        let inside: Vec<_> = inside.collect();
        match inside.is_empty() {
            true => Err(unknown(folder)),
            false => Ok(inside),
        }
    }

    /// The query of a name; a part of a name will do where it means one query only.
    pub fn find(&self, name: &str) -> Result<&SavedQuery> {
        if let Some(query) = self.queries.iter().find(|q| q.name == name) {
            return Ok(query);
        }
        let near = self.queries.iter().filter(|q| q.name.contains(name));
        let near: Vec<_> = near.collect();
        match near.as_slice() {
            [one] => Ok(one),
            [] => Err(unknown(name)),
            many => {
                let names: Vec<_> = many.iter().map(|q| q.name.as_str()).collect();
                let names = names.join(", ");
                Err(Error::Usage(format!("{name} could be any of: {names}")))
            }
        }
    }
}

fn unknown(name: &str) -> Error {
    Error::Usage(format!("no saved query {name}; see `authlake query list`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(name: &str, title: &str) -> QueryText {
        QueryText {
            name: name.to_owned(),
            file: format!("mine/{name}.sql"),
            sql: format!("-- title: {title}\n-- question: q\nSELECT 1"),
        }
    }

    #[test]
    fn every_built_in_header_is_whole() {
        for query in Library::with(Vec::new()).expect("queries").all() {
            let (name, h) = (&query.name, &query.header);
            assert!(!h.columns.is_empty() && !h.row.is_empty(), "{name}");
            assert!(!h.wrong.is_empty() && !h.next.is_empty(), "{name}");
            assert!(!h.tags.is_empty(), "{name}");
        }
    }

    #[test]
    fn own_queries_join_and_replace() {
        let own = vec![text("mfa/by_day", "Ours"), text("mine/new", "New")];
        let library = Library::with(own).expect("queries");
        assert_eq!(
            library.find("mfa/by_day").expect("one").header.title,
            "Ours"
        );
        assert_eq!(library.find("mine").expect("one").name, "mine/new");
        assert_eq!(library.group("mine/").expect("a group").len(), 1);
        assert!(library.group("nothing/").is_err());
        let wrong = QueryText {
            sql: "-- title: t\n-- what\n".to_owned(),
            ..text("mine/wrong", "")
        };
        let error = Library::with(vec![wrong]).expect_err("an error");
        assert!(
            error.to_string().starts_with("mine/mine/wrong.sql: line 2"),
            "{error}"
        );
    }
}
