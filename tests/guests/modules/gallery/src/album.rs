//! Photos of machines: what a command takes, keeps and shows.

use toolcrib_sdk::prelude::*;

/// A photo of a machine.
#[record(index(machine))]
pub struct Shot {
    pub machine: Text<64>,
    pub title: Text<80>,
    pub photo: Option<Photo<4_096>>,
    pub paper: Option<Paper>,
}

/// Keeps a photo with what it shows. One that is called `refused` is refused after it was written.
#[command(roles("owner", "admin", "supervisor"))]
pub fn keep_shot(
    ctx: &mut Command,
    machine: Text<64>,
    title: Text<80>,
    photo: Option<Photo<4_096>>,
    paper: Option<Paper>,
) -> Outcome<i64> {
    let is_good = title != *"refused";
    ctx.insert(Shot { machine, title, photo, paper })?;
    if is_good { Ok(1) } else { Err(reject("no-title", "This is no title").field("title")) }
}

/// What an album holds.
#[value]
pub struct Album {
    pub newest: Option<Photo<4_096>>,
    pub shots: Vec<Row<Shot>>,
}

/// All of them.
#[query(roles("owner", "admin", "supervisor"))]
pub fn album(ctx: &Query) -> Outcome<Album> {
    let shots = ctx.all(Shot::by_machine())?;
    Ok(Album { newest: shots.last().and_then(|shot| shot.photo.clone()), shots })
}
