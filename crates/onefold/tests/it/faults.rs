//! A disk that fails: at every call of a short run the hub loses nothing it acknowledged.
