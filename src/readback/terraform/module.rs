//! The modules of a configuration: what their files declare, and which modules call which.

use std::cell::Cell;
use std::collections::BTreeMap;

use super::body::{Argument, Block};
use super::evaluate::{Context, Evaluator};
use super::folder::{Files, Folder, Parsed};
use super::reference::keys;
use super::value::{Instances, Key, Kind, Resource, Val};
use crate::diag::Diagnostic;
use crate::iam::value::unproven;
use crate::source::FileId;

/// Most instances of one resource or module that are read one by one.
pub(super) const MAX_INSTANCES: usize = 200;
/// Most modules of one configuration, each call and instance by itself.
const MAX_MODULES: usize = 300;
/// How deep modules call each other.
const MAX_CALLS: usize = 10;

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
