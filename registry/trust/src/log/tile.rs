//! Tiles (C2SP `tlog-tiles`): 256 hashes of one height, or 256 entries, under a path that never changes its content.

use super::checkpoint::decimal;
use super::merkle::Node;

/// Hashes of a full tile, entries of a full bundle.
pub const WIDTH: u64 = 256;
/// Binary levels between two levels of tiles.
const HEIGHT: u8 = 8;

/// What a tile holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Hashes of complete subtrees of `256^level` leaves.
    Hashes {
        level: u8,
    },
    Entries,
}

/// A tile, full or the beginning of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tile {
    pub kind: Kind,
    /// Which one of its level.
    pub index: u64,
    /// 1 to [`WIDTH`].
    pub width: u64,
}

impl Tile {
    /// Reads what follows `/tile/`: `<L>/<N>[.p/<W>]` or `entries/<N>[.p/<W>]`.
    pub fn parse(path: &str) -> Option<Self> {
        let (kind, rest) = path.split_once('/')?;
        let kind = match kind {
            "entries" => Kind::Entries,
            level => Kind::Hashes { level: decimal(level).filter(|level| *level <= 63)? as u8 },
        };
        let (index, width) = match rest.split_once(".p/") {
            Some((index, width)) => (index, decimal(width).filter(|width| (1..WIDTH).contains(width))?),
            None => (rest, WIDTH),
        };
        let tile = Self { kind, index: parse_index(index)?, width };
        // One path for each tile.
        (tile.path() == path).then_some(tile)
    }

    /// What follows `/tile/`.
    pub fn path(&self) -> String {
        let kind = match self.kind {
            Kind::Hashes { level } => level.to_string(),
            Kind::Entries => "entries".to_owned(),
        };
        let mut index = format!("{:03}", self.index % 1_000);
        let mut rest = self.index / 1_000;
        while rest > 0 {
            index = format!("x{:03}/{index}", rest % 1_000);
            rest /= 1_000;
        }
        let part = if self.width < WIDTH { format!(".p/{}", self.width) } else { String::new() };
        format!("{kind}/{index}{part}")
    }

    /// The first node of a tile of hashes; the others follow at the same level. None for entries, and for tiles that no
    /// tree reaches.
    pub fn first(&self) -> Option<Node> {
        let Kind::Hashes { level } = self.kind else { return None };
        let (level, index) = (level.checked_mul(HEIGHT)?, self.index.checked_mul(WIDTH)?);
        (level < 64).then_some(Node { level, index })
    }
}

fn parse_index(text: &str) -> Option<u64> {
    let mut parts = text.split('/').peekable();
    let mut index: u64 = 0;
    while let Some(part) = parts.next() {
        let digits = if parts.peek().is_some() { part.strip_prefix('x')? } else { part };
        if digits.len() != 3 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        index = index.checked_mul(1_000)?.checked_add(digits.parse().ok()?)?;
    }
    Some(index)
}

/// Entries as a bundle: each behind its length in sixteen bits, big-endian.
///
/// # Panics
/// An entry longer than [`crate::record::ENTRY_BYTES`].
pub fn bundle<'a>(entries: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in entries {
        let length = u16::try_from(entry.len()).expect("entries are bounded");
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(entry);
    }
    bytes
}

/// The entries of a bundle; none when it is cut off.
pub fn entries(mut bundle: &[u8]) -> Option<Vec<&[u8]>> {
    let mut entries = Vec::new();
    while !bundle.is_empty() {
        let (length, rest) = bundle.split_first_chunk::<2>()?;
        let (entry, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
        entries.push(entry);
        bundle = rest;
    }
    Some(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_the_specification() {
        let tile = |kind, index, width| Tile { kind, index, width };
        for (path, expected) in [
            ("0/x001/x234/067", tile(Kind::Hashes { level: 0 }, 1_234_067, 256)),
            ("0/273.p/112", tile(Kind::Hashes { level: 0 }, 273, 112)),
            ("63/000", tile(Kind::Hashes { level: 63 }, 0, 256)),
            ("entries/x001/000.p/1", tile(Kind::Entries, 1_000, 1)),
        ] {
            assert_eq!(Tile::parse(path), Some(expected), "{path}");
            assert_eq!(expected.path(), path);
        }
        for bad in [
            "",
            "0",
            "0/",
            "0/0",
            "0/00",
            "0/1234",
            "00/000",
            "64/000",
            "-1/000",
            "0/000.p/0",
            "0/000.p/256",
            "0/000.p/01",
            "0/x000/001",
            "0/001/x002",
            "0/001/002",
            "0/xx01/002",
            "entries",
            "entries/000.p/",
            "data/000",
            "0/000/",
            "0/x999/x999/x999/x999/x999/x999/999",
            "../000",
            "0/٠٠٠",
        ] {
            assert_eq!(Tile::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_tile_begins_where_the_specification_says() {
        let first = |path: &str| Tile::parse(path).unwrap().first();
        assert_eq!(first("0/001"), Some(Node { level: 0, index: 256 }));
        assert_eq!(first("2/000.p/1"), Some(Node { level: 16, index: 0 }));
        assert_eq!(first("8/000"), None, "no tree is so high");
        assert_eq!(first("entries/000"), None);
    }

    #[test]
    fn a_bundle_reads_its_own_bytes_and_a_cut_one_does_not() {
        let long = vec![7; usize::from(u16::MAX)];
        let all: [&[u8]; 3] = [b"", b"one", &long];
        let bytes = bundle(all);
        assert_eq!(entries(&bytes).unwrap(), all);
        assert_eq!(bytes[..7], [0, 0, 0, 3, b'o', b'n', b'e']);
        assert_eq!(entries(&bytes[..bytes.len() - 1]), None);
        assert_eq!(entries(&bytes[..1]), None);
    }
}
