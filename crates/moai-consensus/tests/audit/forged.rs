//! What a forger does who owns the journal, and computes the chain anew: the recomputation finds it.

use std::collections::BTreeSet;

use moai_consensus::audit::Flawed;
use moai_consensus::{Ballot, Choice, Entry, Evidence, Input, QuorumAlgorithm};
use moai_core::{Coded, NewRecord, Record, algorithm_name, value};

use crate::scribe::{Scribe, at, audit, chained, entry, id, opening, verified};

/// Opened, two ballots, decided, and a late one: 2 of 3 are for it.
fn vote() -> Scribe {
    let mut vote = Scribe::open(&QuorumAlgorithm::new(), opening("drop-tables", algorithm_name!("quorum"), 3));
    vote.now = at(5);
    vote.say("agent-1", Choice::For);
    vote.say("agent-2", Choice::Against);
    vote.say("agent-3", Choice::For);
    vote.now = at(6);
    vote
}

/// With the JSON of one record changed.
fn with(written: &[NewRecord], place: usize, change: impl FnOnce(&mut serde_json::Value)) -> Vec<Record> {
    let mut forged = written.to_vec();
    let mut json = serde_json::from_slice(&forged[place].payload).unwrap();
    change(&mut json);
    forged[place].payload = serde_json::to_vec(&json).unwrap().into();
    chained(forged)
}

#[track_caller]
fn refused(records: &[Record], seq: u64) -> Flawed {
    let flawed = verified(audit(), records).expect_err("it is forged");
    assert_eq!(flawed.seq, seq, "{flawed}");
    let text = flawed.to_string();
    assert!(text.ends_with(&flawed.aftermath().to_string()), "{text:?} does not say what state is left");
    flawed
}

#[test]
fn the_order_of_the_fields_is_the_forgery() {
    let vote = vote();
    // The same, written in another order, holds: what is compared is what it says.
    verified(audit(), &with(&vote.written, 4, |_| {})).unwrap();
}

#[test]
fn a_field_of_a_decision_is_changed_and_the_chain_computed_anew() {
    let vote = vote();
    let decided: serde_json::Value = serde_json::from_slice(&vote.written[4].payload).unwrap();
    let other = |field: &str, value: &serde_json::Value| match field {
        "decision" => value!("rejected").to_json().unwrap(),
        "basis" => r#""deadline""#.into(),
        "proposal" | "algorithm_used" => r#""another""#.into(),
        "decided_at" | "opened_at" => r#""2001-01-01T00:00:00Z""#.into(),
        "instance" => format!("{:?}", "ab".repeat(32)),
        "threshold_exact" => r#""2/3""#.into(),
        "participants" => r#"["agent-1"]"#.into(),
        "silent" => r#"["agent-3"]"#.into(),
        "invalid" => r#"[{"voter": "agent-3", "cause": "it crashed"}]"#.into(),
        "dissent" | "evidence" => "[]".into(),
        "metadata" => r#"{"more": 1}"#.into(),
        "exact" => "false".into(),
        "electorate" => serde_json::to_string(&crate::scribe::agents(4)).unwrap(),
        "weights" => r#"{"in_favour": 3, "against": 0, "abstained": 0, "total": 3, "unit": 1}"#.into(),
        "threshold" => "0.75".into(),
        _ if value.is_number() => "7".into(),
        _ => r#""something else""#.into(),
    };
    let mut changed = 0;
    for (field, value) in decided.as_object().unwrap() {
        let instead: serde_json::Value = serde_json::from_str(&other(field, value)).unwrap();
        if instead == *value {
            continue;
        }
        let forged = with(&vote.written, 4, |json| json[field] = instead);
        let flawed = refused(&forged, 5);
        if !["proposal", "instance", "decided_at"].contains(&field.as_str()) {
            let text = flawed.to_string();
            assert!(flawed.code() == "audit.recomputed" && text.contains(&format!("`{field}")), "{text}");
        }
        changed += 1;
    }
    assert!(changed >= 20, "{changed}");
}

#[test]
fn a_code_of_a_flaw_is_never_met() {
    let mut met = BTreeSet::new();
    let mut meets = |code: &'static str, records: &[Record], seq| {
        assert_eq!(refused(records, seq).code(), code);
        met.insert(code);
    };
    let vote = vote();
    let written = &vote.written;
    let put = |place: usize, its: Entry| {
        let mut forged = written.clone();
        forged.insert(place, entry(vote.now.min(written[place.min(4)].time), &its));
        chained(forged)
    };
    let without = |place: usize| {
        let mut forged = written.clone();
        forged.remove(place);
        chained(forged)
    };
    let ballot = |voter, choice| Ballot::new(id(voter), vote.opening.proposal.id().clone(), vote.instance, choice);

    let mut spoilt = written.clone();
    spoilt[1].payload = "{}".into();
    meets("audit.unreadable", &chained(spoilt), 2);
    meets("audit.not_opened", &without(0), 1);
    meets("audit.not_opened", &put(5, Entry::Ballot(ballot("agent-3", Choice::Against).into())), 6);

    let weighs = with(written, 0, |json| json["algorithm"] = "weighted".into());
    meets("audit.instance", &weighs, 2);
    meets("audit.instance", &with(written, 0, |json| json["proposal"]["content"]["action"] = "drop all".into()), 2);
    meets("audit.instance", &with(written, 0, |json| json["electorate"]["electors"][0]["weight"] = 5.into()), 2);
    let too_few = with(written, 0, |json| json["algorithm"] = "byzantine".into());
    meets("audit.opening", &too_few, 1);

    meets("audit.stranger", &with(written, 2, |json| json["voter"] = "mallory".into()), 3);
    let again = || ballot("agent-1", Choice::For).because("as I think");
    meets("audit.twice", &put(2, Entry::Ballot(again().into())), 3);
    meets("audit.twice", &put(2, Entry::Ballot(ballot("agent-1", Choice::Against).into())), 3);
    meets("audit.refused", &with(written, 2, |json| json["round"] = 2.into()), 3);
    let veto = |by| Entry::Vetoed { proposal: vote.opening.proposal.id().clone(), by: id(by), reason: "no".into() };
    meets("audit.refused", &put(3, veto("agent-1")), 4);

    let mut shown = Evidence::clone(&vote.evidence("agent-1"));
    shown.second = shown.first.clone();
    meets("audit.evidence", &put(3, Entry::Evidence(shown.into())), 4);
    meets("audit.not_late", &put(3, Entry::Late(ballot("agent-3", Choice::For).into())), 4);

    // A ballot that decided is taken out, another one is turned, the decision is taken out, a veto is taken back.
    meets("audit.undecided", &without(3), 4);
    meets("audit.recomputed", &with(written, 3, |json| json["choice"] = "against".into()), 5);
    meets("audit.recomputed", &with(written, 2, |json| json["reason"] = "I never said that".into()), 5);
    meets("audit.due", &without(4), 5);
    let mut vetoed = Scribe::open(&QuorumAlgorithm::new(), opening("p", algorithm_name!("quorum"), 3));
    vetoed.say("agent-1", Choice::For);
    vetoed.give(Input::Veto { by: id("agent-3"), reason: "no".into() });
    let mut taken_back = vetoed.written.clone();
    taken_back.remove(2);
    meets("audit.undecided", &chained(taken_back), 3);

    let mut earlier = written.clone();
    earlier[2].time = at(4);
    meets("audit.time", &chained(earlier), 3);
    let mut later = written.clone();
    later[4].time = at(7);
    meets("audit.time", &chained(later), 5);

    #[cfg(feature = "signing")]
    {
        let signed = crate::signed::vote();
        meets("audit.signature", &with(&signed, 2, |json| json["choice"] = "for".into()), 3);
    }
    #[cfg(not(feature = "signing"))]
    met.insert("audit.signature");

    let missing: Vec<_> = Flawed::CODES.iter().filter(|code| !met.contains(*code)).collect();
    assert!(missing.is_empty(), "never met: {missing:?}");
}
