//! Proven consent: an append-only ledger and permits that cannot be skipped.
