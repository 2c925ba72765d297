//! What is said where little is to be said.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value as Json;

use crate::{error, moai, text};

#[test]
fn a_gate_that_did_not_run_is_quiet_about_it() {
    let folder = tempfile::tempdir().unwrap();
    // The system finds out that it cannot start it, when it is approved.
    let unknown = folder.path().join("unknown");
    fs::write(&unknown, [0x7f, b'E', b'L', b'F', 0]).unwrap();
    fs::set_permissions(&unknown, fs::Permissions::from_mode(0o755)).unwrap();
    let unknown = unknown.to_str().unwrap();
    let ends = [
        ("rejected", 120, vec!["--voter", "a=exit 1", "--", "true"]),
        ("timed_out", 122, vec!["--timeout", "200ms", "--voter", "a=sleep 600", "--", "true"]),
        ("out_of_reach", 123, vec!["--rule", "all", "--voter", "a=true", "--voter", "b=kill -9 $$", "--", "true"]),
        ("could not be started", 126, vec!["--voter", "a=true", "--", unknown]),
        ("cannot be run", 126, vec!["--voter", "a=true", "--", "/"]),
        ("no program", 127, vec!["--voter", "a=true", "--", "./absent"]),
    ];
    for (word, code, args) in ends {
        let store = folder.path().join("store");
        let told = moai(&store, &[&["gate", "--quiet"], args.as_slice()].concat());
        let said = error(&told);
        assert_eq!((told.status.code(), said.lines().count()), (Some(code), 1), "{said}");
        assert!(said.starts_with("moai: ") && said.contains(word), "{said}");
        let told = moai(&store, &[&["gate", "--quiet", "--json"], args.as_slice()].concat());
        let said: Json = serde_json::from_slice(&told.stderr).unwrap();
        let (event, exit) = (said["event"].as_str(), said["exit"].as_i64());
        assert!(event == Some("ended") && exit == Some(code.into()) || said["error"].is_object(), "{said}");
    }
}

#[test]
fn an_approved_run_is_not_quiet() {
    let folder = tempfile::tempdir().unwrap();
    for (code, line) in [(0, "echo ran"), (3, "echo ran; exit 3")] {
        for json in [&["--quiet"][..], &["--quiet", "--json"]] {
            let args = [&["gate"], json, &["--voter", "a=true", "--", "sh", "-c", line]].concat();
            let told = moai(folder.path(), &args);
            assert_eq!((told.status.code(), text(&told).as_str()), (Some(code), "ran\n"));
            assert_eq!(error(&told), "");
        }
    }
}
