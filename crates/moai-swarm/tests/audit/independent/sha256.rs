//! SHA-256 as FIPS 180-4 writes it.

use std::sync::LazyLock;

/// The fractional parts of the roots of the first primes, to so many bits: by whole numbers alone.
fn root(prime: u128, cube: bool) -> u32 {
    // The root of prime · 2^(2·32) or 2^(3·32), rounded down; its lower 32 bits are the fraction.
    let (mut low, mut high) = (0_u128, 1 << 40);
    while low + 1 < high {
        let middle = u128::midpoint(low, high);
        let fits = if cube {
            // middle³ ≤ prime · 2^96, without numbers beyond 128 bits: 40 bits to the third are 120.
            middle * middle * middle <= prime << 96
        } else {
            middle * middle <= prime << 64
        };
        if fits { low = middle } else { high = middle }
    }
    u32::try_from(low & 0xffff_ffff).unwrap()
}

fn primes() -> impl Iterator<Item = u128> {
    (2..).filter(|number| (2..*number).take_while(|by| by * by <= *number).all(|by| number % by != 0))
}

static CONSTANTS: LazyLock<Vec<u32>> = LazyLock::new(|| primes().take(64).map(|prime| root(prime, true)).collect());
static START: LazyLock<Vec<u32>> = LazyLock::new(|| primes().take(8).map(|prime| root(prime, false)).collect());

pub(super) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut state = START.clone();
    let mut message = bytes.to_vec();
    message.push(0x80);
    while message.len() % 64 != 56 {
        message.push(0);
    }
    message.extend((bytes.len() as u64 * 8).to_be_bytes());
    for block in message.chunks(64) {
        let mut words: Vec<u32> = block.chunks(4).map(|word| u32::from_be_bytes(word.try_into().unwrap())).collect();
        for at in 16..64 {
            let (early, late) = (words[at - 15], words[at - 2]);
            let first = early.rotate_right(7) ^ early.rotate_right(18) ^ (early >> 3);
            let second = late.rotate_right(17) ^ late.rotate_right(19) ^ (late >> 10);
            words.push(words[at - 16].wrapping_add(first).wrapping_add(words[at - 7]).wrapping_add(second));
        }
        let mut now = state.clone();
        for (constant, word) in CONSTANTS.iter().zip(&words) {
            let (one, five) = (now[0], now[4]);
            let high = five.rotate_right(6) ^ five.rotate_right(11) ^ five.rotate_right(25);
            let choice = (five & now[5]) ^ (!five & now[6]);
            let first = now[7].wrapping_add(high).wrapping_add(choice).wrapping_add(*constant).wrapping_add(*word);
            let low = one.rotate_right(2) ^ one.rotate_right(13) ^ one.rotate_right(22);
            let majority = (one & now[1]) ^ (one & now[2]) ^ (now[1] & now[2]);
            now.rotate_right(1);
            now[4] = now[4].wrapping_add(first);
            now[0] = first.wrapping_add(low).wrapping_add(majority);
        }
        state.iter_mut().zip(&now).for_each(|(kept, now)| *kept = kept.wrapping_add(*now));
    }
    let mut digest = [0; 32];
    digest.chunks_mut(4).zip(state).for_each(|(bytes, word)| bytes.copy_from_slice(&word.to_be_bytes()));
    digest
}

#[test]
fn the_hash_is_another_one() {
    let hex = |bytes: [u8; 32]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    assert_eq!(hex(sha256(b"abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_eq!(hex(sha256(b"")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}
