//! A workspace in a temporary folder, with the program run in it; and the same in memory.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use keywright::diag::{Diagnostic, Severity};
use keywright::source::Sources;
use keywright::spec::config::Config;
use keywright::spec::stack;
use keywright::workspace::generate::{self, Generated};
use keywright::workspace::{Artifact, Workspace};
use tempfile::TempDir;

pub(crate) struct Project {
    folder: TempDir,
}

/// What a run of the program came to.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: i32,
    /// Standard output, then standard error.
    pub(crate) told: String,
}

impl Project {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("specs")).unwrap();
        Self { folder }
    }

    pub(crate) fn place(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    pub(crate) fn put(&self, path: &str, text: &str) -> &Self {
        let place = self.place(path);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(place, text).unwrap();
        self
    }

    pub(crate) fn get(&self, path: &str) -> String {
        fs::read_to_string(self.place(path)).unwrap()
    }

    pub(crate) fn remove(&self, path: &str) -> &Self {
        fs::remove_file(self.place(path)).unwrap();
        self
    }

    pub(crate) fn generate(&self, arguments: &[&str]) -> Ran {
        let done = Command::new(env!("CARGO_BIN_EXE_keywright"))
            .arg("-C")
            .arg(self.folder.path())
            .args(["--color", "never", "generate"])
            .args(arguments)
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let root = self.folder.path().display().to_string();
        Ran {
            status: done.status.code().unwrap(),
            told: (text(done.stdout) + &text(done.stderr)).replace(&root, "WORKSPACE"),
        }
    }

    /// Generates, and insists that it works.
    pub(crate) fn generated(&self) -> &Self {
        let ran = self.generate(&[]);
        assert_eq!(ran.status, 0, "{}", ran.told);
        self
    }

    /// Every file below `output/`.
    pub(crate) fn output(&self) -> BTreeMap<String, String> {
        let root = self.place("output");
        let files = walkdir::WalkDir::new(&root).into_iter().flatten();
        files
            .filter(|entry| entry.file_type().is_file())
            .map(|entry| {
                let path = entry.path().strip_prefix(&root).unwrap();
                let text = fs::read_to_string(entry.path()).unwrap();
                (path.to_str().unwrap().to_owned(), text)
            })
            .collect()
    }
}

/// Generates in memory from spec files (path and text) and hands over what came out.
pub(crate) fn generate<T>(
    config: Option<&str>,
    specs: &[(&str, &str)],
    look: impl FnOnce(&Generated<'_>) -> T,
) -> Result<T, Vec<Diagnostic>> {
    let mut sources = Sources::new();
    let config = config.map(|text| sources.add("keywright.yaml", text));
    let config = Config::load(&mut sources, config)?;
    let files: Vec<_> = specs
        .iter()
        .map(|(path, text)| sources.add(*path, *text))
        .collect();
    let (specs, mut problems) = stack::decode(&sources, &files);
    let workspace = Workspace {
        root: PathBuf::new(),
        config,
        specs,
        overrides: Vec::new(),
    };
    let stacks = generate::compile(&workspace, &mut problems);
    if problems.iter().any(|it| it.severity == Severity::Error) {
        return Err(problems);
    }
    let generated = generate::generate(&workspace, stacks, &mut sources, &|_| {})?;
    Ok(look(&generated))
}

/// The artifact of a path.
pub(crate) fn contents<'a>(artifacts: &'a [Artifact], path: &str) -> &'a str {
    let found = artifacts.iter().find(|artifact| artifact.path == path);
    &found.unwrap().contents
}
