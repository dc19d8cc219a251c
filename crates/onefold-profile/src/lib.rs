//! The golden record: observations with provenance and rules of survivorship.
