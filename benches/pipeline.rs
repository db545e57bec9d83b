//! The steps of `generate`, each on its own, for 1, 100 and 1,000 keys: `cargo bench`, half a minute.
//!
//! The keys come from a seeded generator, a hundred to a file, so that every run has the same ones. Whole runs with
//! their memory are measured by `benches/bench`.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a benchmark that cannot go on may stop"
)]

use std::fmt::Write as _;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use divan::Bencher;
use keywright::compile::CompiledStack;
use keywright::readback::{self, Artifacts, File};
use keywright::render::{RenderedFile, Renderer};
use keywright::source::Sources;
use keywright::spec::Target;
use keywright::workspace::{self, Artifact, OutputRoot, Previous, Scope, Workspace, generate};
use tempfile::TempDir;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const KEYS: [usize; 3] = [1, 100, 1000];
const KEYS_PER_FILE: usize = 100;
const SEED: u64 = 20_260_101;

fn main() {
    let divan = divan::Divan::default().max_time(Duration::from_secs(1));
    divan.config_with_args().main();
}

/// A linear congruential generator (Knuth's MMIX): all that is needed is the same keys in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

fn user(random: &mut Random) -> String {
    let number = random.below(1000);
    match random.below(8) {
        0 => format!("role: team/Worker{number}"),
        1 => format!("{{role: Reader{number}, account: \"123456789012\", access: [decrypt]}}"),
        2 => format!("{{role: Rotating{number}, match: condition}}"),
        3 => format!("{{role: App{number}, via: [s3, secretsmanager]}}"),
        4 => format!("{{role: Vault{number}, context: {{tier: \"{number}\"}}}}"),
        5 => format!("permission_set: Operator{number}"),
        6 => format!("{{service: cloudtrail, trail: trail-{number}}}"),
        _ => format!("arn: \"arn:aws:iam::123456789012:role/External{number}\""),
    }
}

fn spec(random: &mut Random, file: usize, keys: usize) -> String {
    let mut text = format!("stack: bench-{file:03}\nkeys:\n");
    for number in 0..keys {
        write!(
            text,
            "  - alias: team-{file:03}/key-{number:03}\n    id: Bench{file:03}Key{number:03}\n    \
             purpose: 'Encrypts {number}: \"${{AWS::Region}}\", %{{ if true }} and Größe'\n    users:\n"
        )
        .unwrap();
        // In the order of entries, so that no two of a key are the same.
        let mut users: Vec<_> = (0..=random.below(5)).map(|_| user(random)).collect();
        users.sort_unstable();
        users.dedup();
        for user in users {
            writeln!(text, "      - {user}").unwrap();
        }
    }
    text
}

/// A workspace of so many keys, with nothing in `output/`.
fn folder(keys: usize) -> TempDir {
    let folder = TempDir::new().unwrap();
    let mut random = Random(SEED);
    fs::create_dir(folder.path().join("specs")).unwrap();
    fs::write(folder.path().join("keywright.yaml"), "version: 1\n").unwrap();
    for (file, first) in (0..keys).step_by(KEYS_PER_FILE).enumerate() {
        let text = spec(&mut random, file, KEYS_PER_FILE.min(keys - first));
        let name = format!("specs/bench-{file:03}.yaml");
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn loaded(root: &Path) -> Workspace {
    let mut problems = Vec::new();
    let workspace = workspace::load(root, &mut Sources::new(), &mut problems).unwrap();
    assert_eq!(problems, []);
    workspace
}

fn compiled(workspace: &Workspace) -> Vec<CompiledStack<'_>> {
    let mut problems = Vec::new();
    let stacks = generate::compile(workspace, &mut problems);
    assert_eq!(problems, []);
    stacks
}

fn artifacts(workspace: &Workspace) -> Vec<Artifact> {
    let generated =
        generate::generate(workspace, compiled(workspace), &mut Sources::new(), &|_| {});
    generated.unwrap().artifacts
}

/// The rendered files of every stack for one target.
fn rendered(stacks: &[CompiledStack<'_>], target: Target) -> Vec<Vec<RenderedFile>> {
    let renderer = Renderer::new(&[], true).unwrap();
    let render = |compiled: &CompiledStack<'_>| renderer.render(&compiled.stack, target).unwrap();
    stacks.iter().map(render).collect()
}

fn files<'f>(sources: &mut Sources, rendered: &'f [RenderedFile]) -> Vec<File<'f>> {
    let file = |file: &'f RenderedFile| File {
        id: sources.add(file.path.as_str(), ""),
        text: &file.text,
    };
    rendered.iter().map(file).collect()
}

#[divan::bench(args = KEYS)]
fn load(bencher: Bencher<'_, '_>, keys: usize) {
    let folder = folder(keys);
    bencher.bench(|| loaded(folder.path()));
}

#[divan::bench(args = KEYS)]
fn compile(bencher: Bencher<'_, '_>, keys: usize) {
    let folder = folder(keys);
    let workspace = loaded(folder.path());
    bencher.bench(|| compiled(&workspace));
}

const TARGETS: [Target; 2] = [Target::CloudFormation, Target::Terraform];

/// Each number of keys for each target.
fn by_target() -> impl Iterator<Item = (Target, usize)> {
    TARGETS
        .into_iter()
        .flat_map(|target| KEYS.map(|keys| (target, keys)))
}

mod one_thread {
    use super::*;

    /// Runs a step on every stack of so many keys, rendered for a target.
    fn each(
        bencher: Bencher<'_, '_>,
        (target, keys): (Target, usize),
        step: impl Fn(&CompiledStack<'_>, Artifacts<'_>) + Sync,
    ) {
        let folder = folder(keys);
        let workspace = loaded(folder.path());
        let stacks = compiled(&workspace);
        let rendered = rendered(&stacks, target);
        bencher.bench(|| {
            for (compiled, rendered) in stacks.iter().zip(&rendered) {
                let artifacts = Artifacts {
                    target,
                    template: rendered[0].template,
                    files: files(&mut Sources::new(), rendered),
                    import: None,
                };
                step(compiled, artifacts);
            }
        });
    }

    #[divan::bench(args = by_target())]
    fn render(bencher: Bencher<'_, '_>, (target, keys): (Target, usize)) {
        let folder = folder(keys);
        let workspace = loaded(folder.path());
        let stacks = compiled(&workspace);
        bencher.bench(|| rendered(&stacks, target));
    }

    #[divan::bench(args = by_target())]
    fn read_back(bencher: Bencher<'_, '_>, which: (Target, usize)) {
        each(bencher, which, |_, artifacts| {
            let read = match artifacts.target {
                Target::CloudFormation => {
                    readback::cloudformation(artifacts.files[0].id, artifacts.files[0].text)
                }
                Target::Terraform => readback::terraform(&artifacts.files),
            };
            black_box(read.unwrap());
        });
    }

    /// Reading back and comparing.
    #[divan::bench(args = by_target())]
    fn prove(bencher: Bencher<'_, '_>, which: (Target, usize)) {
        each(bencher, which, |compiled, artifacts| {
            readback::prove(&compiled.stack, &artifacts).unwrap();
        });
    }
}

/// Rendering and proving for both targets, as `generate` does it.
#[divan::bench(args = KEYS)]
fn render_and_prove(bencher: Bencher<'_, '_>, keys: usize) {
    let folder = folder(keys);
    let workspace = loaded(folder.path());
    bencher
        .with_inputs(|| compiled(&workspace))
        .bench_values(|stacks| {
            generate::generate(&workspace, stacks, &mut Sources::new(), &|_| {}).unwrap();
        });
}

/// Reading an output folder in which everything is as it should be, and finding that out.
#[divan::bench(args = KEYS)]
fn plan_unchanged(bencher: Bencher<'_, '_>, keys: usize) {
    let folder = folder(keys);
    let workspace = loaded(folder.path());
    let artifacts = artifacts(&workspace);
    for artifact in &artifacts {
        let place = folder.path().join("output").join(&artifact.path);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        let text = workspace::with_header(&artifact.source, &artifact.contents);
        fs::write(place, text).unwrap();
    }
    let root = OutputRoot::for_reading(folder.path(), || {}).unwrap();
    bencher
        .with_inputs(|| artifacts.clone())
        .bench_values(|artifacts| {
            let previous = Previous::read(&root);
            let plan = workspace::plan(&previous, artifacts, Scope::Workspace).unwrap();
            assert!(plan.is_clean());
            plan
        });
}
