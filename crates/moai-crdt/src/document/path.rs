//! A place in a document.

use std::str::FromStr;

use moai_core::InvalidInput;
use serde::{Deserialize, Serialize};

/// A place in a document: the keys that lead to it. No key is the whole document.
///
/// As text it is a JSON pointer (RFC 6901): `/tasks/t-1/name`; in a key, `~1` stands for `/` and `~0` for `~`. It leads
/// through maps only: the items of an array have no place of their own.
///
/// ```
/// use moai_crdt::Path;
///
/// let path: Path = "/tasks/a~1b".parse()?;
/// assert_eq!(path, Path::from(["tasks", "a/b"]));
/// assert_eq!(path, Path::root().then("tasks").then("a/b"));
/// assert_eq!(path.to_string(), "/tasks/a~1b");
/// assert!("tasks".parse::<Path>().is_err(), "it begins with a slash, or is empty");
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Path(Vec<String>);

impl Path {
    /// The whole document.
    #[must_use]
    pub const fn root() -> Self {
        Self(Vec::new())
    }

    /// The place one key further.
    #[must_use]
    pub fn then(mut self, key: impl Into<String>) -> Self {
        self.0.push(key.into());
        self
    }

    /// The keys.
    #[must_use]
    pub fn keys(&self) -> &[String] {
        &self.0
    }
}

impl<K: Into<String>> FromIterator<K> for Path {
    fn from_iter<I: IntoIterator<Item = K>>(keys: I) -> Self {
        Self(keys.into_iter().map(Into::into).collect())
    }
}

impl<K: Into<String>, const N: usize> From<[K; N]> for Path {
    fn from(keys: [K; N]) -> Self {
        keys.into_iter().collect()
    }
}

impl FromStr for Path {
    type Err = InvalidInput;

    fn from_str(pointer: &str) -> Result<Self, InvalidInput> {
        if pointer.is_empty() {
            return Ok(Self::root());
        }
        let keys = pointer.strip_prefix('/').ok_or_else(|| malformed("it is not empty and begins with no slash"))?;
        keys.split('/').map(key).collect::<Result<_, _>>().map(Self)
    }
}

/// Every tilde is a `~0` or a `~1`; the slashes come first, so that `~01` is `~1` and no slash.
fn key(escaped: &str) -> Result<String, InvalidInput> {
    if escaped.split('~').skip(1).any(|after| !after.starts_with(['0', '1'])) {
        return Err(malformed("a tilde is followed by neither 0 nor 1"));
    }
    Ok(escaped.replace("~1", "/").replace("~0", "~"))
}

fn malformed(why: &str) -> InvalidInput {
    InvalidInput::Malformed { field: "path", why: why.to_owned() }
}

impl std::fmt::Display for Path {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|key| write!(f, "/{}", key.replace('~', "~0").replace('/', "~1")))
    }
}

impl std::fmt::Debug for Path {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.to_string())
    }
}

impl Serialize for Path {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Path {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
