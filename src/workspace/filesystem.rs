//! The few operations by which files in `output/` change.

use std::fs::{self, Permissions};
use std::io::{self, Write as _};
use std::path::Path;

use tempfile::TempPath;

/// How the names of temporary files begin.
const PREFIX: &str = ".keywright-";
/// How the names of temporary files end.
const SUFFIX: &str = ".tmp";

/// What changes files; a trait, so that tests can let any single step fail.
pub trait Filesystem {
    /// Makes one folder, whose parent exists.
    ///
    /// # Errors
    /// What the operating system says.
    fn create_folder(&self, path: &Path) -> io::Result<()>;

    /// Writes a temporary file into a folder; it vanishes when the returned path is dropped.
    ///
    /// Without permissions, the file gets those of any new file.
    ///
    /// # Errors
    /// What the operating system says; then no file is left.
    fn write_temporary(
        &self,
        folder: &Path,
        contents: &str,
        permissions: Option<Permissions>,
    ) -> io::Result<TempPath>;

    /// Gives a temporary file its final name in the same folder, in place of what had it.
    ///
    /// # Errors
    /// What the operating system says; then the temporary file is gone and the old one untouched.
    fn rename(&self, temporary: TempPath, path: &Path) -> io::Result<()>;

    /// Deletes a file.
    ///
    /// # Errors
    /// What the operating system says.
    fn remove_file(&self, path: &Path) -> io::Result<()>;
}

/// The real file system.
#[derive(Debug, Clone, Copy, Default)]
pub struct Disk;

impl Filesystem for Disk {
    fn create_folder(&self, path: &Path) -> io::Result<()> {
        fs::create_dir(path)
    }

    fn write_temporary(
        &self,
        folder: &Path,
        contents: &str,
        permissions: Option<Permissions>,
    ) -> io::Result<TempPath> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(PREFIX).suffix(SUFFIX);
        #[cfg(unix)]
        {
            // The umask takes away from this; by itself a temporary file is for its owner only.
            use std::os::unix::fs::PermissionsExt as _;
            builder.permissions(Permissions::from_mode(0o666));
        }
        let mut file = builder.tempfile_in(folder)?;
        file.write_all(contents.as_bytes())?;
        if let Some(permissions) = permissions {
            file.as_file().set_permissions(permissions)?;
        }
        Ok(file.into_temp_path())
    }

    fn rename(&self, temporary: TempPath, path: &Path) -> io::Result<()> {
        temporary.persist(path).map_err(|failure| failure.error)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }
}

/// Whether a file name is that of a temporary file.
pub(super) fn is_temporary(name: &str) -> bool {
    name.starts_with(PREFIX) && name.ends_with(SUFFIX)
}
