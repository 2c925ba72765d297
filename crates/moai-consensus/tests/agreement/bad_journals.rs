//! Journals that fail, hang, or have no room.

use std::sync::Arc;
use std::time::Duration;

use moai_consensus::Choice;
use moai_consensus::one_shot::{Part, Said, Setting};
use moai_core::{Coded, Envelope, Journal};
use moai_store::{Fault, Faults, FaultyJournal, MemoryJournal};

use crate::agent::{Ground, counting, id, join, one_outcome, setting};
use crate::network::{Network, Weather};

/// What an agent has signed in these packets.
fn said_in(packets: impl IntoIterator<Item = Vec<u8>>, by: u32) -> Vec<Said> {
    let parts = packets.into_iter().flat_map(|packet| Part::unpack(&packet).unwrap());
    let said = parts.filter_map(|part| match part {
        Part::Said(said) if said.by() == by => Some(said),
        _ => None,
    });
    said.collect()
}

fn sent_by(seen: &[Envelope], place: usize) -> Vec<Said> {
    let own = seen.iter().filter(|envelope| *envelope.from() == id(place));
    said_in(own.map(|envelope| envelope.payload()[33..].to_vec()), place as u32)
}

async fn recorded(journal: &dyn Journal, place: u32) -> Vec<Said> {
    let records = journal.read(1, 10_000).await.unwrap();
    said_in(records.iter().map(|record| record.payload[65..].to_vec()), place)
}

/// Three agents with good journals, and what they agree on.
async fn three(ground: &Ground, setting: &Setting) -> Vec<moai_consensus::one_shot::Agreement> {
    let mut agreements = Vec::new();
    for place in 1..4 {
        let up = join(ground, place, Arc::new(MemoryJournal::new())).await;
        agreements.push(up.agree(1, setting, Choice::For).await);
    }
    agreements
}

#[tokio::test(start_paused = true)]
async fn what_a_journal_did_not_take_is_sent() {
    let mut failed = 0;
    for nth in 1..=6 {
        for applied in [false, true] {
            let network = Network::new(nth, Weather::default());
            let (ground, setting) = (Ground::new(network.clone()), setting(1, 4));
            let (inner, faults) = (Arc::new(MemoryJournal::new()), Faults::new());
            faults.at_write(nth, Fault::During { applied });
            let journal = Arc::new(FaultyJournal::new(inner.clone(), faults.clone()));
            let up = join(&ground, 0, journal.clone()).await;
            let agreement = up.agree(1, &setting, Choice::For).await;
            let others = three(&ground, &setting).await;
            one_outcome(&others, &setting).await;
            tokio::time::sleep(Duration::from_secs(60)).await;
            if let Err(why) = agreement.look() {
                failed += 1;
                assert_eq!(why.code(), "journal.failed", "write {nth}");
                assert!(why.to_string().ends_with(&why.aftermath().to_string()));
                assert_eq!(up.half.open(), 0);
            }
            let recorded = recorded(inner.as_ref(), 0).await;
            for said in sent_by(&network.seen(), 0) {
                assert!(recorded.contains(&said), "write {nth}: {said:?} was sent and not recorded");
            }
            // Another life goes on from what there is.
            faults.reopen();
            up.crash().await;
            let up = join(&ground, 0, journal).await;
            let again = up.agree(1, &setting, Choice::Against).await;
            one_outcome(&[vec![again], others].concat(), &setting).await;
            let said = sent_by(&network.seen(), 0);
            for (left, right) in said.iter().flat_map(|left| said.iter().map(move |right| (left, right))) {
                let same =
                    (left.kind(), left.message().unwrap().view()) == (right.kind(), right.message().unwrap().view());
                assert!(!same || left == right, "write {nth}: two words in two lives");
            }
        }
    }
    assert!(failed >= 6, "only {failed} failed");
}

#[tokio::test(start_paused = true)]
async fn a_journal_that_hangs_lets_the_agent_speak_or_holds_up_the_others() {
    let network = Network::new(1, Weather::default());
    let (ground, setting) = (Ground::new(network.clone()), setting(1, 4));
    let faults = Faults::new();
    let journal = Arc::new(FaultyJournal::new(Arc::new(MemoryJournal::new()), faults.clone()));
    let up = join(&ground, 0, journal).await;
    let hangs = faults.hold();
    let (voter, _) = counting(Choice::For);
    let before = tokio::time::Instant::now();
    let agreement = up.agree_by(1, &setting, voter).await.unwrap();
    let others = three(&ground, &setting).await;
    one_outcome(&others, &setting).await;
    assert!(before.elapsed() < Duration::from_secs(5));
    assert_eq!(sent_by(&network.seen(), 0), []);
    assert_eq!(agreement.look(), Ok(None));
    // And it can be told to stop all the same.
    hangs.release();
    one_outcome(&[agreement], &setting).await;

    let _hangs = faults.hold();
    let second = crate::agent::setting(2, 4);
    let agreement = up.agree(2, &second, Choice::For).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    agreement.end();
    assert_eq!(agreement.outcome().await.unwrap_err().code(), "one_shot.ended");
    // What was being written may come to stand there yet: it must not be contradicted.
    let (voter, asked) = counting(Choice::Against);
    let refused = up.agree_by(2, &second, voter).await.map(drop).unwrap_err();
    assert_eq!(refused.code(), "one_shot.unsettled");
    assert_eq!(asked.load(std::sync::atomic::Ordering::SeqCst), 0);
}

#[tokio::test(start_paused = true)]
async fn a_full_journal_ends_an_agreement_though_room_is_made() {
    let network = Network::new(1, Weather::default());
    let (ground, setting) = (Ground::new(network.clone()), setting(1, 4));
    let faults = Faults::new();
    let journal = Arc::new(FaultyJournal::new(Arc::new(MemoryJournal::new()), faults.clone()));
    let up = join(&ground, 0, journal).await;
    faults.fill();
    let agreement = up.agree(1, &setting, Choice::For).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!((agreement.look(), sent_by(&network.seen(), 0)), (Ok(None), vec![]));
    faults.make_room();
    let others = three(&ground, &setting).await;
    one_outcome(&[vec![agreement], others].concat(), &setting).await;
    assert!(!sent_by(&network.seen(), 0).is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_agent_begins_though_its_journal_cannot_be_read() {
    let (ground, setting) = (Ground::new(Network::new(1, Weather::default())), setting(1, 4));
    let faults = Faults::new();
    let journal = Arc::new(FaultyJournal::new(Arc::new(MemoryJournal::new()), faults.clone()));
    let up = join(&ground, 0, journal.clone()).await;
    let agreement = up.agree(1, &setting, Choice::For).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    agreement.end();
    tokio::time::sleep(Duration::from_secs(1)).await;
    faults.spoil();
    let why = up.agree_by(1, &setting, counting(Choice::For).0).await.unwrap_err();
    assert!(why.code().starts_with("journal."), "{why}");
    assert_eq!(up.half.open(), 0);
}
