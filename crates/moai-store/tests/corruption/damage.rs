//! One damage to one file.

use std::fs;

use moai_core::{Chance, SeededChance};

use crate::files;
use crate::folder::Folder;

/// How large the engine's pages are.
const PAGE: usize = 4_096;

/// Damages one of the files as chance will have it; what was done, in words.
pub(crate) fn one(folder: &Folder, chance: &SeededChance) -> String {
    let roll = |below: usize| usize::try_from(chance.draw().unwrap() % below as u64).unwrap();
    let files: Vec<_> = files(folder).into_iter().filter(|(_, bytes)| !bytes.is_empty()).collect();
    // Mostly the file itself and its log, sometimes what lies beside them.
    let weight = |name: &str| if name.ends_with("-lock") || name.ends_with("-shm") { 1 } else { 8 };
    let mut pick = roll(files.iter().map(|(name, _)| weight(name)).sum());
    let (name, mut bytes) = files
        .into_iter()
        .find(|(name, _)| {
            let hit = pick < weight(name);
            pick = pick.saturating_sub(weight(name));
            hit
        })
        .unwrap();
    let length = bytes.len();
    let pages = length.div_ceil(PAGE);
    let how = match roll(8) {
        0..=2 => {
            let count = 1 + roll(8);
            for _ in 0..count {
                bytes[roll(length)] ^= 1 << roll(8);
            }
            format!("{count} bits turned over")
        }
        3 => {
            let page = roll(pages);
            bytes[page * PAGE..length.min((page + 1) * PAGE)].fill(0);
            format!("page {page} zeroed")
        }
        4 => {
            let sector = roll(length.div_ceil(512));
            bytes[sector * 512..length.min((sector + 1) * 512)].fill(if roll(2) == 0 { 0 } else { 0xFF });
            format!("sector {sector} filled")
        }
        5 => {
            let cut = roll(length);
            bytes.truncate(cut);
            format!("cut to {cut} of {length} bytes")
        }
        6 => {
            let (at, count) = (roll(length), 1 + roll(100));
            for byte in bytes.iter_mut().skip(at).take(count) {
                *byte = u8::try_from(roll(256)).unwrap();
            }
            format!("{count} bytes of noise at {at}")
        }
        _ => {
            let (from, to) = (roll(pages), roll(pages));
            let copied = bytes[from * PAGE..length.min((from + 1) * PAGE)].to_vec();
            bytes.iter_mut().skip(to * PAGE).zip(copied).for_each(|(byte, copy)| *byte = copy);
            format!("page {from} laid over page {to}")
        }
    };
    fs::write(folder.path(&name), bytes).unwrap();
    format!("{name} of {length} bytes: {how}")
}
