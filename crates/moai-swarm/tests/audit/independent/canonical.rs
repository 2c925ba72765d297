//! The canonical bytes of a value, and digests of fields.

use serde_json::Value;

use super::sha256::sha256;

/// Fields behind a domain, each behind its length.
pub(super) struct Fields(Vec<u8>);

impl Fields {
    pub(super) fn of(domain: &str) -> Self {
        Self(Vec::new()).bytes(domain.as_bytes())
    }

    pub(super) fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.extend((bytes.len() as u64).to_be_bytes());
        self.0.extend(bytes);
        self
    }

    pub(super) fn number(self, number: u64) -> Self {
        self.bytes(&number.to_be_bytes())
    }

    pub(super) fn digest(self) -> [u8; 32] {
        sha256(&self.0)
    }
}

fn count(mut number: usize, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(u8::try_from(number & 0x7f).unwrap() | 0x80);
        number >>= 7;
    }
    out.push(u8::try_from(number).unwrap());
}

pub(super) fn canonical(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.push(0),
        Value::Bool(is) => out.push(if *is { 2 } else { 1 }),
        Value::Number(number) => {
            if let Some(natural) = number.as_u64() {
                out.push(3);
                out.extend(natural.to_be_bytes());
            } else if let Some(negative) = number.as_i64() {
                out.push(4);
                out.extend(negative.to_be_bytes());
            } else {
                out.push(5);
                out.extend(number.as_f64().unwrap().to_be_bytes());
            }
        }
        Value::String(text) => {
            out.push(6);
            count(text.len(), out);
            out.extend(text.as_bytes());
        }
        Value::Array(all) => {
            out.push(7);
            count(all.len(), out);
            all.iter().for_each(|value| canonical(value, out));
        }
        Value::Object(map) => {
            out.push(8);
            count(map.len(), out);
            let mut keys: Vec<_> = map.keys().collect();
            keys.sort_unstable();
            for key in keys {
                count(key.len(), out);
                out.extend(key.as_bytes());
                canonical(&map[key], out);
            }
        }
    }
}
