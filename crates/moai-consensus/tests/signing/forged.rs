//! One flipped bit anywhere, a foreign key or another domain: no signature.

use moai_consensus::{Domain, Ed25519, Signature, Signer, SigningKey, Verifier, VoterKey};
use moai_core::value;

pub(crate) fn domain() -> Domain {
    Domain::new("test/ballot/1", value!("a vote").digest())
}

#[test]
fn a_flipped_bit_verifies() {
    let key = SigningKey::from_bytes([1; 32]);
    let (bytes, signature) = (*b"for, because", key.sign(&domain(), b"for, because"));
    assert!(Ed25519.verifies(&key.key(), &domain(), &bytes, &signature));
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes;
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(!Ed25519.verifies(&key.key(), &domain(), &flipped, &signature), "bit {bit} of the bytes");
    }
    for bit in 0..512 {
        let mut flipped = *signature.as_bytes();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let flipped = Signature::from_bytes(flipped);
        assert!(!Ed25519.verifies(&key.key(), &domain(), &bytes, &flipped), "bit {bit} of the signature");
    }
    for bit in 0..256 {
        let mut flipped = *key.key().as_bytes();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let flipped = VoterKey::from_bytes(flipped);
        assert!(!Ed25519.verifies(&flipped, &domain(), &bytes, &signature), "bit {bit} of the key");
    }
}

#[test]
fn a_signature_counts_under_another_key_kind_or_vote() {
    let (key, other) = (SigningKey::from_bytes([1; 32]), SigningKey::from_bytes([2; 32]));
    let signature = key.sign(&domain(), b"for");
    assert!(!Ed25519.verifies(&other.key(), &domain(), b"for", &signature));
    for elsewhere in
        [Domain::new("test/veto/1", value!("a vote").digest()), Domain::new("test/ballot/1", value!("b vote").digest())]
    {
        assert!(!Ed25519.verifies(&key.key(), &elsewhere, b"for", &signature));
    }
}

#[test]
fn a_restarted_agent_signs_other_bytes() {
    let sign = || SigningKey::from_bytes([9; 32]).sign(&domain(), b"for");
    assert_eq!(sign(), sign());
}

#[test]
fn a_signature_has_two_spellings() {
    let signature = SigningKey::from_bytes([1; 32]).sign(&domain(), b"for");
    let json = serde_json::to_string(&signature).unwrap();
    assert_eq!(json, format!("\"{signature}\""));
    assert_eq!(serde_json::from_str::<Signature>(&json).unwrap(), signature);
    let text = signature.to_string();
    let upper = text.replace(|digit: char| digit.is_ascii_lowercase(), "A");
    for bad in [&text[1..], &format!("{text}0"), &upper, "", &"+1".repeat(64)] {
        assert!(bad.parse::<Signature>().is_err(), "{bad:?}");
    }
}
