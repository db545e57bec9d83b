//! What the command line says of itself: help, completions, manual pages.

use std::process::{Command, Stdio};

use insta::assert_snapshot;

use super::{clean, run};

/// Every command, with those that the library gives: they have no name of their own here.
fn commands() -> Vec<String> {
    let command = keywright::commands::command();
    command
        .get_subcommands()
        .map(|command| command.get_name().to_owned())
        .collect()
}

fn help(columns: &str, arguments: &[&str]) -> String {
    let done = Command::new(env!("CARGO_BIN_EXE_keywright"))
        .args(arguments)
        .env("COLUMNS", columns)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(done.status.success(), "{arguments:?}");
    String::from_utf8(done.stdout).unwrap()
}

#[test]
fn help_has_examples_and_fits() {
    let mut pages = vec![("keywright".to_owned(), help("100", &["--help"]))];
    for name in commands() {
        pages.push((name.clone(), help("100", &[&name, "--help"])));
    }
    for (name, page) in pages {
        assert!(
            page.contains("\nExamples:\n"),
            "{name}: no examples\n{page}"
        );
        let examples = page.split("Examples:").nth(1).unwrap();
        for line in examples.lines() {
            assert!(
                line.chars().count() <= 80,
                "{name}: a terminal would wrap: {line}"
            );
        }
        assert_snapshot!(format!("help_{name}"), page);
    }
}

#[test]
fn completions_know_every_command() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = clean(folder.path(), &["completions", shell]);
        for name in commands() {
            assert!(script.contains(&name), "{shell}: {name}");
        }
    }
    let (status, _, told) = run(folder.path(), &["completions", "cmd"]);
    assert_eq!(status, 2, "{told}");
}

#[test]
fn every_command_has_a_manual_page() {
    let folder = tempfile::tempdir().unwrap();
    let page = clean(folder.path(), &["man"]);
    assert!(page.contains(".TH keywright 1"), "{page}");
    assert_eq!(clean(folder.path(), &["man", "--out", "share/man1"]), "");
    for name in commands() {
        let page = folder.path().join(format!("share/man1/keywright-{name}.1"));
        assert!(page.exists(), "{}", page.display());
    }
    std::fs::write(folder.path().join("file"), "").unwrap();
    let (status, _, told) = run(folder.path(), &["man", "--out", "file"]);
    assert_eq!(status, 2);
    assert!(told.contains("cannot write manual pages"), "{told}");
}
