//! What a session knows by name: tables with their columns, and functions with what they do.

use std::collections::BTreeMap;

use datafusion::logical_expr::Documentation;

use super::session::Engine;
use super::{local_time, travel_window, udf};
use crate::error::Result;
use crate::signin::schema::{Column, POLICY_SETS, RECORDS, SIGNINS, USERS};
use crate::signin::tables::Tables;

/// Everything that a query can name.
#[derive(Debug, Clone, Default)]
pub struct Vocabulary {
    /// Tables and views, by name.
    pub tables: BTreeMap<String, Vec<ColumnWord>>,
    /// Functions, by name.
    pub functions: BTreeMap<String, FunctionWord>,
}

/// A column of a table or view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnWord {
    pub name: String,
    /// The Arrow type as SQL shows it.
    pub kind: String,
    /// Empty where nothing is written of it.
    pub meaning: &'static str,
}

/// A function.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FunctionWord {
    pub syntax: String,
    pub meaning: String,
    /// Whether it is one of authlake's, not of SQL at large.
    pub own: bool,
}

impl Engine {
    /// Everything that a query of this session can name.
    pub async fn vocabulary(&self) -> Result<Vocabulary> {
        let mut words = Vocabulary {
            functions: self.functions(),
            ..Vocabulary::default()
        };
        let sql = "SELECT table_name, column_name, data_type FROM information_schema.columns \
                   WHERE table_schema = 'public' ORDER BY table_name, ordinal_position";
        for batch in self.collect(sql, &[]).await? {
            let cell = |column: usize, row: usize| {
                let text = arrow::util::display::array_value_to_string(batch.column(column), row);
                text.unwrap_or_default()
            };
            for row in 0..batch.num_rows() {
                let (table, name) = (cell(0, row), cell(1, row));
                let meaning = meaning(&table, &name);
                let column = ColumnWord {
                    kind: cell(2, row),
                    meaning,
                    name,
                };
                words.tables.entry(table).or_default().push(column);
            }
        }
        Ok(words)
    }

    fn functions(&self) -> BTreeMap<String, FunctionWord> {
        let state = self.context().state();
        let scalar = state.scalar_functions().iter();
        let scalar = scalar.map(|(name, f)| (name, f.documentation()));
        let aggregate = state.aggregate_functions().iter();
        let aggregate = aggregate.map(|(name, f)| (name, f.documentation()));
        let window = state.window_functions().iter();
        let window = window.map(|(name, f)| (name, f.documentation()));
        let all = scalar.chain(aggregate).chain(window);
        let told = all.map(|(name, told)| (name.clone(), of_sql(name, told)));
        let mut words: BTreeMap<String, FunctionWord> = told.collect();
        let own = udf::functions(&Tables::built_in());
        let own = own.iter().map(|function| function.doc);
        for doc in own.chain([travel_window::DOC]).chain(local_time::DOCS) {
            let word = FunctionWord {
                syntax: doc.syntax.to_owned(),
                meaning: doc.description.to_owned(),
                own: true,
            };
            words.insert(doc.name.to_owned(), word);
        }
        words
    }
}

/// A function that comes with SQL.
fn of_sql(name: &str, told: Option<&Documentation>) -> FunctionWord {
    let first = |text: &str| text.trim().lines().next().unwrap_or_default().to_owned();
    FunctionWord {
        syntax: told.map_or(format!("{name}(…)"), |d| first(&d.syntax_example)),
        meaning: told.map_or(String::new(), |d| first(&d.description)),
        own: false,
    }
}

/// What the schema says of a column. Views name the columns of the table that they show.
fn meaning(table: &str, column: &str) -> &'static str {
    let tables: [&[Column]; 2] = match table {
        "users" => [USERS, &[]],
        "policy_sets" | "policy_results" => [POLICY_SETS, RECORDS],
        "records" => [RECORDS, &[]],
        "signins" | "mfa_signins" | "signins_with_users" => [SIGNINS, USERS],
        "steps" | "record_signins" => [RECORDS, SIGNINS],
        _ => [&[]; 2],
    };
    let found = tables.iter().flat_map(|t| t.iter());
    let mut found = found.filter(|c| c.name == column);
    found.next().map_or("", |c| c.meaning)
}
