//! Opaque bytes, written so that people can read them where they are text.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// How payload bytes stand in serde's readable formats: `{"text": "…"}` when they are UTF-8, else `{"hex": "…"}`. There is
/// one form for each payload. In binary formats they stand as they are.
pub(crate) struct Payload(pub(crate) Bytes);

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Written<T> {
    Text(T),
    Hex(T),
}

impl Serialize for Payload {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return serializer.serialize_bytes(&self.0);
        }
        match std::str::from_utf8(&self.0) {
            Ok(text) => Written::Text(text).serialize(serializer),
            Err(_) => Written::Hex(crate::hex::write(&self.0).as_str()).serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Payload {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            return crate::raw::read_bytes(deserializer, |bytes| Ok(Self(bytes.into_owned().into())));
        }
        match Written::<String>::deserialize(deserializer)? {
            Written::Text(text) => Ok(Self(text.into())),
            Written::Hex(text) => {
                let bytes = crate::hex::parse_all("payload", &text).map_err(serde::de::Error::custom)?;
                if std::str::from_utf8(&bytes).is_ok() {
                    return Err(serde::de::Error::custom("a payload that is text is written as text"));
                }
                Ok(Self(bytes.into()))
            }
        }
    }
}
