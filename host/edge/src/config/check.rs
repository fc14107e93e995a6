//! The rules that the form alone does not say.

use super::{Area, Config, ModbusSignal, Number};
use crate::exact::Exact;
use crate::queue::BYTES_MIN;
use std::collections::HashSet;

/// Machines of one agent.
const INPUTS: usize = 64;
/// Signals of one agent.
const SIGNALS: usize = 10_000;
/// Readings of one message; the server takes no more.
const BATCH_ROWS: usize = 5_000;
/// Messages on their way: as many as the server allows.
const IN_FLIGHT: u16 = 20;
/// Characters of a signal's name, as the server takes it.
const NAME_CHARS: usize = 128;
/// The shortest time between two readings of a machine, in milliseconds.
const POLL_MS_MIN: u64 = 10;
/// Rows that the queue holds at least, so that what is on its way is a small part of it.
const ROWS_MIN: u64 = 1_000;

pub(super) fn check(config: &Config) -> Result<(), String> {
    server(config)?;
    let mut machines = HashSet::new();
    let names = config.modbus.iter().map(|input| &input.name).chain(config.opcua.iter().map(|input| &input.name));
    for name in names {
        part("a machine's name", name)?;
        if !machines.insert(name) {
            return Err(format!("two machines are called `{name}`"));
        }
    }
    if machines.is_empty() || machines.len() > INPUTS {
        return Err(format!("name 1 to {INPUTS} machines with [[modbus]] or [[opcua]]"));
    }
    let modbus = config.modbus.iter().flat_map(|input| &input.signal).map(|signal| (&signal.name, signal.dead_band));
    let opcua = config.opcua.iter().flat_map(|input| &input.signal).map(|signal| (&signal.name, signal.dead_band));
    let mut signals = HashSet::new();
    for (name, dead_band) in modbus.chain(opcua) {
        signal_name(name)?;
        if dead_band.coef() < 0 {
            return Err(format!("`{name}`: a dead band is not negative"));
        }
        if !signals.insert(name) {
            return Err(format!("two signals are called `{name}`"));
        }
    }
    if signals.len() > SIGNALS {
        return Err(format!("an agent has at most {SIGNALS} signals; these are {}", signals.len()));
    }
    config.modbus.iter().try_for_each(|input| {
        within(&format!("`{}`: poll_ms", input.name), input.poll_ms, POLL_MS_MIN, 86_400_000)?;
        within(&format!("`{}`: timeout_ms", input.name), input.timeout_ms, 10, 60_000)?;
        input.signal.iter().try_for_each(register)
    })?;
    if cfg!(not(feature = "opcua")) && !config.opcua.is_empty() {
        return Err("this build of the agent reads no OPC UA; get one with the feature `opcua`".to_owned());
    }
    config.opcua.iter().try_for_each(|input| {
        within(&format!("`{}`: publish_ms", input.name), input.publish_ms, POLL_MS_MIN, 3_600_000)?;
        if input.user.is_some() != input.password_file.is_some() {
            return Err(format!("`{}`: user and password_file belong together", input.name));
        }
        match input.url.strip_prefix("opc.tcp://") {
            Some(rest) if !rest.is_empty() => Ok(()),
            _ => Err(format!("`{}`: url looks like opc.tcp://10.0.0.8:4840", input.name)),
        }
    })
}

fn server(config: &Config) -> Result<(), String> {
    let (server, queue) = (&config.server, &config.queue);
    part("server.tenant", &server.tenant)?;
    part("server.device", &server.device)?;
    if let Some(name) = &queue.report_as {
        part("queue.report_as", name)?;
    }
    if server.host.is_empty() || server.host.contains(['/', ':', ' ']) {
        return Err("server.host is a name or an address, without a scheme and a port".to_owned());
    }
    if !server.tls && (server.ca_file.is_some() || server.certificate_file.is_some()) {
        return Err("server: certificates are for TLS; leave `tls = false` out".to_owned());
    }
    if server.certificate_file.is_some() != server.key_file.is_some() {
        return Err("server: certificate_file and key_file belong together".to_owned());
    }
    within("server.in_flight", server.in_flight.into(), 1, IN_FLIGHT.into())?;
    within("server.batch_rows", server.batch_rows as u64, 1, BATCH_ROWS as u64)?;
    within("server.keep_alive_s", server.keep_alive_s.into(), 5, 3_600)?;
    within("server.acknowledge_s", server.acknowledge_s, 5, 3_600)?;
    within("server.retry_max_s", server.retry_max_s, 1, 3_600)?;
    within("queue.commit_ms", queue.commit_ms, 10, 60_000)?;
    within("queue.max_mib", queue.max_mib, BYTES_MIN >> 20, 1 << 20)?;
    let window = server.batch_rows as u64 * u64::from(server.in_flight);
    within("queue.max_rows", queue.max_rows, ROWS_MIN.max(2 * window), 1_000_000_000)
}

fn within(what: &str, value: u64, least: u64, most: u64) -> Result<(), String> {
    if (least..=most).contains(&value) { Ok(()) } else { Err(format!("{what} is {least} to {most}, not {value}")) }
}

fn is_part(part: &str) -> bool {
    !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '/'))
}

fn part(what: &str, text: &str) -> Result<(), String> {
    let fits = is_part(text) && !text.contains('/') && text.chars().count() <= NAME_CHARS / 2;
    if fits { Ok(()) } else { Err(format!("{what} is made of letters, digits, - and _; `{text}` is not")) }
}

fn signal_name(name: &str) -> Result<(), String> {
    let good = name.rsplit_once('.').is_some_and(|(equipment, kind)| is_part(equipment) && is_part(kind));
    if good && name.chars().count() <= NAME_CHARS {
        return Ok(());
    }
    Err(format!(
        "`{name}`: a signal is called `<equipment>.<signal>`, of letters, digits, - _ /, at most {NAME_CHARS} characters"
    ))
}

fn register(signal: &ModbusSignal) -> Result<(), String> {
    let name = &signal.name;
    let is_flag = matches!(signal.area, Area::Coil | Area::Discrete);
    if is_flag && (signal.number != Number::U16 || signal.scale != Exact::ONE) {
        return Err(format!("`{name}`: a coil or discrete input is a flag and has neither type nor scale"));
    }
    let last = u32::from(signal.address) + u32::from(signal.number.registers());
    if last > 65_536 {
        return Err(format!("`{name}`: reaches past the last register, 65535"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{ConfigError, parse};
    use std::path::Path;

    const GOOD: &str = r#"
        [server]
        host = "mes.example.com"
        tenant = "donghu"
        device = "gateway-1"
        token_file = "token"

        [[modbus]]
        name = "plc-1"
        address = "10.0.0.7:502"
        [[modbus.signal]]
        name = "press-1.good"
        address = 0
        type = "u32"
        word_order = "low-first"
        scale = "0.1"

        [[opcua]]
        name = "cnc-1"
        url = "opc.tcp://10.0.0.8:4840"
        [[opcua.signal]]
        name = "mill-1.state"
        node = "ns=2;s=State"
    "#;

    #[test]
    fn a_complete_file_is_taken_and_paths_are_relative_to_it() {
        let config = parse(GOOD, Path::new("etc/edge")).unwrap();
        assert_eq!(config.server.token_file, Path::new("etc/edge/token"));
        assert_eq!(config.server.port(), 8883);
        assert_eq!(config.modbus[0].signal[0].scale.to_string(), "0.1");
        assert_eq!(config.queue.limits().bytes, 512 << 20);
    }

    #[test]
    fn what_is_wrong_is_said_by_name() {
        for (from, to, said) in [
            ("tenant = \"donghu\"", "tenant = \"donghu\"\nport_ = 1", "unknown field `port_`"),
            ("tenant = \"donghu\"", "tenant = \"dong/hu\"", "server.tenant"),
            ("host = \"mes.example.com\"", "host = \"https://mes.example.com\"", "server.host"),
            ("name = \"mill-1.state\"", "name = \"press-1.good\"", "two signals"),
            ("name = \"mill-1.state\"", "name = \"state\"", "`<equipment>.<signal>`"),
            ("name = \"cnc-1\"", "name = \"plc-1\"", "two machines"),
            ("address = 0", "address = 65535", "past the last register"),
            ("address = 0", "area = \"coil\"\naddress = 0", "is a flag"),
            ("scale = \"0.1\"", "scale = 0.1", "invalid type: floating point"),
            ("scale = \"0.1\"", "dead_band = \"-1\"", "not negative"),
            ("url = \"opc.tcp://10.0.0.8:4840\"", "url = \"10.0.0.8\"", "opc.tcp://"),
            ("[server]", "[queue]\nmax_rows = 1000\n[server]", "queue.max_rows is 20000"),
            ("token_file = \"token\"", "token_file = \"token\"\nin_flight = 21", "server.in_flight is 1 to 20"),
            ("token_file = \"token\"", "token = \"secret\"", "unknown field `token`"),
        ] {
            assert!(GOOD.contains(from), "{from}");
            let error = parse(&GOOD.replace(from, to), Path::new("")).unwrap_err().to_string();
            assert!(error.contains(said), "{to}: {error}");
        }
    }

    #[test]
    fn a_missing_or_empty_secret_names_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let config = parse(GOOD, folder.path()).unwrap();
        assert!(matches!(config.server.token(), Err(ConfigError::File { .. })));
        std::fs::write(folder.path().join("token"), "\n").unwrap();
        assert!(matches!(config.server.token(), Err(ConfigError::Empty(_))));
        std::fs::write(folder.path().join("token"), "abc\n").unwrap();
        assert_eq!(config.server.token().unwrap(), "abc");
    }
}
