//! Files that people hand to operations: photos and papers. A module is given a name that stands for the bytes and never
//! the bytes themselves; the host keeps those, and shows them to whoever may see the module.
//!
//! A name is the SHA-256 of the bytes in hex, a point, and the ending of what they are: equal bytes have equal names.

use crate::codec::{CodecError, Decode, Encode, Reader, put_text};
use crate::codec_enum;
use crate::fill::Fill;
use crate::limits::FILE_BYTES;
use crate::schema::{Schema, Type};
use std::fmt;
use std::str::FromStr;

/// Hex digits of a name.
const DIGITS: usize = 64;
/// Characters of a name: digits, a point and an ending.
pub const NAME_CHARS: u32 = 70;

/// What a file is. Nothing else is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Media {
    Jpeg,
    Png,
    Webp,
    Pdf,
}
codec_enum!(Media { 0 => Jpeg, 1 => Png, 2 => Webp, 3 => Pdf });

/// Pictures that every browser shows.
pub const PICTURES: [Media; 3] = [Media::Jpeg, Media::Png, Media::Webp];
/// Pictures and documents.
pub const PAPERS: [Media; 4] = [Media::Jpeg, Media::Png, Media::Webp, Media::Pdf];

impl Media {
    /// The ending of its names.
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Webp => "webp",
            Self::Pdf => "pdf",
        }
    }

    /// Its media type.
    pub const fn mime(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Pdf => "application/pdf",
        }
    }

    pub fn is_picture(self) -> bool {
        PICTURES.contains(&self)
    }

    /// What bytes begin like, whatever their sender calls them. Nothing is decoded.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Some(Self::Png),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::Webp),
            [b'%', b'P', b'D', b'F', b'-', ..] => Some(Self::Pdf),
            _ => None,
        }
    }
}

/// The name of a file, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileName {
    /// SHA-256 of the bytes.
    pub digest: [u8; 32],
    pub media: Media,
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.digest.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        write!(f, ".{}", self.media.ending())
    }
}

impl FromStr for FileName {
    type Err = CodecError;
    /// Reads the one way in which a name is written: lower case.
    fn from_str(text: &str) -> Result<Self, CodecError> {
        const RULE: CodecError = CodecError::Invalid("a file is named by 64 hex digits and .jpg, .png, .webp or .pdf");
        let (digits, ending) = text.split_once('.').ok_or(RULE)?;
        let media = PAPERS.into_iter().find(|media| media.ending() == ending).ok_or(RULE)?;
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Ok(byte - b'0'),
            b'a'..=b'f' => Ok(byte - b'a' + 10),
            _ => Err(RULE),
        };
        if digits.len() != DIGITS {
            return Err(RULE);
        }
        let mut digest = [0; 32];
        for (byte, pair) in digest.iter_mut().zip(digits.as_bytes().chunks(2)) {
            *byte = digit(pair[0])? * 16 + digit(pair[1])?;
        }
        Ok(Self { digest, media })
    }
}

macro_rules! files {
    ($($(#[$doc:meta])* $name:ident of $accept:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name<const MAX_BYTES: u32 = FILE_BYTES>(String);

        impl<const MAX_BYTES: u32> $name<MAX_BYTES> {
            /// The name that stands for the bytes.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl<const MAX_BYTES: u32> FromStr for $name<MAX_BYTES> {
            type Err = CodecError;
            fn from_str(text: &str) -> Result<Self, CodecError> {
                check(text, &$accept).map(|()| Self(text.to_owned()))
            }
        }
        impl<const MAX_BYTES: u32> Schema for $name<MAX_BYTES> {
            fn schema() -> Type {
                Type::File { accept: $accept.to_vec(), max_bytes: MAX_BYTES }
            }
        }
        impl<const MAX_BYTES: u32> Encode for $name<MAX_BYTES> {
            fn encode(&self, out: &mut Vec<u8>) {
                put_text(&self.0, out);
            }
        }
        impl<const MAX_BYTES: u32> Decode for $name<MAX_BYTES> {
            fn decode(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
                reader.text()?.parse()
            }
        }
        impl<const MAX_BYTES: u32> Fill for $name<MAX_BYTES> {
            #[inline]
            fn blank() -> Self {
                Self::default()
            }
            #[inline]
            fn fill(&mut self, reader: &mut Reader<'_>) {
                reader.scalar(self);
            }
        }
    )*};
}
files!(
    /// A picture of at most `MAX_BYTES` bytes, which at most are [`FILE_BYTES`].
    Photo of PICTURES,
    /// A picture or a PDF of at most `MAX_BYTES` bytes, which at most are [`FILE_BYTES`].
    Paper of PAPERS,
);

/// The inputs of an operation that take a file, each with the bytes it may have. Files stand among the inputs themselves,
/// not in lists or structures: vetting sees to that.
pub fn inputs(input: &Type) -> impl Iterator<Item = (&str, u32)> {
    input.fields().iter().filter_map(|field| {
        let Type::File { max_bytes, .. } = crate::view::scalar(&field.of) else { return None };
        Some((field.name.as_str(), *max_bytes))
    })
}

/// Whether a text names a file that may stand in a field.
///
/// # Errors
/// It is no name, or that of something else.
pub fn check(text: &str, accept: &[Media]) -> Result<(), CodecError> {
    if accept.contains(&text.parse::<FileName>()?.media) {
        return Ok(());
    }
    Err(CodecError::Invalid("files of this kind are not taken here"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(ending: &str) -> String {
        format!("{}.{ending}", "0f".repeat(32))
    }

    #[test]
    fn a_name_has_one_spelling() {
        let read: FileName = name("png").parse().unwrap();
        assert_eq!((read.to_string(), read.media), (name("png"), Media::Png));
        assert!(name("webp").len() <= NAME_CHARS as usize);
        let upper = format!("{}.jpg", "0F".repeat(32));
        let long = format!("{}.jpg", "0f".repeat(33));
        let slash = format!("../{}.jpg", "0f".repeat(31));
        for bad in ["", ".jpg", &name("jpeg"), &name("svg"), &upper, &long, &slash, &"0f".repeat(32)] {
            assert!(bad.parse::<FileName>().is_err(), "{bad}");
        }
    }

    #[test]
    fn bytes_are_what_they_begin_like() {
        assert_eq!(Media::of(b"\xff\xd8\xff\xe0"), Some(Media::Jpeg));
        assert_eq!(Media::of(b"\x89PNG\r\n\x1a\n"), Some(Media::Png));
        assert_eq!(Media::of(b"RIFF\0\0\0\0WEBPVP8 "), Some(Media::Webp));
        assert_eq!(Media::of(b"%PDF-1.7"), Some(Media::Pdf));
        for other in [&b""[..], b"<svg xmlns=", b"<html>", b"GIF89a", b"\xff\xd8", b"RIFF\0\0\0\0WAVE"] {
            assert_eq!(Media::of(other), None);
        }
    }

    #[test]
    fn a_photo_is_no_paper_and_both_cross_as_their_name() {
        assert!(name("pdf").parse::<Photo>().is_err());
        let paper: Paper<1000> = name("pdf").parse().unwrap();
        assert_eq!(Paper::<1000>::from_bytes(&paper.to_bytes()), Ok(paper.clone()));
        assert_eq!(crate::fill::filled::<Paper<1000>>(&paper.to_bytes()), Ok(paper.clone()));
        assert!(Photo::<1000>::from_bytes(&paper.to_bytes()).is_err());
        assert_eq!(Paper::<1000>::schema(), Type::File { accept: PAPERS.to_vec(), max_bytes: 1000 });
    }
}
