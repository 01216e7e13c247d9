//! Finds names whatever their case where no exact one exists, so that Log Analytics' names work as
//! they are typed: `SELECT UserPrincipalName FROM SigninLogs`.
//!
//! SQL reads a name without quotes in lower case. In a query that names a table with capitals, a
//! name is first taken as it is typed, then in lower case, then as the one name of its tables that
//! differs only in case. Quoted names stay exact; other queries are not touched. Names are exchanged
//! as tokens with their places, so errors point where they did.

use std::collections::{HashMap, HashSet};

use datafusion::common::{DataFusionError, Result, not_impl_err, plan_err};
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::{DFParserBuilder, Statement};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::ParserError;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer, Word};

use super::travel_window;

/// The tables of a session and their columns.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// By name in lower case: the name, and the names of the columns.
    tables: HashMap<String, (String, Vec<String>)>,
}

impl Names {
    /// The names of a session.
    pub(super) async fn of(context: &SessionContext) -> Result<Self> {
        let mut tables = HashMap::new();
        for catalog in context.catalog_names() {
            let Some(catalog) = context.catalog(&catalog) else {
                continue;
            };
            let Some(schema) = catalog.schema("public") else {
                continue;
            };
            for name in schema.table_names() {
                let Some(table) = schema.table(&name).await? else {
                    continue;
                };
                let columns = table.schema();
                let columns = columns.fields().iter().map(|f| f.name().clone());
                tables.insert(name.to_lowercase(), (name, columns.collect()));
            }
        }
        Ok(Self { tables })
    }

    /// Parses one statement.
    pub(super) fn parse(&self, sql: &str, recursion_limit: usize) -> Result<Statement> {
        let dialect = GenericDialect {};
        let tokens = Tokenizer::new(&dialect, sql).tokenize_with_location();
        let mut tokens = tokens.map_err(|e| DataFusionError::from(ParserError::from(e)))?;
        self.resolve(&mut tokens);
        travel_window::name_calls(&mut tokens);
        let mut statements = DFParserBuilder::new(tokens)
            .with_dialect(&dialect)
            .with_recursion_limit(recursion_limit)
            .build()?
            .parse_statements()?;
        match (statements.pop_front(), statements.is_empty()) {
            (Some(statement), true) => Ok(statement),
            (Some(_), false) => not_impl_err!("only one statement can be run at a time"),
            (None, _) => plan_err!("there is no statement in the query"),
        }
    }

    /// Exchanges names that are written in another case than that of the tables that are named.
    fn resolve(&self, tokens: &mut [TokenWithSpan]) {
        let named: Vec<_> = tokens.iter().filter_map(|t| self.table(&t.token)).collect();
        if named.iter().all(|(name, _)| !has_capitals(name)) {
            return;
        }
        let mut exact = HashSet::new();
        let mut folded: HashMap<String, Option<&str>> = HashMap::new();
        for (table, columns) in named {
            for name in columns.iter().chain([table]) {
                if exact.insert(name.as_str()) {
                    let one = folded.entry(name.to_lowercase());
                    one.and_modify(|n| *n = None).or_insert(Some(name));
                }
            }
        }
        for place in 0..tokens.len() {
            if is_called(&tokens[place + 1..]) {
                continue;
            }
            let Token::Word(word) = &mut tokens[place].token else {
                continue;
            };
            if word.quote_style.is_some() {
                continue;
            }
            let lower = word.value.to_lowercase();
            let name = if exact.contains(word.value.as_str()) {
                Some(word.value.clone())
            } else if exact.contains(lower.as_str()) {
                None
            } else {
                folded.get(&lower).copied().flatten().map(str::to_owned)
            };
            // A name in lower case needs no quotes, and may be a keyword where it stands.
            if let Some(value) = name.filter(|name| has_capitals(name)) {
                *word = Word {
                    value,
                    quote_style: Some('"'),
                    keyword: Keyword::NoKeyword,
                };
            }
        }
    }

    /// The table that a token may name.
    fn table(&self, token: &Token) -> Option<&(String, Vec<String>)> {
        let Token::Word(word) = token else {
            return None;
        };
        let table = self.tables.get(&word.value.to_lowercase())?;
        (word.quote_style.is_none() || table.0 == word.value).then_some(table)
    }
}

fn has_capitals(name: &str) -> bool {
    name.chars().any(char::is_uppercase)
}

/// Whether what follows a name makes it a function's.
fn is_called(rest: &[TokenWithSpan]) -> bool {
    let mut rest = rest.iter().map(|t| &t.token);
    let next = rest.find(|token| !matches!(token, Token::Whitespace(_)));
    matches!(next, Some(Token::LParen))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        let table = |name: &str, columns: &[&str]| {
            let columns = columns.iter().map(|c| (*c).to_owned()).collect();
            (name.to_lowercase(), (name.to_owned(), columns))
        };
        Names {
            tables: HashMap::from([
                table(
                    "SigninLogs",
                    &["Id", "UserPrincipalName", "Status", "Level"],
                ),
                table("records", &["id", "user_principal_name", "date"]),
            ]),
        }
    }

    fn resolved(sql: &str) -> String {
        let statement = names().parse(sql, 50).expect("a statement");
        statement.to_string()
    }

    #[test]
    fn names_are_found_whatever_their_case() {
        assert_eq!(
            resolved("SELECT userprincipalname, count(ID) AS N FROM signinlogs GROUP BY 1"),
            r#"SELECT "UserPrincipalName", count("Id") AS N FROM "SigninLogs" GROUP BY 1"#
        );
        assert_eq!(
            resolved("WITH x AS (SELECT Level AS Id FROM SigninLogs) SELECT x.Id FROM x"),
            r#"WITH x AS (SELECT "Level" AS "Id" FROM "SigninLogs") SELECT x."Id" FROM x"#
        );
    }

    #[test]
    fn an_exact_name_goes_first_and_functions_keep_theirs() {
        assert_eq!(
            resolved("SELECT s.Id, r.ID, r.id, status(Status) FROM SigninLogs s, records r"),
            r#"SELECT s."Id", r.ID, r.id, status("Status") FROM "SigninLogs" s, records r"#
        );
        assert_eq!(
            resolved("SELECT \"id\" FROM \"SigninLogs\", records WHERE date = DATE '2026-01-05'"),
            "SELECT \"id\" FROM \"SigninLogs\", records WHERE date = DATE '2026-01-05'"
        );
    }

    #[test]
    fn queries_of_other_tables_are_not_touched() {
        let sql = "SELECT ID, Status FROM RECORDS";
        assert_eq!(resolved(sql), sql);
        let text = "SELECT 'UserPrincipalName' FROM records";
        assert_eq!(resolved(text), text);
    }
}
