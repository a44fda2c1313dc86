//! What follows from the table besides derivatives: the list in the documentation and a numerical
//! test of each row.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{format_ident, quote};

use super::elementary::{Elementary, Partial, ELEMENTARY};

/// By how many units in the last place a derivative may differ from the true one, at any point of
/// the function's domain. `tests/accuracy.rs` holds it against a table of derivatives.
const ACCURACY: &[(&str, f64)] = &[
    ("acos", 1.0),
    ("acosh", 2.0),
    ("asin", 1.0),
    ("asinh", 1.0),
    ("atan", 1.0),
    ("atan2", 2.0),
    ("atanh", 1.0),
    ("cbrt", 2.0),
    ("cos", 1.0),
    ("cosh", 1.0),
    ("div", 1.0),
    ("exp", 1.0),
    ("exp2", 1.0),
    ("exp_m1", 1.0),
    ("hypot", 1.0),
    ("ln", 1.0),
    ("ln_1p", 1.0),
    ("log", 1.0),
    ("log10", 1.0),
    ("log2", 1.0),
    ("log_sigmoid", 1.0),
    ("powf", 1.0),
    ("recip", 1.0),
    ("sigmoid", 2.0),
    ("sin", 1.0),
    ("sinh", 1.0),
    ("softplus", 1.0),
    ("sqrt", 1.0),
    ("tan", 1.0),
    ("tanh", 1.0),
];

/// [`ACCURACY`], for the test.
pub(crate) fn accuracy() -> TokenStream {
    let rows = ACCURACY.iter().map(|(name, ulps)| quote!((#name, #ulps)));
    quote!([#(#rows),*])
}

/// The table as Markdown.
pub(crate) fn markdown() -> String {
    let mut text = String::from("| function | derivative | error in ulps |\n|---|---|---|\n");
    for rule in ELEMENTARY {
        let operands = ["x", "p", "q"];
        let more = operands[1..rule.partials.len()].join(", ");
        let known = ACCURACY.iter().find(|(name, _)| *name == rule.name);
        let error = known.map_or("–".to_owned(), |(_, ulps)| format!("{ulps}"));
        text.push_str(&format!("| `x.{}({more})` | {} | {error} |\n", rule.name, rule.formula));
    }
    text
}

/// One test per row: a function that calls it, differentiated and compared with central
/// differences all over its domain.
pub(crate) fn tests() -> TokenStream {
    ELEMENTARY.iter().map(test).collect()
}

fn test(rule: &Elementary) -> TokenStream {
    let name = Ident::new(rule.name, Span::call_site());
    let test = format_ident!("rule_{}", rule.name);
    let count = rule.partials.len();
    let operands: Vec<Ident> = (0..count).map(|index| format_ident!("x{index}")).collect();
    let bounds = rule.domain.iter().map(|(low, high)| {
        let (low, high) = (number(*low), number(*high));
        quote!((#low, #high))
    });
    let arguments =
        operands[1..].iter().zip(&rule.partials[1..]).map(|(operand, partial)| match partial {
            Partial::Integer => quote!(#operand as i32),
            _ => quote!(#operand),
        });
    let receiver = &operands[0];
    // The sum keeps functions of slope zero differentiable.
    let sum = operands
        .iter()
        .zip(rule.partials)
        .filter(|(_, partial)| !matches!(partial, Partial::Integer))
        .map(|(operand, _)| quote!(+ 0.25 * #operand));
    let wanted: Vec<&Ident> = operands
        .iter()
        .zip(rule.partials)
        .filter(|(_, partial)| !matches!(partial, Partial::Integer))
        .map(|(operand, _)| operand)
        .collect();
    let gradient = match wanted.as_slice() {
        [only] => quote!({ let #only = d; [#only] }),
        wanted => quote!({ let (#(#wanted),*) = d; [#(#wanted),*] }),
    };
    let checks = (0..wanted.len()).map(|index| {
        let index = Literal::usize_unsuffixed(index);
        quote! {
            let measured = slope(&sample, #index, |[#(#operands),*]| call(#(#operands),*));
            close(gradient[#index], measured, &sample);
        }
    });
    quote! {
        #[test]
        fn #test() {
            #[differentiable(wrt(#(#wanted),*))]
            fn call(#(#operands: f64),*) -> f64 {
                #receiver.#name(#(#arguments),*) #(#sum)*
            }
            let domain = [#(#bounds),*];
            for sample in samples(&domain) {
                let [#(#operands),*] = sample;
                let (value, d) = call_grad(#(#operands),*);
                assert_eq!(value, call(#(#operands),*));
                let gradient = #gradient;
                #(#checks)*
            }
        }
    }
}

fn number(value: f64) -> TokenStream {
    let literal = Literal::f64_suffixed(value.abs());
    if value < 0.0 {
        quote!(-#literal)
    } else {
        quote!(#literal)
    }
}
