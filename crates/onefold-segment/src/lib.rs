//! A language for audiences: parse, check, plan, evaluate, keep membership current.
