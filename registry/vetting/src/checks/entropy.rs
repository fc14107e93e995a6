//! Entropy: texts that look drawn at random, in places where a module has no use for chance.
//!
//! The rule behind `secret-entropy` and `egress-entropy`. Both are guesses, so both begin in shadow mode.

use crate::rule::Rule;
use toolcrib_contract::finding::Finding;
use toolcrib_contract::words;

const SECRET: Rule = Rule {
    check: "secret-entropy",
    why: (
        "不符合已知格式的密钥和口令，任何能下载模块的人也都读得到",
        "Keys and passwords that follow no known form are still readable by everybody who may download the module",
    ),
};

/// Characters of a token: shorter ones are too often words, longer ones too often data.
const TOKEN: std::ops::RangeInclusive<usize> = 32..=128;
/// Bits of entropy of a token's characters.
const TOKEN_BITS: f64 = 4.2;
/// Changes between digits, capitals and small letters, in percent of the length: words and alphabets change less.
const CHANGES_PERCENT: usize = 40;
/// Findings of one place.
const PER_PLACE: usize = 3;

/// Looks for tokens in one piece of data. Only the beginning of each is shown.
pub(crate) fn check(place: &str, data: &[u8]) -> Vec<Finding> {
    let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'=' | b'_' | b'-');
    let tokens = data.split(|byte| !is_token(byte)).filter(|token| is_random(token));
    let finding = |token: &[u8]| {
        let shown: String = token[..6].iter().map(|byte| char::from(*byte)).collect();
        let what = words!(
            "其中有 {} 个像是随机生成的字符，以 `{shown}…` 开头",
            "It holds {} characters that look drawn at random, from `{shown}…` on",
            token.len()
        );
        SECRET.warning(
            place,
            what,
            (
                "如果是密钥，请删除，并在所有使用它的地方更换",
                "If it is a secret, remove it and replace it wherever it is in use",
            ),
        )
    };
    tokens.take(PER_PLACE).map(finding).collect()
}

fn is_random(token: &[u8]) -> bool {
    // Names of compiled functions carry a digest.
    if !TOKEN.contains(&token.len()) || token.starts_with(b"_ZN") || token.starts_with(b"_R") {
        return false;
    }
    let class = |byte: &u8| match byte {
        b'0'..=b'9' => 0,
        b'A'..=b'Z' => 1,
        b'a'..=b'z' => 2,
        _ => 3,
    };
    let count = |wanted: usize| token.iter().filter(|byte| class(byte) == wanted).count();
    let changes = token.windows(2).filter(|pair| class(&pair[0]) != class(&pair[1])).count();
    (0..3).all(|class| count(class) >= 3) && changes * 100 >= token.len() * CHANGES_PERCENT && bits(token) >= TOKEN_BITS
}

/// Bits of entropy of a byte, from 0 to 8.
pub(crate) fn bits(data: &[u8]) -> f64 {
    let mut counts = [0u32; 256];
    data.iter().for_each(|byte| counts[usize::from(*byte)] += 1);
    let all = data.len() as f64;
    counts.iter().filter(|count| **count > 0).map(|count| f64::from(*count) / all).map(|part| -part * part.log2()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_tokens_are_told_and_what_programs_hold_is_not() {
        for (data, found) in [
            ("q8Zk3vR1xT7bYw2LmN5cJd9Hs4Fg6Pa0Ue", 1),
            ("key=q8Zk3vR1xT7bYw2LmN5cJd9Hs4Fg6Pa0Ue; more", 1),
            ("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", 0),
            ("000102030405060708091011121314151617181920212223242526", 0),
            ("_ZN4core3fmt9Formatter12pad_integral17h1f2e3d4c5b6a7988E", 0),
            ("assertion failed: self.remaining_capacity() >= additional_rows", 0),
            ("018f0e6e-7b1c-7cc3-a1b2-0123456789ab", 0),
            ("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", 0),
            ("MachineStoppedBecauseOfMissingMaterialOnLine12Shift3Operator45", 0),
        ] {
            assert_eq!(check("data", data.as_bytes()).len(), found, "{data}");
        }
    }

    #[test]
    fn bits_count_what_a_byte_can_say() {
        assert_eq!(bits(b"aaaa"), 0.0);
        assert_eq!(bits(b"abab"), 1.0);
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(bits(&all), 8.0);
    }
}
