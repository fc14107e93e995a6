//! The marketplace: what there is to check out, found by what hurts and by who it is for; each module with pictures of its
//! own pages, what it asks for, what it costs and how it was vetted.

pub mod about;
mod beside;
pub mod compare;
pub mod home;
pub mod listing;
pub mod provider;
pub mod reviews;
pub mod search;
pub mod security;
pub mod versions;

mod picture;
pub mod problem;

pub use about::{plan_name, yuan};
pub use beside::{beside, titled};
pub use picture::Pictures;
