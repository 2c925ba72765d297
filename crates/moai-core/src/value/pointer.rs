//! Paths into a value.

use super::Value;

impl Value {
    /// What a path leads to: a JSON pointer (RFC 6901), as `/tasks/0/name`. In a key, `~1` stands for `/` and `~0` for
    /// `~`. The empty path is the whole.
    ///
    /// ```
    /// use moai_core::value;
    ///
    /// let value = value!({"a": [{"b/c": 7}]});
    /// assert_eq!(value.pointer("/a/0/b~1c"), Some(&value!(7)));
    /// assert_eq!(value.pointer("/a/1"), None);
    /// ```
    #[must_use]
    pub fn pointer(&self, path: &str) -> Option<&Self> {
        if path.is_empty() {
            return Some(self);
        }
        path.strip_prefix('/')?.split('/').try_fold(self, |value, step| match value {
            Self::Array(array) => array.get(index(step)?),
            Self::Map(map) if step.contains('~') => map.get(&step.replace("~1", "/").replace("~0", "~")),
            Self::Map(map) => map.get(step),
            _ => None,
        })
    }
}

/// One way to write each index: no sign, no leading zeros.
fn index(step: &str) -> Option<usize> {
    let plain = step.bytes().all(|byte| byte.is_ascii_digit()) && (step == "0" || !step.starts_with('0'));
    if plain { step.parse().ok() } else { None }
}
