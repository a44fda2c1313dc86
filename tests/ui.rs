//! What the macros refuse, and with which words (`ui/fail`), and surroundings that generated code
//! must get along with (`ui/pass`).
//!
//! After a change of wording, `TRYBUILD=overwrite cargo test --test ui` writes the new messages;
//! read them before they are committed. The messages are those of the Rust release that CI uses.

#[test]
fn ui() {
    let tests = trybuild::TestCases::new();
    tests.pass("tests/ui/pass/*.rs");
    tests.compile_fail("tests/ui/fail/*.rs");
}
