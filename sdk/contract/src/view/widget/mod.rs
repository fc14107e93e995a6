//! Everything that fits into a cell.

mod act;
mod chart;
mod figure;
mod file;
mod gantt;
mod parts;
mod rows;
mod text;

pub use act::{Counter, Fold, Form, Pad, Pick, Scan, Step, counter, form, scan};
pub use chart::{
    Bar, ControlChart, LimitLine, Series, SeriesKind, StateTimeline, Timeseries, bar, control_chart, limit, series,
    state_timeline, timeseries,
};
pub use figure::{Better, Gauge, Kpi, Progress, gauge, kpi, progress};
pub use file::{Attachments, Image, attachments, image};
pub use gantt::{Gantt, gantt};
pub use parts::Target;
pub use rows::{
    Andon, Column, ColumnLook, Detail, Feed, Kanban, Lane, Piece, PieceLook, PrintCard, Steps, Table, Tree, andon,
    code128, column, detail, feed, heading_piece, kanban, lane, print_card, qr, steps, table, text_piece, tree,
};
pub use text::{Alert, Heading, Prose, alert, heading, prose};

use crate::codec::{Bytes, CodecError, Decode, Encode, Reader, put_unsigned};

/// A widget that this build does not know: made with a newer SDK. Shown as the cell's fallback.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct Unknown {
    /// Its number.
    pub number: u64,
    pub body: Bytes,
}

macro_rules! widgets {
    ($($number:literal => $name:ident),* $(,)?) => {
        /// What a cell shows. On the way it is its number and its length, so that a host passes over what it does not know.
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[cfg_attr(
            feature = "json",
            derive(serde::Serialize, serde::Deserialize),
            serde(rename_all = "snake_case", tag = "widget")
        )]
        pub enum Widget {
            $($name($name),)*
            Unknown(Unknown),
        }
        $(impl From<$name> for Widget {
            fn from(widget: $name) -> Self {
                Self::$name(widget)
            }
        })*
        impl Encode for Widget {
            fn encode(&self, out: &mut Vec<u8>) {
                let (number, body) = match self {
                    $(Self::$name(widget) => ($number, Bytes(widget.to_bytes())),)*
                    Self::Unknown(unknown) => (unknown.number, unknown.body.clone()),
                };
                put_unsigned(number, out);
                body.encode(out);
            }
        }
        impl Decode for Widget {
            fn decode(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
                let (number, body) = (reader.unsigned()?, Bytes::decode(reader)?);
                Ok(match number {
                    $($number => Self::$name($name::from_bytes(&body.0)?),)*
                    _ => Self::Unknown(Unknown { number, body }),
                })
            }
        }
    };
}
widgets!(
    0 => Kpi, 1 => Gauge, 2 => Progress, 3 => Timeseries, 4 => Bar, 5 => StateTimeline, 6 => ControlChart, 7 => Table,
    8 => Detail, 9 => Form, 10 => Kanban, 11 => Andon, 12 => Feed, 13 => Tree, 14 => PrintCard, 15 => Counter,
    16 => Scan, 17 => Steps, 18 => Heading, 19 => Alert, 20 => Prose, 21 => Gantt, 22 => Image, 23 => Attachments,
);

impl Widget {
    /// The name authors know it by.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Kpi(_) => "kpi",
            Self::Gauge(_) => "gauge",
            Self::Progress(_) => "progress",
            Self::Timeseries(_) => "timeseries",
            Self::Bar(_) => "bar",
            Self::StateTimeline(_) => "state_timeline",
            Self::ControlChart(_) => "control_chart",
            Self::Table(_) => "table",
            Self::Detail(_) => "detail",
            Self::Form(_) => "form",
            Self::Kanban(_) => "kanban",
            Self::Andon(_) => "andon",
            Self::Feed(_) => "feed",
            Self::Tree(_) => "tree",
            Self::PrintCard(_) => "print_card",
            Self::Counter(_) => "counter",
            Self::Scan(_) => "scan",
            Self::Steps(_) => "steps",
            Self::Heading(_) => "heading",
            Self::Alert(_) => "alert",
            Self::Prose(_) => "prose",
            Self::Gantt(_) => "gantt",
            Self::Image(_) => "image",
            Self::Attachments(_) => "attachments",
            Self::Unknown(_) => "unknown",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::*;
    use crate::codec::{Bytes, Decode, Encode};

    #[test]
    fn a_widget_of_a_newer_sdk_is_passed_over_and_not_lost() {
        let newer = Widget::Unknown(Unknown { number: 900, body: Bytes(vec![1, 2, 3]) });
        let cells = vec![Cell::from(newer), Cell::from(heading(("班次", "Shift")))];
        let bytes = cells.to_bytes();
        assert_eq!(Vec::<Cell>::from_bytes(&bytes), Ok(cells.clone()));
        assert_eq!(Vec::<Cell>::from_bytes(&bytes).unwrap().to_bytes(), bytes);
        let json = serde_json::to_string(&cells).unwrap();
        assert_eq!(serde_json::from_str::<Vec<Cell>>(&json).unwrap(), cells);
    }

    #[test]
    fn a_widget_that_is_known_must_be_whole() {
        let mut bytes = Widget::from(heading(("班次", "Shift"))).to_bytes();
        bytes[1] += 1;
        bytes.push(0);
        assert!(Widget::from_bytes(&bytes).is_err());
    }
}
