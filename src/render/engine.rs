//! The only user of Tera: templates, escaping, filters, and its errors in our words.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::LazyLock;

use include_dir::{Dir, include_dir};
use tera::{Context, Kwargs, State, Tera, Value};

use crate::diag::Diagnostic;
use crate::hcl::quote;
use crate::spec::Target;
use crate::yaml::emit;

static BUILTIN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates");

/// Names of the built-in templates, which a workspace may take the place of.
pub static TEMPLATE_NAMES: LazyLock<Vec<String>> =
    LazyLock::new(|| builtin().into_keys().collect());

/// The ending that template files have beside that of the file they print.
const EXTENSION: &str = ".tera";

fn builtin() -> BTreeMap<String, &'static str> {
    BUILTIN
        .dirs()
        .flat_map(Dir::files)
        .filter_map(|file| {
            let name = file.path().to_str()?.replace('\\', "/");
            let name = name.strip_suffix(EXTENSION)?.to_owned();
            Some((name, file.contents_utf8()?))
        })
        .collect()
}

/// A workspace's own template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// Its name: the path below `templates/` without `.tera`, such as `terraform/key.tf`.
    pub name: String,
    /// The path that users know it by.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// Renders with the built-in templates and a workspace's own.
#[derive(Debug)]
pub struct Renderer {
    cloudformation: Tera,
    terraform: Tera,
    scanner_annotations: bool,
}

impl Renderer {
    /// Loads all templates; `scanner_annotations` says whether they carry reasons for scanners.
    ///
    /// # Errors
    /// What the workspace's own have wrong, each file on its own.
    pub fn new(overrides: &[Override], scanner_annotations: bool) -> Result<Self, Vec<Diagnostic>> {
        let mut diagnostics = Vec::new();
        let mut load = |escape, folder: &str| match engine(escape, folder, overrides) {
            Ok(tera) => Some(tera),
            Err(problems) => {
                diagnostics.extend(problems);
                None
            }
        };
        let cloudformation = load(escape_yaml, "cloudformation/");
        let terraform = load(escape_hcl, "terraform/");
        match (cloudformation, terraform) {
            (Some(cloudformation), Some(terraform)) => Ok(Self {
                cloudformation,
                terraform,
                scanner_annotations,
            }),
            _ => Err(diagnostics),
        }
    }

    /// Whether templates carry reasons for scanners.
    pub(super) fn annotates(&self) -> bool {
        self.scanner_annotations
    }

    /// Renders one template.
    ///
    /// # Errors
    /// What is wrong with it, in the words of the template engine.
    pub(super) fn template(
        &self,
        target: Target,
        name: &'static str,
        context: &Context,
    ) -> Result<String, Diagnostic> {
        let engine = match target {
            Target::CloudFormation => &self.cloudformation,
            Target::Terraform => &self.terraform,
        };
        let mut text = engine.render(name, context).map_err(|error| {
            template_error(&format!("the template `{name}` cannot be rendered"), &error)
        })?;
        // What is proven must be what is written: behind the header a byte order mark would stand in the middle, and
        // the digest does not count the line ends of a template that was checked out with CRLF.
        text = text.replace("\r\n", "\n");
        if let Some(rest) = text.strip_prefix('\u{feff}') {
            text = rest.to_owned();
        }
        let end = text.trim_end().len();
        text.truncate(end);
        text.push('\n');
        let start = text.len() - text.trim_start_matches('\n').len();
        text.drain(..start);
        Ok(text)
    }
}

fn engine(
    escape: tera::EscapeFn,
    folder: &str,
    overrides: &[Override],
) -> Result<Tera, Vec<Diagnostic>> {
    let mut tera = Tera::new();
    // Every string is printed as a complete quoted scalar, whatever template it stands in.
    tera.autoescape_on([""]);
    tera.set_escape_fn(escape);
    register_filters(&mut tera);
    let builtin = builtin();
    let own = builtin.iter().filter(|(name, _)| name.starts_with(folder));
    let mut templates: Vec<(String, &str)> = Vec::new();
    for (name, text) in own {
        let text = without_final_newline(text);
        // An override cannot extend its namesake, so each is also there under this name.
        templates.push((format!("builtin/{name}"), text));
        if !overrides.iter().any(|own| own.name == *name) {
            templates.push((name.clone(), text));
        }
    }
    let own: Vec<_> = overrides
        .iter()
        .filter(|own| own.name.starts_with(folder))
        .collect();
    let mine = own
        .iter()
        .map(|own| (own.name.clone(), without_final_newline(&own.text)));
    let all = templates.iter().cloned().chain(mine);
    let Err(error) = tera.add_raw_templates(all) else {
        return Ok(tera);
    };
    // Loaded together, only the first mistake shows: look for the others one by one.
    let mut diagnostics = Vec::new();
    for own in &own {
        let mut single = Tera::new();
        register_filters(&mut single);
        let others = templates.iter().cloned();
        let mine = (own.name.clone(), without_final_newline(&own.text));
        let rest = overrides
            .iter()
            .filter(|other| other.name != own.name)
            .map(|other| (other.name.clone(), ""));
        if let Err(error) = single.add_raw_templates(others.chain([mine]).chain(rest)) {
            let message = format!("the template `{}` cannot be read", own.name);
            diagnostics.push(template_error(&message, &error).in_path(&own.path));
        }
    }
    if diagnostics.is_empty() {
        diagnostics.push(template_error("the templates cannot be loaded", &error));
    }
    Err(diagnostics)
}

fn register_filters(tera: &mut Tera) {
    tera.register_filter("comment", comment);
    tera.register_filter("identifier", identifier);
    tera.register_filter("identifiers", identifiers);
    tera.register_filter("indented", indented);
}

/// Line ends after the last line of a template would only be in the way of `include`.
fn without_final_newline(text: &str) -> &str {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text)
}

fn template_error(message: &str, error: &tera::Error) -> Diagnostic {
    let text = error.to_string();
    let mut diagnostic = Diagnostic::error("template", message);
    for line in text
        .lines()
        .map(str::trim_end)
        .filter(|line| !line.is_empty())
    {
        diagnostic = diagnostic.help(line);
    }
    diagnostic
}

fn escape_yaml(text: &str, out: &mut dyn Write) -> std::io::Result<()> {
    out.write_all(emit::scalar(text).as_bytes())
}

fn escape_hcl(text: &str, out: &mut dyn Write) -> std::io::Result<()> {
    out.write_all(quote::quote(text).as_bytes())
}

/// Prints a name bare, after checking that it is one.
fn identifier(name: &str, _: Kwargs, _: &State) -> tera::TeraResult<Value> {
    let fits = !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
    if fits {
        Ok(Value::safe_string(name))
    } else {
        Err(tera::Error::message(format!("`{name}` is no identifier")))
    }
}

/// Prints text bare as part of a comment, which ends with its line.
fn comment(text: &str, _: Kwargs, _: &State) -> tera::TeraResult<Value> {
    if text.chars().any(char::is_control) {
        return Err(tera::Error::message("a comment stands on one line"));
    }
    Ok(Value::safe_string(text))
}

/// Prints a list of names bare, with commas.
fn identifiers(names: Vec<String>, kwargs: Kwargs, state: &State) -> tera::TeraResult<Value> {
    for name in &names {
        identifier(name, kwargs.clone(), state)?;
    }
    Ok(Value::safe_string(&names.join(", ")))
}

/// Moves all lines but the first to the right; the template puts the first in its place.
fn indented(block: tera::StringInput, kwargs: Kwargs, _: &State) -> tera::TeraResult<Value> {
    let by = kwargs.must_get::<usize>("by")?;
    let padding = " ".repeat(by);
    let text = block.as_str().replace('\n', &format!("\n{padding}"));
    Ok(block.inherit_safety(text))
}
