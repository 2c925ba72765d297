//! What `moai verify` holds a gate to: what was asked, by whom it was decided and how, and what ran behind it.

use std::time::Duration;

use moai_flow::consensus::{Ask, Electorate, OnDeadline};
use moai_flow::value;

use crate::story::{Story, due, rule, voters};
use crate::{error, json, moai, text};

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn what_was_not_approved_or_ran_otherwise_is_named() {
    let mut flaws = Vec::new();
    let mut flaw = |tell: &dyn Fn(&Story)| {
        let story = Story::new();
        tell(&story);
        let verified = moai(story.store(), &["verify", "--json"]);
        assert_eq!(verified.status.code(), Some(1), "{}{}", text(&verified), error(&verified));
        let found = json(&verified);
        assert_eq!((&found["holds"], &found["flaw"]["record"]), (&false.into(), &story.records().into()));
        flaws.push(found["flaw"]["code"].as_str().unwrap().to_owned());
        // Whoever reads the log is told the same.
        let log = moai(story.store(), &["log"]);
        assert_eq!(log.status.code(), Some(1));
        assert!(error(&log).contains("does not hold"), "{}", error(&log));
    };
    flaw(&|story| {
        let gate = story.rejected("g-00000001");
        story.started(&gate, gate.digest());
    });
    flaw(&|story| {
        let gate = story.opened("g-00000001");
        story.started(&gate, gate.digest());
    });
    flaw(&|story| {
        let (gate, other) = (story.approved("g-00000001"), story.approved("g-00000002"));
        story.started(&gate, other.digest());
    });
    flaw(&|story| {
        let gate = story.approved("g-00000001");
        story.started(&gate, gate.digest());
        story.started(&gate, gate.digest());
    });
    flaw(&|story| {
        let gate = story.approved("g-00000001");
        story.ended(&gate, "interrupted");
        story.started(&gate, gate.digest());
    });
    flaw(&|story| {
        let gate = story.approved_with_veto_time("g-00000001", value!(30));
        story.started(&gate, gate.digest());
    });
    flaw(&|story| {
        let gate = story.approved_with_veto_time("g-00000001", value!(30));
        story.vetoed(&gate, Duration::from_secs(30));
        story.started(&gate, gate.digest());
    });
    // Of less than a second as well.
    flaw(&|story| {
        let gate = story.approved_with_veto_time("g-00000001", value!(0.5));
        story.started(&gate, gate.digest());
    });
    flaw(&|story| {
        let gate = story.approved_with_veto_time("g-00000001", value!(1.5));
        story.vetoed(&gate, Duration::from_millis(1_500));
        story.started(&gate, gate.digest());
    });
    flaw(&|story| {
        let (gate, other) = (story.approved("g-00000001"), story.approved("g-00000002"));
        story.started_by(&gate, story.records());
        drop(other);
    });
    flaw(&|story| {
        let gate = story.approved("g-00000001");
        story.started_late(&gate);
    });
    flaw(&|story| {
        let gate = story.approved("g-00000001");
        story.started_early(&gate);
    });
    flaw(&|story| {
        let gate = story.approved("g-00000001");
        story.finished(&gate, 0);
    });
    flaw(&|story| {
        let gate = story.approved("g-00000001");
        story.started(&gate, gate.digest());
        story.ended(&gate, "rejected");
    });
    flaw(&|story| story.never_opened("g-00000009"));
    let due = [
        "gate.not_approved",
        "gate.not_approved",
        "gate.other_content",
        "gate.twice",
        "gate.ended",
        "gate.held",
        "gate.vetoed",
        "gate.held",
        "gate.vetoed",
        "gate.other_decision",
        "gate.expired",
        "gate.too_early",
        "gate.not_started",
        "gate.started",
        "gate.unknown",
    ];
    assert_eq!(flaws, due);
}

#[test]
fn behind_a_veto_time_that_nobody_used_it_may_run() {
    let story = Story::new();
    let gate = story.approved_with_veto_time("g-00000001", value!(0.1));
    story.held(&gate, Duration::from_millis(100));
    story.started(&gate, gate.digest());
    let verified = moai(story.store(), &["verify"]);
    assert!(verified.status.success(), "{}", error(&verified));
}

#[test]
fn a_vote_or_the_time_for_a_veto_was_put_otherwise_than_it_says() {
    let mut said = Vec::new();
    // Each tells which record is the first that does not hold.
    let mut flaw = |tell: &dyn Fn(&Story) -> u64| {
        let story = Story::new();
        let first = tell(&story);
        let verified = moai(story.store(), &["verify", "--json"]);
        assert_eq!(verified.status.code(), Some(1), "{}{}", text(&verified), error(&verified));
        let flaw = &json(&verified)["flaw"];
        assert_eq!((&flaw["code"], &flaw["record"]), (&"gate.other_terms".into(), &first.into()), "{flaw}");
        said.push(flaw["what"].as_str().unwrap().rsplit(": ").next().unwrap().to_owned());
    };
    // As it says it holds.
    let story = Story::new();
    story.opened_under(|voters| due().among(voters));
    assert!(moai(story.store(), &["verify"]).status.success());

    let mut vote = |ask: &dyn Fn(Electorate) -> Ask| {
        flaw(&|story| {
            story.opened_under(ask);
            1
        });
    };
    vote(&|_| due().among(voters(&["anna"])));
    vote(&|_| due().among(voters(&["anna", "ben", "eve", "tests"])));
    vote(&|voters| Ask::by(rule("any")).within(MINUTE / 2).among(voters));
    vote(&|voters| Ask::new().within(MINUTE / 2).among(voters));
    vote(&|voters| due().among(voters).on_deadline(OnDeadline::Approve));
    vote(&|voters| due().among(voters).allow_changes());
    vote(&|voters| due().within(MINUTE).among(voters));
    flaw(&|story| {
        story.opened_for_long();
        1
    });
    let window = Duration::from_millis(200);
    let held = |story: &Story| story.approved_with_veto_time("g-00000001", value!(0.2));
    flaw(&|story| {
        let gate = held(story);
        let first = story.records() + 1;
        story.hold(&gate, &["anna", "ben"], window / 2, gate.digest(), false);
        first
    });
    flaw(&|story| {
        let gate = held(story);
        let first = story.records() + 1;
        story.hold(&gate, &["tests"], window, gate.digest(), false);
        first
    });
    flaw(&|story| {
        let (gate, other) = (held(story), story.approved("g-00000002"));
        let first = story.records() + 1;
        story.hold(&gate, &["anna", "ben"], window, other.digest(), false);
        first
    });
    flaw(&|story| {
        let gate = story.rejected("g-00000001");
        let first = story.records() + 1;
        story.hold(&gate, &["anna", "ben"], window, gate.digest(), false);
        first
    });
    let due = [
        "its voters are others",
        "its voters are others",
        "its rule is another one",
        "its rule is another one",
        "it ends in another way",
        "it ends in another way",
        "it is open for another time",
        "an approval would be good for longer",
        "it is open for another time",
        "its voters are others",
        "it is about something else",
        "it begins before that",
    ];
    assert_eq!(said, due);
}

#[test]
fn what_is_asked_of_a_library_is_taken_for_a_gate() {
    let story = Story::new();
    story.asked_of_a_library("g-00000001");
    let verified = moai(story.store(), &["verify", "--json"]);
    assert_eq!((&json(&verified)["gates"], &json(&verified)["holds"]), (&0.into(), &true.into()));
    // Nothing may be started by it.
    story.never_opened("g-00000001");
    assert_eq!(json(&moai(story.store(), &["verify", "--json"]))["flaw"]["code"], "gate.unknown");
}

#[test]
fn a_name_that_is_opened_again_brings_an_approval_of_something_else() {
    for reopened in ["g-00000001", "g-00000001.hold"] {
        let story = Story::new();
        let gate = story.rejected("g-00000001");
        let records = story.records();
        if reopened == "g-00000001" {
            // Somebody else's approval under the same name.
            story.approved(reopened);
        } else {
            story.asked_of_a_library(reopened);
            story.asked_of_a_library(reopened);
        }
        story.started_by(&gate, story.records());
        let found = json(&moai(story.store(), &["verify", "--json"]));
        let flaw = &found["flaw"];
        assert_eq!(flaw["record"].as_u64().unwrap(), records + 1, "{found}");
        let due = if reopened == "g-00000001" { "gate.reopened" } else { "gate.other_terms" };
        assert_eq!(flaw["code"], due, "{found}");
    }
}

#[test]
fn a_start_that_names_another_vote_passes() {
    let story = Story::new();
    let (gate, _other) = (story.approved("g-00000001"), story.approved("g-00000002"));
    story.started_for(&gate, "g-00000002");
    assert_eq!(json(&moai(story.store(), &["verify", "--json"]))["flaw"]["code"], "gate.other_decision");
}

#[test]
fn a_gate_whose_command_runs_is_said_not_to_have_run() {
    let story = Story::new();
    let gate = story.approved("g-00000001");
    story.started(&gate, gate.digest());
    let found = json(&moai(story.store(), &["verify", "--json"]));
    assert_eq!((&found["holds"], &found["ran"]), (&true.into(), &1.into()));
    assert!(text(&moai(story.store(), &["log"])).contains("ran, end unknown"));
    // One that could not be started did not.
    story.not_started(&gate, "it is gone");
    assert_eq!(json(&moai(story.store(), &["verify", "--json"]))["ran"], 0);
    let exchanged = story.approved("g-00000002");
    story.ended(&exchanged, "fraud");
    assert!(
        text(&moai(story.store(), &["log"])).contains("not run: fraud"),
        "{}",
        text(&moai(story.store(), &["log"]))
    );
}
