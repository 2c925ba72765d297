//! Enums whose variants are words.

/// The words of an enum: how it prints, and is read again. They are those of its JSON.
#[doc(hidden)]
#[macro_export]
macro_rules! words {
    ($name:ident $field:literal: $($variant:ident $word:literal)+) => {
        impl $name {
            /// The word for it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        /// Reads the word for it.
        impl ::std::str::FromStr for $name {
            type Err = $crate::InvalidInput;

            fn from_str(word: &str) -> ::std::result::Result<Self, Self::Err> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => {
                        let why = format!("it is one of {}", [$($word),+].join(", "));
                        Err($crate::InvalidInput::Malformed { field: $field, why })
                    }
                }
            }
        }
    };
}
