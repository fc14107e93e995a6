//! A zip archive in memory (APPNOTE 6.3.3): deflated files with names in UTF-8, all of one moment.

/// Midnight of 1 January 1980, where the format's clock begins.
const DATE: u16 = 0x0021;
/// How hard to press: what the usual programs do.
const LEVEL: u8 = 6;
const VERSION: u16 = 20;
const UTF_8: u16 = 0x0800;
const DEFLATED: u16 = 8;

/// An archive that is filled file by file.
#[derive(Default)]
pub struct Archive {
    bytes: Vec<u8>,
    /// The central directory so far, and how many files are in it.
    directory: Vec<u8>,
    files: u16,
}

/// CRC-32 as in ISO 3309, bit by bit: these files are small.
fn crc32(bytes: &[u8]) -> u32 {
    let one = |crc: u32, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
    !bytes.iter().fold(!0u32, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), one))
}

fn size(bytes: usize) -> u32 {
    u32::try_from(bytes).expect("a workbook has less than 4 GiB: its lines are bounded")
}

impl Archive {
    /// Adds a file with an ASCII name.
    pub fn add(&mut self, name: &str, text: &str) {
        let (bytes, begins) = (text.as_bytes(), size(self.bytes.len()));
        let packed = miniz_oxide::deflate::compress_to_vec(bytes, LEVEL);
        let mut head = Vec::new();
        for field in [VERSION, UTF_8, DEFLATED, 0, DATE] {
            head.extend(field.to_le_bytes());
        }
        for field in [crc32(bytes), size(packed.len()), size(bytes.len())] {
            head.extend(field.to_le_bytes());
        }
        let length = u16::try_from(name.len()).expect("names of parts are short");
        // Its name's length, and no extra field.
        head.extend([length.to_le_bytes(), [0, 0]].concat());
        self.bytes.extend(b"PK\x03\x04");
        self.bytes.extend(&head);
        self.bytes.extend(name.as_bytes());
        self.bytes.extend(packed);
        self.directory.extend(b"PK\x01\x02");
        self.directory.extend(VERSION.to_le_bytes());
        self.directory.extend(&head);
        // No comment, the first disk, no attributes.
        self.directory.extend([0; 10]);
        self.directory.extend(begins.to_le_bytes());
        self.directory.extend(name.as_bytes());
        self.files += 1;
    }

    pub fn finish(mut self) -> Vec<u8> {
        let (begins, length) = (size(self.bytes.len()), size(self.directory.len()));
        self.bytes.append(&mut self.directory);
        self.bytes.extend(b"PK\x05\x06\0\0\0\0");
        self.bytes.extend([self.files.to_le_bytes(), self.files.to_le_bytes()].concat());
        self.bytes.extend([length.to_le_bytes(), begins.to_le_bytes()].concat());
        self.bytes.extend([0, 0]);
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checksum_is_the_published_one() {
        // The check value of CRC-32/ISO-HDLC.
        assert_eq!((crc32(b"123456789"), crc32(b"")), (0xcbf4_3926, 0));
    }

    #[test]
    fn a_file_is_found_by_the_directory_and_unpacks_to_what_it_was() {
        let mut archive = Archive::default();
        let texts = [("a.xml", "一二三".repeat(500)), ("b/c.xml", String::new())];
        texts.iter().for_each(|(name, text)| archive.add(name, text));
        let bytes = archive.finish();
        let end = &bytes[bytes.len() - 22..];
        let number = |bytes: &[u8]| u32::from_le_bytes(bytes.try_into().unwrap()) as usize;
        assert_eq!((&end[..4], end[10]), (b"PK\x05\x06".as_slice(), 2));
        let mut at = number(&end[16..20]);
        for (name, text) in &texts {
            let entry = &bytes[at..];
            assert_eq!((&entry[..4], &entry[46..46 + name.len()]), (b"PK\x01\x02".as_slice(), name.as_bytes()));
            let local = number(&entry[42..46]);
            assert_eq!(&bytes[local..local + 4], b"PK\x03\x04");
            assert_eq!(number(&entry[16..20]), crc32(text.as_bytes()) as usize);
            let packed = &bytes[local + 30 + name.len()..][..number(&entry[20..24])];
            let unpacked = miniz_oxide::inflate::decompress_to_vec(packed).unwrap();
            assert_eq!((unpacked.len(), unpacked.as_slice()), (number(&entry[24..28]), text.as_bytes()));
            at += 46 + name.len();
        }
        assert_eq!(at, bytes.len() - 22);
    }
}
