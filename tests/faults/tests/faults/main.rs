//! The DocumentDB store on a real server, over a network that fails.

mod credentials;
mod failover;
mod idle;
mod load;
mod lost_replies;
mod migration;
mod outage;
mod records;
mod silence;
