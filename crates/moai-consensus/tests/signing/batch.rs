//! A batch names exactly those who fail, as a check one by one does.

use moai_consensus::{Claim, Ed25519, Signature, Signer, SigningKey, Verifier, VoterKey};
use moai_core::{Chance, Digest, SeededChance};

use crate::forged::domain;

#[test]
fn a_batch_blames_another_or_spares_a_forger() {
    let chance = SeededChance::new(7);
    let keys: Vec<SigningKey> = (0..150).map(|_| SigningKey::generate(&chance).unwrap()).collect();
    for size in [0, 1, 2, 3, 8, 9, 33, 128, 129, 150] {
        for bad in (0..=size.min(6)).chain([size]) {
            let said: Vec<(VoterKey, Vec<u8>, Signature)> = (keys.iter().zip(0_u8..).take(size))
                .map(|(key, place)| (key.key(), vec![place], key.sign(&domain(), &[place])))
                .collect();
            let mut said = said;
            let mut forged: Vec<usize> = (0..bad).map(|_| (chance.draw().unwrap() % 1_000) as usize % size).collect();
            if bad == size {
                forged = (0..size).collect();
            }
            forged.sort_unstable();
            forged.dedup();
            for place in &forged {
                // Bytes that nobody signed, a broken signature, or a key that is no point of the curve.
                match chance.draw().unwrap() % 3 {
                    0 => said[*place].1.push(0),
                    1 => said[*place].2 = Signature::from_bytes([255; 64]),
                    _ => said[*place].0 = VoterKey::from_bytes([2; 32]),
                }
            }
            let batch: Vec<Claim<'_>> = (said.iter())
                .map(|(key, bytes, signature)| Claim { key, domain: domain(), bytes, signature })
                .collect();
            assert_eq!(Ed25519.failing(&batch), forged, "{bad} bad of {size}");
            assert_eq!(Ed25519.all_verify(&batch), forged.is_empty(), "{bad} bad of {size}");
            let alone = |claim: &&Claim<'_>| Ed25519.verifies(claim.key, &claim.domain, claim.bytes, claim.signature);
            assert_eq!(batch.iter().filter(alone).count(), size - forged.len());
        }
    }
}

/// Points of small order, in canonical and other spellings, sign anything together with s = 0 under ZIP 215. What matters
/// is that everybody says the same.
#[test]
fn a_batch_and_a_single_check_disagree_about_points_of_small_order() {
    let mut points: Vec<[u8; 32]> = [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    ]
    .map(|text| *text.parse::<Digest>().unwrap().as_bytes())
    .to_vec();
    points.push(*SigningKey::from_bytes([3; 32]).key().as_bytes());
    let honest = SigningKey::from_bytes([4; 32]);
    let (key, good) = (honest.key(), honest.sign(&domain(), b"for"));
    let mut passed = 0;
    for point in &points {
        for nonce in &points {
            let mut signature = [0; 64];
            signature[..32].copy_from_slice(nonce);
            let (edge, signature) = (VoterKey::from_bytes(*point), Signature::from_bytes(signature));
            let alone = Ed25519.verifies(&edge, &domain(), b"for", &signature);
            let claim = |key, signature| Claim { key, domain: domain(), bytes: b"for", signature };
            let batch = [claim(&key, &good), claim(&edge, &signature), claim(&key, &good)];
            assert_eq!(Ed25519.failing(&batch).is_empty(), alone);
            passed += usize::from(alone);
        }
    }
    assert_eq!(passed, 49, "ZIP 215 takes all pairs of such points");
}

/// Every spelling that ZIP 215 takes of the eight points of small order.
const SMALL: [&str; 14] = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
];

/// With the neutral point for R and 0 for s everything is signed by exactly the keys of small order.
fn anybody_signs_for(key: &VoterKey) -> bool {
    let mut signature = [0; 64];
    signature[0] = 1;
    Ed25519.verifies(key, &domain(), b"for", &Signature::from_bytes(signature))
}

#[test]
fn a_key_that_anybody_can_sign_for_is_taken_for_a_good_one() {
    for text in SMALL {
        let key: VoterKey = text.parse().unwrap();
        assert!(key.is_of_small_order() && anybody_signs_for(&key), "{text}");
        // Its neighbours are no points, or good ones.
        for bit in 0..255 {
            let mut other = *key.as_bytes();
            other[bit / 8] ^= 1 << (bit % 8);
            let other = VoterKey::from_bytes(other);
            assert_eq!(other.is_of_small_order(), anybody_signs_for(&other), "{other:?}");
        }
    }
    let chance = SeededChance::new(11);
    for _ in 0..200 {
        let key = SigningKey::generate(&chance).unwrap().key();
        assert!(!key.is_of_small_order() && !anybody_signs_for(&key), "{key:?}");
    }
}
