//! Who is asked: draws that follow from seed, round, agent and number alone.

/// What is added to a state for each number drawn: 2^64 divided by the golden ratio, made odd.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// The draws of one round. **They are a contract:** the same seed, round, agent and number give the same draw on every
/// machine and in every version.
///
/// With `mix` the output function of SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators",
/// OOPSLA 2014, with the constants of Stafford's variant 13) and `s` its step `0x9e3779b97f4a7c15`, all modulo 2^64:
///
/// ```text
/// swarm  = mix(seed + s)
/// round  = mix(swarm + s × (round + 1))
/// agent  = mix(round + s × (agent + 1))
/// number = mix(agent + s × (i + 1))
/// ```
///
/// So what an agent draws is the SplitMix64 sequence of a state of its own, and can be had without drawing anything else.
/// They are no secret: who knows the seed knows who will ask whom.
///
/// ```
/// use moai_consensus::GossipDraws;
///
/// let draws = GossipDraws::new(7, 1);
/// let mut places = [0; 3];
/// let peers = draws.peers(4, 20, &mut places);
/// assert!(peers.len() == 3 && !peers.contains(&4));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GossipDraws {
    round: u64,
}

impl GossipDraws {
    /// The draws of a round; rounds are counted from 1.
    #[must_use]
    pub const fn new(seed: u64, round: u32) -> Self {
        Self { round: nth(nth(seed, 0), round as u64) }
    }

    /// The number `i` of an agent.
    #[inline]
    #[must_use]
    pub const fn number(self, agent: usize, i: u64) -> u64 {
        nth(self.agent(agent), i)
    }

    /// GossipDraws others for an agent, all different, as many as there is room for, and writes their places into `into`: each
    /// set of them is as likely as any other, to within `members` / 2^64. With too few others it is all of them.
    ///
    /// By Floyd's method (Bentley, Floyd, "Programming pearls: a sample of brilliance", CACM 30(9), 1987): where a
    /// draw is already there, the newest place is taken instead. One draw for each, and no list of all members. A draw
    /// becomes a place by the upper half of its product with the number of places (Lemire, "Fast random integer
    /// generation in an interval", TOMACS 29(1), 2019, without the rejection).
    #[inline]
    pub fn peers(self, agent: usize, members: usize, into: &mut [usize]) -> &[usize] {
        let others = members.saturating_sub(1);
        let wanted = into.len().min(others);
        let state = self.agent(agent);
        for (newest, i) in (others - wanted..others).zip(0..) {
            let (drawn, rest) = into.split_at_mut(i);
            let place = below(nth(state, i as u64), newest + 1);
            if let Some(to) = rest.first_mut() {
                *to = if drawn.contains(&place) { newest } else { place };
            }
        }
        let (peers, _) = into.split_at_mut(wanted);
        for peer in &mut *peers {
            // The agent itself is left out: whoever stands behind it moves up by one.
            *peer += usize::from(*peer >= agent);
        }
        peers
    }

    #[inline]
    const fn agent(self, agent: usize) -> u64 {
        nth(self.round, agent as u64)
    }
}

/// The number `i` of SplitMix64 from a state.
#[inline]
const fn nth(state: u64, i: u64) -> u64 {
    mix(state.wrapping_add(STEP.wrapping_mul(i.wrapping_add(1))))
}

#[inline]
const fn mix(mut number: u64) -> u64 {
    number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// A place below `places`, which is not 0.
#[inline]
fn below(number: u64, places: usize) -> usize {
    let upper = (u128::from(number) * places as u128) >> 64;
    // It is below `places`, so it fits.
    usize::try_from(upper).unwrap_or_default()
}
