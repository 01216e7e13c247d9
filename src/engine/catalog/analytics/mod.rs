//! Log Analytics' sign-in tables as views over `records`, with Microsoft's names and types.
//!
//! A query that was written for Log Analytics finds its columns; what the lake keeps flat is put
//! together again only where a query names it. A record stands in the table of its event type; one
//! of unknown type stands in none. What the lake does not store is null, of the right type.

mod columns;
mod first_known;
mod rebuilt;

use arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::{Result, ScalarValue, TableReference};
use datafusion::functions::unicode::initcap;
use datafusion::logical_expr::{Expr, ScalarUDF, cast, lit, try_cast};
use datafusion::prelude::{SessionContext, ident};

use self::columns::{COLUMNS, Column, Source, TABLES};
pub(in crate::engine) use self::first_known::FirstKnown;
use super::policy_column;
use crate::signin::schema::Record;

/// A column of a Log Analytics table, for help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnalyticsColumn {
    pub name: &'static str,
    /// Microsoft's name of the type.
    pub kind: &'static str,
    /// The columns of `records` that it is made of.
    pub source: String,
}

/// The Log Analytics tables with their columns, for help.
pub fn analytics_tables() -> Vec<(&'static str, Vec<AnalyticsColumn>)> {
    let columns = |table: usize| {
        let told = |(column, letter): (&Column, char)| AnalyticsColumn {
            name: column.name,
            kind: kind(letter).0,
            source: told(column.source),
        };
        columns_of(table).map(told).collect()
    };
    let tables = TABLES.iter().enumerate();
    tables.map(|(i, name)| (*name, columns(i))).collect()
}

/// The columns of a table, each with the letter of its type.
fn columns_of(table: usize) -> impl Iterator<Item = (&'static Column, char)> {
    let letter = move |column: &Column| column.types.chars().nth(table).filter(|l| *l != '-');
    COLUMNS.iter().filter_map(move |c| Some((c, letter(c)?)))
}

/// Microsoft's name of a type, and ours. JSON is text here.
fn kind(letter: char) -> (&'static str, DataType) {
    match letter {
        'd' => (
            "datetime",
            DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        ),
        'b' => ("bool", DataType::Boolean),
        'l' => ("long", DataType::Int64),
        'r' => ("real", DataType::Float64),
        'y' => ("dynamic", DataType::Utf8),
        _ => ("string", DataType::Utf8),
    }
}

fn told(source: Source) -> String {
    let name = |record: Record| record.column().name;
    match source {
        Source::Is(from) => name(from).to_owned(),
        Source::Number(from) => format!("{}, as text", name(from)),
        Source::Capital(from) => format!("{}, with a capital", name(from)),
        Source::Either(first, second) => format!("{}, else {}", name(first), name(second)),
        Source::Policies => policy_column::NAME.to_owned(),
        Source::Rebuilt(shape) => {
            let names: Vec<_> = shape.from.iter().map(|from| name(*from)).collect();
            format!("made of {}", names.join(", "))
        }
        Source::TableName => "the table's name".to_owned(),
        Source::Missing => "not stored".to_owned(),
    }
}

fn expression(column: &Column, letter: char, table: &str) -> Result<Expr> {
    let from = |record: Record| ident(record.column().name);
    let (_, data_type) = kind(letter);
    Ok(match column.source {
        Source::Is(record) => from(record),
        Source::Number(record) => cast(from(record), DataType::Utf8),
        Source::Capital(record) => initcap().call(vec![from(record)]),
        Source::Either(first, second) => first_known::first_known(from(first), from(second)),
        Source::Policies => ident(policy_column::NAME),
        Source::Rebuilt(shape) => {
            let function = ScalarUDF::from(rebuilt::Rebuild::new(shape));
            let text = function.call(shape.from.iter().map(|r| from(*r)).collect());
            match data_type {
                DataType::Utf8 => text,
                other => try_cast(text, other),
            }
        }
        Source::TableName => lit(table),
        Source::Missing => Expr::Literal(ScalarValue::try_from(&data_type)?, None),
    }
    .alias(column.name))
}

/// Which records stand in a table.
fn belongs(table: usize) -> Expr {
    let is = |event_type: &str| ident(Record::EventType.column().name).eq(lit(event_type));
    let category = || ident(Record::Category.column().name);
    let first_party = [
        "MicrosoftServicePrincipalSignInLogs",
        "FirstPartyToFirstPartySignInLogs",
        "AADFirstPartyToFirstPartySignInLogs",
    ];
    let first_party = || category().in_list(first_party.map(lit).to_vec(), false);
    match table {
        0 => is("interactiveUser"),
        1 => is("nonInteractiveUser"),
        2 => is("servicePrincipal").and(
            category()
                .is_null()
                .or(datafusion::prelude::not(first_party())),
        ),
        3 => is("managedIdentity"),
        4 => is("adfs"),
        _ => is("servicePrincipal").and(first_party()),
    }
}

/// Registers the views.
pub(super) async fn register(context: &SessionContext) -> Result<()> {
    for (place, name) in TABLES.iter().enumerate() {
        let columns = columns_of(place).map(|(column, letter)| expression(column, letter, name));
        let columns = columns.collect::<Result<Vec<_>>>()?;
        let records = context.table("records").await?;
        let view = records.filter(belongs(place))?.select(columns)?.into_view();
        context.register_table(TableReference::bare(*name), view)?;
    }
    Ok(())
}
