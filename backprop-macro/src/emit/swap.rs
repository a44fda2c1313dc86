//! Swapping two places that may be parts of one variable.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use super::region::Emitter;
use crate::graph::{Place, Step};

impl Emitter<'_> {
    pub(super) fn swap(&self, first: &Place, second: &Place) -> TokenStream {
        let common = first.path.iter().zip(&second.path).take_while(|(a, b)| a == b).count();
        let indexed = |steps: &[Step]| steps.iter().any(|step| matches!(step, Step::Index(_)));
        let (one, other) = (self.spelling.place_mut(first), self.spelling.place_mut(second));
        let same = first.root == second.root
            && (indexed(&first.path) || indexed(&second.path))
            && common < first.path.len().min(second.path.len());
        if !same {
            return quote!(::core::mem::swap(&mut #one, &mut #other););
        }
        // Of one variable only one element is lent at a time.
        let clone = quote!(::core::clone::Clone::clone);
        let kept = Ident::new("swapped", Span::mixed_site());
        quote!({
            let #kept = #clone(&#one);
            #one = #clone(&#other);
            #other = #kept;
        })
    }
}
