//! A customer data platform as a library: events in, one person, segments, consent, activation.
