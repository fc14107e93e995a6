//! Sealed files: compressed with Zstandard, then encrypted in pieces with AES-256-GCM.
//!
//! The STREAM construction (Hoang, Reyhanitabar, Rogaway and Vizár, 2015), as age uses it: each piece of 64 KiB is sealed
//! alone, its nonce counts the pieces and marks the last one. So a piece that is changed, missing, doubled, moved or the
//! end of another file is found before anything of it is used. Each file has a key of its own, derived from its unit's key,
//! its name and a random salt in front, so that counting is enough for nonces.

use anyhow::{Context, bail, ensure};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::io::{self, Read, Write};

/// What a sealed file begins with; its salt follows.
const MAGIC: &[u8; 16] = b"toolcrib-sealed1";
pub const SALT: usize = 32;
const PIECE: usize = 64 << 10;
const TAG: usize = 16;
/// Of Zstandard: fast, and good enough for pages of a database.
const LEVEL: i32 = 3;
/// Log2 of the most memory that decompressing may take.
const WINDOW_LOG: u32 = 27;

/// What a file is before and after.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sums {
    pub bytes: u64,
    /// Hex of the SHA-256.
    pub sha256: String,
    pub sealed_bytes: u64,
    pub sealed_sha256: String,
}

/// From salt to key.
pub type Derive<'a> = &'a dyn Fn(&[u8; SALT]) -> [u8; 32];

/// Seals everything of `from` into `to`.
///
/// # Errors
/// Reading or writing.
pub fn seal(from: &mut dyn Read, to: &mut dyn Write, key: Derive<'_>, salt: &[u8; SALT]) -> anyhow::Result<Sums> {
    let mut to = Counted::new(to);
    to.write_all(MAGIC)?;
    to.write_all(salt)?;
    let pieces = Pieces { to: &mut to, key: cipher(&key(salt))?, piece: Vec::with_capacity(PIECE + TAG), number: 0 };
    let mut packed = zstd::Encoder::new(pieces, LEVEL)?;
    let mut from = Counted::new(from);
    io::copy(&mut from, &mut packed)?;
    packed.finish()?.finish()?;
    let (bytes, sha256) = from.done();
    let (sealed_bytes, sealed_sha256) = to.done();
    Ok(Sums { bytes, sha256, sealed_bytes, sealed_sha256 })
}

/// Opens everything of `from` into `to`, which must be what `sums` says.
///
/// # Errors
/// It is not: what was written until then must not be used. Reading or writing.
pub fn open(from: &mut dyn Read, to: &mut dyn Write, key: Derive<'_>, sums: &Sums) -> anyhow::Result<()> {
    let mut from = Counted::new(from);
    let (mut magic, mut salt) = ([0; MAGIC.len()], [0; SALT]);
    let read = from.read_exact(&mut magic).and_then(|()| from.read_exact(&mut salt));
    read.context("it is shorter than a sealed file can be")?;
    ensure!(magic == *MAGIC, "it is no sealed file, or one of another version");
    let pieces = Opened::new(&mut from, cipher(&key(&salt))?);
    let mut packed = zstd::Decoder::new(pieces)?;
    packed.window_log_max(WINDOW_LOG)?;
    let mut to = Counted::new(to);
    io::copy(&mut packed.take(sums.bytes.saturating_add(1)), &mut to)?;
    io::copy(&mut from, &mut io::sink())?;
    let (bytes, sha256) = to.done();
    let (sealed_bytes, sealed_sha256) = from.done();
    let found = Sums { bytes, sha256, sealed_bytes, sealed_sha256 };
    ensure!(found == *sums, "it is not what its manifest says");
    Ok(())
}

/// Whether everything of `from` has the length and the sum that `sums` says of a sealed file: what can be told without a
/// key.
///
/// # Errors
/// It has not, or cannot be read.
pub fn is_complete(from: &mut dyn Read, sums: &Sums) -> anyhow::Result<()> {
    let mut from = Counted::new(from);
    io::copy(&mut from, &mut io::sink())?;
    let (bytes, sha256) = from.done();
    ensure!(bytes == sums.sealed_bytes, "it has {bytes} bytes, its manifest says {}", sums.sealed_bytes);
    ensure!(sha256 == sums.sealed_sha256, "its content was changed");
    Ok(())
}

fn cipher(key: &[u8; 32]) -> anyhow::Result<LessSafeKey> {
    let key = UnboundKey::new(&AES_256_GCM, key).map_err(|_| anyhow::anyhow!("the cipher refuses the key"))?;
    Ok(LessSafeKey::new(key))
}

fn nonce(number: u64, is_last: bool) -> Nonce {
    let mut nonce = [0; NONCE_LEN];
    nonce[3..11].copy_from_slice(&number.to_be_bytes());
    nonce[11] = u8::from(is_last);
    Nonce::assume_unique_for_key(nonce)
}

/// Seals what is written, piece by piece.
struct Pieces<'a> {
    to: &'a mut dyn Write,
    key: LessSafeKey,
    piece: Vec<u8>,
    number: u64,
}

impl Pieces<'_> {
    fn put(&mut self, is_last: bool) -> io::Result<()> {
        let sealed = self.key.seal_in_place_append_tag(nonce(self.number, is_last), Aad::empty(), &mut self.piece);
        sealed.map_err(|_| io::Error::other("the cipher refuses a piece"))?;
        self.to.write_all(&self.piece)?;
        self.piece.clear();
        self.number += 1;
        Ok(())
    }

    fn finish(mut self) -> io::Result<()> {
        self.put(true)
    }
}

impl Write for Pieces<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A full piece waits: it may be the last one.
        if self.piece.len() == PIECE {
            self.put(false)?;
        }
        let taken = bytes.len().min(PIECE - self.piece.len());
        self.piece.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What was sealed, piece by piece, each only once it is proven.
struct Opened<'a> {
    from: &'a mut dyn Read,
    key: LessSafeKey,
    /// The piece that follows, still sealed.
    next: Vec<u8>,
    open: Vec<u8>,
    at: usize,
    number: u64,
    is_over: bool,
}

impl<'a> Opened<'a> {
    fn new(from: &'a mut dyn Read, key: LessSafeKey) -> Self {
        Self { from, key, next: Vec::new(), open: Vec::new(), at: 0, number: 0, is_over: false }
    }

    fn fetch(&mut self) -> io::Result<Vec<u8>> {
        let mut piece = Vec::with_capacity(PIECE + TAG);
        (&mut *self.from).take((PIECE + TAG) as u64).read_to_end(&mut piece)?;
        Ok(piece)
    }

    fn advance(&mut self) -> io::Result<()> {
        if self.number == 0 {
            self.next = self.fetch()?;
        }
        let following = self.fetch()?;
        self.is_over = following.is_empty();
        let mut piece = std::mem::replace(&mut self.next, following);
        let opened = self.key.open_in_place(nonce(self.number, self.is_over), Aad::empty(), &mut piece);
        let wrong =
            || io::Error::new(io::ErrorKind::InvalidData, "it was changed, cut off, or sealed with another key");
        let bytes = opened.map_err(|_| wrong())?.len();
        piece.truncate(bytes);
        (self.open, self.at) = (piece, 0);
        self.number += 1;
        Ok(())
    }
}

impl Read for Opened<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.open.len() && !self.is_over {
            self.advance()?;
        }
        let taken = buffer.len().min(self.open.len() - self.at);
        buffer[..taken].copy_from_slice(&self.open[self.at..self.at + taken]);
        self.at += taken;
        Ok(taken)
    }
}

/// Counts and sums what goes through.
struct Counted<T> {
    inner: T,
    bytes: u64,
    hash: Sha256,
}

impl<T> Counted<T> {
    fn new(inner: T) -> Self {
        Self { inner, bytes: 0, hash: Sha256::new() }
    }

    fn note(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        self.hash.update(bytes);
    }

    fn done(self) -> (u64, String) {
        (self.bytes, crate::secrets::to_hex(&self.hash.finalize()))
    }
}

impl<T: Write> Write for Counted<T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = self.inner.write(bytes)?;
        self.note(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<T: Read> Read for Counted<T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.note(&buffer[..read]);
        Ok(read)
    }
}

/// A small secret, sealed whole: a nonce of 96 random bits in front.
///
/// # Errors
/// The cipher.
pub fn wrap(secret: &[u8], key: &[u8; 32], nonce: [u8; NONCE_LEN], context: &str) -> anyhow::Result<Vec<u8>> {
    let mut sealed = secret.to_vec();
    let done = cipher(key)?.seal_in_place_append_tag(
        Nonce::assume_unique_for_key(nonce),
        Aad::from(context.as_bytes()),
        &mut sealed,
    );
    done.map_err(|_| anyhow::anyhow!("the cipher refuses the key"))?;
    Ok([&nonce[..], &sealed].concat())
}

/// What [`wrap`] sealed.
///
/// # Errors
/// Another key or context, or changed bytes.
pub fn unwrap(wrapped: &[u8], key: &[u8; 32], context: &str) -> anyhow::Result<Vec<u8>> {
    let Some((nonce, sealed)) = wrapped.split_first_chunk::<NONCE_LEN>() else { bail!("it is too short") };
    let (nonce, mut sealed) = (Nonce::assume_unique_for_key(*nonce), sealed.to_vec());
    let opened = cipher(key)?.open_in_place(nonce, Aad::from(context.as_bytes()), &mut sealed);
    let bytes = opened.map_err(|_| anyhow::anyhow!("it was sealed with another key, or changed"))?.len();
    sealed.truncate(bytes);
    Ok(sealed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(salt: &[u8; SALT]) -> [u8; 32] {
        Sha256::digest(salt).into()
    }

    fn sealed(plain: &[u8]) -> (Vec<u8>, Sums) {
        let mut to = Vec::new();
        let sums = seal(&mut &*plain, &mut to, &key, &[3; SALT]).unwrap();
        (to, sums)
    }

    fn opened(sealed: &[u8], sums: &Sums) -> anyhow::Result<Vec<u8>> {
        let mut to = Vec::new();
        open(&mut &*sealed, &mut to, &key, sums).map(|()| to)
    }

    /// Bytes that nothing can compress.
    fn noise(bytes: usize) -> Vec<u8> {
        let mut hash = [0u8; 32];
        let mut noise = Vec::new();
        while noise.len() < bytes {
            hash = Sha256::digest(hash).into();
            noise.extend_from_slice(&hash);
        }
        noise.truncate(bytes);
        noise
    }

    #[test]
    fn what_was_sealed_opens_and_says_nothing_before() {
        for bytes in [0, 1, PIECE - 40, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE] {
            let plain = noise(bytes);
            let (sealed, sums) = sealed(&plain);
            assert_eq!((sums.bytes, sums.sealed_bytes), (bytes as u64, sealed.len() as u64));
            assert_eq!(opened(&sealed, &sums).unwrap(), plain);
            is_complete(&mut &*sealed, &sums).unwrap();
            assert!(bytes < 32 || !sealed.windows(32).any(|window| window == &plain[..32]));
        }
        let (sealed, _) = sealed(&vec![7; 10 * PIECE]);
        assert!(sealed.len() < 1_000, "what repeats is packed: {}", sealed.len());
    }

    #[test]
    fn a_flipped_byte_a_missing_a_doubled_and_a_swapped_piece_are_found() {
        let (whole, sums) = sealed(&noise(4 * PIECE));
        let head = MAGIC.len() + SALT;
        for at in [0, MAGIC.len(), head, head + PIECE, head + PIECE + TAG, whole.len() - 1] {
            let mut flipped = whole.clone();
            flipped[at] ^= 1;
            assert!(opened(&flipped, &sums).is_err() && is_complete(&mut &*flipped, &sums).is_err(), "byte {at}");
        }
        let piece = |nth: usize| head + nth * (PIECE + TAG)..head + (nth + 1) * (PIECE + TAG);
        let without = [&whole[..piece(1).start], &whole[piece(1).end..]].concat();
        let doubled = [&whole[..piece(1).end], &whole[piece(1).start..]].concat();
        let mut swapped = whole.clone();
        swapped[head..].rotate_left(PIECE + TAG);
        for changed in [&whole[..piece(2).end], &whole[..head], &whole[..10], &without, &doubled, &swapped] {
            assert!(opened(changed, &sums).is_err());
        }
        let other = |salt: &[u8; SALT]| Sha256::digest(key(salt)).into();
        assert!(open(&mut &*whole, &mut Vec::new(), &other, &sums).is_err(), "another key");
    }

    #[test]
    fn a_wrapped_key_opens_with_its_own_key_and_place_only() {
        let wrapped = wrap(&[5; 32], &[1; 32], [9; NONCE_LEN], "tenant-a").unwrap();
        assert_eq!(unwrap(&wrapped, &[1; 32], "tenant-a").unwrap(), [5; 32]);
        assert!(unwrap(&wrapped, &[2; 32], "tenant-a").is_err());
        assert!(unwrap(&wrapped, &[1; 32], "tenant-b").is_err());
        assert!(unwrap(&wrapped[..20], &[1; 32], "tenant-a").is_err());
    }
}
