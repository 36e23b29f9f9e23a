//! The all-in-one as its user runs it: one program, with engines of its own.

mod all_in_one;
mod given_engines;
mod installation;
