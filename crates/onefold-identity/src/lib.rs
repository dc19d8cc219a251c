//! Which identifiers are one person: stitching with rules, evidence and explanation.
