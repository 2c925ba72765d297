//! Keys in files: nobody else reads them, nothing overwrites them, nothing prints them.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use moai_consensus::{KeyError, Signer, SigningKey};
use moai_core::{Chance, ChanceError, Coded, SystemChance};

/// A folder of its own, gone with the value.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("keys-{:x}", SystemChance.draw().unwrap()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_saved_key_is_another_or_leaves_something_beside_it() {
    let folder = Folder::new();
    let (key, path) = (SigningKey::generate(&SystemChance).unwrap(), folder.0.join("agent.key"));
    key.save(&path).unwrap();
    assert_eq!(SigningKey::load(&path).unwrap().key(), key.key());
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 1);
}

#[cfg(unix)]
#[test]
fn others_can_read_a_key() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    let path = folder.0.join("agent.key");
    SigningKey::from_bytes([1; 32]).save(&path).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    for mode in [0o604, 0o640, 0o620, 0o601, 0o644, 0o777] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        assert_eq!(SigningKey::load(&path).unwrap_err(), KeyError::Exposed { path: path.clone(), mode });
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    assert!(SigningKey::load(&path).is_ok());
}

#[test]
fn a_secret_is_printed() {
    let key = SigningKey::from_bytes(*b"a secret of thirty two bytes....");
    let printed = format!("{key:?} {key:#?}");
    let hex: String = b"a secret of thirty two bytes....".iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(printed.contains(&key.key().to_string()));
    assert!(!printed.contains(&hex[..16]) && !printed.contains("115, 101"), "{printed}");
}

struct NoChance;

impl Chance for NoChance {
    fn fill(&self, _: &mut [u8]) -> Result<(), ChanceError> {
        Err(ChanceError::new("none left"))
    }
}

#[test]
fn a_code_of_a_key_error_is_never_met() {
    let folder = Folder::new();
    let path = folder.0.join("agent.key");
    let mut met = BTreeSet::new();
    let mut note = |code, error: KeyError| {
        assert_eq!(error.code(), code, "{error}");
        assert!(error.to_string().ends_with(&error.aftermath().to_string()), "{error}");
        met.insert(code);
    };
    note("key.no_chance", SigningKey::generate(&NoChance).unwrap_err());
    note("key.io", SigningKey::load(&path).unwrap_err());
    note("key.io", SigningKey::from_bytes([1; 32]).save(folder.0.join("none").join("agent.key")).unwrap_err());
    SigningKey::from_bytes([1; 32]).save(&path).unwrap();
    let before = fs::read(&path).unwrap();
    note("key.exists", SigningKey::from_bytes([2; 32]).save(&path).unwrap_err());
    assert_eq!(fs::read(&path).unwrap(), before);
    for text in [&before[1..], b"", &[before.as_slice(), b"\n"].concat(), &[255; 65]] {
        fs::write(&path, text).unwrap();
        note("key.malformed", SigningKey::load(&path).unwrap_err());
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        note("key.exposed", SigningKey::load(&path).unwrap_err());
    }
    // A folder that cannot be synced after the file stands in it needs a broken disk.
    note("key.not_durable", KeyError::NotDurable { path, why: "broken disk".into() });
    let missing: Vec<_> = KeyError::CODES.iter().filter(|code| !met.contains(*code)).collect();
    assert!(missing.is_empty(), "never met: {missing:?}");
}
