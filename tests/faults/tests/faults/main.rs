//! The store on a real server, with a network between them that fails.

mod credentials;
mod failover;
mod idle;
mod load;
mod lost_replies;
mod migration;
mod outage;
mod records;
mod silence;
