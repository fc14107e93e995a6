//! Sizes and digests of files.

use maud::{Markup, html};

/// The first characters of a digest; the whole of it for whoever looks closer.
pub fn digest(text: &str) -> Markup {
    let short: String = text.trim_start_matches("sha256:").chars().take(12).collect();
    html! { code title=(text) { (short) "…" } }
}

/// A size, rounded up, in the largest unit that leaves a whole: `245 KiB`, `23.2 MiB`, `1.0 GiB`.
pub fn size(bytes: u64) -> String {
    let in_tenths = |unit: u64| {
        let tenths = (u128::from(bytes) * 10).div_ceil(u128::from(unit));
        format!("{}.{}", tenths / 10, tenths % 10)
    };
    match bytes {
        ..0x10_0000 => format!("{} KiB", bytes.div_ceil(1_024)),
        0x10_0000..0x4000_0000 => format!("{} MiB", in_tenths(0x10_0000)),
        _ => format!("{} GiB", in_tenths(0x4000_0000)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_told_in_a_unit_that_people_can_picture() {
        let sizes = [0, 1, 0xf_ffff, 0x10_0000, 23_723 << 10, 1 << 30, u64::MAX].map(size);
        assert_eq!(sizes, ["0 KiB", "1 KiB", "1024 KiB", "1.0 MiB", "23.2 MiB", "1.0 GiB", "17179869184.0 GiB"]);
    }
}
