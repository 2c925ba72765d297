//! The weights of a batch check, drawn from what is checked.

use std::convert::Infallible;

use moai_core::{Digest, DigestBuilder};
use rand_core::{TryCryptoRng, TryRng};

/// Numbers that come out of the whole batch. Nobody can fit signatures to weights that depend on those signatures; and
/// the same batch is checked alike everywhere, without asking for chance.
pub(super) struct Transcript {
    seed: Digest,
    block: u64,
}

impl Transcript {
    pub(super) const fn new(seed: Digest) -> Self {
        Self { seed, block: 0 }
    }

    fn next(&mut self) -> Digest {
        self.block += 1;
        DigestBuilder::new("moai/batch-weights/1").digest(&self.seed).u64(self.block).finish()
    }
}

impl TryRng for Transcript {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(32) {
            let block = self.next();
            for (byte, from) in chunk.iter_mut().zip(block.as_bytes()) {
                *byte = *from;
            }
        }
        Ok(())
    }
}

impl TryCryptoRng for Transcript {}
