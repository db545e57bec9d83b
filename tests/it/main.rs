//! One test binary that mirrors `src/`.
