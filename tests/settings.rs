//! `authlake.toml`: an organisation's own codes and result texts, from the file to the decision.

use std::fs;
use std::path::Path;

use crate::cli::{authlake, text, with_lake};

/// What a query prints, without the header.
fn ask(folder: &Path, sql: &str) -> String {
    let out = authlake(folder, &["sql", sql]);
    assert_eq!(out.status.code(), Some(0), "{}", text(&out.stderr));
    let shown = text(&out.stdout);
    shown.lines().skip(1).collect::<Vec<_>>().join("\n")
}

/// Writes an export of one record whose second step ends with a text.
fn export(folder: &Path, id: &str, result: &str) -> String {
    let name = format!("{id}.json");
    let record = serde_json::json!({
        "category": "SignInLogs", "tenantId": "t", "time": "2026-01-05T08:05:00Z",
        "properties": {
            "id": id, "createdDateTime": "2026-01-05T08:00:00Z", "userId": id,
            "userPrincipalName": format!("{id}@contoso.example"),
            "authenticationRequirement": "multiFactorAuthentication",
            "status": {"errorCode": 500121},
            "authenticationDetails": [{
                "authenticationStepDateTime": "2026-01-05T08:00:00Z",
                "authenticationMethod": "House key", "succeeded": false,
                "authenticationStepResultDetail": result
            }]
        }
    });
    fs::write(folder.join(&name), format!("{record}\n")).expect("a file");
    name
}

const OWN: &str = "[[mfa_results]]\ntext = \"no answer at the door\"\nmatch = \"tail\"\n\
                   outcome = \"timed_out\"\nmeaning = \"nobody opened\"\n";
const DECIDED: &str = "SELECT signin_id, mfa_outcome, mfa_failure_reason FROM signins ORDER BY 1";
const RECEIPT: &str = "SELECT receipt FROM ingests ORDER BY started_at DESC LIMIT 1";

#[test]
fn own_result_texts_decide() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let input = export(at, "a", "House: no answer at the door");
    fs::write(at.join("own.toml"), OWN).expect("a file");
    let out = authlake(at, &["ingest", &input, "--config", "own.toml"]);
    assert_eq!(out.status.code(), Some(0), "{}", text(&out.stderr));
    assert_eq!(ask(at, DECIDED), "a,timed_out,House: no answer at the door");
    assert!(!ask(at, RECEIPT).contains("no answer"));
    fs::copy(at.join("own.toml"), at.join("authlake.toml")).expect("a copy");
    assert_eq!(
        ask(
            at,
            "SELECT * FROM mfa_results WHERE meaning = 'nobody opened'"
        ),
        "no answer at the door,tail,details,timed_out,nobody opened"
    );
}

#[test]
fn a_changed_table_decides_what_comes_and_its_day() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let first = export(at, "a", "House: no answer at the door");
    assert_eq!(authlake(at, &["ingest", &first]).status.code(), Some(0));
    let before = ask(at, DECIDED);
    assert!(!before.contains("timed_out"), "{before}");
    assert!(ask(at, RECEIPT).contains("no answer"));
    fs::write(at.join("lake/authlake.toml"), OWN).expect("a file");
    // What the lake holds already stays as it was decided: the same export changes nothing.
    assert_eq!(authlake(at, &["ingest", &first]).status.code(), Some(0));
    assert_eq!(ask(at, DECIDED), before);
    // A record of the same day has the day decided anew.
    let second = export(at, "b", "Garage: no answer at the door");
    assert_eq!(authlake(at, &["ingest", &second]).status.code(), Some(0));
    assert_eq!(
        ask(at, DECIDED),
        "a,timed_out,House: no answer at the door\nb,timed_out,Garage: no answer at the door"
    );
}

#[test]
fn wrong_settings_name_file_and_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let cases = [
        (
            "[[mfa_results]]\ntext = 'a'\nmatch = 'exact'\noutcome = 'won'\n",
            "line 4",
        ),
        (
            "[[mfa_results]]\ntext = 'a'\nmatch = 'regex'\noutcome = 'passed'\n",
            "line 3",
        ),
        (
            "[[mfa_results]]\ntext = ' '\nmatch = 'tail'\noutcome = 'passed'\n",
            "line 2",
        ),
        (
            "[[mfa_results]]\ntext = 'a'\nmatch = 'exact'\noutcome = 'passed'\nfield = 'method'\n",
            "line 5",
        ),
        (
            "[[mfa_results]]\ntext = 'a'\nmatch = 'exact'\noutcome = 'passed'\ncolour = 1\n",
            "line 5",
        ),
        ("[[codes]]\ncode = 1\nkind = 'failed'\n", "line 3"),
    ];
    for (settings, line) in cases {
        fs::write(at.join("own.toml"), settings).expect("a file");
        let out = authlake(at, &["code", "50074", "--config", "own.toml"]);
        let said = text(&out.stderr);
        assert_eq!(out.status.code(), Some(1), "{settings}{said}");
        assert!(
            said.contains("own.toml") && said.contains(line),
            "{settings}{said}"
        );
    }
    let out = authlake(at, &["code", "50074", "--config", "none.toml"]);
    assert!(text(&out.stderr).contains("none.toml"));
    assert_eq!(out.status.code(), Some(1));
}

#[test]
fn the_time_zone_of_saved_queries_can_be_set() {
    let folder = with_lake();
    let ask = |args: &[&str]| {
        let query = ["query", "run", "mfa/by_day", "--since", "2026-01-05"];
        let out = authlake(folder.path(), &[&query[..], args].concat());
        (out.status.code(), text(&out.stderr))
    };
    let set = |zone: &str| {
        let line = format!("\ntimezone = \"{zone}\"\n");
        fs::write(folder.path().join("authlake.toml"), line).expect("a file");
    };
    set("Europe/Berlin");
    let (code, said) = ask(&[]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("2026-01-04 23:00:00 UTC to"), "{said}");
    assert!(said.contains("days and hours of Europe/Berlin"), "{said}");
    let (_, said) = ask(&["--timezone", "UTC"]);
    assert!(said.contains("2026-01-05 00:00:00 UTC to"), "{said}");
    set("Nowhere");
    let (code, said) = ask(&[]);
    assert_ne!(code, Some(0));
    assert!(
        said.contains("authlake.toml: line 2: no time zone Nowhere"),
        "{said}"
    );
}
