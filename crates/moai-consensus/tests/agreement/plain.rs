//! What goes wrong where nothing goes wrong.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use moai_consensus::message_kinds;
use moai_consensus::one_shot::{AgreementError, Agreements};
use moai_consensus::{Choice, Decision, VoterHandler, serve, voter_fn};
use moai_core::{
    Coded, CorrelationId, Envelope, Journal, LocalCoordinator, NewRecord, Role, Timestamp, record_kind, swarm_id,
};
use moai_store::MemoryJournal;

use crate::agent::{Ground, counting, half, id, join, one_outcome, proposal, setting, setting_of, signer};
use crate::scheme::Hashes;

fn ground() -> Ground {
    Ground::new(Arc::new(LocalCoordinator::new(swarm_id!("swarm-001"))))
}

#[tokio::test(start_paused = true)]
async fn owners_without_a_coordinator_end_apart() {
    for (members, against, verdict) in
        [(4, 1, Decision::Approved), (4, 2, Decision::Rejected), (7, 3, Decision::Approved)]
    {
        let (ground, setting) = (ground(), setting(1, members));
        let mut agreements = Vec::new();
        for place in 0..members {
            let up = join(&ground, place, Arc::new(MemoryJournal::new())).await;
            let choice = if place < against { Choice::Against } else { Choice::For };
            agreements.push(up.agree(1, &setting, choice).await);
        }
        let agreed = one_outcome(&agreements, &setting).await;
        assert_eq!(agreed.record.verdict(), verdict);
        assert!(agreements.iter().all(|agreement| agreement.evidence().is_empty()));
    }
}

#[tokio::test(start_paused = true)]
async fn several_agreements_over_one_mailbox_are_mixed_up() {
    let (ground, many) = (ground(), 20);
    let settings: Vec<_> = (0..many).map(|content| setting(content, 4)).collect();
    let mut agreements: Vec<Vec<_>> = (0..many).map(|_| Vec::new()).collect();
    for place in 0..4 {
        let up = join(&ground, place, Arc::new(MemoryJournal::new())).await;
        for content in 0..many {
            let choice = if content % 2 == 0 { Choice::For } else { Choice::Against };
            agreements[content as usize].push(up.agree(content, &settings[content as usize], choice).await);
        }
        assert_eq!(up.half.open(), many as usize);
    }
    for content in 0..many {
        let agreed = one_outcome(&agreements[content as usize], &settings[content as usize]).await;
        let expected = if content % 2 == 0 { Decision::Approved } else { Decision::Rejected };
        assert_eq!(agreed.record.verdict(), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_comes_after_the_outcome_never_hears_of_it() {
    let (ground, setting) = (ground(), setting(1, 4));
    let mut agreements = Vec::new();
    for place in 0..3 {
        agreements
            .push(join(&ground, place, Arc::new(MemoryJournal::new())).await.agree(1, &setting, Choice::For).await);
    }
    one_outcome(&agreements, &setting).await;
    let late = join(&ground, 3, Arc::new(MemoryJournal::new())).await;
    agreements.push(late.agree(1, &setting, Choice::Against).await);
    assert_eq!(one_outcome(&agreements, &setting).await.record.verdict(), Decision::Approved);
}

#[tokio::test(start_paused = true)]
async fn a_restart_asks_the_voter_again_or_says_other_bytes() {
    let (ground, setting) = (ground(), setting(1, 4));
    let journal = Arc::new(MemoryJournal::new());
    // Others write into it as well.
    let other = NewRecord::new(record_kind!("note"), Timestamp::UNIX_EPOCH, "not mine");
    journal.append(vec![other.clone()]).await.unwrap();
    let up = join(&ground, 0, journal.clone()).await;
    let (voter, asked) = counting(Choice::For);
    up.agree_by(1, &setting, voter).await.unwrap();
    let mut listener = ground.swarm.join(id(1), Role::Member).await.unwrap();
    let before = loop {
        let envelope = listener.recv().await.unwrap();
        if *envelope.kind() == message_kinds::AGREEMENT {
            break envelope;
        }
    };
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    up.crash().await;
    journal.append(vec![other]).await.unwrap();

    let up = join(&ground, 0, journal.clone()).await;
    let (voter, asked) = counting(Choice::Against);
    up.agree_by(1, &setting, voter).await.unwrap();
    let after = listener.recv().await.unwrap();
    assert_eq!(after.payload(), before.payload(), "its word, to the byte");
    assert_eq!((asked.load(Ordering::SeqCst), up.half.counts().asked), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn what_an_agent_cannot_take_part_in_is_taken() {
    let (ground, of_four) = (ground(), setting(1, 4));
    let up = join(&ground, 0, Arc::new(MemoryJournal::new())).await;
    let code =
        |result: Result<_, AgreementError>| result.map(|_: moai_consensus::one_shot::Agreement| ()).unwrap_err().code();
    let yes = || voter_fn(|_| Choice::For);
    assert_eq!(code(up.agree_by(2, &of_four, yes()).await), "one_shot.other_proposal");
    up.agree_by(1, &of_four, yes()).await.unwrap();
    assert_eq!(code(up.agree_by(1, &of_four, yes()).await), "one_shot.already_open");
    let outsider = join(&ground, 4, Arc::new(MemoryJournal::new())).await;
    assert_eq!(code(outsider.agree_by(1, &of_four, yes()).await), "one_shot.not_eligible");
    let journal = Arc::new(MemoryJournal::new());
    let masked = Agreements::new(swarm_id!("swarm-001"), id(1), signer(2), Arc::new(Hashes), journal).await.unwrap();
    assert_eq!(code(masked.agree(&proposal(1), of_four.clone(), yes()).await), "one_shot.other_key");
    let few = up.half.clone().with_most_open(1);
    assert_eq!(code(few.agree(&proposal(3), setting(3, 4), yes()).await), "one_shot.too_many");
    assert_eq!(up.half.open(), 1);
}

#[tokio::test(start_paused = true)]
async fn agents_that_bear_other_faults_or_end_at_another_time_hear_each_other() {
    let ground = ground();
    let (one, other, later) = (setting(1, 4), setting_of(1, 4, 0, half(), 30), setting_of(1, 4, 1, half(), 31));
    assert_eq!((one.question(), one.question()), (other.question(), later.question()));
    assert!(one.instance() != other.instance() && one.instance() != later.instance());
    let mut ups = Vec::new();
    for (place, setting) in [&one, &other, &later].into_iter().enumerate() {
        let up = join(&ground, place, Arc::new(MemoryJournal::new())).await;
        up.agree(1, setting, Choice::For).await;
        ups.push(up);
    }
    tokio::time::sleep(Duration::from_secs(5)).await;
    for up in &ups {
        let counts = up.half.counts();
        assert_eq!((counts.taken, counts.rejected), (0, 0));
        assert!(counts.refused > 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_voter_cannot_tell_what_it_is_asked() {
    let (ground, setting) = (ground(), setting_of(7, 4, 1, half(), 30));
    let up = join(&ground, 0, Arc::new(MemoryJournal::new())).await;
    let (tell, told) = std::sync::mpsc::channel();
    let voter = voter_fn(move |request| {
        tell.send(request.clone()).unwrap();
        Choice::For
    });
    up.agree_by(7, &setting, voter).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let request = told.try_recv().unwrap();
    assert_eq!(request.instance, setting.question());
    assert_eq!((request.proposal, request.electorate), (proposal(7), setting.electorate().digest()));
    assert_eq!((request.deadline, request.round), (setting.deadline(), 1));
}

#[tokio::test(start_paused = true)]
async fn strangers_and_rubbish_get_in_or_go_uncounted() {
    let (ground, setting) = (ground(), setting(1, 4));
    let up = join(&ground, 0, Arc::new(MemoryJournal::new())).await;
    up.agree(1, &setting, Choice::For).await;
    let _mailboxes =
        [ground.swarm.join(id(9), Role::Member).await.unwrap(), ground.swarm.join(id(1), Role::Member).await.unwrap()];
    let mut right = vec![1];
    right.extend(setting.instance().as_bytes());
    let mut elsewhere = right.clone();
    elsewhere[5] ^= 1;
    let long = [right.clone(), vec![1; 100]].concat();
    for (from, payload) in [(9, right.clone()), (1, vec![]), (1, vec![1; 9]), (1, elsewhere), (1, right), (1, long)] {
        let none = CorrelationId::from_bytes([0; 16]);
        let envelope = Envelope::new(swarm_id!("swarm-001"), id(from), message_kinds::AGREEMENT, none, payload);
        ground.swarm.send(&id(0), envelope).await.unwrap();
    }
    tokio::time::sleep(Duration::from_millis(10)).await;
    let counts = up.half.counts();
    assert_eq!((counts.refused, counts.taken, counts.rejected), (4, 2, 2));
}

#[tokio::test(start_paused = true)]
async fn an_agent_has_no_other_half_beside_its_agreements() {
    let (ground, setting) = (ground(), setting(1, 4));
    let mailbox = ground.swarm.join(id(0), Role::Member).await.unwrap();
    let journal = Arc::new(MemoryJournal::new());
    let swarm = swarm_id!("swarm-001");
    let half = Agreements::new(swarm.clone(), id(0), signer(0), Arc::new(Hashes), journal).await.unwrap();
    let half = half.with_clock(ground.clock.clone());
    let voter = VoterHandler::new(swarm, id(0), voter_fn(|_| Choice::For));
    let loops = serve(mailbox, ground.swarm.clone(), vec![Box::new(voter), Box::new(half.clone())]);
    let task = tokio::spawn(loops);
    let mut agreements = vec![half.agree(&proposal(1), setting.clone(), voter_fn(|_| Choice::For)).await.unwrap()];
    for place in 1..4 {
        agreements
            .push(join(&ground, place, Arc::new(MemoryJournal::new())).await.agree(1, &setting, Choice::For).await);
    }
    one_outcome(&agreements, &setting).await;
    ground.swarm.leave(&id(0)).await.unwrap();
    let served = task.await.unwrap();
    assert_eq!((served.unclaimed, served.unready, served.unsent), (0, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn who_waits_is_left_waiting_when_the_agent_is_gone_or_told_to_stop() {
    let (ground, setting) = (ground(), setting(1, 4));
    let journal = Arc::new(MemoryJournal::new());
    let up = join(&ground, 0, journal.clone()).await;
    let agreement = up.agree(1, &setting, Choice::For).await;
    tokio::time::sleep(Duration::from_millis(1)).await;
    let half = up.half.clone();
    up.crash().await;
    assert_eq!((agreement.outcome().await.unwrap_err().code(), half.open()), ("one_shot.ended", 0));

    let up = join(&ground, 0, journal).await;
    let agreement = up.agree(1, &setting, Choice::For).await;
    agreement.end();
    assert_eq!(agreement.outcome().await, Err(AgreementError::Ended));
    // And it may take part again.
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert_eq!(up.half.open(), 0);
    up.agree(1, &setting, Choice::Against).await;
}

#[tokio::test(start_paused = true)]
async fn decided_agreements_fill_the_memory() {
    let ground = ground();
    let mut ups = Vec::new();
    for place in 0..4 {
        let mut up = join(&ground, place, Arc::new(MemoryJournal::new())).await;
        up.half = up.half.clone().with_most_open(3);
        ups.push(up);
    }
    for content in 0..10 {
        let setting = setting(content, 4);
        let mut agreements = Vec::new();
        for up in &ups {
            agreements.push(up.agree(content, &setting, Choice::For).await);
        }
        one_outcome(&agreements, &setting).await;
        assert!(ups.iter().all(|up| up.half.open() <= 3));
    }
}
