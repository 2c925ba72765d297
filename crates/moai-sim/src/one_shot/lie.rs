//! How a liar of an agreement lies.

/// How a liar of an agreement lies; each is one of [`adversary`](crate::adversary).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the adversaries say it")]
pub enum Lie {
    Silent,
    Withholder { tells: u64 },
    Equivocator { slips: u64 },
    TwoFaced,
    Replayer,
    Flooder,
    Late { by: i64 },
    StaleView { by: i64 },
    FutureStamper { ahead: i64 },
    DoubleVoter,
    Forger { loud: u64 },
    Usher,
    Turncoat,
    Corrupter { way: u64 },
}
