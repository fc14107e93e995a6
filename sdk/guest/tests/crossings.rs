//! Limits and silence on the in-memory host: what a module is told is what a real host would tell it.

use std::time::Duration;
use toolcrib_sdk::contract::manifest::HandlerKind;
use toolcrib_sdk::prelude::*;

#[on(signal = "temperature", above = 80, back = 75.5, for_s = 30)]
fn hot(ctx: &mut Command, crossing: Crossing) -> Outcome<()> {
    ctx.log(&format!("hot {} {} {} {}", crossing.equipment, crossing.at, crossing.value, crossing.beyond));
    Ok(())
}

#[on(signal = "temperature", below = -2)]
fn cold(ctx: &mut Command, crossing: Crossing) -> Outcome<()> {
    ctx.log(&format!("cold {}", crossing.beyond));
    Ok(())
}

#[on(signal = "temperature", silent_s = 60)]
fn mute(ctx: &mut Command, silence: Silence) -> Outcome<()> {
    ctx.log(&format!("mute {} {}", silence.at, silence.silent));
    Ok(())
}

module! {
    name: "oven",
    title: { zh: "炉子", en: "Oven" },
    summary: { zh: "看温度", en: "Watches how hot it is" },
    handlers: [hot, cold, mute],
    requests: [readings("temperature") { zh: "看温度", en: "To watch it" }],
}

#[test]
fn a_limit_is_declared_as_it_is_written() {
    let oven = module();
    let kinds: Vec<_> = oven.manifest().handlers.iter().map(|def| format!("{:?}", def.kind)).collect();
    assert!(kinds[0].contains("limit: \"80\", back: \"75.5\", for_s: 30"), "{}", kinds[0]);
    assert!(kinds[1].contains("above: false, limit: \"-2\", back: \"-2\", for_s: 0"), "{}", kinds[1]);
    let silence = HandlerKind::OnSilence { signal: "temperature".into(), silent_s: 60 };
    assert_eq!(oven.manifest().handlers[2].kind, silence);
    let bytes = toolcrib_sdk::contract::Encode::to_bytes(oven.manifest());
    let again = <toolcrib_sdk::contract::Manifest as toolcrib_sdk::contract::Decode>::from_bytes(&bytes);
    assert_eq!(again.as_ref(), Ok(oven.manifest()));
}

#[test]
fn crossings_and_silence_come_by_readings_and_by_the_clock() {
    let mut oven = module();
    oven.number("oven-1.temperature", 81.0).unwrap();
    oven.advance(Duration::from_secs(20));
    oven.number("oven-1.temperature", 79.0).unwrap();
    oven.number("oven-1.temperature", 82.0).unwrap();
    oven.advance(Duration::from_secs(29));
    assert_eq!(oven.log_lines(), Vec::<&str>::new());
    oven.advance(Duration::from_secs(1));
    assert_eq!(oven.log_lines(), ["hot oven-1 2026-01-05T00:00:50Z 82 true"]);
    oven.number("oven-1.temperature", 76.0).unwrap();
    oven.number("oven-1.temperature", -3.0).unwrap();
    oven.advance(Duration::from_secs(300));
    oven.number("oven-1.temperature", 0.0).unwrap();
    let told = oven.log_lines();
    assert_eq!(
        told[1..],
        [
            "hot oven-1 2026-01-05T00:00:50Z -3 false",
            "cold true",
            "mute 2026-01-05T00:01:50Z true",
            "mute 2026-01-05T00:05:50Z false",
            "cold false",
        ]
    );
}
