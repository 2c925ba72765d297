//! The crate `yrs`: documents for editors, made of shared types.

use yrs::any::Number;
use yrs::updates::decoder::Decode;
use yrs::{Any, Doc, Map as _, MapRef, Out, ReadTxn, StateVector, Transact, Update};

use crate::map_side::MapSide;

pub(crate) struct Map {
    document: Doc,
    map: MapRef,
}

impl MapSide for Map {
    type Sent = Vec<u8>;

    fn new(replica: u64) -> Self {
        let document = Doc::with_client_id(replica);
        let map = document.get_or_insert_map("map");
        Self { document, map }
    }

    fn set_all(&mut self, keys: &[String]) {
        let mut transaction = self.document.transact_mut();
        for (key, value) in keys.iter().zip(0..) {
            self.map.insert(&mut transaction, key.as_str(), Any::Number(Number::Int(value)));
        }
    }

    fn sum(&self, keys: &[String]) -> u64 {
        let transaction = self.document.transact();
        let value = |key: &String| match self.map.get(&transaction, key) {
            Some(Out::Any(Any::Number(Number::Int(value)))) => value.cast_unsigned(),
            _ => 0,
        };
        keys.iter().map(value).sum()
    }

    fn remove_all(&mut self, keys: &[String]) {
        let mut transaction = self.document.transact_mut();
        for key in keys {
            self.map.remove(&mut transaction, key);
        }
    }

    fn send(&mut self) -> Vec<u8> {
        self.document.transact().encode_state_as_update_v1(&StateVector::default())
    }

    fn receive(&mut self, sent: Vec<u8>) {
        let update = Update::decode_v1(&sent).expect("it was encoded by the same crate");
        self.document.transact_mut().apply_update(update).expect("nothing is missing before it");
    }

    fn bytes(&mut self) -> usize {
        self.document.transact().encode_state_as_update_v2(&StateVector::default()).len()
    }
}
