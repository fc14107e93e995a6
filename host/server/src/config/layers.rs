//! Layers of settings: default, file, environment, flag; the later wins.

use super::Config;
use crate::environment;
use anyhow::Context;
use std::collections::BTreeMap;
use std::path::Path;
use toml::{Table, Value};

/// A configuration, and where its values came from.
#[derive(Debug)]
pub struct Loaded {
    pub config: Config,
    /// By dotted key: the file, variable or flag; values that are missing here are defaults.
    pub origins: BTreeMap<String, String>,
}

impl Loaded {
    /// One line for each value in force: key, value, origin.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if let Ok(table) = Table::try_from(&self.config) {
            visit(&table, "", &mut |key, value| {
                let origin = self.origins.get(key).map_or("default", String::as_str);
                lines.push(format!("{key} = {}  ({origin})", without_password(value)));
            });
        }
        lines
    }
}

/// Reads and checks the configuration. `flags` are dotted keys with their values.
///
/// # Errors
/// The file cannot be read, a key is unknown, or a value makes no sense.
pub fn load(file: Option<&Path>, flags: &[(&str, String)]) -> anyhow::Result<Loaded> {
    let named = environment::variable(environment::CONFIG_FILE);
    let file = file.map(Path::to_owned).or_else(|| named.map(Into::into));
    let mut layers = Layers::default();
    if let Some(file) = file {
        let text = std::fs::read_to_string(&file).with_context(|| format!("`{}` cannot be read", file.display()))?;
        let table: Table = text.parse().with_context(|| format!("`{}` is not TOML", file.display()))?;
        // Parsed once alone, so that an unknown key is reported with its line.
        toml::from_str::<Config>(&text).with_context(|| format!("`{}` does not fit", file.display()))?;
        layers.add(table, &file.display().to_string());
    }
    let overrides = environment::overrides();
    layers.set(overrides.iter().map(|(name, key, value)| (*key, value.as_str(), (*name).to_owned())));
    layers.set(flags.iter().map(|(key, value)| (*key, value.as_str(), "flag".to_owned())));
    let config: Config = layers.table.try_into().context("the settings do not fit")?;
    config.check().map_err(anyhow::Error::msg)?;
    Ok(Loaded { config, origins: layers.origins })
}

/// A value as it may be shown: of an address with a password, without it.
fn without_password(value: &Value) -> String {
    let shown = value.to_string();
    let password = value.as_str().and_then(|text| url::Url::parse(text).ok()?.password().map(str::to_owned));
    password.map_or_else(|| shown.clone(), |password| shown.replace(&format!(":{password}@"), ":…@"))
}

#[derive(Default)]
struct Layers {
    table: Table,
    origins: BTreeMap<String, String>,
}

impl Layers {
    fn add(&mut self, table: Table, origin: &str) {
        visit(&table, "", &mut |key, value| {
            self.origins.insert(key.to_owned(), origin.to_owned());
            environment::set(&mut self.table, key, value.clone());
        });
    }

    /// Texts from outside: every setting that can be overridden so is a text in TOML, too.
    fn set<'a>(&mut self, values: impl Iterator<Item = (&'a str, &'a str, String)>) {
        for (key, value, origin) in values {
            environment::set(&mut self.table, key, Value::String(value.to_owned()));
            self.origins.insert(key.to_owned(), origin);
        }
    }
}

fn visit(table: &Table, prefix: &str, seen: &mut impl FnMut(&str, &Value)) {
    for (key, value) in table {
        let key = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        match value {
            Value::Table(inner) => visit(inner, &key, seen),
            value => seen(&key, value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        file
    }

    #[test]
    fn a_flag_wins_over_the_file_and_the_file_over_the_default() {
        let file = file("listen = \"127.0.0.1:9000\"\ndata = \"from-file\"\n[host]\nworkers = 4\n");
        let loaded = load(Some(file.path()), &[("data", "from-flag".to_owned())]).unwrap();
        assert_eq!(loaded.config.data, Path::new("from-flag"));
        assert_eq!(loaded.config.listen.port(), 9000);
        assert_eq!(loaded.config.host.workers, 4);
        assert_eq!(loaded.config.host.slow_workers, Config::default().host.slow_workers);
        let lines = loaded.lines();
        assert!(lines.contains(&"data = \"from-flag\"  (flag)".to_owned()), "{lines:#?}");
        assert!(lines.contains(&"drain.finish_s = 30  (default)".to_owned()), "{lines:#?}");
    }

    #[test]
    fn a_password_is_never_shown() {
        let file = file("[host]\nstore = \"postgres://crib:s3cret@db.example/crib\"\n");
        let lines = load(Some(file.path()), &[]).unwrap().lines().join("\n");
        assert!(lines.contains("postgres://crib:…@db.example/crib") && !lines.contains("s3cret"), "{lines}");
    }

    #[test]
    fn an_unknown_key_or_a_senseless_value_is_refused() {
        for (text, word) in [
            ("lissten = \"127.0.0.1:9000\"", "lissten"),
            ("[host]\nthreads = 4", "threads"),
            ("[host]\nworkers = 0", "host.workers"),
            ("[host]\nstore = \"mysql://db.example/crib\"", "host.store"),
            ("[marketplace]\nstore = \"/var/lib/crib\"", "marketplace.store"),
            ("[host]\nstore_connections = 1", "host.store_connections"),
            ("listen = 8080", "listen"),
            ("[registry]\npoll_s = 3600", "poll_s"),
            ("[traces]\nsample = 1.5", "traces.sample"),
            ("[traces]\nsample = nan", "traces.sample"),
            ("[traces]\nendpoint = \"collector:4318\"", "traces.endpoint"),
            ("[traces]\nendpoint = \"http://me:secret@collector:4318\"", "traces.endpoint"),
            ("[traces]\nproxies = [\"proxy.example\"]", "proxies"),
            ("[[host.intranet]]\ntenant = \"a\"\nhost = \"erp.a.example\"\nplain_http = true", "plain_http"),
            (
                "[[host.intranet]]\ntenant = \"a\"\nhost = \"erp.a.example\"\naddress = \"10.0.0.1:80\"\nplain_http = true",
                "plain_http",
            ),
        ] {
            let file = file(text);
            let error = format!("{:#}", load(Some(file.path()), &[]).unwrap_err());
            assert!(error.contains(word), "{text}: {error}");
        }
        assert!(load(Some(Path::new("no-such-file.toml")), &[]).is_err());
    }
}
