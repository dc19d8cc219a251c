//! The keyed hash of message ids.

use std::hash::Hasher;

use siphasher::sip128::{Hasher128, SipHasher24};

use crate::store::DedupKey;

/// SipHash-2-4 with 128 bits of output under a secret that never leaves the store: a hash in a file
/// cannot be guessed back to the message id, and nobody outside can make two ids collide.
#[derive(Clone)]
pub(crate) struct DedupHasher(SipHasher24);

impl std::fmt::Debug for DedupHasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DedupHasher")
    }
}

impl DedupHasher {
    /// Only the first 16 bytes of the secret are used.
    pub(crate) fn new(secret: &[u8; 32]) -> Self {
        let (key, _) = secret.split_at(16);
        let mut bytes = [0; 16];
        bytes.copy_from_slice(key);
        Self(SipHasher24::new_with_key(&bytes))
    }

    pub(crate) fn key(&self, source: &str, message_id: &str) -> DedupKey {
        let mut hasher = self.0;
        // The length keeps (`ab`, `c`) apart from (`a`, `bc`).
        hasher.write(&(source.len() as u64).to_le_bytes());
        hasher.write(source.as_bytes());
        hasher.write(message_id.as_bytes());
        let hash = hasher.finish128();
        DedupKey(u128::from(hash.h1) << 64 | u128::from(hash.h2))
    }
}
