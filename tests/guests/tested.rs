//! Tests that are counted: `tested!` also lists their names, so that `roster` can see whether one is missing.

/// Makes each function a test and `TESTED` the list of their names.
macro_rules! tested {
    ($($(#[$attribute:meta])* async fn $name:ident() $body:block)*) => {
        $(
            $(#[$attribute])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() $body
        )*
        pub const TESTED: &[&str] = &[$(stringify!($name)),*];
    };
}

pub(crate) use tested;
