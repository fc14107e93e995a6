//! Secrets and traces of somebody's machine, left in data: a published component is public for ever.

use crate::rule::Rule;
use toolcrib_contract::finding::Finding;
use toolcrib_contract::manifest::Words;
use toolcrib_contract::words;

const SECRET: Rule = Rule {
    check: "secrets",
    why: (
        "任何能下载模块的人都读得到；泄露的密钥无法收回",
        "Everybody who may download the module can read it; a leaked secret stays leaked",
    ),
};
const PATH: Rule = Rule {
    check: "machine-paths",
    why: (
        "它把构建机器的信息告诉外人，而且同样的源代码在别处会得到不同的字节",
        "They tell strangers about the build machine, and the same source gives other bytes elsewhere",
    ),
};

/// A form of secret: what it starts with, how many characters of which kind must follow.
struct Form {
    name: (&'static str, &'static str),
    start: &'static str,
    follows: usize,
    of: fn(u8) -> bool,
}

fn word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

fn capital(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit()
}

fn any(byte: u8) -> bool {
    byte != 0
}

const FORMS: &[Form] = &[
    Form { name: ("私钥", "a private key"), start: "-----BEGIN PRIVATE KEY", follows: 5, of: any },
    Form { name: ("私钥", "a private key"), start: "-----BEGIN RSA PRIVATE KEY", follows: 5, of: any },
    Form { name: ("私钥", "a private key"), start: "-----BEGIN EC PRIVATE KEY", follows: 5, of: any },
    Form { name: ("私钥", "a private key"), start: "-----BEGIN OPENSSH PRIVATE KEY", follows: 5, of: any },
    Form { name: ("私钥", "a private key"), start: "-----BEGIN ENCRYPTED PRIVATE KEY", follows: 5, of: any },
    Form { name: ("发布密钥", "a publishing key"), start: "toolcrib-secret-key", follows: 20, of: any },
    Form { name: ("设备或主机令牌", "a device or host token"), start: "tch_", follows: 40, of: word },
    Form { name: ("设备或主机令牌", "a device or host token"), start: "tcd_", follows: 40, of: word },
    Form { name: ("云访问密钥", "a cloud access key"), start: "AKIA", follows: 16, of: capital },
    Form { name: ("云访问密钥", "a cloud access key"), start: "LTAI", follows: 16, of: word },
    Form { name: ("云访问密钥", "a cloud access key"), start: "AKID", follows: 32, of: word },
    Form { name: ("API 密钥", "an API key"), start: "AIza", follows: 35, of: word },
    Form { name: ("代码托管平台令牌", "a forge token"), start: "ghp_", follows: 36, of: word },
    Form { name: ("代码托管平台令牌", "a forge token"), start: "github_pat_", follows: 40, of: word },
    Form { name: ("代码托管平台令牌", "a forge token"), start: "glpat-", follows: 20, of: word },
    Form { name: ("聊天工具令牌", "a chat token"), start: "xoxb-", follows: 20, of: word },
    Form { name: ("支付密钥", "a payment key"), start: "sk_live_", follows: 20, of: word },
    Form { name: ("持有者令牌", "a bearer token"), start: "eyJhbGciOi", follows: 20, of: word },
];

/// Where a person's files lie.
const HOMES: &[&str] = &[concat!("/ho", "me/"), concat!("/ro", "ot/"), "/Users/", ":\\Users\\"];

/// Findings told about one place.
const PER_PLACE: usize = 5;

/// Looks through one piece of data.
pub(crate) fn check(place: &str, data: &[u8]) -> Vec<Finding> {
    let mut found = Vec::new();
    for form in FORMS {
        if let Some(at) = places(data, form.start.as_bytes()).find(|at| matches(form, &data[at + form.start.len()..])) {
            let name = Words::from(form.name);
            let what = words!("其中有疑似{name}的内容（位于第 {at} 字节）", "It holds what looks like {name} (at byte {at})"; name);
            found.push(SECRET.error(
                place,
                what,
                (
                    "请删除，并在所有使用它的地方更换：它必须视为已泄露",
                    "Remove it, and replace it wherever it is in use: it must count as known",
                ),
            ));
        }
    }
    if let Some((home, at)) =
        HOMES.iter().find_map(|home| Some((home, places(data, home.as_bytes()).find(|at| is_home(data, *at, home))?)))
    {
        let shown: String = data[at..]
            .iter()
            .take(40)
            .take_while(|byte| byte.is_ascii_graphic())
            .map(|byte| char::from(*byte))
            .collect();
        let what = words!(
            "其中有构建机器 {home} 下的路径：{shown}",
            "It holds a path below {home} of the build machine: {shown}"
        );
        found.push(PATH.warning(
            place,
            what,
            (
                "请用 `cargo toolcrib build` 构建，它会去掉这类路径",
                "Build it with `cargo toolcrib build`, which leaves such paths out",
            ),
        ));
    }
    found.truncate(PER_PLACE);
    found
}

fn places<'a>(data: &'a [u8], start: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    let first = start[0];
    let candidates = data.iter().enumerate().filter(move |(_, byte)| **byte == first).map(|(at, _)| at);
    candidates.filter(move |at| data[*at..].starts_with(start))
}

fn matches(form: &Form, rest: &[u8]) -> bool {
    rest.len() >= form.follows && rest[..form.follows].iter().all(|byte| (form.of)(*byte))
}

/// A path of a source file, not the word of a sentence.
fn is_home(data: &[u8], at: usize, home: &str) -> bool {
    let rest = &data[at + home.len()..];
    let end = rest.iter().position(|byte| !byte.is_ascii_graphic()).unwrap_or(rest.len()).min(300);
    rest[..end].windows(3).any(|window| window == b".rs")
        || rest[..end].iter().filter(|byte| **byte == b'/').count() > 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_found_and_words_are_not() {
        let key = ["-----BEGIN PRIVATE", " KEY-----\nMC4CAQ"].concat();
        let forge = format!("xx{}_{}", "ghp", "a".repeat(36));
        for (data, checks) in [
            ("nothing here", vec![]),
            (key.as_str(), vec!["secrets"]),
            (forge.as_str(), vec!["secrets"]),
            ("a word such as ghp_ or AKIA alone", vec![]),
            (concat!("/ho", "me/ann/notes/src/lib.rs"), vec!["machine-paths"]),
            (concat!("/ho", "me/ is where people live"), vec![]),
        ] {
            let found: Vec<_> = check("data", data.as_bytes()).into_iter().map(|finding| finding.check).collect();
            assert_eq!(found, checks, "{data}");
        }
    }

    #[test]
    fn four_megabytes_of_look_alikes_are_read_quickly_and_told_once() {
        let data = "AKIA".repeat(1 << 20);
        assert_eq!(check("data", data.as_bytes()).len(), 1);
    }
}
