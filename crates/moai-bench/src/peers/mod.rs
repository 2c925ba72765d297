//! The crates that do the same, each as its documentation says it should be used.

#[cfg(feature = "peer-automerge")]
pub(crate) mod automerge;
#[cfg(feature = "peer-crdts")]
pub(crate) mod crdts;
#[cfg(feature = "peer-loro")]
pub(crate) mod loro;
#[cfg(feature = "peer-uhlc")]
pub(crate) mod uhlc;
#[cfg(feature = "peer-yrs")]
pub(crate) mod yrs;
