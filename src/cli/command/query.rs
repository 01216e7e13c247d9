//! `authlake query`: the saved questions.

use authlake::engine::{Engine, Param};
use authlake::lake::Lake;
use authlake::query::{SavedQuery, all, bind, find};
use authlake::{Error, Result};

use crate::cli::args::{Query, QueryRun};
use crate::cli::{OK, options, output};

pub async fn run(args: Query) -> Result<u8> {
    match args {
        Query::List => {
            let width = all()?.iter().map(|q| q.name.len()).max().unwrap_or(0);
            for query in all()? {
                println!("{:width$}  {}", query.name, query.header.question);
            }
        }
        Query::Show { name } => show(find(&name)?),
        Query::Run(args) => run_one(&args).await?,
    }
    Ok(OK)
}

fn show(query: &SavedQuery) {
    println!(
        "{}: {}\n{}\n",
        query.name, query.header.title, query.header.question
    );
    for p in &query.header.params {
        let default = p
            .default
            .as_deref()
            .map_or("required".to_owned(), |d| format!("default {d}"));
        println!(
            "  --param {}=<{}>  {} ({default})",
            p.name,
            p.kind.name(),
            p.meaning
        );
    }
    println!();
    for c in &query.header.columns {
        println!("  {:22} {:10} {:10} {}", c.name, c.kind, c.unit, c.meaning);
    }
    let body: Vec<_> = query
        .sql
        .lines()
        .skip_while(|l| l.starts_with("-- "))
        .collect();
    println!("\n{}", body.join("\n"));
}

async fn run_one(args: &QueryRun) -> Result<()> {
    let query = find(&args.name)?;
    let given = args.params.iter().map(|text| {
        let (name, value) = text
            .split_once('=')
            .ok_or_else(|| Error::Usage(format!("--param {text}: give it as name=value")))?;
        Ok((name.to_owned(), value.to_owned()))
    });
    let given: Vec<(String, String)> = given.collect::<Result<_>>()?;
    let lake = Lake::open(&args.lake.lake)?;
    let tables = options::tables(&args.lake)?;
    let engine = Engine::open(&lake, tables, options::limits(&args.limits)?).await?;
    let params: Vec<(String, Param)> = bind(query, &given, newest(&engine).await?)?;
    output::write(engine.sql(query.sql, &params).await?, &args.output).await
}

/// The newest event of a lake, microseconds since 1970-01-01 UTC; 0 for an empty one.
pub async fn newest(engine: &Engine) -> Result<i64> {
    use arrow::array::AsArray;
    use arrow::datatypes::Int64Type;
    let sql = "SELECT CAST(max(created_at) AS bigint) FROM records";
    let batches = engine.collect(sql, &[]).await?;
    let value = batches.first().and_then(|b| {
        let column = b.column(0).as_primitive_opt::<Int64Type>()?;
        column.iter().next().flatten()
    });
    Ok(value.unwrap_or(0))
}
