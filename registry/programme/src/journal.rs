//! The ledger as a journal of hledger, a tool for plain-text accounting: so that somebody else's program adds it up. Every
//! posting asserts the balance after it.

use crate::funds::Account;
use crate::ids::ProgrammeId;
use crate::ledger::LedgerEntry;
use crate::programmes::Programmes;
use crate::refusal::Result;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Entries of one journal; the next one begins with the balances of this one.
pub const JOURNAL_ENTRIES: usize = 20_000;

/// Where an account stands in the journal.
fn name(account: Account) -> &'static str {
    match account {
        Account::Source => "equity:source",
        Account::Available => "assets:available",
        Account::Committed => "assets:committed",
        Account::Accepted => "assets:accepted",
        Account::ClawedBack => "assets:clawed back",
        Account::Paid => "expenses:paid",
        Account::ServiceAccepted => "assets:service accepted",
        Account::ServicePaid => "expenses:service paid",
        Account::ServiceClawedBack => "assets:service clawed back",
    }
}

/// Yuan with two digits.
fn yuan(fen: i64) -> String {
    format!("CNY {}{}.{:02}", if fen < 0 { "-" } else { "" }, fen.unsigned_abs() / 100, fen.unsigned_abs() % 100)
}

/// One line, in which nothing has a meaning to the journal.
fn plain(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() || matches!(letter, ';' | '|') { ' ' } else { letter }).collect()
}

/// The journal of these entries, with the balances before them.
pub fn journal(title: &str, opening: &BTreeMap<Account, i64>, entries: &[LedgerEntry]) -> String {
    let mut text = format!("; {}\ndecimal-mark .\ncommodity CNY 1000.00\n", plain(title));
    for account in Account::ALL {
        let _ = writeln!(text, "account {}", name(account));
    }
    // hledger checks balances in the order of days, and of lines within a day.
    let mut order: Vec<&LedgerEntry> = entries.iter().collect();
    order.sort_by(|one, other| (&one.booked_on, one.number).cmp(&(&other.booked_on, other.number)));
    let mut balances = opening.clone();
    if let Some(first) = order.first().filter(|_| opening.values().any(|balance| *balance != 0)) {
        let _ = writeln!(text, "\n{} * opening balances", first.booked_on);
        for (account, balance) in opening.iter().filter(|(_, balance)| **balance != 0) {
            let _ = writeln!(text, "    {}  {} = {}", name(*account), yuan(*balance), yuan(*balance));
        }
    }
    for entry in order {
        let LedgerEntry { number, booked_on, act, about, memo, hash, .. } = entry;
        let _ = writeln!(text, "\n{booked_on} * ({number}) {} | {}  ; {}", plain(about), plain(act), plain(memo));
        let _ = writeln!(text, "    ; hash: {hash}");
        for (account, amount) in &entry.postings {
            let balance = balances.entry(*account).or_insert(0);
            *balance += amount;
            let _ = writeln!(text, "    {}  {} = {}", name(*account), yuan(*amount), yuan(*balance));
        }
    }
    text
}

impl Programmes {
    /// The ledger as a journal, after an entry, at most [`JOURNAL_ENTRIES`].
    ///
    /// # Errors
    /// There is no such programme.
    pub async fn journal(&self, programme: &ProgrammeId, after: i64) -> Result<String> {
        let title = self.programme(programme).await?.row.name;
        let (mut opening, mut entries) = (BTreeMap::new(), Vec::new());
        let mut last = 0;
        while entries.len() < JOURNAL_ENTRIES {
            let page = self.ledger(programme, last).await?;
            let Some(newest) = page.last() else { break };
            last = newest.number;
            for entry in page {
                if entry.number <= after {
                    entry.postings.iter().for_each(|(account, amount)| *opening.entry(*account).or_insert(0) += amount);
                } else if entries.len() < JOURNAL_ENTRIES {
                    entries.push(entry);
                }
            }
        }
        Ok(journal(&title, &opening, &entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use toolcrib_contract::types::Instant;

    #[test]
    fn a_journal_runs_by_days_and_asserts_every_balance() {
        let entry = |number, booked_on: &str, about: &str, postings: &[(Account, i64)]| LedgerEntry {
            number,
            at: Instant(0),
            booked_on: booked_on.to_owned(),
            act: "commit".to_owned(),
            project: None,
            about: about.to_owned(),
            by: String::new(),
            by_name: String::new(),
            memo: "备案\n2".to_owned(),
            postings: postings.to_vec(),
            hash: "ab".to_owned(),
        };
        let opening = BTreeMap::from([(Account::Source, -10_000), (Account::Available, 10_000)]);
        let late = entry(8, "2026-02-01", "甲; 厂", &[(Account::Available, -5), (Account::Committed, 5)]);
        let early = entry(9, "2026-01-31", "乙厂", &[(Account::Available, -100), (Account::Committed, 100)]);
        let text = journal("数字化转型", &opening, &[late, early]);
        let (_, body) = text.split_once("\n\n").unwrap();
        let expected = "2026-01-31 * opening balances
    equity:source  CNY -100.00 = CNY -100.00
    assets:available  CNY 100.00 = CNY 100.00

2026-01-31 * (9) 乙厂 | commit  ; 备案 2
    ; hash: ab
    assets:available  CNY -1.00 = CNY 99.00
    assets:committed  CNY 1.00 = CNY 1.00

2026-02-01 * (8) 甲  厂 | commit  ; 备案 2
    ; hash: ab
    assets:available  CNY -0.05 = CNY 98.95
    assets:committed  CNY 0.05 = CNY 1.05
";
        assert_eq!(body, expected);
    }
}
