//! Two forms in serde: text where people read it, raw bytes where nobody does.
//!
//! serde's `flatten`, `untagged` and inner tags set a part aside and then call every format readable. So what has raw
//! bytes here does not come back from a binary format through them; whole types, plain fields and outer tags do.

use std::borrow::Cow;
use std::fmt::{self, Display};

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::InvalidInput;

/// Writes the text in a readable format, `raw` in any other.
pub(crate) fn serialize<S: Serializer>(
    serializer: S,
    text: &impl Display,
    raw: &impl Serialize,
) -> Result<S::Ok, S::Error> {
    if serializer.is_human_readable() { serializer.collect_str(text) } else { raw.serialize(serializer) }
}

/// Reads what [`serialize`] wrote: text for `parse` in a readable format, an `R` for `from` in any other.
pub(crate) fn deserialize<'de, D, R, T>(
    deserializer: D,
    field: &'static str,
    parse: fn(&str) -> Result<T, InvalidInput>,
    from: impl FnOnce(R) -> Result<T, InvalidInput>,
) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    R: Deserialize<'de>,
{
    if deserializer.is_human_readable() {
        crate::name::deserialize(deserializer, field, parse)
    } else {
        from(R::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// Reads bytes and hands them over to be judged, as they lie there where the format can lend them.
pub(crate) fn read_bytes<'de, D, T>(
    deserializer: D,
    make: impl FnOnce(Cow<'_, [u8]>) -> Result<T, InvalidInput>,
) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
{
    struct BytesVisitor<F>(F);

    impl<T, F: FnOnce(Cow<'_, [u8]>) -> Result<T, InvalidInput>> Visitor<'_> for BytesVisitor<F> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("bytes")
        }

        fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<T, E> {
            (self.0)(Cow::Borrowed(bytes)).map_err(E::custom)
        }

        fn visit_byte_buf<E: Error>(self, bytes: Vec<u8>) -> Result<T, E> {
            (self.0)(Cow::Owned(bytes)).map_err(E::custom)
        }
    }

    // Asked for a buffer, formats that read from a stream give bytes of any length.
    deserializer.deserialize_byte_buf(BytesVisitor(make))
}

/// So many raw bytes, no more and no less.
pub(crate) struct Raw<const N: usize>(pub(crate) [u8; N]);

impl<const N: usize> Serialize for Raw<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de, const N: usize> Deserialize<'de> for Raw<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_bytes(deserializer, |bytes| {
            let fits = <[u8; N]>::try_from(&*bytes);
            fits.map(Self).map_err(|_| {
                InvalidInput::malformed("raw bytes", format_args!("{} are there, {N} are due", bytes.len()))
            })
        })
    }
}
