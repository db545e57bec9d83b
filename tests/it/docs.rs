//! What the documentation shows is what keywright does.
//!
//! Every document is a story that is played in a temporary folder, block by block. A comment right above a fenced
//! block says what the block is:
//!
//! | comment | the block |
//! |---|---|
//! | `<!-- file: PATH -->` | is written to the file |
//! | `<!-- change: PATH -->` | is a diff without line numbers, applied to the file |
//! | `<!-- part of: PATH -->` | stands in the file; a line `...` or `# ...` stands for any lines |
//! | `<!-- ci: NAME -->` | is run by `.ci/run` |
//!
//! A ```` ```console ```` block needs no comment: lines with `$ ` are run, what follows is what they print, a line
//! `...` stands for any lines. A status other than 0 must be shown by `$ echo $?`. A line `<!-- fresh -->` between
//! blocks empties the folder. `KEYWRIGHT_DOCS=overwrite` writes what was printed into the documents.

use std::fs;
use std::io::Read;
use std::ops::Range;
use std::path::Path;
use std::process::Command;

const OVERWRITE: &str = "KEYWRIGHT_DOCS";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Paths of all documents.
pub(super) fn documents() -> Vec<String> {
    let mut documents: Vec<_> = fs::read_dir(root().join("docs"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".md"))
        .map(|name| format!("docs/{name}"))
        .chain(["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(str::to_owned))
        .collect();
    documents.sort();
    documents
}

/// A fenced block, or a comment on its own.
#[derive(Debug)]
struct Block<'t> {
    /// What the comment right above says.
    comment: Option<&'t str>,
    language: &'t str,
    lines: Vec<&'t str>,
    /// The lines of the document that it fills, counted from 0.
    range: Range<usize>,
}

fn comment(line: &str) -> Option<&str> {
    let inner = line.strip_prefix("<!--")?.strip_suffix("-->")?;
    Some(inner.trim())
}

fn blocks(text: &str) -> Vec<Block<'_>> {
    let lines: Vec<&str> = text.lines().collect();
    let mut blocks = Vec::new();
    let mut index = 0;
    while index < lines.len() {
        let above = index.checked_sub(1).and_then(|above| comment(lines[above]));
        if let Some(language) = lines[index].strip_prefix("```") {
            let start = index + 1;
            let length = lines[start..].iter().position(|line| *line == "```");
            let end = start + length.unwrap_or_else(|| panic!("line {index}: no end"));
            blocks.push(Block {
                comment: above,
                language,
                lines: lines[start..end].to_vec(),
                range: start..end,
            });
            index = end;
        } else if comment(lines[index]) == Some("fresh") {
            blocks.push(Block {
                comment: Some("fresh"),
                language: "",
                lines: Vec::new(),
                range: index..index,
            });
        }
        index += 1;
    }
    blocks
}

fn is_gap(line: &str) -> bool {
    matches!(line.trim(), "..." | "# ...")
}

/// Whether the lines are as expected, gaps standing for any lines.
fn fits(expected: &[&str], found: &[&str]) -> bool {
    match expected.split_first() {
        None => found.is_empty(),
        Some((gap, rest)) if is_gap(gap) => {
            (0..=found.len()).any(|skipped| fits(rest, &found[skipped..]))
        }
        Some((line, rest)) => found.first() == Some(line) && fits(rest, &found[1..]),
    }
}

/// A document while it is played.
struct Story {
    folder: tempfile::TempDir,
    status: i32,
}

impl Story {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            status: 0,
        }
    }

    fn write(&self, path: &str, lines: &[&str]) {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, lines.join("\n") + "\n").unwrap();
    }

    fn read(&self, path: &str) -> Result<String, String> {
        fs::read_to_string(self.folder.path().join(path))
            .map_err(|error| format!("{path}: {error}"))
    }

    fn change(&self, path: &str, diff: &[&str]) -> Result<(), String> {
        let side = |other: char| -> Vec<&str> {
            let own = diff.iter().filter(|line| !line.starts_with(other));
            own.map(|line| line.get(1..).unwrap_or_default()).collect()
        };
        let (old, new) = (side('+'), side('-'));
        let text = self.read(path)?;
        let lines: Vec<&str> = text.lines().collect();
        let places: Vec<usize> = (0..lines.len())
            .filter(|start| lines[*start..].starts_with(&old))
            .collect();
        let [place] = places.as_slice() else {
            return Err(format!("{path} holds what changes {} times", places.len()));
        };
        let after = &lines[place + old.len()..];
        self.write(path, &[&lines[..*place], &new, after].concat());
        Ok(())
    }

    fn part(&self, path: &str, expected: &[&str]) -> Result<(), String> {
        let text = self.read(path)?;
        let around = [&["..."], expected, &["..."]].concat();
        if fits(&around, &text.lines().collect::<Vec<_>>()) {
            Ok(())
        } else {
            Err(format!("these lines are not in {path}:\n{text}"))
        }
    }

    /// What a command prints, both streams in the order in which they were written.
    fn run(&mut self, command: &str) -> String {
        let mut printed = tempfile::tempfile().unwrap();
        let program = Path::new(env!("CARGO_BIN_EXE_keywright")).parent().unwrap();
        let path = std::env::var("PATH").unwrap_or_default();
        let status = Command::new("sh")
            .args(["-c", &format!("(exit {}); {command}", self.status)])
            .current_dir(self.folder.path())
            .env("PATH", format!("{}:{path}", program.display()))
            .env_remove("CLICOLOR_FORCE")
            .env_remove("COLUMNS")
            .stdin(std::process::Stdio::null())
            .stdout(printed.try_clone().unwrap())
            .stderr(printed.try_clone().unwrap())
            .status()
            .unwrap();
        self.status = status.code().unwrap_or(-1);
        let mut text = String::new();
        std::io::Seek::rewind(&mut printed).unwrap();
        printed.read_to_string(&mut text).unwrap();
        text
    }

    /// Runs the commands of a block; what it should say where it does not.
    fn console(&mut self, lines: &[&str]) -> Result<(), Vec<String>> {
        let mut real = Vec::new();
        let mut as_shown = true;
        let mut rest = lines;
        while let Some((first, after)) = rest.split_first() {
            let command = first
                .strip_prefix("$ ")
                .expect("a console block begins with `$ `");
            let end = after.iter().position(|line| line.starts_with("$ "));
            let (expected, next) = after.split_at(end.unwrap_or(after.len()));
            assert!(
                self.status == 0 || command == "echo $?",
                "the status {} before `{command}` is not shown",
                self.status
            );
            let printed = self.run(command);
            let printed: Vec<&str> = printed.trim_end_matches('\n').lines().collect();
            real.push((*first).to_owned());
            if fits(expected, &printed) {
                real.extend(expected.iter().map(|line| (*line).to_owned()));
            } else {
                as_shown = false;
                real.extend(printed.iter().map(|line| (*line).to_owned()));
            }
            rest = next;
        }
        if self.status != 0 {
            as_shown = false;
            real.extend(["$ echo $?".to_owned(), self.status.to_string()]);
            self.status = 0;
        }
        if as_shown { Ok(()) } else { Err(real) }
    }
}

/// Plays a document; what is wrong with it, and its text with the consoles as they should be.
fn play(text: &str) -> (Vec<String>, String) {
    let mut story = Story::new();
    let mut problems = Vec::new();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let mut shift = 0_isize;
    for block in blocks(text) {
        let place = block.range.start;
        let (kind, path) = match block.comment.and_then(|comment| comment.split_once(": ")) {
            Some((kind, path)) => (kind, path),
            None => (block.comment.unwrap_or_default(), ""),
        };
        let done = match (kind, block.language) {
            ("", "console") => match story.console(&block.lines) {
                Ok(()) => Ok(()),
                Err(real) => {
                    let moved = |line: usize| line.checked_add_signed(shift).unwrap();
                    let range = moved(block.range.start)..moved(block.range.end);
                    shift += real.len() as isize - range.len() as isize;
                    lines.splice(range, real.clone());
                    Err(format!(
                        "the commands print something else:\n{}",
                        real.join("\n")
                    ))
                }
            },
            ("file", _) => {
                story.write(path, &block.lines);
                Ok(())
            }
            ("change", "diff") => story.change(path, &block.lines),
            ("part of", _) => story.part(path, &block.lines),
            ("fresh", _) => {
                story = Story::new();
                Ok(())
            }
            ("ci" | "", _) => Ok(()),
            (other, language) => Err(format!("`{other}` above a block of `{language}`")),
        };
        problems.extend(done.err().map(|problem| format!("line {place}: {problem}")));
    }
    (problems, lines.join("\n") + "\n")
}

#[test]
fn documents_show_what_happens() {
    let overwrite = std::env::var_os(OVERWRITE).is_some_and(|value| value == "overwrite");
    let mut wrong = Vec::new();
    for document in documents() {
        let path = root().join(&document);
        let text = fs::read_to_string(&path).unwrap();
        let (problems, real) = play(&text);
        if overwrite && real != text {
            fs::write(path, real).unwrap();
        }
        wrong.extend(
            problems
                .iter()
                .map(|problem| format!("{document}, {problem}")),
        );
    }
    assert!(
        wrong.is_empty(),
        "{}\n\nafter a change that you meant to make: {OVERWRITE}=overwrite cargo test --test it docs",
        wrong.join("\n\n")
    );
}

#[test]
fn a_story_that_is_not_true_is_noticed() {
    let story = "<!-- file: specs/a.yaml -->\n```yaml\nkeys: 1\n```\n\n```console\n$ cat specs/a.yaml\nkeys: 2\n$ false\n```\n\n\
                 <!-- change: specs/a.yaml -->\n```diff\n-keys: 1\n+keys: 3\n```\n\n\
                 <!-- part of: specs/a.yaml -->\n```yaml\nkeys: 1\n```\n<!-- typo: x -->\n```yaml\n```\n";
    let (problems, real) = play(story);
    assert_eq!(problems.len(), 3, "{problems:#?}");
    assert!(real.contains("$ cat specs/a.yaml\nkeys: 1\n$ false\n$ echo $?\n1\n```"));
}

/// The name that a heading has in links.
fn anchor(heading: &str) -> String {
    let kept = heading.to_lowercase();
    kept.chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

/// Lines outside of fenced blocks.
fn prose(text: &str) -> Vec<&str> {
    let mut inside = false;
    text.lines()
        .filter(|line| {
            let fence = line.starts_with("```");
            inside ^= fence;
            !inside && !fence
        })
        .collect()
}

#[test]
fn links_lead_somewhere() {
    let mut wrong = Vec::new();
    for document in documents() {
        let path = root().join(&document);
        let text = fs::read_to_string(&path).unwrap();
        for line in prose(&text) {
            let inline = line
                .split("](")
                .skip(1)
                .filter_map(|rest| rest.split(')').next());
            let defined = line
                .starts_with('[')
                .then(|| line.split_once("]: "))
                .flatten();
            for link in inline.chain(defined.map(|(_, link)| link)) {
                if link.starts_with("https://") {
                    continue;
                }
                let (file, heading) = link.split_once('#').unwrap_or((link, ""));
                let target = match file {
                    "" => path.clone(),
                    file => path.parent().unwrap().join(file),
                };
                let known = heading.is_empty()
                    || fs::read_to_string(&target).is_ok_and(|text| {
                        let mut headings = prose(&text).into_iter();
                        headings.any(|line| {
                            line.starts_with('#')
                                && anchor(line.trim_start_matches('#').trim()) == heading
                        })
                    });
                if !target.exists() || !known {
                    wrong.push(format!("{document}: {link}"));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "links that lead nowhere:\n{}",
        wrong.join("\n")
    );
}

/// Names in pairs such as `("policy", …)` of the code that fills the context of templates.
fn context_names(code: &str) -> Vec<&str> {
    let names = code.split("(\"").skip(1).chain(
        code.split("(\n")
            .skip(1)
            .filter_map(|rest| rest.trim_start().strip_prefix('"')),
    );
    names
        .filter_map(|rest| rest.split_once("\","))
        .map(|(name, _)| name)
        .filter(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
        .collect()
}

#[test]
fn templates_know_what_they_get() {
    let document = fs::read_to_string(root().join("docs/templates.md")).unwrap();
    for (target, heading) in [
        ("cloudformation", "\n### CloudFormation\n"),
        ("terraform", "\n### Terraform\n"),
        ("companion", "\n### Users in other accounts\n"),
        ("stack_set", "\n### Stack sets\n"),
    ] {
        let section = document.split(heading).nth(1).unwrap();
        let section = section.split("\n### ").next().unwrap();
        let code = fs::read_to_string(root().join(format!("src/render/{target}.rs"))).unwrap();
        let names = context_names(&code);
        assert!(
            names.len() > 10,
            "the search for names went wrong: {names:?}"
        );
        for name in names {
            assert!(
                section.contains(&format!(".{name}`")) || section.contains(&format!("`{name}.")),
                "docs/templates.md does not tell of `{name}` ({target})"
            );
        }
    }
    for name in keywright::render::TEMPLATE_NAMES.iter() {
        assert!(
            document.contains(&format!("`templates/{name}.tera`")),
            "{name}"
        );
    }
}
