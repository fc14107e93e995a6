//! The pages: one file each, its handler first, its markup below. `sent` is what their forms have in common.

pub mod admin;
pub mod board;
pub mod consents;
pub mod export;
pub mod floor;
pub mod gallery;
pub mod home;
pub mod import;
pub mod install;
pub mod language;
pub mod login;
pub mod market;
pub mod module;
pub mod operation;
pub mod provider;
pub mod review;
pub mod sent;
pub mod submission;
pub mod tenant;
pub mod theme;
pub mod upgrade;
pub mod view;
pub mod wishes;
pub mod work;
