//! The house stands as `docs/architecture.md` says: floors, sizes of files.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Every module under `src/`, from the ground up. A module imports only from floors below its own; those that share a
/// floor do not know each other. The same order stands in `docs/architecture.md` (top to ground) and in `src/lib.rs`.
const FLOORS: &[&[&str]] = &[
    &["source"],
    &["diag"],
    &["yaml", "hcl"],
    &["iam"],
    &["kms"],
    &["access"],
    &["spec"],
    &["target"],
    &["compile"],
    &["render", "readback"],
    &["controls"],
    &["explain"],
    &["workspace"],
    &["report"],
    &["commands"],
];

/// Past this many lines a file is two ideas.
const LONGEST: usize = 500;
const LONGEST_MAIN: usize = 30;

/// Files that are longer and wait to be taken apart. Do not add to this list.
const TOO_LONG: &[&str] = &[];

/// Crates that are known in one place only, so that another can take their place.
const ONLY_IN: &[(&str, &[&str])] = &[
    ("annotate_snippets", &["report"]),
    ("clap", &["commands"]),
    ("granit_parser", &["yaml"]),
    ("hcl_edit", &["hcl", "readback"]),
    ("tera", &["render"]),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources() -> Vec<(String, String)> {
    let mut files: Vec<_> = walkdir::WalkDir::new(root().join("src"))
        .into_iter()
        .map(Result::unwrap)
        .filter(|entry| {
            entry
                .path()
                .extension()
                .is_some_and(|ending| ending == "rs")
        })
        .map(|entry| {
            let path = entry.path().strip_prefix(root()).unwrap();
            let text = fs::read_to_string(entry.path()).unwrap();
            (path.to_str().unwrap().replace('\\', "/"), text)
        })
        .collect();
    files.sort();
    assert!(files.len() > 50, "the search for source files went wrong");
    files
}

fn floors() -> BTreeMap<&'static str, usize> {
    let numbered = FLOORS.iter().enumerate();
    numbered
        .flat_map(|(floor, names)| names.iter().map(move |name| (*name, floor)))
        .collect()
}

/// The text with comments, strings and characters blanked out; lines stay where they are.
fn code(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let at = |index: usize| chars.get(index).copied().unwrap_or('\0');
    let mut out = String::with_capacity(text.len());
    let mut index = 0;
    while index < chars.len() {
        let start = index;
        let word_before = start > 0 && (at(start - 1).is_alphanumeric() || at(start - 1) == '_');
        match at(index) {
            '/' if at(index + 1) == '/' => {
                while index < chars.len() && at(index) != '\n' {
                    index += 1;
                }
            }
            '/' if at(index + 1) == '*' => {
                let mut depth = 0;
                loop {
                    match (at(index), at(index + 1)) {
                        ('/', '*') => (depth, index) = (depth + 1, index + 2),
                        ('*', '/') => (depth, index) = (depth - 1, index + 2),
                        _ => index += 1,
                    }
                    if depth == 0 || index >= chars.len() {
                        break;
                    }
                }
            }
            'r' if !word_before && (at(index + 1) == '"' || at(index + 1) == '#') => {
                let hashes = (index + 1..).take_while(|next| at(*next) == '#').count();
                if at(index + 1 + hashes) == '"' {
                    let ends = |quote: usize| {
                        at(quote) == '"' && (1..=hashes).all(|next| at(quote + next) == '#')
                    };
                    index += hashes + 2;
                    while index < chars.len() && !ends(index) {
                        index += 1;
                    }
                    index += hashes + 1;
                } else {
                    // A raw identifier.
                    index += 1;
                    out.push('r');
                    continue;
                }
            }
            '"' => {
                index += 1;
                while index < chars.len() && at(index) != '"' {
                    index += if at(index) == '\\' { 2 } else { 1 };
                }
                index += 1;
            }
            '\'' if at(index + 1) == '\\' => {
                index += 3;
                while index < chars.len() && at(index) != '\'' {
                    index += 1;
                }
                index += 1;
            }
            '\'' if at(index + 2) == '\'' => index += 3,
            other => {
                out.push(other);
                index += 1;
                continue;
            }
        }
        let blanked = chars.iter().take(index).skip(start);
        out.extend(blanked.map(|c| if *c == '\n' { '\n' } else { ' ' }));
    }
    out
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The word at the beginning of a text.
fn word(text: &str) -> &str {
    text.split(|c| !is_word(c)).next().unwrap_or_default()
}

/// The first names of what follows `crate::`: one, or all those of a list in braces.
fn first_names(rest: &str) -> Vec<&str> {
    let rest = rest.trim_start();
    let Some(list) = rest.strip_prefix('{') else {
        return vec![word(rest)];
    };
    let mut names = Vec::new();
    let (mut depth, mut start) = (1, 0);
    for (index, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 || (depth == 1 && c == ',') {
            names.push(word(list[start..index].trim_start()));
            start = index + 1;
        }
        if depth == 0 {
            break;
        }
    }
    names
}

/// Modules of this crate that a file names, with the line: by `crate::`, by `super::` up to the root.
fn imports(path: &str, code: &str) -> Vec<(usize, String)> {
    let below = path.strip_prefix("src/").unwrap();
    let depth = below.split('/').filter(|part| *part != "mod.rs").count();
    let mut found = Vec::new();
    for (start, _) in code.match_indices("::") {
        let before = code[..start].trim_end();
        let rest = code[start + 2..].trim_start();
        let path = before
            .rsplit(|c| !is_word(c) && c != ':')
            .next()
            .unwrap_or_default();
        let supers = path.split("::").filter(|part| *part == "super").count();
        let only_supers = supers > 0 && supers == path.split("::").count();
        if path == "crate" || path == "keywright" || (only_supers && supers >= depth) {
            let line = before.matches('\n').count() + 1;
            found.extend(
                first_names(rest)
                    .into_iter()
                    .map(|name| (line, name.to_owned())),
            );
        }
    }
    found
}

#[test]
fn modules_import_only_from_floors_below() {
    let floors = floors();
    let mut wrong = Vec::new();
    let mut seen = 0;
    for (path, text) in sources() {
        let module = word(path.strip_prefix("src/").unwrap());
        let own = match module {
            "main" | "lib" => FLOORS.len(),
            module => floors[module],
        };
        for (line, name) in imports(&path, &code(&text)) {
            let Some(floor) = floors.get(name.as_str()) else {
                continue;
            };
            seen += 1;
            if name != module && *floor >= own {
                let text = text.lines().nth(line - 1).unwrap_or_default().trim();
                wrong.push(format!(
                    "{path}:{line}: `{module}` imports `{name}`, which is not below it: {text}"
                ));
            }
        }
    }
    assert!(
        seen > 100,
        "the search for imports went wrong: {seen} found"
    );
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn every_module_has_a_floor() {
    let mut modules: Vec<String> = fs::read_dir(root().join("src"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !matches!(name.as_str(), "main.rs" | "lib.rs"))
        .map(|name| name.trim_end_matches(".rs").to_owned())
        .collect();
    modules.sort();
    let floors: Vec<_> = floors().into_keys().collect();
    assert_eq!(
        modules, floors,
        "each module under src/ is in `FLOORS` of tests/it/architecture.rs, and each of those exists"
    );
}

/// Names in backticks, without the `/` that marks a folder.
fn in_backticks(text: &str) -> Vec<String> {
    let names = text.split('`').skip(1).step_by(2);
    names
        .map(|name| name.trim_end_matches('/').to_owned())
        .collect()
}

#[test]
fn the_documents_tell_of_the_same_floors() {
    let document = fs::read_to_string(root().join("docs/architecture.md")).unwrap();
    let section = document.split("\n## The floors\n").nth(1).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let mut told: Vec<_> = rows
        .map(|row| in_backticks(row.split('|').nth(1).unwrap()))
        .collect();
    told.reverse();
    assert_eq!(told, FLOORS, "docs/architecture.md, from the ground up");

    let library = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let rows = library
        .lines()
        .filter_map(|line| line.strip_prefix("//! - "));
    let told: Vec<_> = rows
        .map(|row| in_backticks(row.split(':').next().unwrap()))
        .collect();
    assert_eq!(told, FLOORS, "src/lib.rs, from the ground up");
}

#[test]
fn files_are_small() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let lines = text.lines().count();
        let longest = if path == "src/main.rs" {
            LONGEST_MAIN
        } else {
            LONGEST
        };
        match (lines > longest, TOO_LONG.contains(&path.as_str())) {
            (true, false) => wrong.push(format!("{path} has {lines} lines, more than {longest}")),
            (false, true) => wrong.push(format!("{path} is short now: take it out of `TOO_LONG`")),
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn foreign_crates_are_known_in_one_place() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let module = word(path.strip_prefix("src/").unwrap());
        let code = code(&text);
        for (name, modules) in ONLY_IN {
            let used = code.match_indices(name).any(|(start, _)| {
                code[start + name.len()..].starts_with("::") && !code[..start].ends_with(is_word)
            });
            if used && !modules.contains(&module) {
                wrong.push(format!(
                    "{path} uses `{name}`, which belongs to {modules:?}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn the_search_sees_every_spelling_of_an_import() {
    let text = r##"
//! crate::commands
use crate::iam::Text; /* crate::report /* nested */ crate::report */
use crate::{diag::{Diagnostic, nearest}, source, yaml::{
    self, Node}};
const A: &str = "crate::commands \" crate::commands"; const B: char = '"';
const C: &str = r#"crate::commands " "#;
fn f<'a>(x: &'a str) -> crate :: spec::X { super::super::target::y(); super::local() }
"##;
    let found: Vec<_> = imports("src/kms/service/mod.rs", &code(text))
        .into_iter()
        .map(|(line, name)| format!("{line} {name}"))
        .collect();
    assert_eq!(
        found,
        [
            "3 iam", "4 diag", "4 source", "4 yaml", "8 spec", "8 target"
        ]
    );
    assert_eq!(
        imports("src/diag/suggest.rs", "super::super::iam::A").len(),
        1
    );
    assert_eq!(imports("src/diag/suggest.rs", "super::Diagnostic").len(), 0);
    assert_eq!(imports("src/diag/mod.rs", "super::iam::A").len(), 1);
}

#[test]
fn paths_in_the_documents_exist() {
    let mut wrong = Vec::new();
    for document in super::docs::documents() {
        let text = fs::read_to_string(root().join(&document)).unwrap();
        for name in text.split(['`', '(', ')', ' ', '\n']) {
            let ours = ["src/", "tests/", ".ci/", "benches/", "fuzz/"];
            let pattern = name.contains(['*', '<', '{', '…']);
            let path: PathBuf = root().join(name);
            if ours.iter().any(|folder| name.starts_with(folder)) && !pattern && !path.exists() {
                wrong.push(format!("{document}: there is no {name}"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}
