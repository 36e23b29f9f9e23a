//! The signup service from outside: its pages, its API, its command line.

mod channels;
mod corpora;
mod fetchers;
mod offer_folder;
mod site;
