//! The crate `loro`: documents that keep their history.

use loro::{ExportMode, LoroDoc, LoroMap, LoroValue, ValueOrContainer};

use crate::map_side::MapSide;

pub(crate) struct Map {
    document: LoroDoc,
    map: LoroMap,
}

impl Map {
    fn export(&self, mode: ExportMode<'_>) -> Vec<u8> {
        self.document.export(mode).expect("a document in memory can be exported")
    }
}

impl MapSide for Map {
    type Sent = Vec<u8>;

    fn new(replica: u64) -> Self {
        let document = LoroDoc::new();
        document.set_peer_id(replica).expect("nothing was written yet");
        let map = document.get_map("map");
        Self { document, map }
    }

    fn set_all(&mut self, keys: &[String]) {
        for (key, value) in keys.iter().zip(0_i64..) {
            self.map.insert(key, value).expect("the map is attached");
        }
        self.document.commit();
    }

    fn sum(&self, keys: &[String]) -> u64 {
        let value = |key: &String| match self.map.get(key) {
            Some(ValueOrContainer::Value(LoroValue::I64(value))) => value.cast_unsigned(),
            _ => 0,
        };
        keys.iter().map(value).sum()
    }

    fn remove_all(&mut self, keys: &[String]) {
        for key in keys {
            self.map.delete(key).expect("the map is attached");
        }
        self.document.commit();
    }

    fn send(&mut self) -> Vec<u8> {
        self.export(ExportMode::all_updates())
    }

    fn receive(&mut self, sent: Vec<u8>) {
        self.document.import(&sent).expect("it was exported by the same crate");
    }

    fn bytes(&mut self) -> usize {
        self.export(ExportMode::Snapshot).len()
    }
}

/// A counter that was incremented so often.
pub(crate) fn counted(steps: usize) -> LoroDoc {
    let document = LoroDoc::new();
    let counter = document.get_counter("counter");
    for _ in 0..steps {
        counter.increment(1.0).expect("the counter is attached");
    }
    document.commit();
    document
}
