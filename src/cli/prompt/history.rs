//! What was asked before, in a file for the owner only.

use std::path::PathBuf;

use rustyline::Editor;
use rustyline::history::DefaultHistory;

use super::words::Words;
use crate::cli::terminal::safe;

/// Where statements are remembered; `None` where they are not.
pub(super) struct History(Option<PathBuf>);

impl History {
    /// Reads what is remembered into the editor.
    pub(super) fn load(editor: &mut Editor<Words, DefaultHistory>) -> Self {
        let path = path();
        if let Some(path) = path.as_ref().filter(|path| path.exists())
            && let Err(e) = editor.load_history(path)
        {
            eprintln!("history {}: {}", path.display(), safe(&e.to_string()));
        }
        Self(path)
    }

    /// Writes down what was asked. A history that cannot be written is no reason to stop.
    pub(super) fn save(&self, editor: &mut Editor<Words, DefaultHistory>) {
        if let Some(path) = &self.0 {
            let folder = path.parent().map(std::fs::create_dir_all);
            if !matches!(folder, Some(Err(_))) {
                let _ = editor.save_history(path);
            }
        }
    }
}

/// `AUTHLAKE_HISTORY`, where nothing means none; else a file in the folder of states.
fn path() -> Option<PathBuf> {
    let told = |name: &str| std::env::var_os(name);
    if let Some(path) = told("AUTHLAKE_HISTORY") {
        return (!path.is_empty()).then(|| path.into());
    }
    let states = told("XDG_STATE_HOME").filter(|dir| !dir.is_empty());
    let states = states.map(PathBuf::from);
    let home = told("HOME").map(|home| PathBuf::from(home).join(".local/state"));
    Some(states.or(home)?.join("authlake").join("sql_history"))
}
