//! The workspace on disk: what lies in `output/`, what a run would change there, and the change itself.
//!
//! A run takes [`WritableOutput`] (or, to look only, [`OutputRoot`]), reads [`Previous`], makes a
//! [`Plan`] out of it and the [`Artifact`]s, and hands both to [`apply()`]. Whether a file is stale or was
//! edited by hand is told by the digest in its own [header](with_header), so there is no other state.

mod apply;
mod artifact;
mod diff;
mod failure;
mod filesystem;
pub mod gather;
pub mod generate;
mod guard;
mod header;
pub mod inspect;
mod job;
pub mod keys;
mod load;
mod new_key;
mod output;
mod plan;
mod previous;
mod scaffold;
mod staging;

pub use apply::{Applied, ApplyError, ApplyOptions, apply, apply_with};
pub use artifact::Artifact;
pub use diff::unified_diff;
pub use filesystem::{Disk, Filesystem};
pub use guard::guard;
pub use header::{Origin, origin, with_header};
pub use load::{Edited, SPECS, WORKSPACE_FILE, Workspace, load, load_config, load_edited};
pub use new_key::{NewKeyRequest, NoEdit, SpecEdit, prepare_new_key, write_spec};
pub use output::{OutputRoot, WritableOutput};
pub use plan::{Change, ChangeKind, Obstacle, Plan, Scope, plan};
pub use previous::{Previous, PreviousFile};
pub use scaffold::{scaffold, scaffold_files};
