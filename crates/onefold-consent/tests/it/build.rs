//! Sending without a permit does not build, and its twin with a permit does.

#[test]
fn sending_needs_a_permit() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/build/with_permit.rs");
    cases.compile_fail("tests/build/without_permit.rs");
    cases.compile_fail("tests/build/forged_permit.rs");
    cases.compile_fail("tests/build/permit_used_twice.rs");
}
