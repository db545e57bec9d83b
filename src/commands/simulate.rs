//! `keywright simulate`.

use std::fs;
use std::io::{BufRead, BufReader, BufWriter, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use rayon::prelude::*;
use serde::Deserialize;
use serde_json::Value;

use super::{Outcome, print, report};
use crate::access::{self, AccessRequest, Context, Place, question};
use crate::diag::Diagnostic;
use crate::iam::PolicyDocument;
use crate::kms::actions;
use crate::report::simulation::{self, Simulation};
use crate::source::{self, Sources};

/// Decide a request under a key policy as AWS would, and show the statements that decide it.
///
/// Condition keys that follow from the principal need not be given; all others the request has only where `--context`
/// gives them.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keywright simulate policy.json --action kms:Decrypt \\\n      --principal arn:aws:iam::111122223333:role/Reader\n  keywright simulate policy.json --action kms:GenerateDataKey \\\n      --principal s3.amazonaws.com --context aws:SourceAccount=111122223333\n  keywright simulate --requests requests.jsonl     one JSON object a line\n\nExit status: 0 allowed, 1 denied, 2 nobody can tell; with --requests\n0 when every line was answered, else 2."
)]
pub(super) struct Simulate {
    /// The key policy as JSON, alone or as `aws kms get-key-policy` prints it; `-` for standard input.
    #[arg(value_name = "POLICY", required_unless_present = "requests")]
    policy: Option<PathBuf>,

    /// Who calls: the ARN of a role, user, session or root, or a service such as `s3.amazonaws.com`.
    #[arg(long, value_name = "ARN", required_unless_present = "requests")]
    principal: Option<String>,

    /// What for, such as `kms:Decrypt`.
    #[arg(long, value_name = "ACTION", required_unless_present = "requests")]
    action: Option<String>,

    /// A condition key of the request; again for several values.
    #[arg(long, value_name = "KEY=VALUE")]
    context: Vec<String>,

    /// The key's account; default: the caller's.
    #[arg(long, value_name = "ID")]
    account: Option<String>,

    /// The key's Region.
    #[arg(long, value_name = "REGION")]
    region: Option<String>,

    /// The key's id or ARN, for policies that name it.
    #[arg(long, value_name = "KEY")]
    key: Option<String>,

    /// A policy of the caller itself, as JSON; again for several.
    #[arg(long, value_name = "FILE")]
    identity_policy: Vec<PathBuf>,

    /// Requests as JSON Lines, each with its own policy, or about POLICY; `-` for standard input.
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["principal", "action", "context", "account", "region", "key", "identity_policy", "format"]
    )]
    requests: Option<PathBuf>,

    /// How to show the answer.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// For programs: one JSON object.
    Json,
}

/// What is decided at once at most: enough to keep every processor busy.
const BATCH_BYTES: usize = 1 << 20;

impl Simulate {
    pub(super) fn run(&self) -> Outcome {
        let answered = match &self.requests {
            Some(requests) => self.many(requests),
            None => self.one(),
        };
        answered.unwrap_or_else(|problem| {
            report(&[problem], &Sources::new());
            Outcome::Failed
        })
    }

    fn one(&self) -> Result<Outcome, Diagnostic> {
        let policy = self.policy.as_deref().map(policy).transpose()?;
        let policy = policy.unwrap_or_default();
        let request = self.request()?;
        let decision = access::decide(&policy, &request);
        let shown = Simulation {
            policy: &policy,
            request: &request,
            decision: &decision,
        };
        match self.format {
            Format::Text => {
                let traces = access::trace(&policy, &request);
                print(&simulation::text(&shown, &traces));
            }
            Format::Json => print(&format!("{}\n", simulation::json(&Value::Null, &shown))),
        }
        Ok(match decision.outcome {
            access::Outcome::Allow => Outcome::Clean,
            access::Outcome::ExplicitDeny | access::Outcome::ImplicitDeny => Outcome::Found,
            access::Outcome::Unknown => Outcome::Failed,
        })
    }

    fn request(&self) -> Result<AccessRequest, Diagnostic> {
        let principal = self.principal.as_deref().unwrap_or_default();
        let caller =
            question::caller(principal).map_err(|problem| usage("--principal", &problem))?;
        let action = self.action.as_deref().unwrap_or_default();
        let action = question::action(action).map_err(|problem| usage("--action", &problem))?;
        if actions::find(&action).is_none() {
            warn_about(&action);
        }
        let mut place = Place::default();
        if let Some(region) = &self.region {
            let region = question::region(region.clone());
            place.region = Some(region.map_err(|problem| usage("--region", &problem))?);
        }
        if let Some(key) = &self.key {
            place
                .set_key(key)
                .map_err(|problem| usage("--key", &problem))?;
        }
        if let Some(account) = &self.account {
            place
                .set_account(account)
                .map_err(|problem| usage("--account", &problem))?;
        }
        let mut context = Context::new();
        for given in &self.context {
            let (key, value) = given
                .split_once('=')
                .ok_or_else(|| usage("--context", &format!("`{given}` is no `KEY=VALUE`")))?;
            context.add(key, value);
        }
        let policies = self.identity_policy.iter();
        let identity_policies = policies
            .map(|path| policy(path))
            .collect::<Result<_, _>>()?;
        Ok(AccessRequest {
            place: place.with_account_of(&caller),
            caller,
            action,
            context,
            identity_policies,
        })
    }

    /// Answers line by line, in the order asked.
    fn many(&self, requests: &Path) -> Result<Outcome, Diagnostic> {
        let policy = self.policy.as_deref().map(policy).transpose()?;
        let source: Box<dyn Read> = if requests == Path::new("-") {
            Box::new(std::io::stdin())
        } else {
            let file = fs::File::open(requests).map_err(|error| unreadable(requests, &error))?;
            Box::new(file)
        };
        let mut input = BufReader::with_capacity(BATCH_BYTES, source);
        let mut output = BufWriter::new(std::io::stdout().lock());
        let mut all_answered = true;
        loop {
            let (lines, last) = batch(&mut input).map_err(|error| unreadable(requests, &error))?;
            let answers: Vec<(String, bool)> = lines
                .par_iter()
                .map(|line| answer(line, policy.as_ref()))
                .collect();
            for (text, answered) in answers {
                all_answered &= answered;
                if let Err(error) = output.write_all(text.as_bytes()) {
                    return written(&error, all_answered);
                }
            }
            if let Err(error) = output.flush() {
                return written(&error, all_answered);
            }
            if last {
                return Ok(if all_answered {
                    Outcome::Clean
                } else {
                    Outcome::Failed
                });
            }
        }
    }
}

/// What an error of standard output means: a reader that went away has what it wanted.
fn written(error: &std::io::Error, all_answered: bool) -> Result<Outcome, Diagnostic> {
    if error.kind() != ErrorKind::BrokenPipe {
        let message = format!("cannot write the answers: {error}");
        return Err(Diagnostic::error("output", message));
    }
    Ok(if all_answered {
        Outcome::Clean
    } else {
        Outcome::Failed
    })
}

/// The next lines, and whether they are the last: those that have arrived, so that who asks line by line is answered.
fn batch(input: &mut BufReader<impl Read>) -> std::io::Result<(Vec<Vec<u8>>, bool)> {
    let mut lines = Vec::new();
    let mut bytes = 0;
    loop {
        let mut line = Vec::new();
        if input.read_until(b'\n', &mut line)? == 0 {
            return Ok((lines, true));
        }
        bytes += line.len();
        if !line.trim_ascii().is_empty() {
            lines.push(line);
        }
        if input.buffer().is_empty() || bytes >= BATCH_BYTES {
            return Ok((lines, false));
        }
    }
}

/// The line's answer, and whether it is one.
fn answer(line: &[u8], policy: Option<&PolicyDocument>) -> (String, bool) {
    /// Read apart, so that an error can tell which request it is about.
    #[derive(Deserialize)]
    struct Name {
        #[serde(default)]
        id: Value,
    }
    let id = serde_json::from_slice(line).map_or(Value::Null, |Name { id }| id);
    let asked = std::str::from_utf8(line)
        .map_err(|_| "no JSON: not in UTF-8".to_owned())
        .and_then(|line| question::question(line, policy));
    let (answer, answered) = match asked {
        Ok(asked) => {
            let decision = access::decide(&asked.policy, &asked.request);
            let shown = Simulation {
                policy: &asked.policy,
                request: &asked.request,
                decision: &decision,
            };
            (simulation::json(&id, &shown), true)
        }
        Err(problem) => (simulation::error(&id, &problem), false),
    };
    (format!("{answer}\n"), answered)
}

fn policy(path: &Path) -> Result<PolicyDocument, Diagnostic> {
    let bytes = if path == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        fs::read(path)
    };
    let bytes = bytes.map_err(|error| unreadable(path, &error))?;
    let shown = || path.display().to_string();
    let text = source::decode(bytes)
        .map_err(|problem| Diagnostic::error("unreadable", problem.to_string()).in_path(shown()))?;
    question::policy(&text).map_err(|problem| {
        Diagnostic::error("policy", problem)
            .in_path(shown())
            .help("a key policy is JSON as `aws kms get-key-policy` prints it")
    })
}

fn unreadable(path: &Path, error: &std::io::Error) -> Diagnostic {
    let message = format!("cannot read `{}`: {error}", path.display());
    Diagnostic::error("unreadable", message)
}

fn usage(option: &str, problem: &str) -> Diagnostic {
    Diagnostic::error("usage", format!("`{option}`: {problem}"))
}

fn warn_about(action: &str) {
    let known: Vec<String> = actions::ACTIONS
        .iter()
        .map(|action| format!("kms:{}", action.name))
        .collect();
    let warning = Diagnostic::warning("unknown-action", format!("unknown action `{action}`"));
    let warning = if action.eq_ignore_ascii_case("kms:ReEncrypt") {
        warning.help("the operation asks for `kms:ReEncryptFrom` and `kms:ReEncryptTo`")
    } else {
        warning.did_you_mean(action, known.iter().map(String::as_str))
    };
    report(&[warning], &Sources::new());
}
