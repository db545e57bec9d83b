//! The modules of a configuration: what their files declare, and which modules call which.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use super::body::{Argument, Block, Body, Expr, json_blocks};
use super::evaluate::{Context, Evaluator};
use super::reference::keys;
use super::value::{Instances, Key, Kind, Resource, Val};
use crate::diag::Diagnostic;
use crate::hcl::read as hcl;
use crate::iam::value::unproven;
use crate::readback::open::Loaded;
use crate::source::{FileId, Span};
use crate::yaml::{self, Node};

/// Most instances of one resource or module that are read one by one.
pub(super) const MAX_INSTANCES: usize = 200;
/// Most modules of one configuration, each call and instance by itself.
const MAX_MODULES: usize = 300;
/// How deep modules call each other.
const MAX_CALLS: usize = 10;

/// A file as a tree.
pub(super) enum Parsed {
    Hcl(FileId, hcl_edit::structure::Body),
    Json(FileId, Node),
}

/// Parses a file of the native or the JSON syntax.
pub(super) fn parse(file: &Loaded<'_>) -> Result<Parsed, Vec<Diagnostic>> {
    if !file.path.ends_with(".json") {
        let body = hcl::parse(file.id, file.text);
        return body
            .map(|body| Parsed::Hcl(file.id, body))
            .map_err(|diagnostic| vec![diagnostic]);
    }
    match yaml::load(file.id, file.text, yaml::Dialect::CloudFormation) {
        (Some(root), problems) if problems.is_empty() => Ok(Parsed::Json(file.id, root)),
        (_, problems) if problems.is_empty() => Err(vec![unproven(
            Span::new(file.id, 0..0),
            "this file is empty",
        )]),
        (_, problems) => Err(problems),
    }
}

impl Parsed {
    fn blocks(&self) -> Vec<Block<'_>> {
        match self {
            Self::Hcl(file, body) => Body::Hcl(*file, body).blocks(),
            Self::Json(file, root) => {
                let mut blocks = Vec::new();
                for entry in root.as_mapping().unwrap_or_default() {
                    let labels = match entry.name() {
                        "resource" | "data" | "ephemeral" => 2,
                        "variable" | "output" | "module" | "provider" | "check" => 1,
                        "//" => continue,
                        _ => 0,
                    };
                    json_blocks(*file, entry, labels, &mut blocks);
                }
                blocks
            }
        }
    }

    /// The folders that its module blocks name.
    pub(super) fn sources(&self) -> Vec<String> {
        let calls = self.blocks().into_iter().filter(|it| it.kind == "module");
        let source = |call: Block<'_>| match call.body.argument("source")?.value {
            Expr::Hcl(_, expression) => hcl::literal(expression).map(|it| it.into_owned()),
            Expr::Json(node) => node.as_text().map(str::to_owned),
        };
        let sources = calls.filter_map(source);
        sources
            .filter(|it| it.starts_with("./") || it.starts_with("../"))
            .collect()
    }

    fn arguments(&self) -> Vec<Argument<'_>> {
        match self {
            Self::Hcl(file, body) => Body::Hcl(*file, body).arguments(),
            Self::Json(file, root) => {
                Body::Json(*file, root.as_mapping().unwrap_or_default()).arguments()
            }
        }
    }
}

/// What the files of one folder declare.
#[derive(Default)]
pub(super) struct Folder<'b> {
    pub(super) locals: BTreeMap<&'b str, Expr<'b>>,
    pub(super) variables: BTreeMap<&'b str, Block<'b>>,
    pub(super) outputs: BTreeMap<&'b str, Block<'b>>,
    pub(super) resources: BTreeMap<(&'b str, &'b str), Block<'b>>,
    pub(super) data: BTreeMap<(&'b str, &'b str), Block<'b>>,
    /// Provider blocks.
    pub(super) providers: Vec<Block<'b>>,
    /// All of its blocks, in order.
    pub(super) blocks: Vec<Block<'b>>,
    /// What stands twice.
    pub(super) doubts: Vec<Diagnostic>,
}

impl<'b> Folder<'b> {
    /// What parsed files declare. Declarations come first: Terraform does not care for order.
    pub(super) fn new(files: impl IntoIterator<Item = &'b Parsed>) -> Self {
        let mut folder = Self::default();
        for block in files.into_iter().flat_map(Parsed::blocks) {
            folder.declare(&block);
            folder.blocks.push(block);
        }
        folder
    }

    fn declare(&mut self, block: &Block<'b>) {
        let twice = match (block.kind, block.labels.as_slice()) {
            ("locals", []) => {
                let mut twice = None;
                for argument in block.body.arguments() {
                    if self.locals.insert(argument.name, argument.value).is_some() {
                        twice = Some(format!("the local `{}` is set twice", argument.name));
                    }
                }
                twice
            }
            ("variable", [name]) => {
                let known = self.variables.insert(name, block.clone());
                known.map(|_| format!("the variable `{name}` is declared twice"))
            }
            ("output", [name]) => {
                let known = self.outputs.insert(name, block.clone());
                known.map(|_| format!("the output `{name}` is declared twice"))
            }
            ("resource", [kind, name]) => {
                let known = self.resources.insert((kind, name), block.clone());
                known.map(|_| format!("`{kind}.{name}` is declared twice"))
            }
            ("data", [kind, name]) => {
                let known = self.data.insert((kind, name), block.clone());
                known.map(|_| format!("`data.{kind}.{name}` is declared twice"))
            }
            ("provider", [_]) => {
                self.providers.push(block.clone());
                None
            }
            _ => None,
        };
        if let Some(message) = twice {
            self.doubts.push(unproven(block.span, message));
        }
    }
}

/// A module as it is called: the root, or one instance of a call.
pub(super) struct Module<'b> {
    /// Its address with a dot behind; empty for the root.
    pub(super) path: String,
    pub(super) folder: String,
    pub(super) parent: Option<usize>,
    pub(super) call: Option<Block<'b>>,
    /// `each.key`, `each.value` and `count.index` of its call.
    pub(super) frames: Vec<(&'static str, Val)>,
    /// What its providers are in the root module.
    pub(super) providers: BTreeMap<String, String>,
    children: Vec<(String, Option<Key>, usize)>,
    depth: usize,
}

/// A configuration: its modules, with all files that may matter.
pub(super) struct World<'b> {
    folders: BTreeMap<String, Folder<'b>>,
    pub(super) modules: Vec<Module<'b>>,
    pub(super) files: &'b Files<'b>,
    /// Variable files of the root module that Terraform takes by itself, the last first.
    pub(super) taken: Vec<Argument<'b>>,
    /// Other variable files, of which somebody picks one.
    pub(super) variants: Vec<(String, Vec<Argument<'b>>)>,
    /// Calls that nobody can read.
    pub(super) doubts: Vec<Diagnostic>,
    /// Steps left: work grows with the size of the files, whatever they say.
    budget: Cell<u64>,
}

/// All files at hand.
pub(in crate::readback) struct Files<'t> {
    /// By path.
    pub(super) by_path: BTreeMap<String, (FileId, &'t str)>,
    /// By folder.
    pub(super) by_folder: BTreeMap<String, Vec<Loaded<'t>>>,
    texts: BTreeMap<FileId, &'t str>,
    /// Those that `file(…)` was called for.
    pub(in crate::readback) used: RefCell<BTreeSet<FileId>>,
}

impl<'t> Files<'t> {
    pub(in crate::readback) fn new(files: &[Loaded<'t>]) -> Self {
        let mut by_folder: BTreeMap<String, Vec<Loaded<'t>>> = BTreeMap::new();
        for file in files {
            let (folder, _) = super::split(file.path);
            by_folder.entry(folder).or_default().push(*file);
        }
        Self {
            by_path: files
                .iter()
                .map(|file| (normal(file.path), (file.id, file.text)))
                .collect(),
            by_folder,
            texts: files.iter().map(|file| (file.id, file.text)).collect(),
            used: RefCell::default(),
        }
    }
}

/// Variable files of a folder, parsed.
pub(super) type VariableFiles<'b> = Vec<(&'b str, &'b Parsed)>;

impl<'b> World<'b> {
    /// The configuration of which `root` is the root module.
    pub(super) fn new(
        root: &str,
        folders: BTreeMap<String, Folder<'b>>,
        files: &'b Files<'b>,
        variables: VariableFiles<'b>,
    ) -> Self {
        let of = |folder: &String| files.by_folder.get(folder).into_iter().flatten();
        let bytes = folders
            .keys()
            .flat_map(of)
            .map(|file| file.text.len() as u64);
        let bytes: u64 = bytes.sum();
        let mut world = Self {
            folders,
            modules: vec![Module {
                path: String::new(),
                folder: root.to_owned(),
                parent: None,
                call: None,
                frames: Vec::new(),
                providers: BTreeMap::new(),
                children: Vec::new(),
                depth: 0,
            }],
            files,
            taken: Vec::new(),
            variants: Vec::new(),
            doubts: Vec::new(),
            budget: Cell::new(1_000_000 + 40 * bytes),
        };
        world.take_variables(variables);
        let mut next = 0;
        while next < world.modules.len() {
            world.call(next);
            next += 1;
        }
        world
    }

    /// Source: Terraform language documentation, "Input Variables", "Variable Definition Precedence".
    fn take_variables(&mut self, files: VariableFiles<'b>) {
        let mut automatic: Vec<(u8, &str, &Parsed)> = Vec::new();
        for (path, parsed) in files {
            let name = path.rsplit('/').next().unwrap_or(path);
            match name {
                "terraform.tfvars" => automatic.push((0, name, parsed)),
                "terraform.tfvars.json" => automatic.push((1, name, parsed)),
                _ if name.ends_with(".auto.tfvars") || name.ends_with(".auto.tfvars.json") => {
                    automatic.push((2, name, parsed));
                }
                _ => self.variants.push((name.to_owned(), parsed.arguments())),
            }
        }
        automatic.sort_by_key(|(class, name, _)| (*class, *name));
        let arguments = automatic.into_iter().rev();
        self.taken = arguments.flat_map(|(_, _, it)| it.arguments()).collect();
        self.variants.sort_by(|one, two| one.0.cmp(&two.0));
    }

    /// Adds the modules that a module calls.
    fn call(&mut self, caller: usize) {
        let Some((path, depth, providers)) = self
            .modules
            .get(caller)
            .map(|it| (it.path.clone(), it.depth, it.providers.clone()))
        else {
            return;
        };
        let calls: Vec<Block<'b>> = self.folder(caller).map_or_else(Vec::new, |folder| {
            let calls = folder.blocks.iter().filter(|block| block.kind == "module");
            calls.cloned().collect()
        });
        for call in calls {
            let name = call.labels.first().copied().unwrap_or_default();
            let Some(folder) = self.called(caller, &call) else {
                let message =
                    format!("the module `{path}{name}` can hold keys that nobody sees here");
                self.doubts.push(unproven(call.span, message));
                continue;
            };
            let evaluator = Evaluator::new(self, None);
            let instances = evaluator.instances(Context::top(caller), call.body);
            let mut instances = keys(&instances).unwrap_or_else(|| {
                let message =
                    format!("how often the module `{path}{name}` is called is not known here");
                self.doubts.push(unproven(call.span, message));
                vec![None]
            });
            if depth >= MAX_CALLS || self.modules.len() + instances.len() > MAX_MODULES {
                let message = "these are more modules than are read here";
                self.doubts.push(unproven(call.span, message));
                instances.clear();
            }
            let mapped = self.providers(&providers, &call);
            for key in instances {
                let evaluator = Evaluator::new(self, None);
                let frames = evaluator.frames(Context::top(caller), call.body, key.as_ref());
                let number = self.modules.len();
                let suffix = key.as_ref().map(ToString::to_string).unwrap_or_default();
                self.modules.push(Module {
                    path: format!("{path}module.{name}{suffix}."),
                    folder: folder.clone(),
                    parent: Some(caller),
                    call: Some(call.clone()),
                    frames,
                    providers: mapped.clone(),
                    children: Vec::new(),
                    depth: depth + 1,
                });
                if let Some(module) = self.modules.get_mut(caller) {
                    module.children.push((name.to_owned(), key, number));
                }
            }
        }
    }

    /// The folder that a call names, where it is at hand.
    fn called(&self, caller: usize, call: &Block<'b>) -> Option<String> {
        let source = call.body.argument("source")?;
        let source = Evaluator::new(self, None).value(Context::top(caller), source.value);
        let source = source.literal()?;
        if !source.starts_with("./") && !source.starts_with("../") {
            return None;
        }
        let folder = within(&self.modules.get(caller)?.folder, &source);
        // Terraform does not take a module that calls itself.
        let mut above = Some(caller);
        while let Some(module) = above.and_then(|above| self.modules.get(above)) {
            if module.folder == folder {
                return None;
            }
            above = module.parent;
        }
        self.folders.contains_key(&folder).then_some(folder)
    }

    /// What the providers of a called module are in the root module.
    fn providers(
        &self,
        outer: &BTreeMap<String, String>,
        call: &Block<'b>,
    ) -> BTreeMap<String, String> {
        let evaluator = Evaluator::new(self, None);
        let mut inner = outer.clone();
        // Only providers without an alias are handed down by themselves.
        inner.retain(|name, _| !name.contains('.'));
        let Some(argument) = call.body.argument("providers") else {
            return inner;
        };
        for (name, value) in evaluator.addresses(argument.value) {
            let outer = outer.get(&value).cloned().unwrap_or(value);
            inner.insert(name, outer);
        }
        inner
    }

    pub(super) fn folder(&self, module: usize) -> Option<&Folder<'b>> {
        self.folders.get(&self.modules.get(module)?.folder)
    }

    pub(super) fn path(&self, module: usize) -> &str {
        self.modules.get(module).map_or("", |module| &module.path)
    }

    pub(super) fn child(&self, module: usize, name: &str, key: Option<&Key>) -> Option<usize> {
        let children = &self.modules.get(module)?.children;
        let child = children
            .iter()
            .find(|(known, its, _)| known == name && its.as_ref() == key);
        child.map(|(_, _, number)| *number)
    }

    pub(super) fn text(&self, file: FileId) -> &'b str {
        self.files.texts.get(&file).copied().unwrap_or_default()
    }

    /// Takes steps; false where none are left.
    pub(super) fn spend(&self, steps: u64) -> bool {
        let left = self.budget.get();
        self.budget.set(left.saturating_sub(steps));
        left >= steps
    }

    /// What tells a condition from the same text in another module or instance.
    pub(super) fn label(&self, context: Context<'_>, text: &str) -> String {
        let mut label = self.path(context.module).to_owned();
        if text.contains("each.") || text.contains("count.") {
            let key = context
                .find("each.key")
                .or_else(|| context.find("count.index"));
            if let Some(key) = key.and_then(Val::literal) {
                label.push_str(&format!("[{key}] "));
            }
        }
        label
    }

    /// Whether a folder is called by a module of this configuration.
    pub(super) fn calls(&self) -> impl Iterator<Item = &str> {
        let called = self.modules.iter().skip(1);
        called.map(|module| module.folder.as_str())
    }
}

/// A path that starts in a folder.
pub(super) fn within(folder: &str, path: &str) -> String {
    if folder.is_empty() || path.starts_with('/') {
        return normal(path);
    }
    normal(&format!("{folder}/{path}"))
}

/// A path without `.` and `..`, as far as that can be said.
pub(super) fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    if path.starts_with('/') {
        format!("/{joined}")
    } else {
        joined
    }
}

/// A value that is known to be a list of keys, for `count` and `for_each`.
pub(super) fn names(value: &Val) -> Option<Vec<String>> {
    match &value.kind {
        Kind::Object(fields) => {
            let mut names: Vec<_> = fields.iter().map(|field| field.name.clone()).collect();
            names.sort();
            Some(names)
        }
        Kind::Resource(Resource {
            instances: Instances::Each(names),
            ..
        }) => Some(names.clone()),
        Kind::Set(_) | Kind::List(_) => {
            let items = value.certain_items()?;
            items.iter().map(Val::literal).collect()
        }
        _ => None,
    }
}
