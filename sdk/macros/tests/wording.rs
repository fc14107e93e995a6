//! What the compiler says about an author's typical mistakes, word for word.
//!
//! After a deliberate change, or for another compiler: `TRYBUILD=overwrite cargo test -p toolcrib-macros`, then read
//! every changed line as an author would.

#[test]
fn mistakes_are_explained_in_the_authors_words() {
    trybuild::TestCases::new().compile_fail("tests/wording/*.rs");
}
