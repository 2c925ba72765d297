//! What the README shows is the example that runs.

use std::fs;
use std::path::Path;

#[test]
fn the_readme_shows_the_example_first_swarm() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| fs::read_to_string(here.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    let (readme, example) = (read("../../README.md"), read("examples/first_swarm.rs"));
    let (_, code) = example.split_once("\n\n").unwrap();
    let (_, shown) = readme.split_once("```rust\n").unwrap();
    let (shown, _) = shown.split_once("```\n").unwrap();
    assert_eq!(shown, code, "the README shows another program than examples/first_swarm.rs");
}
