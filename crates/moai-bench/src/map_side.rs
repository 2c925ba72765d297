//! What a map can be asked to do in the rows about maps: by us and by each peer.

/// A map of text to numbers that merges.
pub(crate) trait MapSide {
    /// What goes over to another replica, as the crate likes it best.
    type Sent;

    /// An empty map, written by the replica with this number.
    fn new(replica: u64) -> Self;

    /// Sets each key to its place in the list; where the crate has transactions, in a single one.
    fn set_all(&mut self, keys: &[String]);

    /// The sum of what lies under the keys.
    fn sum(&self, keys: &[String]) -> u64;

    /// Removes the keys; where the crate has transactions, in a single one.
    fn remove_all(&mut self, keys: &[String]);

    /// All of it, on its way to another replica.
    fn send(&mut self) -> Self::Sent;

    /// Takes in what another replica sent.
    fn receive(&mut self, sent: Self::Sent);

    /// The smallest bytes that bring everything back, for the crate's own reader.
    fn bytes(&mut self) -> usize;

    /// A map with these keys.
    fn of(replica: u64, keys: &[String]) -> Self
    where
        Self: Sized,
    {
        let mut map = Self::new(replica);
        map.set_all(keys);
        map
    }
}
