//! More liars than may be: then no two outcomes stand.

use std::sync::Arc;
use std::time::Duration;

use moai_consensus::Choice;
use moai_consensus::one_shot::{AgreementError, Breach};
use moai_core::{Coded, Envelope, Journal, Role};
use moai_store::MemoryJournal;

use crate::agent::{Ground, Up, id, join, one_outcome, setting};
use crate::network::{Network, Weather};
use crate::scheme::Hashes;

/// Two that lie play one half of the electorate against the other: each half is decided, and differently.
struct Split {
    ground: Ground,
    network: Arc<Network>,
    honest: Up,
    agreement: moai_consensus::one_shot::Agreement,
    journal: Arc<dyn Journal>,
}

async fn half(honest: usize, choice: Choice) -> Split {
    let (network, setting) = (Network::new(1, Weather::default()), setting(1, 4));
    let ground = Ground::new(network.clone());
    let journal = Arc::new(MemoryJournal::new());
    let up = join(&ground, honest, journal.clone()).await;
    let mut agreements = vec![up.agree(1, &setting, choice).await];
    for liar in [2, 3] {
        let twin = join(&ground, liar, Arc::new(MemoryJournal::new())).await;
        agreements.push(twin.agree(1, &setting, choice).await);
    }
    one_outcome(&agreements, &setting).await;
    Split { ground, network, honest: up, agreement: agreements.remove(0), journal }
}

/// What somebody said in one half reaches the other.
async fn reaches(from: &Split, by: usize, to: &Split, whom: usize) {
    if !to.ground.swarm.view().await.unwrap().members.iter().any(|member| member.id == id(by)) {
        std::mem::forget(to.ground.swarm.join(id(by), Role::Member).await.unwrap());
    }
    let own: Vec<Envelope> = from.network.seen().into_iter().filter(|envelope| *envelope.sender() == id(by)).collect();
    for envelope in own {
        to.ground.swarm.send(&id(whom), envelope).await.unwrap();
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
}

#[tokio::test(start_paused = true)]
async fn two_outcomes_stand_though_their_holders_have_met() {
    let setting = setting(1, 4);
    let [one, other] = [half(0, Choice::For).await, half(1, Choice::Against).await];
    let [first, second] = [one.agreement.outcome().await.unwrap(), other.agreement.outcome().await.unwrap()];
    assert_ne!(first.record.digest(), second.record.digest());
    reaches(&one, 0, &other, 1).await;
    reaches(&other, 1, &one, 0).await;
    for agreement in [&one.agreement, &other.agreement] {
        let why = agreement.outcome().await.unwrap_err();
        assert_eq!(
            (why.code(), why.aftermath()),
            ("one_shot.fault_bound_exceeded", moai_core::Aftermath::StopThisAgent)
        );
        let AgreementError::FaultBoundExceeded(breach) = why else { panic!("another error") };
        assert!(matches!(*breach, Breach::Outcomes(_)));
        assert!(breach.verify(&setting, &Hashes).is_ok());
        assert!(breach.verify(&crate::agent::setting(2, 4), &Hashes).is_err(), "in another agreement");
    }
    // And a restart does not forget it.
    let Split { ground, honest, journal, .. } = one;
    honest.crash().await;
    let up = join(&ground, 0, journal).await;
    let again = up.agree(1, &setting, Choice::For).await;
    assert_eq!(again.outcome().await.unwrap_err().code(), "one_shot.fault_bound_exceeded");
}

#[tokio::test(start_paused = true)]
async fn an_outcome_is_claimed_though_two_of_four_are_proven_to_lie() {
    let setting = setting(1, 4);
    let (network, other) = (Network::new(1, Weather::default()), half(1, Choice::Against).await);
    let ground = Ground::new(network.clone());
    // It is alone with two that have said everything twice: their words of both halves reach it.
    let up = join(&ground, 0, Arc::new(MemoryJournal::new())).await;
    let agreement = up.agree(1, &setting, Choice::For).await;
    let alone = Split { ground, network, honest: up, agreement, journal: Arc::new(MemoryJournal::new()) };
    let one = half(1, Choice::For).await;
    for from in [&one, &other] {
        let ballots = from.network.seen().into_iter().filter(|envelope| [id(2), id(3)].contains(envelope.sender()));
        for envelope in ballots.take(6).collect::<Vec<_>>() {
            let here = alone.ground.swarm.view().await.unwrap().members;
            if !here.iter().any(|member| member.id == *envelope.sender()) {
                let joined = alone.ground.swarm.join(envelope.sender().clone(), Role::Member).await.unwrap();
                std::mem::forget(joined);
            }
            alone.ground.swarm.send(&id(0), envelope).await.unwrap();
        }
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let AgreementError::FaultBoundExceeded(breach) = alone.agreement.outcome().await.unwrap_err() else {
        panic!("another error")
    };
    let Breach::Liars(proofs) = breach.as_ref() else { panic!("no liars are shown") };
    let mut liars: Vec<u32> = proofs.iter().map(|proof| proof.accused()).collect();
    liars.sort_unstable();
    assert_eq!(liars, [2, 3]);
    assert!(breach.verify(&setting, &Hashes).is_ok());
    let fewer = Breach::Liars(vec![proofs[0].clone(), proofs[0].clone()]);
    assert!(fewer.verify(&setting, &Hashes).is_err(), "one liar twice is one");
    drop(alone.honest);
}
