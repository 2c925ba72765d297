//! Who lies, one way of lying a file. They hear what is sent to them, and sign with their own key only.
//!
//! | how it lies | of any [`Node`](crate::world::Node) |
//! | --- | --- |
//! | says nothing at all | [`Silent`] |
//! | tells some and not others | [`Withholder`] |
//! | says one thing to some and another thing to the others | [`Equivocator`] |
//! | lives in two worlds at once, together with its kind | [`TwoFaced`], [`Pact`] |
//! | says again what it heard, in its own name, to whomever | [`Replayer`] |
//! | says everything that it hears to everybody, many times | [`Flooder`] |
//! | does all that is right, much too late | [`Late`] |
//! | goes by what was true long ago | [`StaleView`] |
//! | lives in the future | [`FutureStamper`] |
//!
//! | how it lies | in one-shot agreement |
//! | --- | --- |
//! | votes twice, for two things | [`DoubleVoter`] |
//! | signs whatever can be signed, and what it cannot | [`Forger`] |
//! | leads the next leader on, by a certificate alone | [`Usher`] |
//! | is for it until that matters, and against it then | [`Turncoat`] |
//! | as a leader proposes something else than it should | [`Corrupter`] |

mod corrupter;
mod double_voter;
mod equivocator;
mod flooder;
mod forger;
mod future_stamper;
mod late;
mod replayer;
mod scene;
mod silent;
mod stale_view;
mod turncoat;
mod two_faced;
mod usher;
mod withholder;

pub use corrupter::Corrupter;
pub use double_voter::DoubleVoter;
pub use equivocator::Equivocator;
pub use flooder::Flooder;
pub use forger::Forger;
pub use future_stamper::FutureStamper;
pub use late::Late;
pub use replayer::Replayer;
pub use scene::{Adversary, Scene};
pub use silent::Silent;
pub use stale_view::StaleView;
pub use turncoat::Turncoat;
pub use two_faced::{Pact, TwoFaced};
pub use usher::Usher;
pub use withholder::Withholder;
