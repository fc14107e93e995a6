//! Pages of lists and of runs: whoever asks for one row more than a page holds knows whether another page follows.

/// The first `most` rows, and the position of the last of them when there are more: where the next page begins.
pub fn cut<T>(mut rows: Vec<T>, most: i64, position: impl Fn(&T) -> &String) -> (Vec<T>, Option<String>) {
    let most = usize::try_from(most).expect("a page is small");
    let more = rows.len() > most;
    rows.truncate(most);
    let next = rows.last().filter(|_| more).map(|row| position(row).clone());
    (rows, next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_says_where_the_next_one_begins_only_when_there_is_one() {
        let rows = |count: usize| (0..count).map(|nth| nth.to_string()).collect::<Vec<_>>();
        let page = |count: usize| cut(rows(count), 2, |row| row);
        assert_eq!((page(0), page(2)), ((rows(0), None), (rows(2), None)));
        assert_eq!(page(3), (rows(2), Some("1".to_owned())));
    }
}
