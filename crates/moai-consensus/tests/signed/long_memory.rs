//! A voter is asked again after its word has left its memory: whoever signed once signs nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use moai_consensus::{
    Answer, Ballot, Choice, Draft, Ed25519, Evidence, Opening, Reply, Request, Ruling, Signer, Threshold, VoterHandler,
    message_kinds, voter_fn,
};
use moai_core::{
    CorrelationId, Envelope, Handled, Handler, Journal, Limits, SwarmId, agent_id, algorithm_name, swarm_id, value,
};
use moai_store::{Faults, FaultyJournal, MemoryJournal};

use crate::sessions::at;
use crate::swarm::{Moving, agent, key, keyed};

fn about(number: usize) -> Request {
    let draft = Draft::from(value!({"proposal_id": "p", "number": number as u64}));
    let proposal = draft.identify(agent_id!("lead"), [0; 16], &Limits::default()).unwrap();
    let opening = Opening::new(proposal, keyed(3), algorithm_name!("quorum"), at(0), at(30));
    Request::of(&opening, Ruling::of(&Threshold::MAJORITY), 1)
}

/// One life of a voter that signs, remembers two words, and is of another mind whenever it is asked.
struct Life {
    voter: VoterHandler,
    swarm: SwarmId,
}

impl Life {
    fn of(swarm: SwarmId, asked: &Arc<AtomicUsize>) -> Self {
        let asked = asked.clone();
        let thinks = voter_fn(move |_: &Request| {
            let time = asked.fetch_add(1, Ordering::SeqCst);
            Answer::new(Choice::ALL[time % 2]).because(format!("thought {time}"))
        });
        let voter = VoterHandler::new(swarm.clone(), agent(1), thinks).with_clock(Moving::clock()).with_remembered(2);
        Self { voter: voter.with_signer(Arc::new(key(1))), swarm }
    }

    async fn recovered(swarm: SwarmId, asked: &Arc<AtomicUsize>, journal: Arc<dyn Journal>) -> Self {
        let Self { voter, swarm } = Self::of(swarm, asked);
        Self { voter: voter.recover(journal).await.unwrap(), swarm }
    }

    async fn answer(&mut self, request: &Request) -> Vec<u8> {
        let (from, correlation) = (agent_id!("manager"), CorrelationId::from_bytes([7; 16]));
        let bytes = request.to_bytes();
        let asked = Envelope::new(self.swarm.clone(), from, message_kinds::REQUEST, correlation, bytes);
        let answers = match self.voter.handle(&asked) {
            Handled::Done(answers) => answers,
            Handled::Later(work) => work.await,
            Handled::NotMine => panic!("a question is a voter's"),
        };
        let [answer] = answers.as_slice() else { panic!("{answers:?}") };
        answer.envelope.payload().to_vec()
    }
}

fn ballot(bytes: &[u8]) -> Ballot {
    match Reply::from_bytes(bytes, &Limits::default()).unwrap() {
        Reply::Ballot(ballot) => ballot,
        failed => panic!("a ballot was due: {failed:?}"),
    }
}

fn cause(bytes: &[u8]) -> String {
    match Reply::from_bytes(bytes, &Limits::default()).unwrap() {
        Reply::Failed { cause, .. } => cause,
        given => panic!("a failure was due: {given:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_word_that_left_the_memory_is_given_differently_or_after_a_restart() {
    let (asked, journal) = (Arc::default(), Arc::new(MemoryJournal::new()));
    let mut first = Life::recovered(swarm_id!("one"), &asked, journal.clone()).await;
    let mut said = Vec::new();
    for number in 0..50 {
        said.push(first.answer(&about(number)).await);
    }
    assert_eq!((first.voter.remembered(), first.voter.marked()), (2, 48));
    let second = Life::recovered(swarm_id!("one"), &asked, journal.clone()).await;
    for mut life in [first, second] {
        // Each twice, the second time in another order and for another vote: long after its deadline.
        for number in (0..50).chain((0..50).rev()) {
            let answer = life.answer(&about(number)).await;
            assert_eq!(answer, said[number], "question {number}");
            assert_eq!(ballot(&answer).verify(&key(1).key(), &Ed25519), Ok(()));
        }
        tokio::time::advance(std::time::Duration::from_secs(60)).await;
        assert_eq!(life.answer(&about(7)).await, said[7]);
        assert!(life.voter.remembered() <= 2 && life.voter.marked() <= 50);
        assert_eq!((life.voter.counts().forgotten, life.voter.thinking()), (0, 0));
    }
    assert_eq!((asked.load(Ordering::SeqCst), journal.head().await.unwrap().seq), (50, 50));
}

#[tokio::test(start_paused = true)]
async fn whoever_signs_without_a_journal_signs_another_word_once_the_first_is_forgotten() {
    let asked = Arc::default();
    let mut life = Life::of(swarm_id!("one"), &asked);
    let mut said = Vec::new();
    for number in 0..5 {
        said.push(life.answer(&about(number)).await);
    }
    for again in 1..=2 {
        for number in 0..3 {
            let mut later = about(number);
            later.deadline = at(30 + again);
            let cause = cause(&life.answer(&later).await);
            assert_eq!(
                cause,
                "p was answered before, and what was said is not kept: another word is not signed; nothing changed"
            );
        }
    }
    // What is in memory is given as ever, and what is new is thought about.
    assert_eq!((life.answer(&about(4)).await, life.answer(&about(3)).await), (said[4].clone(), said[3].clone()));
    assert_eq!(ballot(&life.answer(&about(5)).await).reason, "thought 5");
    assert_eq!((life.voter.counts().forgotten, asked.load(Ordering::SeqCst)), (6, 6));
}

#[tokio::test(start_paused = true)]
async fn one_key_contradicts_itself_in_two_swarms() {
    let (asked, journal) = (Arc::default(), Arc::new(MemoryJournal::new()));
    let mut one = Life::recovered(swarm_id!("one"), &asked, journal.clone()).await;
    let mut said = Vec::new();
    for number in 0..3 {
        said.push(one.answer(&about(number)).await);
    }
    let mut two = Life::recovered(swarm_id!("two"), &asked, journal.clone()).await;
    for (number, said) in said.iter().enumerate() {
        let answer = two.answer(&about(number)).await;
        assert_eq!(answer, *said);
        assert_eq!(Evidence::of(&ballot(&answer), &ballot(said)), None);
    }
    assert_eq!(asked.load(Ordering::SeqCst), 3);
}

#[tokio::test(start_paused = true)]
async fn a_word_that_cannot_be_read_again_is_thought_about_anew() {
    let (asked, faults) = (Arc::default(), Faults::new());
    let journal = Arc::new(FaultyJournal::new(Arc::new(MemoryJournal::new()), faults.clone()));
    let mut life = Life::recovered(swarm_id!("one"), &asked, journal).await;
    let mut said = Vec::new();
    for number in 0..4 {
        said.push(life.answer(&about(number)).await);
    }
    faults.spoil();
    for _ in 0..2 {
        let cause = cause(&life.answer(&about(0)).await);
        assert!(cause.starts_with("the ballot that was given before is not read: "), "{cause}");
    }
    faults.mend();
    assert_eq!(life.answer(&about(0)).await, said[0], "under the same deadline, once it can be read");
    assert_eq!((asked.load(Ordering::SeqCst), life.voter.thinking()), (4, 0));
}

#[tokio::test(start_paused = true)]
async fn a_failure_of_later_hides_a_word_of_before() {
    // The word leaves memory, the question comes too late with another deadline, and then once more.
    let (asked, journal) = (Arc::default(), Arc::new(MemoryJournal::new()));
    let mut life = Life::recovered(swarm_id!("one"), &asked, journal).await;
    let mut first = Vec::new();
    for number in 0..4 {
        first.push(life.answer(&about(number)).await);
    }
    for deadline in [1, 0, 40, 50] {
        let mut again = about(0);
        again.deadline = at(deadline);
        tokio::time::advance(std::time::Duration::from_secs(2)).await;
        assert_eq!(life.answer(&again).await, first[0], "until {deadline}");
    }
    assert_eq!(asked.load(Ordering::SeqCst), 4);
}
