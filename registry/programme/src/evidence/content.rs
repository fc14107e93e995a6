//! What a file is, by its content: names and headers lie.

/// Kinds of files that are taken as evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Media {
    Pdf,
    Jpeg,
    Png,
    /// Open fixed-layout document, the form of electronic invoices.
    Ofd,
    /// Structured electronic invoices.
    Xml,
    Xlsx,
    Docx,
}

impl Media {
    pub const ALL: [Self; 7] = [Self::Pdf, Self::Jpeg, Self::Png, Self::Ofd, Self::Xml, Self::Xlsx, Self::Docx];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Ofd => "application/ofd",
            Self::Xml => "application/xml",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        }
    }

    /// The ending of its files.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Ofd => "ofd",
            Self::Xml => "xml",
            Self::Xlsx => "xlsx",
            Self::Docx => "docx",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|media| media.as_str() == text)
    }

    /// None for anything else.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let begins = |magic: &[u8]| bytes.starts_with(magic);
        match () {
            () if begins(b"%PDF-") => Some(Self::Pdf),
            () if begins(b"\xff\xd8\xff") => Some(Self::Jpeg),
            () if begins(b"\x89PNG\r\n\x1a\n") => Some(Self::Png),
            () if begins(b"PK\x03\x04") => packed(bytes),
            () => xml(bytes).then_some(Self::Xml),
        }
    }
}

/// Which packed document: by the names in its directory, which stands at the end.
fn packed(bytes: &[u8]) -> Option<Media> {
    /// Signature of an entry of the directory.
    const ENTRY: &[u8] = b"PK\x01\x02";
    /// Where the length of the name and the name stand in it.
    const LENGTH: usize = 28;
    const NAME: usize = 46;
    let mut at = 0;
    while let Some(found) = bytes.get(at..)?.windows(ENTRY.len()).position(|window| window == ENTRY) {
        let entry = bytes.get(at + found..)?;
        let length = entry.get(LENGTH..LENGTH + 2).map_or(0, |two| usize::from(two[0]) | usize::from(two[1]) << 8);
        match entry.get(NAME..NAME + length) {
            Some(b"OFD.xml") => return Some(Media::Ofd),
            Some(b"xl/workbook.xml") => return Some(Media::Xlsx),
            Some(b"word/document.xml") => return Some(Media::Docx),
            _ => at += found + ENTRY.len(),
        }
    }
    None
}

/// Text that begins as XML does, with or without a mark.
fn xml(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map(str::trim_start);
    // Markup of pages is no invoice, and would run where it is opened.
    text.is_ok_and(|text| text.starts_with("<?xml") && !text.to_ascii_lowercase().contains("<html"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zip(names: &[&str]) -> Vec<u8> {
        let mut bytes = b"PK\x03\x04 content".to_vec();
        for name in names {
            let mut entry = [0u8; 46];
            entry[..4].copy_from_slice(b"PK\x01\x02");
            entry[28] = name.len() as u8;
            bytes.extend_from_slice(&entry);
            bytes.extend_from_slice(name.as_bytes());
        }
        bytes
    }

    #[test]
    fn a_file_is_what_it_holds_and_not_what_it_is_called() {
        assert_eq!(Media::of(b"%PDF-1.7 ..."), Some(Media::Pdf));
        assert_eq!(Media::of(b"\xff\xd8\xff\xe0"), Some(Media::Jpeg));
        assert_eq!(Media::of(b"\x89PNG\r\n\x1a\n"), Some(Media::Png));
        assert_eq!(Media::of(&zip(&["[Content_Types].xml", "xl/workbook.xml"])), Some(Media::Xlsx));
        assert_eq!(Media::of(&zip(&["OFD.xml"])), Some(Media::Ofd));
        assert_eq!(Media::of(&zip(&["word/document.xml"])), Some(Media::Docx));
        assert_eq!(Media::of("\u{feff}<?xml version=\"1.0\"?><发票/>".as_bytes()), Some(Media::Xml));
        for other in [&b"MZ"[..], b"", b"<html>", b"<?xml version=\"1.0\"?><HTML>", b"PK\x03\x04", b"text"] {
            assert_eq!(Media::of(other), None);
        }
        assert_eq!(Media::of(&zip(&["evil.exe"])), None);
        for media in Media::ALL {
            assert_eq!(Media::parse(media.as_str()), Some(media));
        }
    }
}
