//! Worlds of replicas: data that merges, over a bad network, with crashes.
//!
//! | what | types |
//! | --- | --- |
//! | replicas that change, forget, come back, and end with the same | [`Replicas`] |
//! | what a seed makes of them | [`Plan`], [`Kind`], [`Operation`] |
//! | a data type on trial, and what must be seen of it | [`Subject`], [`Turn`], [`Happened`], [`Knowledge`] |
//! | a replica as a node of a world | [`Replica`], [`Parcel`] |

mod happened;
mod knowledge;
mod plan;
mod replica;
mod scenario;
mod subject;

pub use happened::{Happened, Turn};
pub use knowledge::Knowledge;
pub use plan::{Kind, Operation, Plan};
pub use replica::{Parcel, Replica};
pub use scenario::Replicas;
pub use subject::Subject;
