//! What the operating system refused, in words.

use std::io::{self, ErrorKind};

use crate::diag::Diagnostic;

/// The path as people know it, from the root of the workspace.
pub(super) fn shown(path: &str) -> String {
    if path.is_empty() {
        "output".to_owned()
    } else {
        format!("output/{path}")
    }
}

/// Why an operation failed, to stand behind a colon.
pub(super) fn reason(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::StorageFull => "the disk is full".to_owned(),
        ErrorKind::QuotaExceeded => "the disk quota is used up".to_owned(),
        ErrorKind::PermissionDenied => "permission denied".to_owned(),
        ErrorKind::ReadOnlyFilesystem => "the file system is read-only".to_owned(),
        _ => error.to_string(),
    }
}

/// An operation on a path below `output/` that failed.
pub(super) fn failed(code: &'static str, doing: &str, path: &str, error: &io::Error) -> Diagnostic {
    let path = shown(path);
    let diagnostic = Diagnostic::error(code, format!("cannot {doing} `{path}`: {}", reason(error)))
        .in_path(path);
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            diagnostic.help("make room, then run the command again")
        }
        ErrorKind::PermissionDenied => {
            diagnostic.help("check who owns the file and its folder, and their permissions")
        }
        _ => diagnostic.help("run the command again when the cause is removed"),
    }
}

/// A link where a file or folder of ours is due.
pub(super) fn link(path: &str) -> Diagnostic {
    let path = shown(path);
    Diagnostic::error(
        "output-is-link",
        format!("`{path}` is a link, and generated files are never written through links"),
    )
    .in_path(path)
    .help("replace the link with what it points to, or remove it")
}

/// Something else than a folder where a folder is due.
pub(super) fn not_a_folder(path: &str) -> Diagnostic {
    let path = shown(path);
    Diagnostic::error(
        "output-not-a-folder",
        format!("`{path}` is a file where a folder is needed"),
    )
    .in_path(path)
    .help("move it out of the way")
}
