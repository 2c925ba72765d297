//! Whoever was not there verifies all of it.

use moai_flow::consensus::audit::Audit;
use moai_flow::store::MemoryJournal;
use moai_flow::swarm::audit::{VerifyError, verify};
use moai_flow::{Coded as _, Head, Journal as _, NewRecord, Record};

use super::super::fact::Fact;
use super::super::picture::Mood;
use super::super::stage::{Stage, Upset};
use super::{families, two_faces};

/// What a stranger must know of how it was decided.
fn audit() -> Result<Audit, Upset> {
    let audit = Audit::new().with_algorithm(two_faces::ALGORITHM, two_faces::algorithm()?);
    Ok(audit.with_algorithm(families::ALGORITHM, families::algorithm()?))
}

pub(super) async fn play(stage: &Stage) -> Result<(), Upset> {
    let report = verify(stage.journal.as_ref(), audit()?, None).await?;
    let (votes, head) = (&report.votes, report.head());
    let decided: u64 = votes.decisions.values().sum();
    stage.teller.fact(
        Fact::check(
            "verified",
            report.is_complete() && votes.recomputed == decided && votes.open.is_empty() && decided > 0,
            format!(
                "{} records hold: {} of {decided} decisions recomputed, each the same",
                votes.records(),
                votes.recomputed
            ),
        )
        .with("records", votes.records())
        .with("recomputed", votes.recomputed),
    )?;
    stage.teller.fact(
        Fact::check(
            "recorded",
            votes.evidence == 1 && votes.vetoes == 1,
            format!("in it: {} proof of a lie, {} veto, with who and why", votes.evidence, votes.vetoes),
        )
        .with("evidence", votes.evidence)
        .with("vetoes", votes.vetoes),
    )?;
    stage.teller.look(|picture| picture.seat("journal", Mood::For, "holds"))?;

    let records = read_all(stage).await?;
    let turned = records.iter().rev().find(|record| is_decision(record)).ok_or("something was decided")?.seq;
    let (forged, end) = forge(&records, turned).await?;
    let refused = verify(&forged, audit()?, None).await.err();
    let (seq, code) = match &refused {
        Some(VerifyError::Flawed(flawed)) => (flawed.seq, flawed.code()),
        _ => (0, "nothing"),
    };
    stage.teller.fact(
        Fact::check(
            "forged",
            seq == turned && end.seq == head.seq && end != head,
            format!("a copy with the last decision turned, and every hash made anew: refused at record {seq} ({code})"),
        )
        .with("turned", turned)
        .with("named", seq),
    )?;

    let cut = MemoryJournal::new();
    copy(&cut, records.iter().take(records.len() - 1).cloned()).await?;
    let cut = verify(&cut, audit()?.through(head), None).await.err();
    let code = cut.as_ref().map_or("nothing", VerifyError::code);
    stage.teller.fact(Fact::check(
        "shortened",
        code == "journal.missing",
        format!("a copy without its last record: refused against the head that was written down ({code})"),
    ))?;
    stage.teller.look(|picture| picture.seat("verifier", Mood::For, format!("head {}", short(head))))?;
    if report.is_complete() {
        stage.teller.verified(head);
    }
    Ok(())
}

async fn read_all(stage: &Stage) -> Result<Vec<Record>, Upset> {
    let mut records: Vec<Record> = Vec::new();
    loop {
        let page = stage.journal.read(records.len() as u64 + 1, 1_000).await?;
        if page.is_empty() {
            return Ok(records);
        }
        records.extend(page);
    }
}

fn is_decision(record: &Record) -> bool {
    record.kind.as_str() == "consensus_decided"
}

/// The same records in which one decision says the opposite, in a chain that holds.
async fn forge(records: &[Record], turned: u64) -> Result<(MemoryJournal, Head), Upset> {
    let forged = MemoryJournal::new();
    let turn = |mut record: Record| {
        if record.seq == turned {
            let text = String::from_utf8_lossy(&record.payload).into_owned();
            record.payload = text.replacen(r#""decision":"rejected""#, r#""decision":"approved""#, 1).into();
        }
        record
    };
    let end = copy(&forged, records.iter().cloned().map(turn)).await?;
    Ok((forged, end))
}

async fn copy(to: &MemoryJournal, records: impl Iterator<Item = Record>) -> Result<Head, Upset> {
    let mut head = Head::EMPTY;
    for record in records {
        head = to.append(vec![NewRecord::new(record.kind, record.time, record.payload)]).await?;
    }
    Ok(head)
}

fn short(head: Head) -> String {
    let whole = head.to_string();
    whole.get(..whole.len().min(12)).unwrap_or(&whole).to_owned()
}
