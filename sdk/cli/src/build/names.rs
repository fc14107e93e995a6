//! Function names: a fault says with them where it happened. The compiler writes them for a linker, a third of a module's
//! bytes; here they become what a person reads, and those of the standard library go.

use super::package::append_section;
use wasmparser::{BinaryReader, Name, NameSectionReader, Parser, Payload};

/// The longest name that stays, in bytes; the rest of one is cut.
const NAME_BYTES: usize = 120;
/// How the names of our own crates begin: `oee` for `toolcrib_module_oee`, `sdk` for `toolcrib_sdk`.
const FAMILY: [&str; 2] = ["toolcrib_module_", "toolcrib_"];
/// Crates whose functions an author did not write.
const STANDARD: [&str; 5] = ["core", "alloc", "std", "compiler_builtins", "dlmalloc"];

/// The core module with its function names as people read them. None when it cannot be read.
pub(super) fn shorten(core: &[u8]) -> Option<Vec<u8>> {
    let mut out = core.get(..8)?.to_vec();
    for payload in Parser::new(0).parse_all(core) {
        let payload = payload.ok()?;
        match &payload {
            Payload::CustomSection(section) if section.name() == "name" => {
                let names = functions(section.data())?;
                append_section(&mut out, "name", &names);
            }
            _ => {
                let Some((id, range)) = payload.as_section() else { continue };
                let content = core.get(usize::try_from(range.start).ok()?..usize::try_from(range.end).ok()?)?;
                out.push(id);
                put(content.len(), &mut out);
                out.extend(content);
            }
        }
    }
    Some(out)
}

/// The content of the section: only names of functions.
fn functions(section: &[u8]) -> Option<Vec<u8>> {
    let (mut count, mut names) = (0, Vec::new());
    for part in NameSectionReader::new(BinaryReader::new(section, 0)) {
        let Name::Function(map) = part.ok()? else { continue };
        for naming in map {
            let naming = naming.ok()?;
            if let Some(name) = readable(naming.name) {
                put(naming.index as usize, &mut names);
                put(name.len(), &mut names);
                names.extend(name.as_bytes());
                count += 1;
            }
        }
    }
    let mut list = Vec::new();
    put(count, &mut list);
    list.extend(names);
    // Subsection 1 holds the names of functions.
    let mut content = vec![1];
    put(list.len(), &mut content);
    content.extend(list);
    Some(content)
}

/// `plant::shifts::put` for `_ZN5plant6shifts3put17h…E`. None for what an author did not write.
fn readable(name: &str) -> Option<String> {
    let name = format!("{:#}", rustc_demangle::demangle(name));
    let path = name.trim_start_matches(['<', '&', '[', '(', '*']);
    let root = path.split("::").next().unwrap_or(path);
    let is_ours = path.contains("::") && !STANDARD.contains(&root);
    is_ours.then(|| {
        FAMILY
            .iter()
            .fold(name, |name, family| name.replace(family, ""))
            .chars()
            .scan(0, |bytes, char| {
                *bytes += char.len_utf8();
                (*bytes <= NAME_BYTES).then_some(char)
            })
            .collect()
    })
}

/// LEB128, as WebAssembly counts.
fn put(length: usize, out: &mut Vec<u8>) {
    super::package::put_length(length, out);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A module of one custom section of names, one of something else, and one of types.
    fn module(names: &[(u8, &str)]) -> Vec<u8> {
        let mut list = vec![names.len() as u8];
        for (index, name) in names {
            list.extend([*index, name.len() as u8]);
            list.extend(name.as_bytes());
        }
        // Subsection 0, the name of the module, goes.
        let mut content = vec![0, 2, 1, b'm', 1];
        put(list.len(), &mut content);
        content.extend(list);
        let mut module = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0".to_vec();
        append_section(&mut module, "else", b"kept");
        append_section(&mut module, "name", &content);
        module
    }

    #[test]
    fn names_are_readable_and_only_the_authors_stay() {
        let before = module(&[
            (0, "_ZN5plant6shifts3put17h0123456789abcdefE"),
            (1, "_ZN4core3ptr4drop17h0123456789abcdefE"),
            (2, "_ZN62_$LT$plant..people..Person$u20$as$u20$core..cmp..PartialEq$GT$2eq17h0123456789abcdefE"),
            (
                3,
                "_ZN80_$LT$alloc..vec..Vec$LT$T$GT$$u20$as$u20$core..iter..traits..collect..Extend$GT$6extend17h0123456789abcdefE",
            ),
            (4, "memcpy"),
            (5, "_ZN19toolcrib_module_oee5rates5partsE"),
        ]);
        let mut expected = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0".to_vec();
        append_section(&mut expected, "else", b"kept");
        let (first, second) = ("plant::shifts::put", "<plant::people::Person as core::cmp::PartialEq>::eq");
        let mut list = vec![3, 0, first.len() as u8];
        list.extend(first.as_bytes());
        list.extend([2, second.len() as u8]);
        list.extend(second.as_bytes());
        list.extend([5, 17]);
        list.extend(b"oee::rates::parts");
        let mut content = vec![1, list.len() as u8];
        content.extend(list);
        append_section(&mut expected, "name", &content);
        assert_eq!(shorten(&before), Some(expected));
    }

    #[test]
    fn what_is_no_module_is_left_to_those_who_say_why() {
        assert_eq!(shorten(b"text"), None);
        assert_eq!(shorten(b"\0asm\x01\0\0\0\x01\x7f"), None);
    }
}
