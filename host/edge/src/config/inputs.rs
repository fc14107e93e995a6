//! What the agent reads: machines and their signals.

use crate::exact::Exact;
use serde::Deserialize;
use std::path::PathBuf;

/// A machine, or a gateway to one, that speaks Modbus TCP.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Modbus {
    /// What the log and the report call it.
    pub name: String,
    /// `host:port`; 502 is usual.
    pub address: String,
    /// The unit (slave) behind the address.
    #[serde(default = "one")]
    pub unit: u8,
    /// Milliseconds from one reading to the next.
    #[serde(default = "Modbus::poll_ms")]
    pub poll_ms: u64,
    /// Milliseconds that it has for an answer.
    #[serde(default = "Modbus::timeout_ms")]
    pub timeout_ms: u64,
    pub signal: Vec<ModbusSignal>,
}

impl Modbus {
    fn poll_ms() -> u64 {
        1_000
    }
    fn timeout_ms() -> u64 {
        1_000
    }
}

/// One value of a Modbus machine.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModbusSignal {
    /// `<equipment>.<signal>`, as the server knows it.
    pub name: String,
    #[serde(default)]
    pub area: Area,
    /// Counted from 0, as on the wire: what manuals call 40001 is holding register 0.
    pub address: u16,
    /// Of a register; coils and discrete inputs are flags.
    #[serde(default, rename = "type")]
    pub number: Number,
    #[serde(default)]
    pub word_order: WordOrder,
    /// What the raw number is multiplied with, in quotes: `"0.1"`.
    #[serde(default = "Exact::one")]
    pub scale: Exact,
    /// Sent when it changed by more than this, in quotes, after scaling.
    #[serde(default = "Exact::zero")]
    pub dead_band: Exact,
    /// Sent at least every so many seconds, changed or not.
    #[serde(default = "at_least_every_s")]
    pub at_least_every_s: u32,
}

/// The four tables of a Modbus machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Area {
    #[default]
    Holding,
    Input,
    Coil,
    Discrete,
}

/// How registers make a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Number {
    #[default]
    U16,
    I16,
    U32,
    I32,
    F32,
    U64,
}

impl Number {
    /// Registers that it takes.
    pub fn registers(self) -> u16 {
        match self {
            Self::U16 | Self::I16 => 1,
            Self::U32 | Self::I32 | Self::F32 => 2,
            Self::U64 => 4,
        }
    }
}

/// Which register of several holds the high digits. The bytes inside a register are always high first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WordOrder {
    #[default]
    HighFirst,
    LowFirst,
}

/// A machine that speaks OPC UA.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpcUa {
    /// What the log and the report call it.
    pub name: String,
    /// `opc.tcp://host:4840/path`.
    pub url: String,
    /// Anonymous when it is not named.
    pub user: Option<String>,
    /// File with the password of `user`.
    pub password_file: Option<PathBuf>,
    /// Milliseconds between two reports of changes.
    #[serde(default = "OpcUa::publish_ms")]
    pub publish_ms: u64,
    pub signal: Vec<OpcUaSignal>,
}

impl OpcUa {
    fn publish_ms() -> u64 {
        1_000
    }
}

/// One variable of an OPC UA machine.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpcUaSignal {
    /// `<equipment>.<signal>`, as the server knows it.
    pub name: String,
    /// `ns=2;s=Press.State`.
    pub node: String,
    /// Milliseconds between two looks of the machine at its variable.
    #[serde(default = "OpcUaSignal::sampling_ms")]
    pub sampling_ms: u64,
    #[serde(default = "Exact::one")]
    pub scale: Exact,
    #[serde(default = "Exact::zero")]
    pub dead_band: Exact,
    #[serde(default = "at_least_every_s")]
    pub at_least_every_s: u32,
}

impl OpcUaSignal {
    fn sampling_ms() -> u64 {
        500
    }
}

impl Exact {
    fn one() -> Self {
        Self::ONE
    }
    fn zero() -> Self {
        Self::ZERO
    }
}

fn one() -> u8 {
    1
}

fn at_least_every_s() -> u32 {
    60
}
