//! Two replicas of a million keys of which a hundred were changed: what it takes until both know which entries to send.

use moai_core::{Digest, DigestBuilder};
use moai_sync::reconcile::{Answered, Answerer, Asked, Asker, ReconcileKey, ReconcileLimits, ReconcileSet};

use crate::contest::{Contest, median};
use crate::gauge::Gauge;
use crate::inputs::{keys, numbers};
use crate::report::Report;
use crate::unit::Unit;

const KEYS: usize = 1_000_000;
const CHANGED: usize = 100;

/// So many exchanges with other keys and other changes tell the middle and the worst.
const SEEDS: u64 = 200;

/// Of the same work, measured before: range-based reconciliation, and a Merkle tree with sixteen branches.
const NEGENTROPY: f64 = 170e3;
const MERKLE: f64 = 45e3;
const LIMIT: f64 = 7_500.0;
const LIMIT_EQUAL: f64 = 64.0;

const ROWS: [&str; 10] = [
    "reconcile-bytes",
    "reconcile-bytes-worst",
    "reconcile-equal-bytes",
    "reconcile-equal",
    "reconcile-change",
    "reconcile-encode",
    "reconcile-exchange-kept",
    "reconcile-decode",
    "reconcile-insert",
    "reconcile-heap-per-entry",
];

pub(super) fn run(report: &mut Report) {
    if !ROWS.iter().any(|row| report.wants(row)) {
        return;
    }
    let [middle, worst, equal_bytes, equal, changed, encoded, kept, decoded, inserted, heap] = ROWS;
    let names = keys(0, KEYS);
    let mut ours = filled(&names);
    let mut theirs = ours.clone();

    if report.wants(middle) {
        // Whoever wants the one wants the other: their names begin alike.
        let seeds = if report.quick { 5 } else { SEEDS };
        let (mut bytes, mut rounds) = (Vec::new(), Vec::new());
        for seed in 1..=seeds {
            change(&mut theirs, &names, seed);
            let told = exchange(&mut ours, &mut theirs, key(seed));
            change_back(&mut theirs, &names, seed);
            // A reference may mean a second entry: once in about forty exchanges.
            assert!(told.offered == CHANGED && (CHANGED..CHANGED + 3).contains(&told.wanted));
            bytes.push(told.bytes as f64);
            rounds.push((told.messages / 2) as f64);
        }
        let most = |figures: &[f64]| figures.iter().copied().fold(0.0, f64::max);
        eprintln!(
            "{middle}: {:.0} round trips in the middle, {:.0} at the most",
            median(rounds.clone()),
            most(&rounds)
        );
        for (row, figure) in [(worst, most(&bytes)), (middle, median(bytes))] {
            Contest::new(row, Unit::Bytes, |gauge| gauge.recorded(figure))
                .peer("limit-of-7.5-KB", 1.0, |gauge| gauge.recorded(LIMIT))
                .peer("recorded:negentropy", None, |gauge| gauge.recorded(NEGENTROPY))
                .peer("recorded:merkle-16", None, |gauge| gauge.recorded(MERKLE))
                .run(report);
        }
    }

    let bytes = exchange(&mut ours, &mut theirs, key(0)).bytes;
    Contest::new(equal_bytes, Unit::Bytes, |gauge| gauge.bytes(1, bytes))
        .peer("limit-of-64-bytes", 1.0, |gauge| gauge.recorded(LIMIT_EQUAL))
        .run(report);
    Contest::new(equal, Unit::Time, |gauge| {
        gauge.time(1_000, || {
            for _ in 0..1_000 {
                exchange(&mut ours, &mut theirs, key(0));
            }
        });
    })
    .run(report);

    // Both sides' work, under a key whose symbols both keep.
    change(&mut theirs, &names, 1);
    exchange(&mut ours, &mut theirs, key(1));
    Contest::new(kept, Unit::Time, |gauge| gauge.time(1, || exchange(&mut ours, &mut theirs, key(1)))).run(report);
    Contest::new(decoded, Unit::Time, |gauge| decode(gauge, &mut ours, &mut theirs)).run(report);
    // A content is taken out and another put in, while the symbols of two keys are kept.
    exchange(&mut ours, &mut theirs, key(2));
    Contest::new(changed, Unit::Time, |gauge| {
        gauge.time(2 * CHANGED, || {
            change_back(&mut theirs, &names, 1);
            change(&mut theirs, &names, 1);
        });
    })
    .run(report);
    let mut fresh = 1_000;
    Contest::new(encoded, Unit::Time, |gauge| {
        fresh += 1;
        let (_, open) = Asker::open(&ours, key(fresh), ReconcileLimits::default());
        let mut answerer = Answerer::new(ReconcileLimits::default());
        gauge.time(1, || answerer.receive(&mut theirs, &open).expect("an answer"))
    })
    .run(report);
    drop((ours, theirs));

    Contest::new(inserted, Unit::Time, |gauge| gauge.time(KEYS, || filled(&names))).run(report);
    // With the keys, of 22 bytes each in a text of its own.
    Contest::new(heap, Unit::Bytes, |gauge| gauge.heap(KEYS, || filled(&names))).run(report);
}

/// Every key in version 0.
fn filled(names: &[String]) -> ReconcileSet<String> {
    let mut set = ReconcileSet::new();
    for name in names {
        set.insert(name.clone(), &content(0));
    }
    set
}

/// What an exchange took.
struct Told {
    bytes: usize,
    messages: usize,
    offered: usize,
    wanted: usize,
}

/// Every message until both sides know what to send.
fn exchange(ours: &mut ReconcileSet<String>, theirs: &mut ReconcileSet<String>, key: ReconcileKey) -> Told {
    let limits = ReconcileLimits::default();
    let (mut asker, mut question) = Asker::open(ours, key, limits.clone());
    let mut answerer = Answerer::new(limits);
    let mut told = Told { bytes: 0, messages: 0, offered: 0, wanted: 0 };
    loop {
        told.bytes += question.len();
        told.messages += 1;
        let answer = match answerer.receive(theirs, &question).expect("an answer") {
            Answered::Send(answer) => answer,
            Answered::Wanted { keys, gone: 0 } => {
                told.wanted = keys.len();
                return told;
            }
            other => panic!("{other:?}"),
        };
        told.bytes += answer.len();
        told.messages += 1;
        question = match asker.receive(ours, &answer).expect("a question") {
            Asked::Send(question) => question,
            Asked::Differ { offer, send, .. } => {
                told.offered = offer.len();
                send
            }
            Asked::Same => return told,
            other => panic!("{other:?}"),
        };
    }
}

/// What the asker does with symbols, when its own are ready.
fn decode(gauge: &mut Gauge, ours: &mut ReconcileSet<String>, theirs: &mut ReconcileSet<String>) {
    let limits = ReconcileLimits::default();
    let (mut asker, mut question) = Asker::open(ours, key(1), limits.clone());
    let mut answerer = Answerer::new(limits);
    let mut answers = Vec::new();
    loop {
        let Answered::Send(answer) = answerer.receive(theirs, &question).expect("an answer") else {
            panic!("no symbols")
        };
        let asked = asker.receive(ours, &answer).expect("a question");
        answers.push(answer);
        match asked {
            Asked::Send(next) => question = next,
            _ => break,
        }
    }
    let (mut again, _) = Asker::open(ours, key(1), ReconcileLimits::default());
    gauge.time(1, || {
        for answer in &answers {
            let _asked = again.receive(ours, answer).expect("the same again");
        }
    });
}

fn change(set: &mut ReconcileSet<String>, names: &[String], seed: u64) {
    each(names, seed, |name| assert!(set.replace(name.clone(), &content(0), &content(seed))));
}

fn change_back(set: &mut ReconcileSet<String>, names: &[String], seed: u64) {
    each(names, seed, |name| assert!(set.replace(name.clone(), &content(seed), &content(0))));
}

/// A hundred names without a pattern, each once.
fn each(names: &[String], seed: u64, change: impl FnMut(&String)) {
    let step = names.len() / CHANGED;
    let within = numbers(seed, CHANGED).into_iter().map(|number| (number % step as u64) as usize);
    within.zip(names.chunks(step)).filter_map(|(at, part)| part.get(at)).for_each(change);
}

fn content(version: u64) -> Digest {
    DigestBuilder::new("moai/bench/1").u64(version).finish()
}

fn key(seed: u64) -> ReconcileKey {
    let [one, two] = numbers(seed, 2)[..] else { panic!("two numbers") };
    ReconcileKey::from_bytes((u128::from(one) << 64 | u128::from(two)).to_be_bytes())
}
