//! The prompt on a real terminal, which `script` of util-linux gives; without it nothing is tested.

use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use crate::cli::with_lake;

const PATIENCE: Duration = Duration::from_secs(60);
const PROMPT: &str = "authlake> ";

/// A prompt that is typed into.
struct Terminal {
    child: Child,
    shown: Receiver<Vec<u8>>,
}

impl Terminal {
    fn open(folder: &Path) -> Option<Self> {
        let program = env!("CARGO_BIN_EXE_authlake");
        let mut child = Command::new("script")
            .args(["-qec", &format!("{program} sql"), "/dev/null"])
            .current_dir(folder)
            .env("TERM", "xterm")
            .env("AUTHLAKE_HISTORY", folder.join("state/history"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let mut out = child.stdout.take().expect("a pipe");
        let (tell, shown) = channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 4_096];
            while let Ok(count @ 1..) = out.read(&mut bytes) {
                let _ = tell.send(bytes[..count].to_vec());
            }
        });
        Some(Self { child, shown })
    }

    /// What is shown until a text stands there after another, or until the end.
    fn until(&mut self, after: &str, text: &str) -> String {
        let mut all = Vec::new();
        loop {
            let seen = String::from_utf8_lossy(&all).into_owned();
            let from = seen.find(after).map(|at| at + after.len());
            if from.is_some_and(|from| seen[from..].contains(text)) {
                return seen;
            }
            match self.shown.recv_timeout(PATIENCE) {
                Ok(bytes) => all.extend(bytes),
                Err(_) => return seen,
            }
        }
    }

    /// Types a line and gives what is shown until the next prompt; `last` is the last of what answers.
    fn ask(&mut self, keys: &str, last: &str) -> String {
        let stdin = self.child.stdin.as_mut().expect("a pipe");
        stdin.write_all(keys.as_bytes()).expect("keys");
        self.until(last, PROMPT)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn statements_of_many_lines_commands_and_history() {
    let folder = with_lake();
    let Some(mut terminal) = Terminal::open(folder.path()) else {
        return;
    };
    assert!(terminal.until("", PROMPT).contains("Tab completes"));
    let shown = terminal.ask("SELECT 40 +\r2 AS answer;\r", "1 row in ");
    assert!(shown.contains("42"), "{shown}");
    let shown = terminal.ask("\\d users\r", "imported_at");
    assert!(
        shown.contains("Department, as the directory writes it"),
        "{shown}"
    );
    let shown = terminal.ask("\\run mfa/by_day --format csv\r", "period ");
    assert!(shown.contains("day,signins,failures"), "{shown}");
    let shown = terminal.ask("\\d nowhere\r", "no table nowhere");
    assert!(shown.contains("\\d lists them"), "{shown}");
    let shown = terminal.ask("SELECT * FROM signi;\r", "signins");
    assert!(shown.contains("signins"), "{shown}");
    let shown = terminal.ask("\\timing\r", "timing is off");
    assert!(shown.contains("timing is off"), "{shown}");
    let shown = terminal.ask("SELECT 7 AS a; SELECT 'x;y' AS b;\r", "x;y");
    assert!(
        shown.contains('7') && !shown.contains(" row in "),
        "{shown}"
    );
    terminal.ask("\\q\r", "");
    let path = folder.path().join("state/history");
    let history = fs::read_to_string(&path).expect("a history");
    assert!(history.contains("SELECT 40 +"), "{history}");
    assert!(history.contains("mfa/by_day"), "{history}");
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(&path).expect("a file").permissions().mode();
    assert_eq!(mode & 0o077, 0, "{mode:o}");
}

#[test]
fn tab_completes_tables_and_columns() {
    let folder = with_lake();
    let Some(mut terminal) = Terminal::open(folder.path()) else {
        return;
    };
    terminal.until("", PROMPT);
    let shown = terminal.ask(
        "SELECT mfa_failure_re\t FROM signins LIMIT 1;\r",
        "1 row in ",
    );
    assert!(shown.contains("mfa_failure_reason"), "{shown}");
    let shown = terminal.ask("SELECT count(*) FROM mfa_s\t;\r", "1 row in ");
    assert!(shown.contains("mfa_signins"), "{shown}");
}
