//! A verifier that was written from `docs/audit.md` alone: it shares no code with the library, neither for JSON's meaning nor
//! for hashing. What it says is held against what the library says.

mod canonical;
mod sha256;
mod verifier;

use std::sync::Arc;

use moai_consensus::audit::Audit;
use moai_consensus::{Ask, Choice, ConsensusManager, Elector, Electorate, ManagerOptions};
use moai_core::{
    Batch, Coordinator, Head, Journal, LocalCoordinator, MemoryProvider, NewRecord, Record, Role, StateKey, agent_id,
    namespace, swarm_id, value,
};
use moai_store::{MemoryJournal, MemoryStore};
use moai_swarm::audit::{AuditedMemory, Trail, verify};

/// The records as lines of JSON: what somebody is handed who verifies them.
async fn lines() -> Vec<String> {
    let journal = Arc::new(MemoryJournal::new());
    let swarm = Arc::new(LocalCoordinator::new(swarm_id!("production")));
    let mut mailboxes = Vec::new();
    for id in [agent_id!("anna"), agent_id!("ben"), agent_id!("carla")] {
        mailboxes.push(swarm.join(id, Role::Member).await.unwrap());
    }
    let manager =
        ConsensusManager::with(swarm.clone(), ManagerOptions::default().with_journal(journal.clone())).await.unwrap();
    let electors = [agent_id!("anna"), agent_id!("ben"), agent_id!("carla")].map(Elector::new);
    let [anna, ben, carla] = electors;
    let owners = Electorate::new([anna.with_veto(), ben.weighing(2), carla]).unwrap();
    for (number, voters) in [["carla", "ben", "anna"], ["ben", "carla", "anna"]].into_iter().enumerate() {
        let content = value!({"number": number as u64, "offset": -3, "share": 0.5, "tags": ["a", null, true], "ü": {}});
        let mut ticket = manager.open(content, Ask::new().among(owners.clone())).await.unwrap();
        for (place, voter) in voters.into_iter().enumerate() {
            let choice = if place == 0 { Choice::Against } else { Choice::For };
            let voter = moai_core::AgentId::new(voter).unwrap();
            let ballot = manager.ballot(ticket.proposal(), voter, choice).unwrap().because("so I think");
            manager.record_vote(ballot).await.unwrap();
        }
        assert!(ticket.outcome().await.unwrap().is_approved());
    }
    let mut vetoed = manager.open(value!("drop all"), Ask::new().among(owners)).await.unwrap();
    manager.veto(vetoed.proposal().clone(), agent_id!("anna"), "not on a Friday").await.unwrap();
    vetoed.outcome().await.unwrap();
    manager.shutdown().await;
    let memory = AuditedMemory::new(Arc::new(MemoryStore::new().unwrap()), journal.clone());
    for value in ["1", "2"] {
        let batch = Batch::new().put(namespace!("state"), StateKey::new("a").unwrap(), value);
        memory.commit(swarm.swarm_id(), batch).await.unwrap();
    }
    verify(journal.as_ref(), Audit::new(), None).await.unwrap();
    let records = journal.read(1, 100).await.unwrap();
    records.iter().map(|record| serde_json::to_string(record).unwrap()).collect()
}

/// Where the library finds the first bad line.
fn by_the_library(lines: &[String]) -> Option<usize> {
    let mut trail = Trail::new(Audit::new());
    lines
        .iter()
        .position(|line| serde_json::from_str::<Record>(line).ok().is_none_or(|record| trail.take(&record).is_err()))
}

#[tokio::test]
async fn the_page_is_not_enough_to_verify_a_journal() {
    let lines = lines().await;
    let verified = verifier::verify(&lines).unwrap();
    assert_eq!((verified.approved, verified.rejected, verified.commits), (2, 1, 2));
    assert_eq!(by_the_library(&lines), None);
}

#[tokio::test]
async fn a_changed_line_passes_one_of_the_two() {
    let lines = lines().await;
    let mut changed = 0;
    for place in 0..lines.len() {
        // Some bytes with every one of their bits keep it short; the library's own test flips all of them.
        for byte in (0..lines[place].len()).step_by(29) {
            for bit in 0..8 {
                let mut bytes = lines[place].clone().into_bytes();
                bytes[byte] ^= 1 << bit;
                let Ok(line) = String::from_utf8(bytes) else { continue };
                let mut forged = lines.clone();
                forged[place] = line;
                assert_eq!(verifier::verify(&forged).err(), Some(place), "{}", forged[place]);
                assert_eq!(by_the_library(&forged), Some(place), "{}", forged[place]);
                changed += 1;
            }
        }
    }
    assert!(changed > 1_000, "{changed}");
}

#[tokio::test]
async fn a_decision_that_was_turned_with_the_chain_computed_anew_passes_one_of_the_two() {
    let honest = lines().await;
    let mut head = Head::EMPTY;
    let mut turned = None;
    let mut forged = Vec::new();
    for (place, line) in honest.iter().enumerate() {
        let record: Record = serde_json::from_str(line).unwrap();
        let mut payload = record.payload.clone();
        if turned.is_none() && record.kind.as_str() == "consensus_decided" {
            turned = Some(place);
            let text = String::from_utf8(payload.to_vec()).unwrap();
            payload = text.replace(r#""decision":"approved""#, r#""decision":"rejected""#).into();
            assert_ne!(payload, record.payload);
        }
        let record = Record::after(head, NewRecord::new(record.kind, record.time, payload)).unwrap();
        head = record.head();
        forged.push(serde_json::to_string(&record).unwrap());
    }
    assert_eq!(verifier::verify(&forged).err(), turned);
    assert_eq!(by_the_library(&forged), turned);
}
