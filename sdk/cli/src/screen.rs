//! What people read: reports, costs, sizes.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use toolcrib_contract::finding::{Cost, Finding, Report, Severity};

/// Writes to standard output. Somebody who closes the pipe early has read enough.
pub fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Writes to standard error.
pub fn complain(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// `830.4 KiB`.
pub fn size(bytes: usize) -> String {
    if bytes < 10 << 10 { format!("{bytes} B") } else { format!("{:.1} KiB", bytes as f64 / 1_024.0) }
}

/// `1 call`, `2 calls`.
pub fn counted(number: usize, of: &str) -> String {
    if number == 1 { format!("1 {of}") } else { format!("{number} {of}s") }
}

/// The findings, then what they mean for the version.
pub fn report(report: &Report) -> String {
    let mut text = String::new();
    for finding in &report.findings {
        text.push_str(&self::finding(finding));
    }
    if !report.wanted.is_empty() {
        text.push_str("A tenant will be asked to agree to:\n");
        for wanted in &report.wanted {
            let _ = writeln!(
                text,
                "  {}{}  {}",
                wanted.capability,
                if wanted.optional { " (optional)" } else { "" },
                wanted.reason.en
            );
        }
    }
    text.push_str(&evidence(report));
    let count = |severity| report.findings.iter().filter(|finding| finding.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    let verdict =
        if report.passed() { "nothing stands in the way of publishing" } else { "this version cannot be published" };
    let (errors, warnings) = (counted(errors, "error"), counted(warnings, "warning"));
    let _ = write!(text, "{errors}, {warnings}: {verdict} (rules {}).", report.rules);
    text
}

/// What was not checked, what new rules would say, and what was measured: a line each.
fn evidence(report: &Report) -> String {
    let mut text = String::new();
    let evidence = &report.evidence;
    for finding in &evidence.shadow {
        let place = if finding.place.is_empty() { String::new() } else { format!("{}: ", finding.place) };
        let _ =
            writeln!(text, "trial[{}] {place}{} (a new rule, which decides nothing yet)", finding.check, finding.what);
    }
    // What needs an approved version cannot be checked for a first one; that is no news to its author.
    let open = evidence.not_checked().filter(|(check, _)| matches!(*check, "advisories" | "known-bad"));
    for (check, why) in open {
        let _ = writeln!(text, "not checked: {check} ({})", why.en);
    }
    if let Some(compiled) = evidence.compiled {
        let (code, peak) = (size(compiled.code_bytes as usize), compiled.peak_bytes >> 20);
        let _ = writeln!(text, "Compiled in {} ms to {code}, with at most {peak} MiB of memory.", compiled.ms);
    }
    if let Some(trials) = evidence.trials {
        let (inputs, malformed) = (trials.inputs, trials.malformed);
        let _ = writeln!(
            text,
            "Tried {inputs} inputs, {malformed} that are none, {} spoilt host calls (seed {:016x}).",
            trials.faults, trials.seed
        );
    }
    if evidence.needs_two_reviewers {
        text.push_str("Two reviewers will look at it.\n");
    }
    text
}

/// One finding, its parts on lines of their own.
pub fn finding(finding: &Finding) -> String {
    let word = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let Finding { check, what, place, why, fix, .. } = finding;
    let place = if place.is_empty() { String::new() } else { format!("{place}: ") };
    format!("{word}[{check}] {place}{what}\n  why: {why}\n  fix: {fix}\n")
}

/// One line for each handler: what its calls in the scenarios took at most.
pub fn costs(costs: &[Cost]) -> String {
    let mut handlers: BTreeMap<&str, (usize, u64, u64, u32, u32)> = BTreeMap::new();
    for cost in costs {
        let entry = handlers.entry(&cost.handler).or_default();
        entry.0 += 1;
        entry.1 = entry.1.max(cost.fuel);
        entry.2 = entry.2.max(cost.memory_bytes);
        entry.3 = entry.3.max(cost.rows_read);
        entry.4 = entry.4.max(cost.rows_written);
    }
    let width = handlers.keys().map(|name| name.len()).max().unwrap_or(0).max(7);
    let mut text = format!(
        "{:width$}  {:>5} {:>12} {:>9} {:>9} {:>12}",
        "handler", "calls", "operations", "memory", "rows read", "rows written"
    );
    for (name, (calls, fuel, memory, read, written)) in handlers {
        let memory = format!("{} KiB", memory >> 10);
        let _ = write!(text, "\n{name:width$}  {calls:>5} {fuel:>12} {memory:>9} {read:>9} {written:>12}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_reads_from_finding_to_verdict() {
        let finding = Finding {
            check: "words".into(),
            severity: Severity::Error,
            what: "The Chinese (zh) text is missing".into(),
            place: "title".into(),
            why: "People read it".into(),
            fix: "Write it".into(),
            zh: None,
        };
        let digest = "sha256:00".to_owned();
        let findings = vec![finding];
        let told = Report { rules: "1".into(), digest, findings, ..Report::default() };
        let expected = "error[words] title: The Chinese (zh) text is missing\n  why: People read it\n  fix: Write it\n\
            1 error, 0 warnings: this version cannot be published (rules 1).";
        assert_eq!(report(&told), expected);
    }
}
