//! A file that is to lie in `output/`.

use crate::diag::Diagnostic;

/// One generated file: where it goes and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// Path below `output/`, with `/` between names: `cloudformation/production/audit.yaml`.
    pub path: String,
    /// The text without the header.
    pub contents: String,
    /// The spec file that it comes from, as the header names it: `specs/audit.yaml`.
    pub source: String,
}

impl Artifact {
    /// Refuses a path that could leave `output/`, or that names a hidden file or folder: those are
    /// other tools' (`.terraform`), and are not even looked into.
    pub(super) fn check_path(&self) -> Result<(), Box<Diagnostic>> {
        let fault = if self.path.split('/').any(str::is_empty) {
            "has an empty name in it"
        } else if self.path.split('/').any(|name| name.starts_with('.')) {
            "has a name in it that begins with a dot"
        } else if self
            .path
            .contains(|c: char| c == '\\' || c == ':' || c.is_control())
        {
            "has a character in it that file names cannot have everywhere"
        } else {
            return Ok(());
        };
        Err(Diagnostic::error(
            "invalid-output-path",
            format!("the output file `{}` {fault}", self.path.escape_debug()),
        )
        .in_path(self.source.clone())
        .help("rename the stack, the environment or the spec file that the path is made of")
        .into())
    }
}
