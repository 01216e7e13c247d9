//! People of a directory: imported, met by sign-ins, forgotten, and never half there.

use std::fs;
use std::path::Path;

use authlake::lake::Lake;

use crate::cli::{authlake, text};
use crate::flows::ingest_into;
use crate::kills::{assert_sound, kill_at_many_instants};
use crate::small_ingests::unpacked;

/// A sign-in of a person whose second factor failed.
fn record(id: &str, user_id: &str, name: &str) -> String {
    let properties = serde_json::json!({
        "id": id, "createdDateTime": "2026-01-05T08:00:00Z", "userPrincipalName": name,
        "userId": user_id, "status": {"errorCode": 500121},
        "authenticationDetails": [{
            "authenticationMethod": "Mobile app notification", "succeeded": false,
            "authenticationStepResultDetail": "MFA denied; user declined the authentication"
        }]
    });
    let record = serde_json::json!({
        "category": "SignInLogs", "tenantId": "t", "properties": properties
    });
    format!("{record}\n")
}

fn lake(folder: &Path) {
    let export = folder.join("export.json");
    let lines = [
        record("r1", "u1", "anna@contoso.example"),
        record("r2", "u2", "ben@contoso.example"),
        record("r3", "u9", "new@contoso.example"),
    ];
    fs::write(&export, lines.concat()).expect("an export");
    ingest_into(&folder.join("lake"), &[export]);
}

fn import(folder: &Path, name: &str, content: &str) -> (Option<i32>, String) {
    fs::write(folder.join(name), content).expect("a directory");
    let out = authlake(folder, &["users", "import", name]);
    (out.status.code(), text(&out.stderr))
}

fn rows(folder: &Path, sql: &str) -> Vec<String> {
    let out = authlake(folder, &["sql", sql, "--format", "csv"]);
    assert_eq!(out.status.code(), Some(0), "{}", text(&out.stderr));
    text(&out.stdout)
        .lines()
        .skip(1)
        .map(str::to_owned)
        .collect()
}

const GRAPH: &str = r##"{"@odata.context": "x", "value": [
    {"id": "U1", "userPrincipalName": "Anna@contoso.example", "displayName": "Anna", "department": "IT",
     "accountEnabled": true, "createdDateTime": "2020-02-03T04:05:06Z",
     "memberOf": [{"@odata.type": "#microsoft.graph.directoryRole", "displayName": "Global Reader"}]},
    {"id": "u2", "userPrincipalName": "ben@contoso.example", "department": "Sales"}]}"##;
const USERS: &str = "SELECT user_id, tenant_id, user_principal_name, department, account_enabled, user_created_at, \
    array_to_string(directory_roles, '+') FROM users ORDER BY user_id";

#[test]
fn an_import_is_met_by_sign_ins_and_imported_again_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    lake(folder.path());
    let (code, told) = import(folder.path(), "users.json", GRAPH);
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("2 users read = 2 new + 0 changed"), "{told}");
    assert!(
        told.contains("knows 2 users: 2 with a department, 1 whose"),
        "{told}"
    );
    let anna = "u1,t,anna@contoso.example,IT,true,2020-02-03T04:05:06Z,Global Reader";
    let users = rows(folder.path(), USERS);
    assert_eq!(users, [anna, "u2,t,ben@contoso.example,Sales,,,"]);
    let commit = || {
        Lake::open(folder.path().join("lake"))
            .expect("a lake")
            .manifest()
            .number
    };
    let before = commit();
    let (code, told) = import(folder.path(), "users.json", GRAPH);
    assert_eq!((code, commit()), (Some(0), before));
    assert!(told.contains("0 new + 0 changed + 2 as known"), "{told}");
    let sql =
        "SELECT user_principal_name, department, is_in_users FROM signins_with_users ORDER BY 1";
    let wanted = [
        "anna@contoso.example,IT,true",
        "ben@contoso.example,Sales,true",
        "new@contoso.example,,false",
    ];
    assert_eq!(rows(folder.path(), sql), wanted);
    // A portal's table without roles: what it does not have stays as it was known.
    let table =
        "userPrincipalName,id,department\nanna@contoso.example,u1,Law\nnew@contoso.example,,IT\n";
    let (code, told) = import(folder.path(), "users.csv", table);
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("1 new + 1 changed"), "{told}");
    let users = rows(folder.path(), USERS);
    assert_eq!(users[0], anna.replace("IT", "Law"));
    assert_eq!(users.len(), 3);
    // Known by name only: the sign-in has an id, the directory has none.
    assert_eq!(rows(folder.path(), sql)[2], "new@contoso.example,IT,true");
    assert_sound(&folder.path().join("lake"));
}

#[test]
fn what_is_no_directory_is_named_and_the_good_rows_are_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    lake(folder.path());
    let broken =
        "[{\"id\": \"u1\", \"department\": \"IT\"},\n{\"department\": \"x\"},\n{\"id\": \"u2\"";
    let (code, told) = import(folder.path(), "cut.json", broken);
    assert_eq!(code, Some(3), "{told}");
    assert!(
        told.contains("cut.json: line 2: has neither an id nor"),
        "{told}"
    );
    assert!(
        told.contains("cut.json: line 3: cannot be read from here on"),
        "{told}"
    );
    assert!(told.contains("3 users read = 1 new"), "{told}");
    let out = authlake(folder.path(), &["users", "import", "cut.json", "--strict"]);
    assert_eq!(out.status.code(), Some(1));
    assert!(text(&out.stderr).contains("nothing was imported"));
    // An export of sign-ins by mistake.
    let out = authlake(folder.path(), &["users", "import", "export.json"]);
    assert_eq!(out.status.code(), Some(1), "{}", text(&out.stderr));
    let (code, told) = import(folder.path(), "x.csv", "Request ID,User\n1,2\n");
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("is no table of users"), "{told}");
    assert_eq!(rows(folder.path(), "SELECT count(*) FROM users"), ["1"]);
    // What a terminal would run is shown, not run.
    let (_, told) = import(folder.path(), "e.csv", "id,\u{1b}[2Jip address\nu,2\n");
    assert!(!told.contains('\u{1b}'), "{told:?}");
}

#[test]
fn whoever_is_known_from_an_import_only_can_be_forgotten_and_stays_so() {
    let folder = tempfile::tempdir().expect("a folder");
    lake(folder.path());
    let zoe = r#""Sales"}, {"id": "u7", "userPrincipalName": "zoe@contoso.example",
        "displayName": "Zoe Vanishing", "department": "Law"}]}"#;
    let more = GRAPH.replace("\"Sales\"}]}", zoe);
    let (code, told) = import(folder.path(), "users.json", &more);
    assert!(code == Some(0) && told.contains("3 new"), "{told}");
    let forget = ["lake", "forget", "--user", "zoe@contoso.example", "--yes"];
    let out = authlake(folder.path(), &forget);
    assert_eq!(out.status.code(), Some(0), "{}", text(&out.stderr));
    assert!(
        text(&out.stdout).contains("directory rows     1"),
        "{}",
        text(&out.stdout)
    );
    assert_eq!(
        rows(folder.path(), "SELECT user_id FROM users ORDER BY 1"),
        ["u1", "u2"]
    );
    let (code, told) = import(folder.path(), "users.json", &more);
    assert_eq!(code, Some(0), "{told}");
    assert!(
        told.contains("1 that the lake was told to forget"),
        "{told}"
    );
    assert_eq!(
        rows(folder.path(), "SELECT user_id FROM users ORDER BY 1"),
        ["u1", "u2"]
    );
    // Who signed in goes from both.
    let forget = ["lake", "forget", "--user", "u1", "--yes"];
    assert_eq!(authlake(folder.path(), &forget).status.code(), Some(0));
    assert_eq!(rows(folder.path(), "SELECT user_id FROM users"), ["u2"]);
    let forget = ["lake", "forget", "--before", "2027-01-01", "--yes"];
    assert_eq!(authlake(folder.path(), &forget).status.code(), Some(0));
    assert_eq!(rows(folder.path(), "SELECT user_id FROM users"), ["u2"]);
    assert_sound(&folder.path().join("lake"));
}

#[test]
fn a_lake_of_several_tenants_asks_whose_users_they_are() {
    let folder = tempfile::tempdir().expect("a folder");
    lake(folder.path());
    let other = record("r9", "u9", "x@other.example").replace("\"t\"", "\"t2\"");
    let export = folder.path().join("other.json");
    fs::write(&export, other).expect("an export");
    ingest_into(&folder.path().join("lake"), &[export]);
    let (code, told) = import(folder.path(), "users.json", GRAPH);
    assert_eq!(code, Some(2), "{told}");
    assert!(
        told.contains("--tenant GUID") && told.contains("t2"),
        "{told}"
    );
    let args = ["users", "import", "users.json", "--tenant", "t2"];
    assert_eq!(authlake(folder.path(), &args).status.code(), Some(0));
    assert_eq!(
        rows(folder.path(), "SELECT DISTINCT tenant_id FROM users"),
        ["t2"]
    );
}

#[test]
fn killed_at_any_instant_the_users_are_as_before_or_as_after() {
    let folder = tempfile::tempdir().expect("a folder");
    lake(folder.path());
    import(folder.path(), "first.json", GRAPH);
    fs::rename(folder.path().join("lake"), folder.path().join("base")).expect("a lake");
    let user = |i: u32| format!("{{\"id\": \"n{i}\", \"department\": \"D{}\"}}\n", i % 7);
    let many: String = (0..20_000).map(user).collect();
    fs::write(folder.path().join("many.json"), many).expect("a directory");
    let args = ["users", "import", "many.json"];
    kill_at_many_instants("users import", folder.path(), &args, &|lake| {
        assert_sound(lake)
    });
}

#[test]
fn a_lake_of_format_version_3_takes_users() {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = unpacked("lake_v3", folder.path());
    assert_sound(&lake);
    assert_eq!(rows(folder.path(), "SELECT count(*) FROM users"), ["0"]);
    let args = ["users", "import", "users.json"];
    fs::write(folder.path().join("users.json"), GRAPH).expect("a directory");
    let out = authlake(folder.path(), &args);
    assert_eq!(out.status.code(), Some(0), "{}", text(&out.stderr));
    assert_eq!(
        Lake::open(&lake).expect("a lake").manifest().format_version,
        4
    );
    assert_sound(&lake);
}
