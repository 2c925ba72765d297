//! The examples on the pages of the packages, compiled: a page is the first that a reader tries.

#[doc = include_str!("../../moai-core/README.md")]
struct Core;

#[cfg(feature = "crdt")]
#[doc = include_str!("../../moai-crdt/README.md")]
struct Crdt;

#[cfg(feature = "consensus")]
#[doc = include_str!("../../moai-consensus/README.md")]
struct Consensus;

#[cfg(feature = "sync")]
#[doc = include_str!("../../moai-sync/README.md")]
struct Sync;

#[cfg(feature = "sqlite")]
#[doc = include_str!("../../moai-store/README.md")]
struct Store;

#[cfg(feature = "swarm")]
#[doc = include_str!("../../moai-swarm/README.md")]
struct Swarm;

#[cfg(feature = "sim")]
#[doc = include_str!("../../moai-sim/README.md")]
struct Sim;

#[cfg(feature = "sync")]
#[doc = include_str!("../README.md")]
struct Flow;
