//! All services as real processes: the tests are in `tests/`.
