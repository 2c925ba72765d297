//! Signatures: who said which bytes, and about what. The scheme is behind two traits; Ed25519 is behind feature `signing`.

mod chosen_scheme;
mod domain;
#[cfg(feature = "signing")]
mod ed25519;
#[cfg(feature = "signing")]
mod key_error;
#[cfg(feature = "signing")]
mod key_file;
mod scheme;
mod signature;
#[cfg(feature = "signing")]
mod signing_key;
mod small_order;
#[cfg(feature = "signing")]
mod transcript;

pub(crate) use chosen_scheme::ChosenScheme;
pub use domain::Domain;
#[cfg(feature = "signing")]
pub use ed25519::Ed25519;
#[cfg(feature = "signing")]
pub use key_error::KeyError;
pub use scheme::{Claim, Signer, Verifier};
pub use signature::Signature;
#[cfg(feature = "signing")]
pub use signing_key::SigningKey;
