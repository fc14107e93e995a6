//! Known-bad digests: the component, each core module inside it, each piece of data.

use crate::knowledge::KnownBad;
use crate::rule::{Rule, shown};
use toolcrib_contract::finding::Finding;
use toolcrib_contract::words;
use wasmparser::{Parser, Payload};

const RULE: Rule = Rule {
    check: "known-bad",
    why: (
        "这些字节已被发现有害，或属于已撤销的模块；换名称不会改变它们",
        "These bytes were found to do harm, or belong to a module that was revoked; a new name does not change them",
    ),
};

/// Data shorter than this is nobody's: padding, small tables, common words.
const DATA_BYTES: usize = 64;

/// Each of them is hashed once, so the work is bounded by the file.
pub(crate) fn check(component: &[u8], known: &KnownBad) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut judge = |place: String, bytes: &[u8]| {
        if let Some(reason) = known.reason(bytes) {
            let what = words!("这些字节已列入不良名单：{}", "These bytes are known as bad: {}", shown(reason));
            found.push(RULE.error(
                place,
                what,
                ("请删除；如有误判，请联系市场", "Remove them; if this is a mistake, write to the marketplace"),
            ));
        }
    };
    judge("component".to_owned(), component);
    let (mut modules, mut segments) = (0, 0);
    for payload in Parser::new(0).parse_all(component).map_while(Result::ok) {
        match payload {
            Payload::ModuleSection { unchecked_range: range, .. } => {
                let bytes = usize::try_from(range.start).ok().zip(usize::try_from(range.end).ok());
                if let Some(bytes) = bytes.and_then(|(start, end)| component.get(start..end)) {
                    judge(format!("core module {modules}"), bytes);
                }
                modules += 1;
            }
            Payload::DataSection(section) => {
                for data in section.into_iter().map_while(Result::ok) {
                    if data.data.len() >= DATA_BYTES {
                        judge(format!("data segment {segments}"), data.data);
                    }
                    segments += 1;
                }
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vetter::hex;
    use sha2::{Digest, Sha256};

    #[test]
    fn a_part_is_known_wherever_it_stands() {
        let data = "steal".repeat(20);
        let module = format!("(memory 1) (data (i32.const 0) \"{data}\")");
        let core = wat::parse_str(format!("(module {module})")).unwrap();
        let component = wat::parse_str(format!("(component (core module) (core module {module}))")).unwrap();
        let places = |bytes: &[u8]| -> Vec<String> {
            let list = KnownBad::parse(&format!("{} harm", hex(&Sha256::digest(bytes)))).unwrap();
            check(&component, &list).into_iter().map(|finding| finding.place).collect()
        };
        assert_eq!(places(&component), ["component"]);
        assert_eq!(places(&core), ["core module 1"]);
        assert_eq!(places(data.as_bytes()), ["data segment 0"]);
        assert_eq!(places(b"other"), [""; 0]);
    }
}
