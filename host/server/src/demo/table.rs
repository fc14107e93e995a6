//! What is printed when the demo is ready: where, who, what to try.

use super::cast::{PROVIDERS, REVIEWER, SECOND_REVIEWER, SHOPS, WORKSHOP};
use super::facts::Facts;
use crate::say;
use std::path::Path;

/// Prints the table.
pub fn print(facts: &Facts, operators: &[String], file: &Path) {
    rows(facts, operators, file).iter().for_each(say::line);
}

fn rows(facts: &Facts, operators: &[String], file: &Path) -> Vec<String> {
    let row = |who: &str, email: &str, password: &str, try_this: &str| {
        // Chinese characters are as wide as two letters; columns of them come last.
        format!("  {who:<12} {email:<27} {password:<21} {try_this}")
    };
    let mut rows = vec![String::new(), format!("Ready: open {}", facts.base_url), String::new()];
    rows.push(row("who", "e-mail", "password", "what to try"));
    if let Some(tenant) = facts.tenants.get(SHOPS.len()) {
        let what = format!("all modules, weeks of history: /t/{}/modules ({})", WORKSHOP.slug, WORKSHOP.name);
        rows.push(row("factory", &tenant.email, &tenant.password, &what));
    }
    for (at, shop) in SHOPS.iter().enumerate() {
        let (tenant, operator) = (&facts.tenants[at], &operators[at]);
        rows.push(row(
            "factory",
            &tenant.email,
            &tenant.password,
            &format!("live OEE: /t/{}/m/oee/overview ({})", shop.slug, shop.name),
        ));
        rows.push(row("operator", shop.operator.email, operator, "say why a machine stopped"));
    }
    for (provider, account) in PROVIDERS.iter().zip(&facts.providers) {
        let what = format!("{}: how {} were checked", provider.name, provider.modules.join(", "));
        rows.push(row("provider", &account.email, &account.password, &what));
    }
    let city = &facts.authority;
    let programme = format!("budget, claims, ledger: /city/{}", city.programme);
    rows.push(row("official", &city.official.email, &city.official.password, &programme));
    rows.push(row("assessor", &city.assessor.email, &city.assessor.password, "firms to assess: /assess"));
    rows.push(row("auditor", &city.auditor.email, &city.auditor.password, "reads all of it, and is seen: /city/looks"));
    rows.push(row("marketplace", REVIEWER.email, &facts.marketplace.password, "the review queue"));
    rows.push(row("reviewer", SECOND_REVIEWER.email, &facts.second_reviewer.password, "the second approval"));
    for terminal in &facts.terminals {
        rows.push(row("tablet", &terminal.pair, "", &terminal.name));
    }
    for operator in &facts.operators {
        let proof = format!("PIN {}, badge {}", operator.pin, operator.badge);
        rows.push(row("at a tablet", &format!("code {}", operator.code), &proof, &operator.name));
    }
    let mqtt = format!("{}:{}", facts.mqtt.host, facts.mqtt.port);
    rows.push(row("gateway", &mqtt, "", "MQTT; user names and passwords are in the file below"));
    rows.push(String::new());
    rows.push(format!("For programs: {}. Ctrl-C stops; nothing is lost.", file.display()));
    rows
}
