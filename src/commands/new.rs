//! `keywright new`.

use std::path::PathBuf;

use clap::Args;

use super::{Outcome, Surroundings, here, print, print_error, report};
use crate::source::Sources;
use crate::spec::append::{NewKey, NewPrincipal};
use crate::target::names::pascal_case;
use crate::workspace::{self, NewKeyRequest, NoEdit};

/// Add a key to a spec file; whatever stands there stays as it is.
///
/// The whole workspace is checked with the new key before the file is written.
#[derive(Debug, Args)]
#[command(after_help = "\
KIND is service, role, user, permission_set, arn, account, organization,
organizational_unit or set. What can stand beside it in a spec may follow
NAME, separated by commas; several values are joined by `+`:
  --user service=cloudtrail,trail=management-events
  --user role=team/Reader,access=decrypt,via=s3+secretsmanager
  --user role=team/Finance,context=department=finance

Examples:
  keywright new pay/ledger --purpose 'Encrypts the ledger' \\
    --user role=pay/Ledger
  keywright new audit-trail --purpose 'Encrypts the trail' \\
    --user service=cloudtrail,trail=management-events \\
    --user permission_set=AuditReader,access=decrypt --spec specs/audit.yaml
  keywright new scratch --purpose 'For experiments' \\
    --user permission_set=Developers --environment development")]
pub(super) struct New {
    /// The alias, without `alias/`.
    alias: String,

    /// What the key is for; becomes its description.
    #[arg(long, value_name = "TEXT")]
    purpose: String,

    /// Who may use the key; may be repeated.
    #[arg(long = "user", value_name = "KIND=NAME", value_parser = NewPrincipal::parse)]
    users: Vec<NewPrincipal>,

    /// Who may manage the key, in place of the workspace's administrators; may be repeated.
    #[arg(long = "admin", value_name = "KIND=NAME", value_parser = NewPrincipal::parse)]
    administrators: Vec<NewPrincipal>,

    /// The environment; default: the spec file's, in a new file the workspace's.
    #[arg(long, value_name = "E")]
    environment: Option<String>,

    /// The spec file, new or not; default: the only one of the environment, else `specs/WORD.yaml` after the alias's
    /// first word.
    #[arg(long, value_name = "FILE")]
    spec: Option<PathBuf>,

    /// The logical name in templates; default: the alias in PascalCase.
    #[arg(long, value_name = "NAME")]
    id: Option<String>,
}

impl New {
    pub(super) fn run(&self, surroundings: &Surroundings) -> Outcome {
        let request = NewKeyRequest {
            key: NewKey {
                alias: self.alias.clone(),
                id: self.id.clone().unwrap_or_else(|| pascal_case(&self.alias)),
                purpose: self.purpose.clone(),
                users: self.users.clone(),
                administrators: self.administrators.clone(),
            },
            environment: self.environment.clone(),
            spec: self.spec.clone(),
        };
        let root = &surroundings.workspace;
        let (mut sources, mut problems) = (Sources::new(), Vec::new());
        let edit = match workspace::prepare_new_key(root, &request, &mut sources, &mut problems) {
            Ok(edit) => edit,
            Err(why) => {
                report(&problems, &sources);
                print_error(match why {
                    NoEdit::Unfit => "nothing was written\n",
                    NoEdit::Invalid => {
                        "nothing was written: the lines above are those of the file with the new key\n"
                    }
                });
                return Outcome::Failed;
            }
        };
        if let Err(problem) = workspace::write_spec(root, &edit) {
            problems.push(*problem);
            report(&problems, &sources);
            print_error("nothing was written\n");
            return Outcome::Failed;
        }
        report(&problems, &sources);
        if !surroundings.quiet {
            let (line, text) = &edit.added;
            let done = if edit.created { "created" } else { "updated" };
            let text = text.replace('\r', "");
            let next = here(root);
            print(&format!(
                "    {done}  {}:{line}\n{text}\nNext:\n  {next} generate\n",
                edit.path
            ));
        }
        Outcome::Clean
    }
}
