//! The organisation's own settings, from `authlake.toml`. Unknown keys are errors with their line.
//!
//! ```toml
//! [[codes]]
//! code = 50074
//! title = "Second factor asked for"
//! advice = ["Look at the sign-in's MFA outcome"]
//! ```

use std::path::Path;

use serde::Deserialize;

use crate::error::{Error, Result};

/// Everything that `authlake.toml` can say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Rows that are put over the table of AADSTS codes.
    #[serde(default)]
    pub codes: Vec<CodeRow>,
}

/// An organisation's own words on a code; what is left out stays as it was.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeRow {
    pub code: i32,
    pub name: Option<String>,
    pub kind: Option<String>,
    pub category: Option<String>,
    pub title: Option<String>,
    pub meaning: Option<String>,
    pub not_said: Option<String>,
    pub who_can_fix: Option<String>,
    pub advice: Option<Vec<String>>,
}

/// Reads a configuration file.
pub fn read(path: &Path) -> Result<Config> {
    let text = std::fs::read_to_string(path).map_err(|e| Error::io("read", path, e))?;
    toml::from_str(&text).map_err(|e| Error::Config {
        path: path.to_path_buf(),
        reason: e.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_keys_are_named() {
        let error =
            toml::from_str::<Config>("[[codes]]\ncode = 1\ncolour = 2\n").expect_err("an error");
        assert!(error.to_string().contains("line 3"), "{error}");
    }
}
