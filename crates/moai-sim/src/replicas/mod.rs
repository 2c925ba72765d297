//! Worlds of replicas: data that merges, over a bad network, with crashes.
//!
//! | what | types |
//! | --- | --- |
//! | replicas that change, forget, come back, and end with the same | [`Replicas`] |

mod happened;
mod knowledge;
mod plan;
mod replica;
mod scenario;
mod subject;

#[doc(hidden)]
pub use happened::{Happened, Turn};
#[doc(hidden)]
pub use knowledge::Knowledge;
#[doc(hidden)]
pub use plan::{Kind, Operation, Plan};
#[doc(hidden)]
pub use replica::{Parcel, Replica};
pub use scenario::Replicas;
#[doc(hidden)]
pub use subject::Subject;
