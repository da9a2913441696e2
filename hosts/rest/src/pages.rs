//! Pages for people: one shell and one style sheet for all of them.
//!
//! Templates are plain files with `{{name}}` where a value goes, filled by [`html::fill`]. A template
//! engine would cost more to build than these few pages need.

pub(crate) mod assets;
pub(crate) mod html;
pub(crate) mod shell;
