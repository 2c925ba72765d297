//! Voters that fail, panic, think too long or say too much; and rules that panic.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use moai_consensus::{
    Answer, Choice, Decision, FinalTally, Request, Rule, SharedRule, Voter, VoterError, Why, async_trait,
    voter_async_fn, voter_fn,
};
use moai_core::{Coded, LocalCoordinator, swarm_id};
use moai_store::MemoryJournal;

use crate::agent::{Ground, Up, join, one_outcome, setting, setting_of};

fn ground() -> Ground {
    Ground::new(Arc::new(LocalCoordinator::new(swarm_id!("swarm-001"))))
}

async fn up(ground: &Ground, place: usize) -> Up {
    join(ground, place, Arc::new(MemoryJournal::new())).await
}

/// Three vote at once; what becomes of it, and what the fourth one counts.
async fn beside(voter: impl Voter + 'static) -> (Duration, u64) {
    let (ground, setting) = (ground(), setting(1, 4));
    let bad = up(&ground, 0).await;
    let before = tokio::time::Instant::now();
    let mut agreements = vec![bad.agree_by(1, &setting, voter).await.unwrap()];
    for place in 1..4 {
        agreements.push(up(&ground, place).await.agree(1, &setting, Choice::For).await);
    }
    assert_eq!(one_outcome(&agreements, &setting).await.record.verdict(), Decision::Approved);
    (before.elapsed(), bad.half.counts().unanswered)
}

#[tokio::test(start_paused = true)]
async fn a_bad_voter_holds_up_or_ends_an_agreement() {
    let slow = voter_async_fn(|_| async { pending::<Choice>().await });
    let panics = voter_fn(|_| if true { panic!("no idea") } else { Choice::For });
    let fails = voter_fn(|_| Err::<Choice, _>(VoterError::failed("the model does not answer")));
    let rambles = voter_fn(|_| Answer::new(Choice::Against).because("x".repeat(1 << 20)));
    let all = [beside(slow).await, beside(panics).await, beside(fails).await, beside(rambles).await];
    for (number, (took, unanswered)) in all.into_iter().enumerate() {
        assert!(took < Duration::from_secs(2), "voter {number}: {took:?}");
        assert_eq!(unanswered, 1, "voter {number}");
    }
}

#[tokio::test(start_paused = true)]
async fn silence_of_all_approves_or_goes_on_for_ever() {
    let (ground, setting) = (ground(), setting(1, 4));
    let mut agreements = Vec::new();
    for place in 0..4 {
        let voter = voter_async_fn(|_| async { pending::<Choice>().await });
        agreements.push(up(&ground, place).await.agree_by(1, &setting, voter).await.unwrap());
    }
    let before = tokio::time::Instant::now();
    let agreed = one_outcome(&agreements, &setting).await;
    assert_eq!(agreed.record.verdict(), Decision::Timeout);
    assert!((30..33).contains(&before.elapsed().as_secs()), "{:?}", before.elapsed());
}

/// Drops late what it holds.
struct Held(Arc<()>);

#[async_trait]
impl Voter for Held {
    async fn vote(&self, _: &Request) -> Result<Answer, VoterError> {
        let _held = self.0.clone();
        pending().await
    }
}

#[tokio::test(start_paused = true)]
async fn a_voter_thinks_on_after_the_outcome() {
    let alive = Arc::new(());
    let (took, _) = beside(Held(alive.clone())).await;
    assert!(took < Duration::from_secs(2));
    assert_eq!(Arc::strong_count(&alive), 1, "it is gone, though the agreement is open");
}

/// Breaks when it is asked.
struct Fragile;

impl Rule for Fragile {
    fn holds(&self, tally: &FinalTally<'_>) -> Result<(), Why> {
        assert!(tally.members().heads == 0, "the rule is broken");
        Ok(())
    }

    fn words(&self) -> String {
        "fragile".into()
    }
}

#[tokio::test(start_paused = true)]
async fn a_rule_that_panics_takes_other_agreements_along() {
    let rule: SharedRule = Arc::new(Fragile);
    let ground = ground();
    let (fragile, sound) = (setting_of(1, 4, 1, rule, 30), setting(2, 4));
    let (mut broken, mut whole) = (Vec::new(), Vec::new());
    for place in 0..4 {
        let up = up(&ground, place).await;
        whole.push(up.agree(2, &sound, Choice::For).await);
        broken.push(up.agree(1, &fragile, Choice::For).await);
    }
    one_outcome(&whole, &sound).await;
    for agreement in broken {
        let why = agreement.outcome().await.unwrap_err();
        assert_eq!(why.code(), "one_shot.panicked");
        assert!(why.to_string().contains("the rule is broken") && why.to_string().ends_with("may be half done"));
    }
}
