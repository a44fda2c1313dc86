//! Mutated functions: the macro answers every one with tokens, in time.
//!
//! The functions of this repository's tests are taken apart into tokens, and tokens are deleted,
//! doubled, exchanged, or replaced by others. Most of the results are no longer Rust; what is left
//! must be differentiated or refused, never met with a panic.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::{quote, ToTokens};

use crate::differentiable::expand;

/// A generator of numbers with a fixed seed (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound.max(1) as u64).expect("less than `bound`")
    }
}

/// The differentiable functions in the sources of the tests and examples.
fn functions() -> Vec<TokenStream> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a workspace");
    let mut files = Vec::new();
    sources(&root.join("tests"), &mut files);
    sources(&root.join("examples"), &mut files);
    files.sort();
    let mut found = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a readable source");
        let Ok(parsed) = syn::parse_file(&text) else { continue };
        for item in parsed.items {
            let syn::Item::Fn(mut function) = item else { continue };
            if function.attrs.iter().any(|attribute| attribute.path().is_ident("differentiable")) {
                function.attrs.clear();
                found.push(function.into_token_stream());
            }
        }
    }
    found
}

fn sources(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder of sources").flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The tokens with one in `rate` deleted, doubled, exchanged with the next, or replaced.
fn mutated(
    tokens: TokenStream,
    words: &[TokenTree],
    rate: usize,
    random: &mut Random,
) -> TokenStream {
    let mut out: Vec<TokenTree> = Vec::new();
    for token in tokens {
        let token = match token {
            TokenTree::Group(group) => {
                Group::new(group.delimiter(), mutated(group.stream(), words, rate, random)).into()
            }
            other => other,
        };
        match random.below(rate) {
            0 => match random.below(4) {
                0 => {}
                1 => out.extend([token.clone(), token]),
                2 => {
                    let last = out.pop();
                    out.push(token);
                    out.extend(last);
                }
                _ => out.push(words[random.below(words.len())].clone()),
            },
            _ => out.push(token),
        }
    }
    out.into_iter().collect()
}

fn words(tokens: TokenStream, out: &mut Vec<TokenTree>) {
    for token in tokens {
        if let TokenTree::Group(group) = &token {
            words(group.stream(), out);
        }
        out.push(token);
    }
}

/// Expands a function; a panic that the macro caught shows in its report.
fn answered(item: &TokenStream) {
    let began = Instant::now();
    let text = item.to_string();
    // As much stack as rustc has.
    let expanded = std::thread::Builder::new().stack_size(8 << 20).spawn(move || {
        // Some mutations are no tokens any more once they are text.
        text.parse().map(|item| expand(TokenStream::new(), item).to_string()).unwrap_or_default()
    });
    let text = expanded.expect("a thread").join().expect("no panic leaves the macro");
    assert!(!text.contains("because of a bug in backprop"), "{item}\n{text}");
    assert!(began.elapsed() < Duration::from_secs(20), "{item}");
}

#[test]
fn mutated_functions_are_answered() {
    let functions = functions();
    assert!(functions.len() > 100, "{} functions", functions.len());
    let mut vocabulary = Vec::new();
    functions.iter().for_each(|function| words(function.clone(), &mut vocabulary));
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut parsed = 0;
    for round in 0..2 {
        for function in &functions {
            let rate = 40 * (1 + round);
            let item = mutated(function.clone(), &vocabulary, rate, &mut random);
            parsed += usize::from(syn::parse2::<syn::ItemFn>(item.clone()).is_ok());
            answered(&item);
        }
    }
    assert!(parsed > 50, "only {parsed} mutations are functions");
}

#[test]
fn deep_nesting_is_answered() {
    let mut sum = quote!(x);
    let mut blocks = quote!(x);
    for _ in 0..60 {
        sum = quote!((#sum * x).sin());
        blocks = quote!({ let y = #blocks; if y > 0.0 { y * x } else { y } });
    }
    answered(&quote!(fn f(x: f64) -> f64 { #sum }));
    answered(&quote!(fn f(x: f64) -> f64 { #blocks }));
}

/// The time of a long function is that of its parts.
#[test]
fn a_long_function_takes_linear_time() {
    let expanded = |lines: usize| {
        let statements = (0..lines).map(|i| {
            let factor = proc_macro2::Literal::f64_unsuffixed(1.0 + i as f64);
            quote!(y = (y * #factor + x).sin();)
        });
        let item = quote!(fn f(x: f64) -> f64 { let mut y = x; #(#statements)* y });
        let began = Instant::now();
        answered(&item);
        began.elapsed()
    };
    expanded(20);
    let (short, long) = (expanded(100), expanded(1000));
    assert!(long < 60 * short, "100 lines: {short:?}, 1000 lines: {long:?}");
}
