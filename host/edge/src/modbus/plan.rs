//! Which registers to ask for together: few requests, each within what the protocol allows.

use crate::config::{Area, ModbusSignal};

/// Registers of one answer, as the protocol allows.
const REGISTERS: u16 = 125;
/// Coils or discrete inputs of one answer.
const BITS: u16 = 2_000;
/// Unused registers that are read along rather than asking twice.
const GAP: u16 = 8;

/// One request, and the signals (by place in the configuration) whose values are in its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    pub area: Area,
    pub address: u16,
    /// Registers, coils or discrete inputs.
    pub count: u16,
    pub signals: Vec<usize>,
}

/// Requests that cover all signals.
pub fn plan(signals: &[ModbusSignal]) -> Vec<Block> {
    let mut order: Vec<usize> = (0..signals.len()).collect();
    order.sort_by_key(|nth| (signals[*nth].area, signals[*nth].address));
    let mut blocks: Vec<Block> = Vec::new();
    for nth in order {
        let alone = alone(signals, nth);
        match blocks.last_mut() {
            Some(block) if fits(block, &alone) => {
                block.count = block.count.max(alone.address - block.address + alone.count);
                block.signals.push(nth);
            }
            _ => blocks.push(alone),
        }
    }
    blocks
}

/// The same signals, each asked for alone: what is left when the machine refuses the whole.
pub fn split(signals: &[ModbusSignal], block: &Block) -> Vec<Block> {
    block.signals.iter().map(|nth| alone(signals, *nth)).collect()
}

fn alone(signals: &[ModbusSignal], nth: usize) -> Block {
    let signal = &signals[nth];
    Block { area: signal.area, address: signal.address, count: width(signal), signals: vec![nth] }
}

fn width(signal: &ModbusSignal) -> u16 {
    match signal.area {
        Area::Holding | Area::Input => signal.number.registers(),
        Area::Coil | Area::Discrete => 1,
    }
}

/// Whether the answer to `block` can hold `next`, which does not begin before it.
fn fits(block: &Block, next: &Block) -> bool {
    let most = if matches!(block.area, Area::Holding | Area::Input) { REGISTERS } else { BITS };
    // In 32 bits: a block may end with the last register.
    let (from, until) = (u32::from(block.address), u32::from(block.address) + u32::from(block.count));
    let (next_from, next_until) = (u32::from(next.address), u32::from(next.address) + u32::from(next.count));
    block.area == next.area && next_from <= until + u32::from(GAP) && next_until - from <= u32::from(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signals(of: &[(&str, u16, &str)]) -> Vec<ModbusSignal> {
        let signal = |(nth, (area, address, number)): (usize, &(&str, u16, &str))| {
            let toml = format!("name = \"a.s{nth}\"\narea = \"{area}\"\naddress = {address}\ntype = \"{number}\"");
            toml::from_str(&toml).unwrap()
        };
        of.iter().enumerate().map(signal).collect()
    }

    fn check(of: &[(&str, u16, &str)], expected: &[(u16, u16, &[usize])]) {
        let blocks = plan(&signals(of));
        let blocks: Vec<_> = blocks.iter().map(|block| (block.address, block.count, &*block.signals)).collect();
        assert_eq!(blocks, expected);
    }

    #[test]
    fn neighbours_are_asked_for_together() {
        check(&[("holding", 10, "u32"), ("holding", 0, "u16"), ("holding", 1, "f32")], &[(0, 12, &[1, 2, 0])]);
        check(&[("holding", 0, "u16"), ("holding", 10, "u16")], &[(0, 1, &[0]), (10, 1, &[1])]);
        check(&[("holding", 0, "u64"), ("holding", 0, "u16")], &[(0, 4, &[0, 1])]);
    }

    #[test]
    fn tables_are_not_mixed_and_no_answer_is_longer_than_allowed() {
        check(&[("holding", 0, "u16"), ("input", 1, "u16")], &[(0, 1, &[0]), (1, 1, &[1])]);
        let many: Vec<_> = (0..200).map(|nth| ("input", nth, "u16")).collect();
        let blocks = plan(&signals(&many));
        assert_eq!(blocks.iter().map(|block| block.count).collect::<Vec<_>>(), [125, 75]);
        check(&[("holding", 65_532, "u64"), ("holding", 65_535, "u16")], &[(65_532, 4, &[0, 1])]);
        let bits: Vec<_> = (0..2_001).map(|nth| ("coil", nth, "u16")).collect();
        assert_eq!(plan(&signals(&bits)).iter().map(|block| block.count).collect::<Vec<_>>(), [2_000, 1]);
    }

    #[test]
    fn a_split_block_asks_for_each_signal_alone() {
        let signals = signals(&[("holding", 0, "u16"), ("holding", 1, "u32")]);
        let block = &plan(&signals)[0];
        let parts = split(&signals, block);
        assert_eq!(parts.iter().map(|part| (part.address, part.count)).collect::<Vec<_>>(), [(0, 1), (1, 2)]);
    }
}
