//! Fees, earnings and payouts as the wire shows them.

use toolcrib_contract::manifest::Words;
use toolcrib_contract::types::Instant;
use toolcrib_programme::payout as stored;
use toolcrib_registry_client::wire::{EarnedLine, EarnedMonth, EarnedOf, Payout, PlatformFee};

pub fn fee(fee: stored::Fee) -> PlatformFee {
    PlatformFee { from_month: fee.from_month, ppm: fee.ppm, set_at: Instant(fee.set_us).to_string() }
}

pub fn month(month: stored::EarnedMonth) -> EarnedMonth {
    let stored::EarnedMonth { month, gross_fen, fee_fen, net_fen } = month;
    EarnedMonth { month, gross_fen, fee_fen, net_fen }
}

pub fn of(of: stored::EarnedOf) -> EarnedOf {
    EarnedOf {
        module: of.module,
        subscription: of.choice,
        plan: of.plan,
        plan_name: Words { zh: of.plan_zh, en: of.plan_en },
        returned_fen: of.returned_fen,
        gross_fen: of.gross_fen,
        fee_fen: of.fee_fen,
        net_fen: of.net_fen,
    }
}

fn line(line: stored::EarnedLine) -> EarnedLine {
    EarnedLine {
        document: line.document(),
        line: line.line,
        module: line.module,
        subscription: line.choice,
        month: line.month,
        gross_fen: line.gross_fen,
        fee_fen: line.fee_fen,
        net_fen: line.net_fen,
    }
}

pub fn payout(payout: stored::Payout, lines: Vec<stored::EarnedLine>) -> Payout {
    Payout {
        id: payout.id,
        provider: payout.provider,
        provider_name: payout.provider_name,
        month: payout.month,
        gross_fen: payout.gross_fen,
        fee_fen: payout.fee_fen,
        net_fen: payout.net_fen,
        made_at: Instant(payout.made_us).to_string(),
        paid_on: payout.paid_on,
        reference: payout.reference,
        lines: lines.into_iter().map(line).collect(),
    }
}
