//! Messages on their way: packed where that makes them smaller.

use std::borrow::Cow;
use std::cell::RefCell;

use moai_core::InvalidInput;
use zstd::bulk::{Compressor, Decompressor};

/// Below this many bytes nothing is packed: it would hardly be smaller.
const SMALL: usize = 1_024;

/// The fastest level: states are packed once and read by many.
const LEVEL: i32 = 1;

const PLAIN: u8 = 0;
const PACKED: u8 = 1;

thread_local! {
    // Setting one up costs more than packing most messages.
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = RefCell::new(Compressor::new(LEVEL).ok());
    static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = RefCell::new(Decompressor::new().ok());
}

/// The bytes to send: a mark, and the message as it is; or packed, behind its length, where that is shorter.
pub(crate) fn pack(message: &[u8]) -> Vec<u8> {
    let packed = if message.len() < SMALL { None } else { packed(message) };
    packed.filter(|packed| packed.len() < message.len()).unwrap_or_else(|| {
        let mut plain = Vec::with_capacity(message.len() + 1);
        plain.push(PLAIN);
        plain.extend_from_slice(message);
        plain
    })
}

fn packed(message: &[u8]) -> Option<Vec<u8>> {
    let length = u32::try_from(message.len()).ok()?;
    let body = COMPRESSOR.with_borrow_mut(|compressor| compressor.as_mut()?.compress(message).ok())?;
    let mut packed = Vec::with_capacity(body.len() + 5);
    packed.push(PACKED);
    packed.extend_from_slice(&length.to_be_bytes());
    packed.extend_from_slice(&body);
    Some(packed)
}

/// The message in what was sent. What it says of its length is held against the limit before there is memory for it.
///
/// # Errors
///
/// `TooLong` beyond the limit; `Malformed` for what is not packed, or is packed and longer or shorter than it says.
pub(crate) fn unpack(sent: &[u8], limit: usize) -> Result<Cow<'_, [u8]>, InvalidInput> {
    let malformed = |why: &str| InvalidInput::Malformed { field: "message", why: why.into() };
    let too_long = |got: usize| InvalidInput::TooLong { field: "message", limit: limit as u64, got: got as u64 };
    match sent.split_first() {
        Some((&PLAIN, message)) if message.len() <= limit => Ok(Cow::Borrowed(message)),
        Some((&PLAIN, message)) => Err(too_long(message.len())),
        Some((&PACKED, rest)) => {
            let (length, body) = rest.split_first_chunk().ok_or_else(|| malformed("it ends too early"))?;
            let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| too_long(usize::MAX))?;
            if length > limit {
                return Err(too_long(length));
            }
            let message =
                DECOMPRESSOR.with_borrow_mut(|decompressor| decompressor.as_mut()?.decompress(body, length).ok());
            match message {
                Some(message) if message.len() == length => Ok(Cow::Owned(message)),
                _ => Err(malformed("it is not packed as it says")),
            }
        }
        Some(_) => Err(malformed("it is marked neither as plain nor as packed")),
        None => Err(malformed("it is empty")),
    }
}

/// How long a message says it is when it is unpacked.
pub(crate) fn unpacked_length(sent: &[u8]) -> usize {
    match sent.split_first() {
        Some((&PACKED, rest)) => rest.first_chunk().map_or(0, |length| u32::from_be_bytes(*length)) as usize,
        _ => sent.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_out_as_something_else() {
        for message in [Vec::new(), b"short".to_vec(), b"a state that repeats itself; ".repeat(1_000)] {
            let sent = pack(&message);
            assert_eq!(unpack(&sent, message.len()).as_deref(), Ok(message.as_slice()));
            assert!(sent.len() <= message.len() + 1);
        }
        assert!(pack(&b"a state that repeats itself; ".repeat(1_000)).len() < 200);
        // Noise is sent as it is.
        let noise = (0..128).flat_map(|n| *moai_core::DigestBuilder::new("noise").u64(n).finish().as_bytes());
        let noise: Vec<u8> = noise.collect();
        assert_eq!(pack(&noise).first(), Some(&PLAIN));
    }

    #[test]
    fn a_small_message_unpacks_to_all_the_memory_there_is() {
        let bomb = pack(&vec![0; 64 << 20]);
        assert!(bomb.len() < 10_000, "{}", bomb.len());
        assert!(matches!(unpack(&bomb, 1 << 20), Err(InvalidInput::TooLong { got: 67_108_864, .. })));
        // One that lies about its length is not believed either.
        let mut liar = bomb;
        liar.splice(1..5, 1_000_u32.to_be_bytes());
        assert!(matches!(unpack(&liar, 1 << 20), Err(InvalidInput::Malformed { .. })));
        for broken in [&[][..], &[7], &[PACKED], &[PACKED, 0, 0, 0], &[PACKED, 0, 0, 0, 9, 1, 2, 3]] {
            assert!(matches!(unpack(broken, 1 << 20), Err(InvalidInput::Malformed { .. })), "{broken:?}");
        }
        assert!(matches!(unpack(&[PLAIN, 1, 2, 3], 2), Err(InvalidInput::TooLong { .. })));
    }
}
