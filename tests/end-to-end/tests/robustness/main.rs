//! The server withstands hostile bodies, heads and paths, slow senders, many connections, and more
//! passwords than it can hash.

mod bodies;
mod busy;
mod cors;
mod docs;
mod framing;
mod heads;
mod hoarders;
mod load;
mod pages;
mod paths;
mod places;
mod questions;
mod slow;
