//! Journals that fail, hang, or have no room.

use std::sync::Arc;
use std::time::Duration;

use moai_consensus::one_shot::{Kind, Message, Part, Said, Setting, Statement};
use moai_consensus::{Choice, Signer};
use moai_core::{Coded, Envelope, Journal, NewRecord, Timestamp, record_kind, value};
use moai_store::{Fault, Faults, FaultyJournal, MemoryJournal};

use crate::agent::{Ground, counting, id, join, one_outcome, setting, signer};
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
    let own = seen.iter().filter(|envelope| *envelope.sender() == id(place));
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
    let before = tokio::time::Instant::now();
    let agreement = up.agree(1, &setting, Choice::For).await;
    let hangs = faults.hold();
    let others = three(&ground, &setting).await;
    one_outcome(&others, &setting).await;
    assert!(before.elapsed() < Duration::from_secs(5));
    assert_eq!(sent_by(&network.seen(), 0), []);
    assert_eq!(agreement.look(), Ok(None));
    // And it can be told to stop all the same.
    hangs.release();
    one_outcome(&[agreement], &setting).await;

    let second = crate::agent::setting(2, 4);
    let agreement = up.agree(2, &second, Choice::For).await;
    let _hangs = faults.hold();
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

#[tokio::test(start_paused = true)]
async fn what_another_half_wrote_late_is_contradicted() {
    let network = Network::new(1, Weather::default());
    let (ground, setting) = (Ground::new(network.clone()), setting(1, 4));
    let journal: Arc<dyn Journal> = Arc::new(MemoryJournal::new());
    // What the first life was writing when it was dropped comes about when the second has read the journal already.
    let second = join(&ground, 0, journal.clone()).await;
    let aside = Ground::new(Network::new(2, Weather::default()));
    let first = join(&aside, 0, journal.clone()).await;
    let (voter, _) = counting(Choice::For);
    let _ended = first.agree_by(1, &setting, voter).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    first.crash().await;
    let before = recorded(journal.as_ref(), 0).await;
    assert_eq!(before.len(), 1);

    let (voter, asked) = counting(Choice::Against);
    let agreement = second.agree_by(1, &setting, voter).await.unwrap();
    let others = three(&ground, &setting).await;
    one_outcome(&[vec![agreement], others.clone()].concat(), &setting).await;
    assert_eq!(asked.load(std::sync::atomic::Ordering::SeqCst), 0, "it has spoken");
    let statements: Vec<Said> =
        sent_by(&network.seen(), 0).into_iter().filter(|said| said.kind() == Kind::Statement).collect();
    assert!(!statements.is_empty() && statements.iter().all(|said| *said == before[0]));
    assert!(others.iter().all(|other| other.evidence().is_empty()));
}

#[tokio::test(start_paused = true)]
async fn a_journal_with_two_words_is_said_in_full() {
    let setting = setting(1, 4);
    let key = signer(0);
    let said = |message: &Message| Said::sign(&setting, 0, key.as_ref(), message);
    let record = value!("outcome").digest();
    let statement = |choice| said(&Message::Statement(Statement::ballot(choice)));
    let (nullify, finalize) = (said(&Message::Nullify { view: 3 }), said(&Message::Finalize { view: 3, record }));
    let notarize = |text: &str| said(&Message::Notarize { view: 2, record, proposal: value!(text).digest() });
    let pairs = [
        (statement(Choice::For), statement(Choice::Against), "says Statement and Statement"),
        (notarize("a"), notarize("b"), "in view 2 it says Notarize and Notarize"),
        (nullify.clone(), finalize.clone(), "in view 3 it says Nullify and Finalize"),
        (finalize, nullify.clone(), "in view 3 it says Finalize and Nullify"),
    ];
    for (first, other, what) in pairs {
        let network = Network::new(1, Weather::default());
        let ground = Ground::new(network.clone());
        let journal = Arc::new(MemoryJournal::new());
        for (seq, said) in [(1, &first), (2, &first), (3, &other), (4, &nullify)] {
            let head = [&[1][..], key.key().as_bytes(), setting.instance().as_bytes()].concat();
            let payload = [head, Part::pack(&[Part::Said(said.clone())])].concat();
            let record = NewRecord::new(record_kind!("agreement_said"), Timestamp::UNIX_EPOCH, payload);
            assert_eq!(journal.append(vec![record]).await.unwrap().seq, seq);
        }
        let up = join(&ground, 0, journal).await;
        let (voter, asked) = counting(Choice::For);
        let why = up.agree_by(1, &setting, voter).await.unwrap_err();
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert_eq!(why.code(), "consensus.bad_record");
        assert!(why.to_string().contains("record 3 of the journal") && why.to_string().contains(what), "{why}");
        assert!(why.to_string().ends_with(&why.aftermath().to_string()));
        assert_eq!((sent_by(&network.seen(), 0), up.half.open()), (vec![], 0));
        assert_eq!(asked.load(std::sync::atomic::Ordering::SeqCst), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn an_agreement_that_does_not_begin_ends_another() {
    let ground = Ground::new(Network::new(1, Weather::default()));
    let faults = Faults::new();
    let journal = Arc::new(FaultyJournal::new(Arc::new(MemoryJournal::new()), faults.clone()));
    let mut up = join(&ground, 0, journal.clone()).await;
    up.half = up.half.clone().with_most_open(1);
    let (first, second) = (setting(1, 4), setting(2, 4));
    let agreement = up.agree(1, &first, Choice::For).await;
    one_outcome(&[vec![agreement.clone()], three(&ground, &first).await].concat(), &first).await;
    // What it may not know is not begun; it had a place by then.
    faults.spoil();
    let why = up.agree_by(2, &second, counting(Choice::For).0).await.unwrap_err();
    assert!(why.code().starts_with("journal."), "{why}");
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!((up.half.open(), agreement.look().unwrap().is_some()), (1, true));
    // Dropped half way neither.
    let hangs = faults.hold();
    let dropped = tokio::time::timeout(Duration::from_secs(1), up.agree_by(2, &second, counting(Choice::For).0)).await;
    assert!(dropped.is_err());
    hangs.release();
    assert_eq!(up.half.open(), 1);
    assert!(
        up.agree_by(1, &first, counting(Choice::For).0).await.is_err_and(|why| why.code() == "one_shot.already_open")
    );
    // One that begins does, and the two do not fit together.
    faults.mend();
    up.agree(2, &second, Choice::For).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(up.half.open(), 1);
    assert_eq!(
        up.agree_by(1, &first, counting(Choice::For).0).await.map(drop).unwrap_err().code(),
        "one_shot.too_many"
    );
}
