//! What `moai key` says is what `--voter` takes.

use serde_json::Value as Json;

use crate::{error, json, moai, text};

#[test]
fn a_key_is_told_otherwise_than_a_gate_takes_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("anna.key");
    let file = file.to_str().unwrap();
    let made = json(&moai(folder.path(), &["key", file, "--json"]));
    let plain = text(&moai(folder.path(), &["key", "--show", file]));
    assert_eq!(made["key"].as_str(), Some(plain.trim()));
    let gate = |key: &str| {
        let voter = format!("anna={key}");
        let args = ["gate", "--json", "--timeout", "100ms", "--voter", &voter, "--", "true"];
        moai(&folder.path().join("store"), &args)
    };
    assert_eq!(gate(plain.trim()).status.code(), Some(122));
    let bare = gate(plain.trim().strip_prefix("key:").unwrap());
    let told: Json = serde_json::from_slice(&bare.stderr).unwrap();
    assert_eq!(bare.status.code(), Some(2), "{}", error(&bare));
    assert_eq!(told["error"]["next"], format!("did you mean {}?", plain.trim()));
}
