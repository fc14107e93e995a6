//! The cost card: what the calls of each handler take, and whether that grew since the last approved version.

use crate::rule::{Rule, listed, shown};
use std::collections::BTreeMap;
use toolcrib_contract::evidence::CardLine;
use toolcrib_contract::finding::Finding;
use toolcrib_contract::manifest::Words;
use toolcrib_contract::words;

const RULE: Rule = Rule {
    check: "cost-regression",
    why: (
        "企业为操作付费并等待结果；花费更多的版本必须物有所值",
        "Tenants pay for operations and wait for them; a version that costs more must be worth it",
    ),
};

/// Growth that is told, in percent of the old figure.
const PERCENT: u64 = 150;
/// Operations, bytes and rows below which a growth does not matter.
const OPERATIONS: u64 = 200_000;
const BYTES: u64 = 4 << 20;
const ROWS: u64 = 50;

/// One successful call.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sample {
    pub fuel: u64,
    pub memory_bytes: u64,
    pub rows_read: u32,
    pub rows_written: u32,
    pub events: u32,
    pub output_bytes: u64,
}

/// One line for each handler that had a successful call, by name.
pub(crate) fn card(samples: &BTreeMap<String, Vec<Sample>>) -> Vec<CardLine> {
    let line = |(handler, samples): (&String, &Vec<Sample>)| {
        let mut fuel: Vec<_> = samples.iter().map(|sample| sample.fuel).collect();
        fuel.sort_unstable();
        let most = |of: fn(&Sample) -> u64| samples.iter().map(of).max().unwrap_or(0);
        CardLine {
            handler: handler.clone(),
            calls: samples.len() as u32,
            fuel_p50: percentile(&fuel, 50),
            fuel_p99: percentile(&fuel, 99),
            memory_bytes: most(|sample| sample.memory_bytes),
            rows_read: most(|sample| sample.rows_read.into()) as u32,
            rows_written: most(|sample| sample.rows_written.into()) as u32,
            events: most(|sample| sample.events.into()) as u32,
            output_bytes: most(|sample| sample.output_bytes),
        }
    };
    samples.iter().filter(|(_, samples)| !samples.is_empty()).map(line).collect()
}

/// The least value that so many percent do not exceed.
fn percentile(sorted: &[u64], percent: usize) -> u64 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or(0)
}

/// What grew beyond measure, a warning for each handler.
pub(crate) fn check(card: &[CardLine], previous: &[CardLine]) -> Vec<Finding> {
    let mut found = Vec::new();
    for now in card {
        let Some(before) = previous.iter().find(|before| before.handler == now.handler) else { continue };
        let figures = [
            (("次运算（第 99 百分位）", "operations (99th percentile)"), before.fuel_p99, now.fuel_p99, OPERATIONS),
            (("字节内存", "bytes of memory"), before.memory_bytes, now.memory_bytes, BYTES),
            (("行读取", "rows read"), before.rows_read.into(), now.rows_read.into(), ROWS),
            (("行写入", "rows written"), before.rows_written.into(), now.rows_written.into(), ROWS),
        ];
        let grown = figures.iter().filter(|(_, before, now, least)| {
            now.saturating_sub(*before) >= *least && now.saturating_mul(100) > before.saturating_mul(PERCENT)
        });
        let told: Vec<_> = grown
            .map(|(what, before, now, _)| {
                let what = Words::from(*what);
                words!("{now} {what}（原为 {before}）", "{now} {what} instead of {before}"; what)
            })
            .collect();
        if !told.is_empty() {
            let (place, told) = (format!("handler {}", shown(&now.handler)), listed(&told));
            let what = words!("其调用需要{told}", "Its calls take {told}"; told);
            found.push(RULE.warning(
                place,
                what,
                (
                    "降低消耗，或在版本说明中写明换来了什么",
                    "Make it cheaper, or say in the release notes what it gives for that",
                ),
            ));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_card_has_ranks_and_maxima() {
        let sample = |fuel| Sample { fuel, rows_read: fuel as u32, ..Sample::default() };
        let samples = [("add".to_owned(), (1..=200).map(sample).collect()), ("idle".to_owned(), Vec::new())].into();
        let card = card(&samples);
        assert_eq!(card.len(), 1);
        assert_eq!((card[0].calls, card[0].fuel_p50, card[0].fuel_p99, card[0].rows_read), (200, 100, 198, 200));
        assert_eq!(percentile(&[7], 50), 7);
    }

    #[test]
    fn growth_is_told_when_it_matters() {
        let line = |fuel_p99, rows_read| CardLine { handler: "add".into(), fuel_p99, rows_read, ..CardLine::default() };
        let told = |before: CardLine, now: CardLine| check(&[now], &[before]).len();
        assert_eq!(told(line(1_000_000, 0), line(1_400_000, 0)), 0);
        assert_eq!(told(line(1_000_000, 0), line(1_600_000, 0)), 1);
        assert_eq!(told(line(1_000, 0), line(90_000, 0)), 0, "still cheap");
        assert_eq!(told(line(0, 10), line(0, 100)), 1);
        assert_eq!(check(&[line(9_000_000, 0)], &[]), []);
    }
}
