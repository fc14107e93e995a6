//! A marketplace and a host as processes, and the ways of a version: review, consent, upgrades, rollouts, exit.

mod counter;
mod desks;
mod lapse;
mod pages;
mod review;
mod rollout;
mod upgrades;
mod world;
