//! A plan brought to life.

use moai_consensus::Choice;
use moai_consensus::one_shot::Setting;

use super::{Keys, Lie, Member, Plan, Voice};
use crate::Violation;
use crate::adversary::{
    Adversary, Corrupter, DoubleVoter, Equivocator, Flooder, Forger, FutureStamper, Late, Pact, Replayer, Silent,
    StaleView, Turncoat, TwoFaced, Usher, Withholder,
};
use crate::world::World;

impl Plan {
    /// Everybody at their places, and each asked for its vote in time.
    pub(super) fn world(&self, setting: &Setting, keys: &Keys) -> Result<World<Member>, Violation> {
        let (honest, all, votes) = (setting.clone(), keys.clone(), self.votes.clone());
        let mut world = World::new(self.members(), self.mix.clone(), move |place, life, records| {
            let choice = votes.get(place as usize).map_or(Choice::Abstain, |(choice, _)| *choice);
            Member::start(&honest, &all, place, life, choice, records)
        });
        for ((_, when), place) in self.votes.iter().zip(0..) {
            world.ask(*when, place, ());
        }
        let pact = self.liars.iter().filter(|(_, lie)| **lie == Lie::TwoFaced);
        let pact = Pact::new(pact.fold(0, |members, (place, _)| members | 1 << (place % 64)), self.half);
        for (place, lie) in &self.liars {
            let liar = self.liar(*place, *lie, &pact, setting, keys);
            world.put_boxed_liar(*place, liar.map_err(|why| Violation::new("a plan fits", why))?);
        }
        Ok(world)
    }

    fn liar(
        &self,
        me: u32,
        lie: Lie,
        pact: &Pact,
        setting: &Setting,
        keys: &Keys,
    ) -> Result<Box<dyn Adversary<Member>>, String> {
        let says = |choice| Member::start(setting, keys, me, 0, choice, &[]);
        let inner = || says(Choice::For);
        let signer = keys.signer(me).ok_or("no key")?.clone();
        let voice = || Voice::new(setting.clone(), me, signer.clone());
        Ok(match lie {
            Lie::Silent => Box::new(Silent),
            Lie::Withholder { tells } => Box::new(Withholder::new(inner()?, tells)),
            Lie::Equivocator { slips } => {
                Box::new(Equivocator::new([inner()?, says(Choice::Against)?], self.half, slips))
            }
            Lie::TwoFaced => Box::new(TwoFaced::new([inner()?, says(Choice::Against)?], pact.clone())),
            Lie::Replayer => Box::new(Replayer::default()),
            Lie::Flooder => Box::new(Flooder::default()),
            Lie::Late { by } => Box::new(Late::new(inner()?, by)),
            Lie::StaleView { by } => Box::new(StaleView::new(inner()?, by)),
            Lie::FutureStamper { ahead } => Box::new(FutureStamper::new(inner()?, ahead)),
            Lie::DoubleVoter => Box::new(DoubleVoter::new(voice())),
            Lie::Forger { loud } => Box::new(Forger::new(voice(), loud)),
            Lie::Usher => Box::new(Usher::new(voice())),
            Lie::Turncoat => Box::new(Turncoat::new(voice())),
            Lie::Corrupter { way } => Box::new(Corrupter::new(voice(), inner()?, way)),
        })
    }
}
