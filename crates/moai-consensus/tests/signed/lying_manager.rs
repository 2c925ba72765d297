//! Whoever puts the questions lies: it wants a signature under something else than what the voter was shown.

use std::collections::BTreeMap;
use std::sync::Arc;

use moai_consensus::Choice::{Against, For};
use moai_consensus::{
    Answer, Ballot, Choice, Draft, Ed25519, Opening, Reply, Request, Ruling, Signer, Threshold, VoterCounts,
    VoterHandler, message_kinds, serve, voter_fn,
};
use moai_core::{
    Coordinator, CorrelationId, Digest, Envelope, Journal, Limits, LocalCoordinator, Mailbox, Role, Value, agent_id,
    algorithm_name, swarm_id, value,
};
use moai_store::MemoryJournal;

use crate::sessions::at;
use crate::swarm::{Moving, agent, key, keyed};

/// What the manager shows: whatever it is, the voter is for deploying and against all else.
fn about(action: &str, rule: &Ruling, members: u8) -> Request {
    let draft = Draft::from(value!({"proposal_id": "p", "action": action}));
    let proposal = draft.identify(agent_id!("lead"), [0; 16], &Limits::default()).unwrap();
    let opening = Opening::new(proposal, keyed(members), algorithm_name!("quorum"), at(0), at(30));
    Request::of(&opening, rule.clone(), 1)
}

/// The same but for this.
fn but(request: &Request, change: impl FnOnce(&mut Request)) -> Request {
    let mut changed = request.clone();
    change(&mut changed);
    changed
}

fn majority() -> Ruling {
    Ruling::of(&Threshold::MAJORITY)
}

fn chosen(request: &Request) -> Choice {
    match request.proposal.content().get("action").and_then(Value::as_text) {
        Some("deploy") => For,
        _ => Against,
    }
}

/// Puts whatever questions it likes to one voter that signs, and keeps all that comes back.
struct LyingManager {
    swarm: Arc<LocalCoordinator>,
    mailbox: Box<dyn Mailbox>,
    voter: VoterHandler,
    asked: u32,
    /// By instance, what the voter would have to be shown before it signs for it.
    shown: BTreeMap<Digest, Request>,
    signed: Vec<Ballot>,
}

impl LyingManager {
    async fn new(journal: Option<Arc<dyn Journal>>) -> Self {
        let swarm = Arc::new(LocalCoordinator::new(swarm_id!("swarm-001")));
        let mailbox = swarm.join(agent_id!("manager"), Role::Service).await.unwrap();
        let thinks = voter_fn(|request: &Request| Answer::new(chosen(request)));
        let mut voter = VoterHandler::new(swarm_id!("swarm-001"), agent(1), thinks)
            .with_clock(Moving::clock())
            .with_signer(Arc::new(key(1)));
        if let Some(journal) = journal {
            voter = voter.recover(journal).await.unwrap();
        }
        let its = swarm.join(agent(1), Role::Member).await.unwrap();
        tokio::spawn(serve(its, swarm.clone(), vec![Box::new(voter.clone())]));
        Self { swarm, mailbox, voter, asked: 0, shown: BTreeMap::new(), signed: Vec::new() }
    }

    async fn send(&self, request: &Request) {
        let correlation = CorrelationId::from_bytes([7; 16]);
        let (from, kind) = (agent_id!("manager"), message_kinds::REQUEST);
        let asked = Envelope::new(swarm_id!("swarm-001"), from, kind, correlation, request.to_bytes());
        self.swarm.send(&agent(1), asked).await.unwrap();
    }

    /// What the voter answers to this, signed; nothing when it answers to what comes behind it first.
    async fn put(&mut self, request: &Request) -> Option<Ballot> {
        self.send(request).await;
        self.asked += 1;
        let behind = about(&format!("number {}", self.asked), &majority(), 3);
        self.send(&behind).await;
        let mut answer = None;
        for asked in [request, &behind] {
            let shown = asked.proposal.instance_under(asked.electorate, asked.rule.digest());
            self.shown.insert(shown, asked.clone());
        }
        loop {
            let bytes = self.mailbox.recv().await.unwrap().payload().to_vec();
            let Reply::Ballot(ballot) = Reply::from_bytes(&bytes, &Limits::default()).unwrap() else {
                panic!("the voter signs that it failed");
            };
            self.signed.push(ballot.clone());
            if ballot.instance == behind.instance {
                return answer;
            }
            answer = Some(ballot);
        }
    }

    async fn gets_nothing(&mut self, lie: &Request) {
        let before = self.voter.counts();
        assert_eq!(self.put(lie).await, None, "{lie:?}");
        let after = self.voter.counts();
        assert_eq!(after.flawed, before.flawed + 1, "{lie:?}");
        let taken = |counts: VoterCounts| counts.asked + counts.repeated;
        assert_eq!(taken(after), taken(before) + 1, "the question behind it alone: {lie:?}");
    }

    /// Whatever was signed is what the voter says to what it was shown.
    fn end(&self) {
        assert!(!self.signed.is_empty());
        for ballot in &self.signed {
            assert_eq!(ballot.verify(&key(1).key(), &Ed25519), Ok(()));
            let shown = self.shown.get(&ballot.instance).expect("the voter has seen what it signs for");
            assert_eq!((&ballot.proposal, ballot.choice), (shown.proposal.id(), chosen(shown)));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_ballot_for_one_proposal_is_signed_under_the_instance_of_another() {
    let mut manager = LyingManager::new(None).await;
    let (deploy, delete) = (about("deploy", &majority(), 3), about("delete", &majority(), 3));
    let lie = but(&deploy, |it| it.instance = delete.instance);
    // Before the voter knows either, when it knows one, and when it knows both.
    manager.gets_nothing(&lie).await;
    assert_eq!(manager.put(&deploy).await.map(|ballot| ballot.choice), Some(For));
    manager.gets_nothing(&lie).await;
    assert_eq!(manager.put(&delete).await.map(|ballot| ballot.choice), Some(Against));
    manager.gets_nothing(&lie).await;
    manager.gets_nothing(&but(&delete, |it| it.instance = deploy.instance)).await;
    manager.end();
}

#[tokio::test(start_paused = true)]
async fn a_ballot_under_one_rule_is_signed_under_the_instance_of_another() {
    let mut manager = LyingManager::new(None).await;
    let (all, some) = (Ruling::new("every member is for it"), Ruling::new("somebody is for it"));
    let shown = about("deploy", &all, 3);
    manager.gets_nothing(&but(&shown, |it| it.instance = about("deploy", &some, 3).instance)).await;
    // Nor does the instance stand for the name that the manager gives the algorithm.
    let renamed = but(&about("deploy", &some, 3), |it| it.algorithm = algorithm_name!("unanimous"));
    assert_eq!(manager.put(&renamed).await.map(|ballot| ballot.instance), Some(renamed.instance));
    manager.gets_nothing(&but(&renamed, |it| it.rule = all)).await;
    manager.end();
}

#[tokio::test(start_paused = true)]
async fn a_ballot_in_one_electorate_is_signed_under_the_instance_of_another() {
    let mut manager = LyingManager::new(None).await;
    let (three, nine) = (about("deploy", &majority(), 3), about("deploy", &majority(), 9));
    manager.gets_nothing(&but(&three, |it| it.instance = nine.instance)).await;
    manager.gets_nothing(&but(&three, |it| it.electorate = nine.electorate)).await;
    manager.end();
}

#[tokio::test(start_paused = true)]
async fn a_round_that_there_is_not_is_signed() {
    let mut manager = LyingManager::new(None).await;
    let (once, thrice) = (about("deploy", &majority(), 3), about("deploy", &Ruling::new("thrice").over(3), 3));
    for round in [0, 2, u32::MAX] {
        manager.gets_nothing(&but(&once, |it| it.round = round)).await;
    }
    for round in 1..=3 {
        let ballot = manager.put(&but(&thrice, |it| it.round = round)).await.unwrap();
        assert_eq!((ballot.round, ballot.choice), (round, For));
    }
    manager.gets_nothing(&but(&thrice, |it| it.round = 4)).await;
    // Who says that there are more rounds asks under another rule.
    let longer = thrice.rule.clone().over(4);
    manager
        .gets_nothing(&but(&thrice, |it| {
            it.round = 4;
            it.rule = longer;
        }))
        .await;
    manager.end();
}

#[tokio::test(start_paused = true)]
async fn a_question_that_is_repeated_with_another_content_gets_the_word_on_the_first() {
    let journal: Arc<dyn Journal> = Arc::new(MemoryJournal::new());
    let asked = about("deploy", &majority(), 3);
    let changed = about("delete", &majority(), 3);
    let mut said = Vec::new();
    // And so in a life in which the word is known from the journal alone.
    for _ in 0..2 {
        let mut manager = LyingManager::new(Some(journal.clone())).await;
        said.push(manager.put(&asked).await.unwrap());
        manager.gets_nothing(&but(&asked, |it| it.proposal = changed.proposal.clone())).await;
        manager.gets_nothing(&but(&changed, |it| it.instance = asked.instance)).await;
        said.push(manager.put(&asked).await.unwrap());
        manager.end();
    }
    assert!(said.iter().all(|ballot| *ballot == said[0]), "{said:?}");
}
