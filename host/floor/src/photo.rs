//! Photos of codes: a QR code that somebody photographed, read here, because a tablet on plain HTTP gets no camera stream.

use rqrr::PreparedImage;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// Bytes of a photo.
pub const PHOTO_BYTES: usize = 8 << 20;
/// Pixels of a photo, as they are when it is unpacked.
pub const PHOTO_PIXELS: usize = 25_000_000;
/// The longer side of what is looked at: larger photos are made smaller first.
const SIDE: usize = 1_600;

/// Why a photo says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    /// More than [`PHOTO_BYTES`] or [`PHOTO_PIXELS`].
    Large,
    /// No JPEG and no PNG, or a broken one.
    Broken,
    /// There is no code in it that can be read.
    NoCode,
}

/// Grey pixels, line by line.
struct Grey {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

/// What the first code in a photo says. Blocking: up to some hundred milliseconds.
///
/// # Errors
/// [`Unread`].
pub fn read(photo: &[u8]) -> Result<String, Unread> {
    if photo.len() > PHOTO_BYTES {
        return Err(Unread::Large);
    }
    let grey = if photo.starts_with(&[0x89, b'P', b'N', b'G']) { png(photo)? } else { jpeg(photo)? };
    let grey = grey.smaller();
    let mut image =
        PreparedImage::prepare_from_greyscale(grey.width, grey.height, |x, y| grey.pixels[y * grey.width + x]);
    let texts = image.detect_grids().into_iter().filter_map(|grid| grid.decode().ok());
    let mut texts = texts.map(|(_, text)| text.trim().to_owned()).filter(|text| !text.is_empty());
    texts.next().ok_or(Unread::NoCode)
}

fn bounded(width: usize, height: usize) -> Result<(), Unread> {
    match width.checked_mul(height) {
        Some(0) => Err(Unread::Broken),
        Some(pixels) if pixels <= PHOTO_PIXELS => Ok(()),
        _ => Err(Unread::Large),
    }
}

fn jpeg(photo: &[u8]) -> Result<Grey, Unread> {
    let options = DecoderOptions::new_safe().jpeg_set_out_colorspace(ColorSpace::Luma);
    let options = options.set_max_width(PHOTO_PIXELS / 100).set_max_height(PHOTO_PIXELS / 100);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(photo), options);
    decoder.decode_headers().map_err(|_| Unread::Broken)?;
    let info = decoder.info().ok_or(Unread::Broken)?;
    let (width, height) = (usize::from(info.width), usize::from(info.height));
    bounded(width, height)?;
    let pixels = decoder.decode().map_err(|_| Unread::Broken)?;
    if pixels.len() != width * height {
        return Err(Unread::Broken);
    }
    Ok(Grey { width, height, pixels })
}

fn png(photo: &[u8]) -> Result<Grey, Unread> {
    // Besides the pixels: text and colour profiles are passed over.
    let limits = png::Limits { bytes: 4 * PHOTO_PIXELS };
    let mut decoder = png::Decoder::new_with_limits(std::io::Cursor::new(photo), limits);
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    decoder.set_ignore_text_chunk(true);
    let mut reader = decoder.read_info().map_err(|_| Unread::Broken)?;
    let (width, height) = (reader.info().width as usize, reader.info().height as usize);
    bounded(width, height)?;
    let mut bytes = vec![0; reader.output_buffer_size().ok_or(Unread::Large)?];
    reader.next_frame(&mut bytes).map_err(|_| Unread::Broken)?;
    let samples = reader.output_color_type().0.samples();
    let grey = |pixel: &[u8]| match pixel {
        // What is seen through is white.
        [grey, alpha] => over_white(u32::from(*grey), *alpha),
        [red, green, blue] => luma(*red, *green, *blue),
        [red, green, blue, alpha] => over_white(u32::from(luma(*red, *green, *blue)), *alpha),
        other => other.first().copied().unwrap_or(255),
    };
    let pixels: Vec<_> = bytes.chunks_exact(samples).map(grey).collect();
    if pixels.len() < width * height {
        return Err(Unread::Broken);
    }
    Ok(Grey { width, height, pixels })
}

fn luma(red: u8, green: u8, blue: u8) -> u8 {
    ((77 * u32::from(red) + 150 * u32::from(green) + 29 * u32::from(blue)) >> 8) as u8
}

fn over_white(grey: u32, alpha: u8) -> u8 {
    let alpha = u32::from(alpha);
    ((grey * alpha + 255 * (255 - alpha)) / 255) as u8
}

impl Grey {
    /// At most [`SIDE`] pixels at the longer side: each the mean of those it stands for.
    fn smaller(self) -> Self {
        let times = self.width.max(self.height).div_ceil(SIDE);
        if times <= 1 {
            return self;
        }
        let (width, height) = (self.width / times, self.height / times);
        let mean = |x: usize, y: usize| {
            let lines = (y * times..(y + 1) * times).flat_map(|line| {
                let from = line * self.width + x * times;
                &self.pixels[from..from + times]
            });
            (lines.map(|pixel| u32::from(*pixel)).sum::<u32>() / (times * times) as u32) as u8
        };
        let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).map(|(x, y)| mean(x, y)).collect();
        Self { width, height, pixels }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use qrcode::{Color, QrCode};

    /// A PNG of a QR code, each module so many pixels wide, on a sheet of some grey.
    fn photo(text: &str, wide: usize, sheet: u8) -> Vec<u8> {
        let code = QrCode::new(text).unwrap();
        let side = (code.width() + 12) * wide;
        let dark = |at: usize| (at / wide).checked_sub(6).filter(|module| *module < code.width());
        let pixel = |x: usize, y: usize| match (dark(x), dark(y)) {
            (Some(x), Some(y)) if code[(x, y)] == Color::Dark => 40,
            _ => sheet,
        };
        let pixels: Vec<_> = (0..side).flat_map(|y| (0..side).map(move |x| (x, y))).map(|(x, y)| pixel(x, y)).collect();
        png_of(side, side, &pixels)
    }

    fn png_of(width: usize, height: usize, pixels: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, width as u32, height as u32);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.write_header().unwrap().write_image_data(pixels).unwrap();
        bytes
    }

    #[test]
    fn a_photographed_card_says_its_code() {
        assert_eq!(read(&photo("WO-1001/10", 4, 230)), Ok("WO-1001/10".to_owned()));
        assert_eq!(read(&photo("工单 7 \n", 50, 200)), Ok("工单 7".to_owned()), "larger than what is looked at");
    }

    #[test]
    fn a_photo_without_a_code_and_a_broken_one_are_told_apart() {
        assert_eq!(read(&png_of(100, 100, &[200; 10_000])), Err(Unread::NoCode));
        for broken in [&b""[..], b"%PDF-1.7", &photo("x", 4, 230)[..60], &[0xff, 0xd8, 0xff, 0xe0, 0, 0]] {
            assert_eq!(read(broken), Err(Unread::Broken));
        }
    }

    #[test]
    fn bytes_and_pixels_are_bounded() {
        assert_eq!(read(&vec![0; PHOTO_BYTES + 1]), Err(Unread::Large));
        // Its size is known before anything is unpacked.
        let mut wide = Vec::new();
        let mut writer = png::Encoder::new(&mut wide, 5_000, 5_001).write_header().unwrap();
        writer.write_chunk(png::chunk::IDAT, &[]).unwrap();
        drop(writer);
        assert_eq!(read(&wide), Err(Unread::Large));
    }
}
