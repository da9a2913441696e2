//! Disks that are small or take no writes.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use auth_end_to_end::{Options, Server};
use rlimit::{INFINITY, Resource, prlimit};
use tempfile::TempDir;

const SIZE: &str = "size=8m,mode=0700";
/// What a full disk has left: less than the store grows by at once.
const LEFT: u64 = 16 << 10;

/// A file system of its own where this user may mount one; elsewhere a limit on the size of the
/// server's files, which refuses writes as well, though with another error.
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

    /// A limit is a signal too, whose default is the end of the process. What is ignored stays so
    /// across `exec`.
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

    /// Leaves no room to grow.
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

    /// Gives the room back to a running server.
    pub fn free(&self, server: &Server) {
        match self.mounted {
            true => self.make_room(),
            false => limit(server, INFINITY),
        }
    }

    /// Whether a server that starts meets a disk as full as the one before.
    pub fn stays_full(&self) -> bool {
        if !self.mounted {
            return false;
        }
        // To the last byte.
        let mut ballast = OpenOptions::new();
        let mut ballast = ballast.append(true).open(self.ballast()).expect("a file");
        while ballast.write_all(&[0; 512]).is_ok() {}
        true
    }

    pub fn make_room(&self) {
        if self.mounted {
            fs::remove_file(self.ballast()).expect("room");
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

/// The data directory of a server that has run, which takes no writes any more.
pub struct ReadOnly {
    directory: TempDir,
    mounted: bool,
}

impl ReadOnly {
    /// `None` where nothing keeps this user from writing.
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
            // For the directory's own end.
            false => drop(fs::set_permissions(
                self.path(),
                fs::Permissions::from_mode(0o700),
            )),
        }
    }
}

/// Whether this user may.
fn mount(arguments: &[&str], at: &Path) -> bool {
    let mut mount = Command::new("mount");
    let output = mount.args(arguments).arg(at).output();
    output.is_ok_and(|output| output.status.success())
}

fn unmount(at: &Path) {
    // A process that still ends holds the file system for a moment: detached, it goes with the process.
    let _ = Command::new("umount").arg("--lazy").arg(at).status();
}
