//! Sources and destinations from outside, on small files and on real ones.

mod online_retail;
