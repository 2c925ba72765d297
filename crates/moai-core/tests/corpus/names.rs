//! Text that is accepted as a name, key, moment or head has one spelling; the rest is refused without a panic.

use std::fmt::{Debug, Display};
use std::str::FromStr;

use moai_core::{AgentId, Coded, Head, InvalidInput, Limits, StateKey, Timestamp};

pub(crate) fn check(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    if let Some(name) = read::<AgentId>(text) {
        assert_eq!(name.as_str(), text);
        assert!(text.len() <= Limits::ID_BYTES && text.is_ascii() && !text.contains(char::is_uppercase), "{text:?}");
    }
    if let Some(key) = read::<StateKey>(text) {
        assert_eq!(key.as_str(), text);
        assert!(text.len() <= Limits::KEY_BYTES && !text.contains(char::is_control), "{text:?}");
    }
    if let Some(head) = read::<Head>(text) {
        assert_eq!(head.to_string(), text);
    }
    if let Some(moment) = read::<Timestamp>(text) {
        assert!((Timestamp::MIN..=Timestamp::MAX).contains(&moment));
        assert_eq!(Timestamp::from_unix_micros(moment.unix_micros()), Ok(moment));
        assert_eq!(Timestamp::try_from(moment.to_utc()), Ok(moment));
    }
}

/// What is accepted prints as text that is read back as the same, by `parse` and by serde; an error can be shown.
fn read<T>(text: &str) -> Option<T>
where
    T: FromStr<Err = InvalidInput> + Display + Debug + PartialEq + serde::Serialize + for<'de> serde::Deserialize<'de>,
{
    match text.parse::<T>() {
        Ok(read) => {
            assert_eq!(read.to_string().parse::<T>().as_ref(), Ok(&read));
            let json = serde_json::to_string(&read).unwrap();
            assert_eq!(serde_json::from_str::<T>(&json).unwrap(), read);
            Some(read)
        }
        Err(refused) => {
            assert!(!refused.code().is_empty() && refused.to_string().len() < 4 * Limits::KEY_BYTES, "{refused}");
            None
        }
    }
}
