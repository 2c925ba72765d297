//! The system's own hand in a child: it fails calls, or kills at them.

use std::env;
use std::path::Path;
use std::process::{Command, Stdio};

/// Whether `strace` is there and may do that.
pub(crate) fn is_there() -> bool {
    let mut probe = Command::new("strace");
    probe.args(["-f", "-qq", "-e", "trace=none", "true"]);
    probe.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    probe.status().is_ok_and(|status| status.success())
}

/// Runs a child of so many batches under an injection such as `fsync:error=EIO:when=3`. What it said, and whether it
/// came to its end.
pub(crate) fn inject(path: &Path, batches: u64, calls: &str, what: &str) -> (Vec<String>, bool) {
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-o", "/dev/null", "-e", &format!("trace={calls}")]);
    command.args(["-e", &format!("inject={calls}:{what}")]);
    command.arg(env::current_exe().unwrap()).arg("--child").arg(path).arg(batches.to_string());
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    let said: Vec<String> = whole.lines().map(str::to_owned).collect();
    let ended = said.last().is_some_and(|line| line == "end");
    (said, ended && output.status.success())
}
