//! A small file system, and a data directory that takes no writes.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use auth_end_to_end::{Options, Server};
use rlimit::{INFINITY, Resource, prlimit};
use tempfile::TempDir;

const SIZE: &str = "size=8m,mode=0700";
/// The bytes left free on a full disk, which are fewer than one step by which the store's file
/// grows.
const LEFT: u64 = 16 << 10;

/// A small file system where this user may mount one; otherwise a limit on the size of the server's
/// files, which refuses writes too, though with another error.
pub struct Disk {
    directory: TempDir,
    mounted: bool,
}

impl Disk {
    pub fn new() -> Self {
        let directory = TempDir::new().expect("a directory");
        let mounted = mount(&["-t", "tmpfs", "-o", SIZE, "tmpfs"], directory.path());
        Self { directory, mounted }
    }

    pub fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// Ignores SIGXFSZ, which a write past the limit raises and which would end the process. An ignored
    /// signal stays ignored across `exec`.
    pub fn prepare(&self, command: &mut Command) {
        if self.mounted {
            return;
        }
        let mut shell = Command::new("/bin/sh");
        shell.env_clear();
        shell.args(["-c", r#"trap "" XFSZ; exec "$0" "$@""#]);
        shell.arg(command.get_program()).args(command.get_args());
        *command = shell;
    }

    /// Fills the disk.
    pub fn fill(&self, server: &Server) {
        if self.mounted {
            let mut ballast = File::create(self.ballast()).expect("a file");
            while ballast.write_all(&[0; 4096]).is_ok() {}
            let size = ballast.metadata().expect("a size").len();
            ballast.set_len(size - LEFT).expect("a shorter file");
        } else {
            let store = fs::metadata(self.data().join("store.redb")).expect("a store");
            limit(server, store.len());
        }
    }

    /// Frees space for a running server.
    pub fn free(&self, server: &Server) {
        match self.mounted {
            true => self.free_space(),
            false => limit(server, INFINITY),
        }
    }

    /// Whether a restarted server finds the disk as full as before.
    pub fn stays_full(&self) -> bool {
        if !self.mounted {
            return false;
        }
        // Fills the disk to the last byte.
        let mut ballast = OpenOptions::new();
        let mut ballast = ballast.append(true).open(self.ballast()).expect("a file");
        while ballast.write_all(&[0; 512]).is_ok() {}
        true
    }

    pub fn free_space(&self) {
        if self.mounted {
            fs::remove_file(self.ballast()).expect("the ballast file is removed");
        }
    }

    fn ballast(&self) -> PathBuf {
        self.directory.path().join("ballast")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if self.mounted {
            unmount(self.directory.path());
        }
    }
}

fn limit(server: &Server, bytes: u64) {
    let pid = i32::try_from(server.pid()).expect("a process id");
    prlimit(pid, Resource::FSIZE, Some((bytes, INFINITY)), None).expect("a limit");
}

/// The data directory of a stopped server, made read-only.
pub struct ReadOnly {
    directory: TempDir,
    mounted: bool,
}

impl ReadOnly {
    /// `None` where this user may write to read-only directories.
    pub fn of_a_server() -> Option<Self> {
        let directory = TempDir::new().expect("a directory");
        let server = Server::start(&Options::default().data(directory.path()));
        assert!(server.stop().success());
        let path = directory.path();
        let bound = mount(&["--bind", &path.display().to_string()], path);
        let mounted = bound && mount(&["-o", "remount,ro,bind"], path);
        if bound && !mounted {
            unmount(path);
        }
        let mode = fs::Permissions::from_mode(0o500);
        let kept_out = mounted || {
            fs::set_permissions(path, mode).expect("a mode");
            File::create(path.join("probe")).is_err()
        };
        kept_out.then_some(Self { directory, mounted })
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }
}

impl Drop for ReadOnly {
    fn drop(&mut self) {
        match self.mounted {
            true => unmount(self.path()),
            // A read-only directory could not be deleted.
            false => drop(fs::set_permissions(
                self.path(),
                fs::Permissions::from_mode(0o700),
            )),
        }
    }
}

/// Tries to mount a file system, and returns whether this user may.
fn mount(arguments: &[&str], at: &Path) -> bool {
    let mut mount = Command::new("mount");
    let output = mount.args(arguments).arg(at).output();
    output.is_ok_and(|output| output.status.success())
}

fn unmount(at: &Path) {
    // A process that is ending still uses the file system for a moment; a lazy unmount waits for it.
    let _ = Command::new("umount").arg("--lazy").arg(at).status();
}
