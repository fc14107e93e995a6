//! A structure that is to be columns, with a list.

use toolcrib_sdk::prelude::*;

#[value(columns)]
struct Output {
    good: i64,
    lots: Vec<Text<20>>,
}

fn main() {}
