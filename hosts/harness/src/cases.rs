//! Case files: what they hold, and how they are read.

pub(crate) mod access;
pub(crate) mod file;
pub(crate) mod fixtures;
pub(crate) mod grid;
pub(crate) mod never;
pub(crate) mod parameters;
pub(crate) mod repetition;
pub(crate) mod rows;
pub(crate) mod section;
pub(crate) mod step;
pub(crate) mod story;
pub(crate) mod subject;
pub(crate) mod token;
pub(crate) mod value;
pub(crate) mod verb;
