//! What follows from the table besides derivatives: the list in the documentation and a numerical
//! test of each row.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{format_ident, quote};

use super::elementary::{Elementary, Partial, ELEMENTARY};

/// The table as Markdown.
pub(crate) fn markdown() -> String {
    let mut text = String::from("| function | derivative |\n|---|---|\n");
    for rule in ELEMENTARY {
        let operands = ["x", "p", "q"];
        let more = operands[1..rule.partials.len()].join(", ");
        text.push_str(&format!("| `x.{}({more})` | {} |\n", rule.name, rule.formula));
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
