//! Where keys and nonces come from: the operating system, or a seed in tests.

use std::{fmt::Debug, io, sync::Mutex};

use sha2::{Digest, Sha256};

/// A source of random bytes.
///
/// The store asks once a group for all its nonces. It keeps no generator of its own: one that was
/// copied by a fork or a snapshot of a virtual machine would hand out the same nonce twice, and
/// drawing in bulk costs only some 30 ns an event.
#[doc(hidden)]
pub trait Entropy: Debug + Send + Sync {
    fn fill(&self, bytes: &mut [u8]) -> io::Result<()>;
}

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) -> io::Result<()> {
        getrandom::fill(bytes).map_err(io::Error::other)
    }
}

/// Bytes that follow from a seed: for fixtures only. A store that is opened twice with one seed
/// repeats its nonces, so nothing real may be sealed with it.
#[doc(hidden)]
#[derive(Debug)]
pub struct SeededEntropy {
    seed: u64,
    block: Mutex<u64>,
}

impl SeededEntropy {
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            block: Mutex::new(0),
        }
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) -> io::Result<()> {
        let mut block = self
            .block
            .lock()
            .map_err(|_| io::Error::other("a thread panicked"))?;
        for chunk in bytes.chunks_mut(32) {
            let mut hash = Sha256::new();
            hash.update(self.seed.to_le_bytes());
            hash.update(block.to_le_bytes());
            *block += 1;
            for (byte, random) in chunk.iter_mut().zip(hash.finalize()) {
                *byte = random;
            }
        }
        Ok(())
    }
}
