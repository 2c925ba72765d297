//! The crates that do the same, each as its documentation says it should be used; and the table beneath.

#[cfg(feature = "peer-automerge")]
pub(crate) mod automerge;
#[cfg(feature = "peer-crdts")]
pub(crate) mod crdts;
#[cfg(feature = "peer-loro")]
pub(crate) mod loro;
pub(crate) mod table;
#[cfg(feature = "peer-uhlc")]
pub(crate) mod uhlc;
#[cfg(feature = "peer-yrs")]
pub(crate) mod yrs;
