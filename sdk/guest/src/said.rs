//! What something is called in both languages: pages and workbooks show each reader the one in theirs. Any structure of the
//! two texts `zh` and `en` alone is shown so; [`view`](mod@crate::view) says what else is one column.
//!
//! ```
//! use toolcrib_sdk::prelude::Said;
//!
//! let jam = Said::new(("卡料", "Jam")).unwrap();
//! assert_eq!((jam.zh.as_str(), jam.en.as_str()), ("卡料", "Jam"));
//! ```

use crate::outcome::Outcome;
use toolcrib_contract::Text;
use toolcrib_macros::value;

/// A text in both languages. Where one is empty everybody reads the other.
#[value]
#[derive(Default, PartialEq, Eq)]
pub struct Said {
    pub zh: Text<200>,
    pub en: Text<200>,
}

impl Said {
    /// From Chinese and English, in this order as everywhere.
    ///
    /// # Errors
    /// One of them has more than 200 characters.
    pub fn new((zh, en): (impl Into<String>, impl Into<String>)) -> Outcome<Self> {
        Ok(Self { zh: Text::new(zh)?, en: Text::new(en)? })
    }
}
