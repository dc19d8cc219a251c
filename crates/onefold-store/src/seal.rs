//! Sealing of one payload: AES-256-GCM with a key per number and a random nonce.
//!
//! Invariant: a payload opens only in the store, at the position and under the kind, flags, key number
//! and message hash with which it was sealed.

use aes_gcm::{
    AeadInOut, AesGcm, KeyInit,
    aead::{consts::U12, inout::InOutBuf},
    aes::Aes256Enc,
};

use crate::store::KeyNumber;

pub(crate) const NONCE_BYTES: usize = 12;
pub(crate) const TAG_BYTES: usize = 16;
const CACHED_KEYS: usize = 256;

pub(crate) type Key = [u8; 32];
pub(crate) type Nonce = [u8; NONCE_BYTES];

/// A key made ready: the expansion costs about as much as sealing 100 bytes.
///
/// GCM only ever encrypts blocks, so the schedule for decryption is not computed.
pub(crate) struct Cipher(AesGcm<Aes256Enc, U12>);

/// The ciphers used last, at most 256: events of one person tend to come together.
pub(crate) struct Ciphers {
    slots: Vec<Option<Box<(KeyNumber, Cipher)>>>,
}

impl Cipher {
    pub(crate) fn new(key: &Key) -> Self {
        Self(AesGcm::new(key.into()))
    }

    /// Seals in place and returns the tag; `None` for more than 64 GiB.
    pub(crate) fn seal(
        &self,
        nonce: &Nonce,
        context: &[u8],
        payload: &mut [u8],
    ) -> Option<[u8; TAG_BYTES]> {
        let sealed = self
            .0
            .encrypt_inout_detached(nonce.into(), context, InOutBuf::from(payload));
        sealed.ok().map(Into::into)
    }

    /// Opens in place; `None` if anything differs from what was sealed.
    pub(crate) fn open(
        &self,
        nonce: &Nonce,
        context: &[u8],
        payload: &mut [u8],
        tag: &[u8; TAG_BYTES],
    ) -> Option<()> {
        let buffer = InOutBuf::from(payload);
        self.0
            .decrypt_inout_detached(nonce.into(), context, buffer, tag.into())
            .ok()
    }
}

impl std::fmt::Debug for Ciphers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ciphers")
    }
}

impl Default for Ciphers {
    fn default() -> Self {
        let mut slots = Vec::new();
        slots.resize_with(CACHED_KEYS, || None);
        Self { slots }
    }
}

impl Ciphers {
    /// The cipher of a key, made ready unless it is remembered.
    #[expect(
        clippy::indexing_slicing,
        reason = "there are always `CACHED_KEYS` slots"
    )]
    pub(crate) fn get(&mut self, number: KeyNumber, key: &Key) -> &Cipher {
        let slot = &mut self.slots[number.0 as usize % CACHED_KEYS];
        if slot.as_ref().is_some_and(|cached| cached.0 != number) {
            *slot = None;
        }
        &slot
            .get_or_insert_with(|| Box::new((number, Cipher::new(key))))
            .1
    }
}
