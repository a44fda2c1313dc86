//! What the macros refuse and with which words, and surroundings that generated code must get
//! along with.
//!
//! After a change of wording, `TRYBUILD=overwrite cargo test --test ui` writes the new messages;
//! read them before they are committed.

/// Hygiene, lints, attributes, modules.
#[test]
fn pass() {
    trybuild::TestCases::new().pass("tests/ui/pass/*.rs");
}

/// What the macros refuse, in their own words.
#[test]
fn fail() {
    trybuild::TestCases::new().compile_fail("tests/ui/fail/*.rs");
}

/// What only the types tell: the macros ask rustc, which answers in its own words, too. They
/// change from release to release, so the messages are those of one.
#[rustversion::attr(not(stable(1.95)), ignore = "the messages are those of Rust 1.95")]
#[test]
fn fail_in_rustc() {
    trybuild::TestCases::new().compile_fail("tests/ui/fail_in_rustc/*.rs");
}
