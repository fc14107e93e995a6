//! The states of a machine: OPC 40001-1 MachineryItemState (clause 12) with MachineryOperationMode (clause 13), the words
//! that machines use for them, and the time element of ISO 22400-2 that each means (OPC 40001-1, Annex C.2).

use toolcrib_sdk::prelude::*;

/// What a machine does. In brackets: its item state and operation mode.
#[value]
pub enum State {
    /// It produces (Executing, Processing).
    Running,
    /// It stands, nothing is being made (NotExecuting, None).
    Stopped,
    /// It waits for material or people in the middle of a job (NotExecuting, Processing).
    Idle,
    /// It is being set up (any, Setup).
    Setup,
    /// Somebody says it has a break (NotExecuting, None): in a planned shift only as long as the plan has breaks.
    Planned,
    /// It is switched off (NotAvailable, None).
    Off,
    /// It sent a word that this module does not know; the word is kept (NotExecuting, None).
    Unknown,
    /// It failed in the middle of a job (OutOfService, Processing).
    Fault,
    /// It failed, or is out of service, without a job (OutOfService, None).
    Breakdown,
    /// It is being maintained as planned (any, Maintenance).
    Maintenance,
    /// Nobody hears it, in the middle of a job (NotAvailable, Processing as last sent).
    Offline,
}

/// What a moment of the calendar counts as. Every moment is exactly one of these.
#[value]
pub enum Element {
    /// Part of APT, the actual production time.
    Production,
    /// A stop shorter than the setting: part of APT, so that it lowers effectiveness, not availability.
    MicroStop,
    /// AUST, the actual unit setup time.
    Setup,
    /// ADET, the actual unit delay time.
    Delay,
    /// ADOT, the actual unit down time.
    Down,
    /// In planned busy time, before anything was heard of the machine.
    NoData,
    /// APMT, planned maintenance: not part of PBT.
    Maintenance,
    /// A planned break: not part of PBT.
    Break,
    /// No shift is planned.
    NotPlanned,
    /// Produced in a break or outside any shift: part of APT, not of PBT.
    Extra,
}

impl Element {
    pub const ALL: [Self; 10] = [
        Self::Production,
        Self::MicroStop,
        Self::Setup,
        Self::Delay,
        Self::Down,
        Self::NoData,
        Self::Maintenance,
        Self::Break,
        Self::NotPlanned,
        Self::Extra,
    ];

    /// Whether it is part of PBT, the planned busy time.
    pub fn is_busy(self) -> bool {
        (self as u8) <= Self::NoData as u8
    }
}

/// Words of machines without spaces and in lower case, `item state/operation mode` among them. A machine may not know its
/// mode (OPC 40001-1, 13.1): an item state alone is one without a mode.
const WORDS: [(State, &str); 10] = [
    (
        State::Running,
        "executing executing/processing executing/none running run active execute producing production processing true 1 \
         运行 生产 加工 开机 运转",
    ),
    (State::Stopped, "notexecuting notexecuting/none stopped stop false 0 停机 停止"),
    (
        State::Idle,
        "notexecuting/processing idle waiting wait standby starved blocked suspended held 待机 等待 待料 等料 暂停 空闲",
    ),
    (
        State::Setup,
        "executing/setup notexecuting/setup outofservice/setup notavailable/setup setup changeover setting 换模 调试 换型 \
         调机 换产",
    ),
    (State::Planned, "planned break pause 休息 计划停机 吃饭"),
    (State::Off, "notavailable notavailable/none off 关机 断电"),
    (State::Fault, "outofservice/processing fault alarm error aborted 故障 报警"),
    (State::Breakdown, "outofservice outofservice/none down breakdown broken 维修 抢修"),
    (
        State::Maintenance,
        "executing/maintenance notexecuting/maintenance outofservice/maintenance notavailable/maintenance maintenance \
         service 保养 维护",
    ),
    (State::Offline, "notavailable/processing offline 离线"),
];

/// By state, in the order of the cases.
const LABELS: [(&str, &str); 11] = [
    ("运行", "Running"),
    ("停机", "Stopped"),
    ("待机", "Waiting"),
    ("换模", "Set-up"),
    ("休息", "Break"),
    ("关机", "Off"),
    ("未知", "Unknown"),
    ("故障", "Fault"),
    ("停用", "Out of service"),
    ("保养", "Maintenance"),
    ("离线", "Offline"),
];

impl State {
    /// The state behind a machine's own word, in either language.
    pub fn of(word: &str) -> Self {
        let mut plain = String::new();
        for c in word.chars() {
            match c {
                ' ' | '_' | '-' => {}
                '.' | ':' => plain.push('/'),
                _ => plain.push(c.to_ascii_lowercase()),
            }
        }
        let is = |words: &str| words.split(' ').any(|word| word == plain);
        WORDS.iter().find(|(_, words)| is(words)).map_or(Self::Unknown, |(state, _)| *state)
    }

    /// What people call it, in Chinese and English: for lists that mix states with reasons.
    pub fn label(self) -> (&'static str, &'static str) {
        LABELS[self as usize]
    }

    /// Whether people should say why.
    pub fn is_stop(self) -> bool {
        self == Self::Setup || self.is_interruption()
    }

    /// A stop that is a micro-stop when it is short.
    pub fn is_interruption(self) -> bool {
        matches!(self, Self::Stopped | Self::Idle | Self::Unknown | Self::Fault | Self::Breakdown | Self::Offline)
    }

    pub fn is_failure(self) -> bool {
        matches!(self, Self::Fault | Self::Breakdown)
    }

    /// What a moment of planned busy time in this state counts as.
    pub fn element(self) -> Element {
        match self {
            Self::Running => Element::Production,
            Self::Setup => Element::Setup,
            Self::Idle | Self::Fault | Self::Offline => Element::Delay,
            Self::Stopped | Self::Planned | Self::Off | Self::Unknown | Self::Breakdown => Element::Down,
            Self::Maintenance => Element::Maintenance,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machine_words_of_both_languages_become_the_states_of_opc_40001_1() {
        for (word, state) in [
            ("Running", State::Running),
            ("运行", State::Running),
            ("EXECUTING", State::Running),
            ("Executing/Setup", State::Setup),
            ("Not Executing / Processing", State::Idle),
            ("NotExecuting", State::Stopped),
            ("OutOfService.Processing", State::Fault),
            ("out_of_service", State::Breakdown),
            ("NotAvailable/None", State::Off),
            ("not-available:processing", State::Offline),
            ("OutOfService/Maintenance", State::Maintenance),
            ("等料", State::Idle),
            ("保养", State::Maintenance),
            ("故障", State::Fault),
            ("Executing/Dancing", State::Unknown),
            ("", State::Unknown),
            ("notavailable/none off", State::Unknown),
        ] {
            assert_eq!(State::of(word), state, "{word}");
        }
    }

    /// OPC 40001-1, Annex C.2, table 68, without knowledge of orders: mode Processing stands for a registered order.
    #[test]
    fn states_mean_the_time_elements_of_annex_c_2() {
        for (word, element) in [
            ("OutOfService/Processing", Element::Delay),
            ("NotAvailable/Processing", Element::Delay),
            ("NotExecuting/Processing", Element::Delay),
            ("OutOfService/None", Element::Down),
            ("NotAvailable/None", Element::Down),
            ("NotExecuting/None", Element::Down),
            ("OutOfService/Maintenance", Element::Maintenance),
            ("NotAvailable/Maintenance", Element::Maintenance),
            ("NotExecuting/Maintenance", Element::Maintenance),
            ("Executing/Maintenance", Element::Maintenance),
            ("NotExecuting/Setup", Element::Setup),
            ("Executing/Setup", Element::Setup),
            ("Executing/Processing", Element::Production),
        ] {
            assert_eq!(State::of(word).element(), element, "{word}");
        }
    }
}
