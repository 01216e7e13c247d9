//! What is forgotten is gone to the last byte, and does not come back.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use arrow::datatypes::SchemaRef;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use authlake::generate::{Format, Layout, Options, generate, generate_folder};
use authlake::ingest::{self, Progress, forget};
use authlake::lake::Lake;
use authlake::lake::forget::What;
use authlake::lake::layout::Day;
use authlake::lake::read::read_file;
use authlake::lake::receipts::{INGESTS_SCHEMA, REJECTS_SCHEMA, Receipt};
use authlake::signin::schema::{POLICY_SETS_SCHEMA, RECORDS_SCHEMA, SIGNINS_SCHEMA};

use crate::cli::{authlake, text};
use crate::days::count;
use crate::flows::{ingest_into, signins};
use crate::kills::{assert_sound, halves, kill_at_many_instants, run, state};

/// All files below a folder.
pub fn files(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).expect("a folder").flatten();
    let below = entries.map(|entry| match entry.path().is_dir() {
        true => files(&entry.path()),
        false => vec![entry.path()],
    });
    below.flatten().collect()
}

/// Every text that a lake holds: file names, bytes of its files, and all values of all columns.
fn everything(lake: &Path) -> String {
    let mut all = String::new();
    for path in files(lake) {
        let bytes = fs::read(&path).expect("a file");
        let name = path
            .strip_prefix(lake)
            .expect("inside")
            .display()
            .to_string();
        all.push_str(&format!("{name}\n{}\n", String::from_utf8_lossy(&bytes)));
        let schema: &SchemaRef = match name.split('/').next() {
            Some("records" | "waiting_steps") => &RECORDS_SCHEMA,
            Some("signins") => &SIGNINS_SCHEMA,
            Some("policy_sets") => &POLICY_SETS_SCHEMA,
            Some("rejects") => &REJECTS_SCHEMA,
            Some("ingests") => &INGESTS_SCHEMA,
            _ => continue,
        };
        let rows = read_file(&path, schema).expect("rows");
        let options = FormatOptions::default();
        for column in rows.columns() {
            let shown = ArrayFormatter::try_new(column, &options).expect("a formatter");
            for row in 0..rows.num_rows() {
                all.push_str(&format!("{}\n", shown.value(row)));
            }
        }
    }
    all.to_lowercase()
}

fn assert_gone(lake: &Path, names: &[String]) {
    let all = everything(lake);
    for name in names {
        if let Some(at) = all.find(&name.to_lowercase()) {
            let from = (0..=at.saturating_sub(60))
                .rev()
                .find(|i| all.is_char_boundary(*i));
            let around: String = all[from.unwrap_or(0)..].chars().take(160).collect();
            panic!("{name} is still there: {around:?}");
        }
    }
}

/// The result of a query as CSV lines, without the header.
fn csv(folder: &Path, sql: &str) -> Vec<String> {
    let out = authlake(folder, &["sql", sql, "--format", "csv"]);
    assert!(out.status.success(), "{}", text(&out.stderr));
    text(&out.stdout)
        .lines()
        .skip(1)
        .map(str::to_owned)
        .collect()
}

/// Id, user name and display name of the user with most records whose display name is nobody else's.
fn somebody(folder: &Path) -> [String; 3] {
    let sql = "SELECT min(user_id), min(user_principal_name), user_display_name FROM records \
        WHERE user_display_name IS NOT NULL GROUP BY user_display_name \
        HAVING count(DISTINCT user_id) = 1 AND count(DISTINCT user_principal_name) = 1 \
        AND min(user_principal_name) LIKE '%@%' ORDER BY count(*) DESC, 1 LIMIT 1";
    let line = csv(folder, sql).remove(0);
    let cells: Vec<String> = line
        .split(',')
        .map(|c| c.trim_matches('"').to_owned())
        .collect();
    cells.try_into().expect("three cells")
}

/// Writes a tenant in several formats, the names of a person in places of all kinds among them.
fn exports(folder: &Path) -> PathBuf {
    let all = folder.join("exports");
    fs::create_dir_all(&all).expect("a folder");
    for name in [
        "azure_monitor",
        "portal_csv",
        "log_analytics_csv",
        "powershell",
        "unified_audit_csv",
    ] {
        let format = Format::ALL
            .into_iter()
            .find(|f| f.name() == name)
            .expect("a format");
        let options = Options {
            records: 3_000,
            users: 60,
            days: 4,
            seed: 31,
            format,
            ..Options::default()
        };
        let path = all.join(name);
        if format.layout() == Layout::Folder {
            generate_folder(&options, &path, None, &mut |_, _| {}).expect("an export");
        } else {
            let mut out = fs::File::create(&path).expect("a file");
            generate(&options, &mut out, None, &mut |_, _| {}).expect("an export");
        }
    }
    all
}

/// Others' records that name a person, rejects that do, and a path that does.
fn mentions(all: &Path, [id, user_name, display]: &[String; 3]) {
    let folder = all.join(format!("of {user_name}"));
    fs::create_dir_all(&folder).expect("a folder");
    let record = |record: &str, more: &str| {
        format!(
            r#"{{"category":"SignInLogs","tenantId":"t","properties":{{"id":"{record}","createdDateTime":"2026-01-06T08:00:00Z","userId":"other","userPrincipalName":"other@contoso.example","status":{{"errorCode":0}},{more}}}}}"#
        )
    };
    let escaped: String = display
        .chars()
        .map(|c| format!("\\u{:04x}", c as u32))
        .collect();
    let guest = user_name.replace('@', "_");
    let lines = [
        record("m1", &format!(r#""invitedBy":"{display}""#)),
        record(
            "m2",
            &format!(
                r#""owner":{{"mail":"{}","id":"{id}"}}"#,
                user_name.to_uppercase()
            ),
        ),
        record("m3", &format!(r#""note":"{escaped}""#)),
        record(
            "m4",
            &format!(r#""deviceDetail":{{"displayName":"{display}'s phone"}}"#),
        ),
        record("m5", &format!(r#""signInIdentifier":"{user_name}""#)),
        record(
            "m6",
            &format!(r#""resourceDisplayName":"{guest}#EXT#@fabrikam.example""#),
        ),
        record(
            "m7",
            &format!(
                r#""appliedConditionalAccessPolicies":[{{"id":"p","displayName":"Block {display}","result":"failure"}}]"#
            ),
        ),
        record("m8", r#""deviceDetail":{"displayName":"nobody's phone"}"#),
        // Without a record id, and cut off: rejects.
        format!(
            r#"{{"category":"SignInLogs","properties":{{"userPrincipalName":"{user_name}"}}}}"#
        ),
        r#"{"category":"SignInLogs","properties":{"userPrincipalName":"other@contoso.example"}}"#
            .to_owned(),
        format!(
            r#"{{"category":"SignInLogs","properties":{{"id":"x","userDisplayName":"{display}""#
        ),
    ];
    fs::write(folder.join("export.json"), lines.join("\n")).expect("a file");
}

fn receipt(folder: &Path, args: &[&str]) -> Receipt {
    let out = authlake(folder, args);
    assert!(
        matches!(out.status.code(), Some(0 | 3)),
        "{}",
        text(&out.stderr)
    );
    serde_json::from_slice(&out.stdout).expect("a receipt")
}

#[test]
fn a_person_is_gone_to_the_last_byte_and_stays_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let exported = exports(folder);
    let ingest = ["ingest", "exports", "--json"];
    receipt(folder, &ingest);
    let person = somebody(folder);
    mentions(&exported, &person);
    let told = receipt(folder, &ingest);
    assert_eq!((told.rejected, told.forgotten), (3, 0));
    let [id, user_name, display] = &person;
    let lake = folder.join("lake");
    let everyone = "SELECT user_id, user_principal_name, count(*) FROM records GROUP BY 1, 2";
    let of = |line: &str| line.contains(id.as_str()) || line.contains(user_name.as_str());
    let before = csv(folder, everyone);
    let own: u64 = before
        .iter()
        .filter(|line| of(line))
        .map(|line| {
            line.rsplit(',')
                .next()
                .expect("a count")
                .parse::<u64>()
                .expect("a count")
        })
        .sum();
    assert!(own > 20, "{own}");
    let others: BTreeSet<String> = before.into_iter().filter(|line| !of(line)).collect();

    let guest = user_name.replace('@', "_");
    let names = [id.clone(), user_name.clone(), display.clone(), guest];
    let all = everything(&lake);
    assert!(names.iter().all(|name| all.contains(&name.to_lowercase())));

    // Neither a pipe nor a dry run changes a byte.
    let hashes = |lake: &Path| -> BTreeMap<PathBuf, Vec<u8>> {
        let found = files(lake).into_iter();
        found
            .map(|p| (p.clone(), fs::read(p).expect("a file")))
            .collect()
    };
    let untouched = hashes(&lake);
    let pipe = authlake(folder, &["lake", "forget", "--user", user_name]);
    assert_eq!(pipe.status.code(), Some(2), "{}", text(&pipe.stderr));
    let dry = authlake(folder, &["lake", "forget", "--user", id, "--dry-run"]);
    let said = text(&dry.stdout);
    assert!(
        said.contains(display) && said.contains(&format!("records            {own}")),
        "{said}"
    );
    assert_eq!(hashes(&lake), untouched);
    let unknown = authlake(
        folder,
        &["lake", "forget", "--user", "no@one.example", "--yes"],
    );
    assert_eq!(unknown.status.code(), Some(1));
    assert_eq!(hashes(&lake).len(), untouched.len());

    let user_name_shouted = user_name.to_uppercase();
    let done = authlake(
        folder,
        &["lake", "forget", "--user", &user_name_shouted, "--yes"],
    );
    let said = text(&done.stdout);
    assert!(done.status.success(), "{}", text(&done.stderr));
    for line in [
        format!("records            {own}"),
        "rejects            2".to_owned(),
        "1 × records.device_display_name".to_owned(),
        "1 × records.sign_in_identifier".to_owned(),
        "3 × records.extra".to_owned(),
        "1 × records.resource_display_name".to_owned(),
    ] {
        assert!(said.contains(&line), "{line}: {said}");
    }
    assert_gone(&lake, &names);
    assert_sound(&lake);
    let left: BTreeSet<String> = csv(folder, everyone).into_iter().collect();
    assert_eq!(left, others);
    let kept = csv(
        folder,
        "SELECT device_display_name FROM records WHERE id = 'm8'",
    );
    assert_eq!(kept, ["nobody's phone"]);
    let kept = csv(
        folder,
        "SELECT device_display_name FROM records WHERE id = 'm4'",
    );
    assert_eq!(kept, ["[forgotten]'s phone"]);

    // The same exports again, and once more under another name.
    let again = receipt(folder, &ingest);
    assert!(again.forgotten >= own, "{again:?}");
    assert_eq!((again.stored, again.completed), (0, 0), "{again:?}");
    let sum =
        again.stored + again.duplicates + again.rejected + again.not_a_signin + again.forgotten;
    assert_eq!(again.rows_read, sum);
    assert_gone(&lake, &names);
    assert_sound(&lake);
    let left: BTreeSet<String> = csv(folder, everyone).into_iter().collect();
    assert_eq!(left, others);
    let twice = authlake(folder, &["lake", "forget", "--user", id, "--yes"]);
    assert!(twice.status.success() && text(&twice.stderr).contains("forgotten before"));
    let info = authlake(folder, &["lake", "info", "--format", "json"]);
    let info: serde_json::Value = serde_json::from_slice(&info.stdout).expect("JSON");
    let tenants = info["tenants"].as_object().expect("tenants").values();
    let counted: u64 = tenants.filter_map(|n| n.as_u64()).sum();
    assert_eq!(Some(counted), info["records"].as_u64());
    assert_eq!(info["forgotten"][0]["records"].as_u64(), Some(own));
    let pending = csv(
        folder,
        "SELECT count(*) FROM signins WHERE mfa_outcome = 'pending'",
    );
    assert_eq!(info["pending"].to_string(), pending[0]);
}

fn options(lake: &Path) -> ingest::Options {
    ingest::Options {
        lake: lake.to_path_buf(),
        now_us: 1_800_000_000_000_000,
        ..ingest::Options::default()
    }
}

#[test]
fn a_time_is_gone_and_the_rest_is_as_if_it_had_never_been() {
    let folder = tempfile::tempdir().expect("a folder");
    let (first, second) = halves(folder.path());
    let record = |id: &str, at: &str| {
        format!(
            r#"{{"category":"SignInLogs","tenantId":"t","properties":{{"id":"{id}","createdDateTime":"{at}","userId":"u","correlationId":"c","sessionId":"s","status":{{"errorCode":50074}}}}}}"#
        )
    };
    let night = [
        record("n1", "2026-01-06T23:59:00Z"),
        record("n2", "2026-01-07T00:01:00Z"),
    ];
    let rejects = [
        r#"{"category":"SignInLogs","properties":{"createdDateTime":"2026-01-05T01:00:00Z"}}"#,
        r#"{"category":"SignInLogs","properties":{"createdDateTime":"2026-01-08T01:00:00Z"}}"#,
    ];
    let night = format!("{}\n{}\n", night.join("\n"), rejects.join("\n"));
    fs::write(folder.path().join("night.json"), night).expect("a file");
    let inputs = [first, second, "night.json".to_owned()].map(|name| folder.path().join(name));
    let lake = folder.path().join("lake");
    let whole = ingest_into(&lake, &inputs).receipt;
    assert_eq!(signins(&lake)["n1"].0, 2);
    let day = Day::parse("2026-01-07").expect("a day");
    let counts = forget(&options(&lake), &What::Before(day), &Progress::default());
    let counts = counts.expect("a commit").expect("counts");
    assert_sound(&lake);
    state(&lake);
    assert_eq!((counts.rejects, signins(&lake)["n2"].0), (1, 1));
    let open = Lake::open(&lake).expect("a lake");
    let left = count(&open, "SELECT count(*) FROM records") as u64;
    assert_eq!(left + counts.records, whole.stored);
    assert_eq!(
        count(
            &open,
            "SELECT count(*) FROM records WHERE created_at < '2026-01-07'"
        ),
        0
    );
    assert_eq!(
        count(
            &open,
            "SELECT count(*) FROM signins WHERE started_at < '2026-01-07'"
        ),
        0
    );
    let texts = "SELECT count(*) FROM rejects WHERE content LIKE '%2026-01-05%'";
    assert_eq!(count(&open, texts), 0);

    // A lake that was told so before it saw anything is the same.
    let other = folder.path().join("other");
    let empty = folder.path().join("empty.json");
    fs::write(&empty, "").expect("a file");
    ingest_into(&other, &[empty]);
    forget(&options(&other), &What::Before(day), &Progress::default()).expect("a commit");
    let told = ingest_into(&other, &inputs).receipt;
    assert_eq!(told.stored, left);
    assert_eq!(
        told.forgotten,
        told.rows_read - told.stored - told.duplicates - told.rejected
    );
    assert!(told.forgotten >= counts.records);
    assert_eq!(signins(&other), signins(&lake));

    let again = ingest_into(&lake, &inputs).receipt;
    assert_eq!(
        (again.stored, again.completed, again.signins_changed),
        (0, 0, 0)
    );
    assert_eq!(again.forgotten, told.forgotten);
    let open = Lake::open(&lake).expect("a lake");
    assert_eq!(count(&open, texts), 0);
    assert_eq!(count(&open, "SELECT count(*) FROM rejects"), 1);
    assert_sound(&lake);
}

#[test]
fn forgetting_killed_at_many_instants() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let (first, second) = halves(folder);
    run(folder, &["ingest", &first, &second]);
    let person = somebody(folder);
    fs::rename(folder.join("lake"), folder.join("base")).expect("a move");
    let gone = |lake: &Path| assert_gone(lake, &person);
    let args = ["lake", "forget", "--user", &person[1], "--yes"];
    kill_at_many_instants("forget --user", folder, &args, &gone);
    let args = ["lake", "forget", "--before", "2026-01-07", "--yes"];
    kill_at_many_instants("forget --before", folder, &args, &|_| {});
}
