//! A document: of what was assigned to a place, or to its fields, all that no later assignment or removal has seen.

use std::sync::LazyLock;

use moai_core::{Value, value};
use moai_crdt::laws::Turn;
use moai_crdt::{Causal, Document, Path, Schema};

use super::lww_register::{ranked, slow};
use super::{Delta, Event, History, Subject};

/// Assigning a map with one field to a place, assigning a number to it, removing it; adding an element to a set, taking
/// it out; counting.
///
/// The map is assigned anew, after removing what is there. Else it would lean on the mark of the map that is there, and
/// who hears of it and not of that mark could leave an empty map: right, but beyond what can be said in one sentence.
/// What differs between two maps is tried in the tests of documents.
pub(crate) struct AssignClash;

const MAP: usize = 0;
const NUMBER: usize = 1;
const REMOVE: usize = 2;
const INSERT: usize = 3;
const COUNT: usize = 5;

struct Names {
    place: Path,
    set: Path,
    count: Path,
    schema: Schema,
}

static NAMES: LazyLock<Names> = LazyLock::new(|| Names {
    place: Path::from(["place"]),
    set: Path::from(["set"]),
    count: Path::from(["count"]),
    schema: Schema::new().set("/set").and_then(|schema| schema.counter("/count")).expect("paths"),
});

impl Subject for AssignClash {
    type State = Causal<Document>;
    /// What the place shows, the set, the count, and in how many places something is hidden.
    type Seen = ([Option<Value>; 3], usize);
    const OPS: usize = COUNT + 1;

    fn mutate(state: &mut Self::State, turn: Turn) -> Option<Delta<Self>> {
        let Names { place, set, count, schema } = &*NAMES;
        let number = Value::from(turn.number.cast_signed());
        match turn.op {
            MAP => state.remove(turn.by, place).and_then(|mut delta| {
                let field = value!({"field": (number)});
                delta.join(&state.assign(turn.by, slow(turn), place, &field, schema)?);
                Ok(delta)
            }),
            NUMBER => state.assign(turn.by, slow(turn), place, &number, schema),
            REMOVE => state.remove(turn.by, place),
            INSERT => state.insert(turn.by, set, &value!(1), schema),
            COUNT => state.increment(turn.by, count, turn.number.cast_signed(), schema),
            _ => state.take_out(turn.by, set, &value!(1), schema),
        }
        .ok()
    }

    fn observe(state: &Self::State) -> Self::Seen {
        let Names { place, set, count, .. } = &*NAMES;
        ([place, set, count].map(|path| state.get(path)), state.conflicts().len())
    }

    fn expected(history: &History<'_>) -> Self::Seen {
        let last = |op| history.unseen(|event: Event| event.turn.op <= REMOVE).filter(move |event| event.turn.op == op);
        let [fields, numbers] = [ranked(last(MAP), slow), ranked(last(NUMBER), slow)];
        let shown = |(_, _, number): &(_, _, u64)| Value::from(number.cast_signed());
        let place = match fields.first() {
            Some(field) => Some(value!({"field": (shown(field))})),
            None => numbers.first().map(shown),
        };
        let hides = (numbers.len() + usize::from(!fields.is_empty()) > 1, fields.len() > 1);

        let of_set = |event: Event| event.turn.op > REMOVE && event.turn.op < COUNT;
        // Taking out needs a set to take out of.
        let set = history.iter().any(|(_, event)| event.turn.op == INSERT).then(|| {
            let there = history.unseen(of_set).any(|event| event.turn.op == INSERT);
            if there { value!([1]) } else { value!([]) }
        });
        let mut counts = history.iter().filter(|(_, event)| event.turn.op == COUNT).peekable();
        let count =
            counts.peek().is_some().then(|| counts.map(|(_, event)| event.turn.number.cast_signed()).sum::<i64>());
        ([place, set, count.map(Value::from)], usize::from(hides.0) + usize::from(hides.1))
    }
}
