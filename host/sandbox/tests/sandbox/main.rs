//! The sandbox against modules that mean harm. Guests are written in WebAssembly text: nothing but what is meant.

mod compiling;
mod faults;
mod fixture;
mod hosts;
mod inspecting;
mod isolation;
mod limits;
