//! Pictures of things: the Lucide set, as far as pages use it. Always beside a text, so silent for those who hear the page.

use icondata_lu as lu;
use maud::{Markup, PreEscaped, html};

macro_rules! icons {
    ($($name:ident = $picture:ident),* $(,)?) => {
        /// A picture by what it stands for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Icon { $($name),* }

        impl Icon {
            /// All of them, for the gallery.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            fn picture(self) -> &'static str {
                match self { $(Self::$name => lu::$picture.data),* }
            }
        }
    };
}

icons! {
    Home = LuHouse, Market = LuStore, Modules = LuPackage, Factory = LuFactory, Data = LuRadioTower, Signals = LuActivity,
    People = LuUsers, Person = LuUser, Terminals = LuTablet, Boards = LuMonitor, Audit = LuScrollText, Consents = LuHandshake,
    Export = LuDownload, Upload = LuUpload, Settings = LuSettings, Keys = LuKeyRound, Tokens = LuTicket, Usage = LuChartColumn,
    Queue = LuListChecks, Incidents = LuShieldAlert, Organisations = LuBuilding2, Records = LuDatabase, History = LuHistory,
    Submissions = LuClipboardList, Health = LuGauge, Help = LuCircleHelp, Calls = LuBell, Scan = LuScanLine, Print = LuPrinter,
    Languages = LuLanguages, Light = LuSun, Dark = LuMoon, Leave = LuLogOut, Boxes = LuBoxes,
    Programme = LuLandmark, Offers = LuFileText, Identified = LuBadgeCheck, Mapping = LuCable, Find = LuSearch, Copy = LuCopy, Theme = LuSunMoon,
    Stamp = LuStamp, Kit = LuFolderTree, Money = LuReceipt,
}

/// The picture, as large as the text around it says.
pub fn icon(name: Icon) -> Markup {
    html! {
        svg.icon viewBox="0 0 24 24" width="20" height="20" aria-hidden="true" focusable="false" {
            (PreEscaped(name.picture()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_picture_brings_a_style_or_script_of_its_own() {
        for name in Icon::ALL {
            let text = icon(*name).into_string();
            assert!(
                text.contains("aria-hidden") && text.contains("<path")
                    || text.contains("<circle")
                    || text.contains("<rect"),
                "{name:?}: {text}"
            );
            assert!(
                !text.contains("style=") && !text.contains("<script") && !text.contains("http"),
                "{name:?}: {text}"
            );
        }
    }
}
