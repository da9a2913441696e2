//! The store on a real server, with a network between them that fails.

mod credentials;
mod crowd;
mod failover;
mod idle;
mod lost_replies;
mod migration;
mod outage;
mod records;
mod silence;
