//! Codes in a photo of a job card or a label, for terminals without a scanner.
//!
//! The picture comes from anybody who stands at a terminal: it is decoded without unsafe shortcuts, in bounded memory, on
//! a thread of its own, few at a time.

use crate::board::Floor;
use std::sync::Arc;
use tokio::sync::Semaphore;
use toolcrib_contract::problem::{BAD_UPLOAD, BUSY, Problem, TOO_LARGE};
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

/// Bytes of a photo: what tablets and phones take with up to 50 megapixels.
pub const PHOTO_BYTES: usize = 12 << 20;
/// Pixels of either side of a photo.
pub const PHOTO_SIDE: usize = 8_200;
/// Photos read at once on a host.
pub const PHOTOS: usize = 2;
/// Different codes that are told of one photo.
pub const PHOTO_CODES: usize = 20;
/// Sides at which codes are looked for, in this order: a card that fills the picture is read best when it is made small,
/// one far away as large as it is.
const SIDES: [usize; 4] = [1_600, 800, 3_200, PHOTO_SIDE];

/// Why a photo tells nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhotoError {
    /// No JPEG, or a broken one.
    NotJpeg,
    /// More than [`PHOTO_BYTES`] or [`PHOTO_SIDE`].
    TooLarge,
    /// A photo without a code that can be read.
    NoCode,
    /// [`PHOTOS`] are being read.
    Busy,
}

impl PhotoError {
    /// With a sentence for the person who took it.
    pub fn because(self, sentence: String) -> Problem {
        match self {
            Self::NotJpeg | Self::NoCode => BAD_UPLOAD.because(sentence),
            Self::TooLarge => TOO_LARGE.because(sentence),
            Self::Busy => BUSY.because(sentence),
        }
    }
}

impl Floor {
    /// The QR codes of a JPEG, each once.
    ///
    /// # Errors
    /// See [`PhotoError`].
    pub async fn codes(&self, photo: impl AsRef<[u8]> + Send + 'static) -> Result<Vec<String>, PhotoError> {
        in_turn(self.photos.clone(), photo).await
    }
}

async fn in_turn(places: Arc<Semaphore>, photo: impl AsRef<[u8]> + Send + 'static) -> Result<Vec<String>, PhotoError> {
    let place = places.try_acquire_owned().map_err(|_| PhotoError::Busy)?;
    let read = tokio::task::spawn_blocking(move || {
        let _place = place;
        codes(photo.as_ref())
    });
    // A picture that makes a library panic is broken in a new way.
    read.await.unwrap_or(Err(PhotoError::NotJpeg))
}

/// A picture in shades of grey.
struct Grey {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

/// The QR codes of a JPEG, each once, at the first size at which any is read.
fn codes(photo: &[u8]) -> Result<Vec<String>, PhotoError> {
    let photo = grey(photo)?;
    let mut factors: Vec<_> = SIDES.iter().map(|side| photo.width.max(photo.height).div_ceil(*side)).collect();
    factors.dedup();
    for factor in factors {
        let mut found = Vec::new();
        for text in read(&photo.smaller(factor)) {
            if found.len() < PHOTO_CODES && !found.contains(&text) {
                found.push(text);
            }
        }
        if !found.is_empty() {
            return Ok(found);
        }
    }
    Err(PhotoError::NoCode)
}

fn grey(photo: &[u8]) -> Result<Grey, PhotoError> {
    if photo.len() > PHOTO_BYTES {
        return Err(PhotoError::TooLarge);
    }
    // The limits are our own: the library's error for them is a text.
    let options = DecoderOptions::new_safe()
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX))
        .jpeg_set_out_colorspace(ColorSpace::Luma);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(photo), options);
    decoder.decode_headers().map_err(|_| PhotoError::NotJpeg)?;
    let (width, height) = decoder.dimensions().ok_or(PhotoError::NotJpeg)?;
    if width.max(height) > PHOTO_SIDE {
        return Err(PhotoError::TooLarge);
    }
    let pixels = decoder.decode().map_err(|_| PhotoError::NotJpeg)?;
    if width == 0 || height == 0 || pixels.len() != width * height {
        return Err(PhotoError::NotJpeg);
    }
    Ok(Grey { width, height, pixels })
}

impl Grey {
    /// The means of squares of this side.
    fn smaller(&self, factor: usize) -> Self {
        let (width, height) = (self.width / factor, self.height / factor);
        let mut pixels = Vec::with_capacity(width * height);
        for row in 0..height {
            for column in 0..width {
                let rows = (row * factor..(row + 1) * factor).map(|row| row * self.width + column * factor);
                let sum: u32 = rows.flat_map(|at| &self.pixels[at..at + factor]).map(|pixel| u32::from(*pixel)).sum();
                pixels.push((sum / (factor * factor) as u32) as u8);
            }
        }
        Self { width, height, pixels }
    }
}

fn read(picture: &Grey) -> Vec<String> {
    let mut reader = quircs::Quirc::default();
    let found = reader.identify(picture.width, picture.height, &picture.pixels);
    let texts = found.filter_map(|code| String::from_utf8(code.ok()?.decode().ok()?.payload).ok());
    texts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jpeg_encoder::{ColorType, Encoder};
    use qrcode::{Color, EcLevel, QrCode};

    /// A grey wall with a white card that bears the code, turned and stretched: pixel by pixel, where it came from.
    fn photo(text: &str, (width, height): (usize, usize), module: f64, turn: f64, lean: f64) -> Vec<u8> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M).unwrap();
        let (side, dark) = (code.width() as f64, code.to_colors());
        let (sin, cos) = turn.to_radians().sin_cos();
        let mut pixels = Vec::with_capacity(width * height);
        for row in 0..height {
            for column in 0..width {
                let (x, y) = (column as f64 - width as f64 / 2.0, row as f64 - height as f64 / 2.0);
                let far = 1.0 + lean * y / height as f64;
                let (x, y) =
                    ((x * cos - y * sin) * far / module + side / 2.0, (x * sin + y * cos) * far / module + side / 2.0);
                let inside = |x: f64, quiet: f64| (-quiet..side + quiet).contains(&x);
                let shade =
                    if inside(x, 0.0) && inside(y, 0.0) && dark[y as usize * side as usize + x as usize] == Color::Dark
                    {
                        40
                    } else if inside(x, 4.0) && inside(y, 4.0) {
                        215
                    } else {
                        120 + ((row * 7 + column * 13) % 23) as u8
                    };
                pixels.push(shade);
            }
        }
        let mut jpeg = Vec::new();
        Encoder::new(&mut jpeg, 70).encode(&pixels, width as u16, height as u16, ColorType::Luma).unwrap();
        jpeg
    }

    #[test]
    fn a_card_is_read_near_and_far_turned_and_leaning() {
        let text = "TC:J:WO-2026-000123/20";
        for (size, module, turn, lean) in [
            ((640, 480), 9.0, 0.0, 0.0),
            ((1280, 960), 22.0, 12.0, 0.25),
            ((1600, 1200), 6.0, 93.0, 0.1),
            ((3264, 2448), 60.0, 181.0, 0.0),
            ((2400, 1800), 6.5, 33.0, 0.15),
        ] {
            assert_eq!(
                codes(&photo(text, size, module, turn, lean)),
                Ok(vec![text.to_owned()]),
                "{size:?} {module} {turn}"
            );
        }
    }

    #[test]
    fn what_is_no_photo_of_a_code_says_which() {
        assert_eq!(codes(b""), Err(PhotoError::NotJpeg));
        assert_eq!(codes(b"\x89PNG\r\n\x1a\n0000000000000000"), Err(PhotoError::NotJpeg));
        assert_eq!(codes(&vec![0xff; PHOTO_BYTES + 1]), Err(PhotoError::TooLarge));
        assert_eq!(codes(&photo("x", (PHOTO_SIDE + 8, 16), 1.0, 0.0, 0.0)), Err(PhotoError::TooLarge));
        assert_eq!(codes(&photo("x", (400, 300), 0.4, 0.0, 0.0)), Err(PhotoError::NoCode), "too far away to be read");
    }

    #[tokio::test]
    async fn one_photo_more_than_are_read_at_once_is_told_to_wait() {
        let places = Arc::new(Semaphore::new(PHOTOS));
        let held: Vec<_> = (0..PHOTOS).map(|_| places.clone().try_acquire_owned().unwrap()).collect();
        let photo = photo("TC:J:WO-1/10", (320, 240), 5.0, 4.0, 0.0);
        assert_eq!(in_turn(places.clone(), photo.clone()).await, Err(PhotoError::Busy));
        drop(held);
        assert_eq!(in_turn(places, photo).await, Ok(vec!["TC:J:WO-1/10".to_owned()]));
    }

    #[test]
    fn a_cut_or_damaged_photo_never_breaks_the_host() {
        let whole = photo("TC:J:WO-1/10", (320, 240), 5.0, 4.0, 0.0);
        for length in (0..whole.len()).step_by(97) {
            let _ = codes(&whole[..length]);
        }
        for at in (0..whole.len()).step_by(61) {
            let mut damaged = whole.clone();
            damaged[at] ^= 0xff;
            let _ = codes(&damaged);
        }
    }
}
