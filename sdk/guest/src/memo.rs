//! What one invocation looks up once, however often it is asked for.

use crate::context::Query;
use crate::index::Index;
use crate::outcome::Outcome;
use crate::record::Stored;
use toolcrib_contract::Encode;

/// Answers by key, in the order in which they were first asked for. For a handful of keys: every look-up goes through
/// all of them.
///
/// ```
/// # mod example {
/// # use toolcrib_sdk::prelude::*;
/// # #[record(unique(code))]
/// # struct Person { code: Text<20>, name: Text<40> }
/// # #[record(index(by))]
/// # struct Note { by: Text<20>, text: Text<80> }
/// # #[value]
/// # struct NoteRow { by: Text<40>, text: Text<80> }
/// /// However many notes somebody wrote, their name is read once.
/// #[query]
/// fn notes(ctx: &Query, after: Option<Cursor>) -> Outcome<List<NoteRow>> {
///     let mut names = Memo::default();
///     ctx.list(Note::by_by(), after, |row| {
///         let name = names.get(&row.by, || Ok(ctx.first(Person::by_code().eq(&row.by))?.map(|row| row.value.name)))?;
///         Ok(NoteRow { by: name.clone().unwrap_or_default(), text: row.value.text.clone() })
///     })
/// }
/// # }
/// ```
#[derive(Debug)]
pub struct Memo<K, V>(Vec<(K, V)>);

impl<K, V> Default for Memo<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: PartialEq + Clone, V> Memo<K, V> {
    /// The answer for a key, looked up when it is asked for the first time.
    ///
    /// # Errors
    /// Whatever stopped the look-up; it is tried again the next time.
    pub fn get(&mut self, key: &K, look_up: impl FnOnce() -> Outcome<V>) -> Outcome<&V> {
        let at = match self.0.iter().position(|(known, _)| known == key) {
            Some(at) => at,
            None => {
                self.0.push((key.clone(), look_up()?));
                self.0.len() - 1
            }
        };
        Ok(&self.0[at].1)
    }
}

/// Rows that one invocation looks up once each, however often it asks: names beside codes, mostly of another module. For a
/// handful of rows, as a [`Memo`].
///
/// ```
/// # mod example {
/// # use toolcrib_sdk::prelude::*;
/// #[shared_record(module = "plant", index(code), reason(zh = "显示姓名", en = "To show names"))]
/// struct Person { code: Text<20>, name: Text<40> }
/// # #[record(index(by))]
/// # struct Note { by: Text<20>, text: Text<80> }
/// # #[value]
/// # struct NoteRow { by: Text<20>, by_name: Option<Text<40>>, text: Text<80> }
///
/// /// However many notes somebody wrote, their name is read once.
/// #[query]
/// fn notes(ctx: &Query, after: Option<Cursor>) -> Outcome<List<NoteRow>> {
///     let mut people = Known::default();
///     ctx.list(Note::by_by(), after, |Row { value: Note { by, text }, .. }| {
///         let by_name = people.first(ctx, Person::by_code().eq(&by))?.map(|person| person.name.clone());
///         Ok(NoteRow { by, by_name, text })
///     })
/// }
/// # }
/// ```
#[derive(Debug)]
pub struct Known<T>(Memo<Vec<u8>, Option<T>>);

impl<T> Default for Known<T> {
    fn default() -> Self {
        Self(Memo::default())
    }
}

impl<T: Stored> Known<T> {
    /// The first row of a walk; none as well where the tenant has no such module.
    ///
    /// # Errors
    /// Whatever stopped the look-up; it is tried again the next time.
    pub fn first<K>(&mut self, ctx: &Query, walk: Index<T, K>) -> Outcome<Option<&T>> {
        let key = walk.select.to_bytes();
        Ok(self.0.get(&key, || Ok(ctx.first_or_without(walk)?.map(|row| row.value)))?.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::reject;

    #[test]
    fn each_key_is_looked_up_once_and_a_refusal_is_no_answer() {
        let (mut memo, mut asked) = (Memo::default(), 0);
        assert_eq!(memo.get(&1, || Err::<i64, _>(reject("busy", "Ask again"))).unwrap_err().code(), "busy");
        for (key, answer) in [(1, 10), (2, 20), (1, 10), (2, 20)] {
            let found = memo.get(&key, || {
                asked += 1;
                Ok(key * 10)
            });
            assert_eq!(found, Ok(&answer));
        }
        assert_eq!(asked, 2);
    }
}
