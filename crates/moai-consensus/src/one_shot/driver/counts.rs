//! What was done, in numbers.

/// How often an agent's [`Agreements`](super::Agreements) did what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct AgreementCounts {
    /// Packets that were taken in.
    pub taken: u64,
    /// Packets that were refused unread: of a sender that does not take part, about an agreement that is not open here, or
    /// of another swarm.
    pub refused: u64,
    /// Packets that made room for later ones of the same sender: it sends more than is read.
    pub displaced: u64,
    /// Parts of packets that had no effect, because they are not signed, not valid or not readable.
    pub rejected: u64,
    /// Voters that were asked.
    pub asked: u64,
    /// Voters that gave no answer that stands, or none in time.
    pub unanswered: u64,
    /// Lies that are proven.
    pub lies: u64,
}
