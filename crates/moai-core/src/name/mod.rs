//! Names: short ASCII ids that look the same to everyone, in logs, in files and on the wire.
//!
//! A name is `[a-z0-9._-]`, 1 to 64 bytes, and starts with a letter or digit. There is one spelling for each name: no
//! upper case, no spaces, no look-alike letters, so that `Agent-1`, `agent-1 ` and `аgent-1` cannot stand beside
//! `agent-1`. Cloning a name copies a pointer.

mod text;

use crate::{InvalidInput, Limits};

pub(crate) use text::Text;

/// Whether `byte` may start a name.
const fn starts(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

/// Whether `byte` may stand inside a name.
const fn continues(byte: u8) -> bool {
    starts(byte) || matches!(byte, b'.' | b'_' | b'-')
}

/// Refuses what is not a name, and says where.
pub(crate) fn check(field: &'static str, text: &str) -> Result<(), InvalidInput> {
    if text.is_empty() {
        return Err(InvalidInput::Empty { field });
    }
    if text.len() > Limits::ID_BYTES {
        return Err(InvalidInput::too_long(field, Limits::ID_BYTES, text.len()));
    }
    // Nearly always it fits, and bytes tell that sooner than characters.
    if text.bytes().all(continues) && text.bytes().next().is_some_and(starts) {
        return Ok(());
    }
    let fits =
        |at: usize, c: char| u8::try_from(c).is_ok_and(|byte| if at == 0 { starts(byte) } else { continues(byte) });
    match text.char_indices().find(|&(at, c)| !fits(at, c)) {
        Some((at, character)) => Err(InvalidInput::BadCharacter { field, at, character }),
        None => Ok(()),
    }
}

/// The same judgement for a name that stands in the source: the macros call it while compiling.
#[doc(hidden)]
#[must_use]
pub const fn is_name(text: &str) -> bool {
    let mut rest = text.as_bytes();
    let fits_length = !rest.is_empty() && rest.len() <= Limits::ID_BYTES;
    let mut fits = match rest.first() {
        Some(first) => starts(*first),
        None => false,
    };
    while let Some((byte, tail)) = rest.split_first() {
        fits = fits && continues(*byte);
        rest = tail;
    }
    fits_length && fits
}

/// Makes one kind of name: a type that cannot be confused with another kind.
macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $field:literal, $macro:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name($crate::name::Text);

        impl $name {
            /// Takes `text` as it is, or says what does not fit: a name is `[a-z0-9._-]`, 1 to 64 bytes, and starts
            /// with a letter or digit.
            ///
            /// # Errors
            ///
            /// `Empty`, `TooLong` or `BadCharacter`.
            pub fn new(text: impl AsRef<str>) -> Result<Self, $crate::InvalidInput> {
                let text = text.as_ref();
                $crate::name::check($field, text)?;
                Ok(Self($crate::name::Text::shared(text)))
            }

            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }

            #[doc = concat!("For [`", $macro, "!`](crate::", $macro, "), which checks `text` while compiling.")]
            #[doc(hidden)]
            #[must_use]
            pub const fn __from_checked(text: &'static str) -> Self {
                Self($crate::name::Text::fixed(text))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::InvalidInput;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::new(text)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                self.as_str()
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::name::deserialize(deserializer, $field, |text| Self::new(text))
            }
        }
    };
}
pub(crate) use name;

/// Reads text that is then judged by `make`, without keeping a copy of what does not fit.
pub(crate) fn deserialize<'de, D, T>(
    deserializer: D,
    field: &'static str,
    make: fn(&str) -> Result<T, InvalidInput>,
) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
{
    struct Visitor<T> {
        field: &'static str,
        make: fn(&str) -> Result<T, InvalidInput>,
    }
    impl<T> serde::de::Visitor<'_> for Visitor<T> {
        type Value = T;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "text for {}", self.field)
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
            (self.make)(text).map_err(E::custom)
        }
    }
    deserializer.deserialize_str(Visitor { field, make })
}

/// Makes the macro that checks one kind of name while compiling. `$d` is a dollar sign.
macro_rules! name_macro {
    ($d:tt $macro:ident, $name:ident, $example:literal) => {
        #[doc = concat!("A [`", stringify!($name), "`](crate::", stringify!($name), ") that is checked while compiling.")]
        #[doc = ""]
        #[doc = "```"]
        #[doc = concat!("let name = moai_core::", stringify!($macro), "!(\"", $example, "\");")]
        #[doc = concat!("assert_eq!(name.as_str(), \"", $example, "\");")]
        #[doc = "```"]
        #[doc = ""]
        #[doc = "What does not fit does not compile:"]
        #[doc = ""]
        #[doc = "```compile_fail"]
        #[doc = concat!("let name = moai_core::", stringify!($macro), "!(\"Not a name\");")]
        #[doc = "```"]
        #[macro_export]
        macro_rules! $macro {
                            ($d text:literal) => {{
                                const TEXT: &str = $d text;
                                const {
                                    assert!(
                                        $crate::__is_name(TEXT),
                                        "a name is [a-z0-9._-], 1 to 64 bytes, and starts with a letter or digit"
                                    );
                                }
                                $crate::$name::__from_checked(TEXT)
                            }};
                        }
    };
}
pub(crate) use name_macro;
