//! A cut through the network.

/// A cut through the network, for a while: between those on one side and those on the other, both ways or one way only.
/// Who is on neither side notices nothing.
///
/// ```
/// use moai_sim::world::Cut;
///
/// // What 0 and 1 say to 2 is lost; they hear it, and 3 hears everybody.
/// let cut = Cut { from: 100, until: 200, side: 0b0011, other: 0b0100, one_way: true };
/// assert!(cut.severs(150, 0, 2));
/// assert!(!cut.severs(150, 2, 0) && !cut.severs(150, 0, 3) && !cut.severs(200, 0, 2));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// From when.
    pub from: i64,
    /// Until when.
    pub until: i64,
    /// Who is on this side: one bit for each place, and places above 63 are as those 64 below.
    pub side: u64,
    /// Who is on the other side.
    pub other: u64,
    /// Whether only what `side` says to `other` is lost.
    pub one_way: bool,
}

impl Cut {
    /// Whether it is in the way of something.
    #[must_use]
    pub const fn severs(&self, now: i64, from: u32, to: u32) -> bool {
        let there = has(self.side, from) && has(self.other, to);
        let back = has(self.other, from) && has(self.side, to);
        now >= self.from && now < self.until && (there || back && !self.one_way)
    }
}

const fn has(side: u64, place: u32) -> bool {
    side >> (place % 64) & 1 == 1
}
