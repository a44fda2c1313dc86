//! The attribute's arguments: `#[differentiable(wrt(v, w))]`.

use proc_macro2::Ident;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{parenthesized, Token};

use crate::custom::Rule;
use crate::pass::optimizations::Optimizations;

#[derive(Debug, Clone, Default)]
pub(crate) struct Options {
    /// The parameters to differentiate with respect to, in order; `None` for all that can be.
    pub(crate) wrt: Option<Vec<Ident>>,
    /// The function is associated with a type, although nothing in it says so.
    pub(crate) associated: bool,
    /// The function of a block is left as it is.
    pub(crate) skip: bool,
    /// The function reaches itself through other functions.
    pub(crate) recursive: bool,
    /// The word `jvp`: the function has companions of forward mode.
    pub(crate) jvp: Option<Ident>,
    /// Which optimizations the derivative has: tests compare it with and without them.
    pub(crate) optimizations: Optimizations,
    /// The documentation says what the derivative keeps.
    pub(crate) explain: bool,
    /// Where to test the derivative, in a test beside the function.
    pub(crate) check: Option<Point>,
    /// The derivative is given by the user; the body is not read.
    pub(crate) rule: Option<Rule>,
    /// The name of the runtime's crate, where it is not `backprop`.
    pub(crate) krate: Option<syn::Path>,
}

impl Options {
    /// What the options of a block say of one of its functions: of the names in `wrt(..)`, those
    /// that it has.
    pub(crate) fn of_block(&self, signature: &syn::Signature) -> Options {
        let has = |name: &Ident| {
            signature.inputs.iter().any(|input| match input {
                syn::FnArg::Receiver(_) => name == "self",
                syn::FnArg::Typed(typed) => {
                    matches!(&*typed.pat, syn::Pat::Ident(pattern) if pattern.ident == *name)
                }
            })
        };
        let wrt = self.wrt.as_ref().map(|names| names.iter().filter(|n| has(n)).cloned().collect());
        Options { wrt, ..self.clone() }
    }
}

/// `check(x = 0.3, w = &[1.0, 2.0])`: a value for each parameter.
#[derive(Debug, Clone)]
pub(crate) struct Point {
    /// The word `check`.
    pub(crate) option: Ident,
    pub(crate) values: Vec<(Ident, syn::Expr)>,
}

impl Point {
    fn parse(input: ParseStream<'_>, option: Ident) -> syn::Result<Point> {
        let list;
        parenthesized!(list in input);
        let mut values = Vec::new();
        while !list.is_empty() {
            let name: Ident = list.parse()?;
            list.parse::<Token![=]>()?;
            values.push((name, list.parse()?));
            if !list.is_empty() {
                list.parse::<Token![,]>()?;
            }
        }
        Ok(Point { option, values })
    }

    /// The value of a parameter; every one has one.
    pub(crate) fn value(&self, parameter: &Ident) -> Option<&syn::Expr> {
        self.values.iter().find(|(name, _)| name == parameter).map(|(_, value)| value)
    }
}

impl Parse for Options {
    fn parse(input: ParseStream<'_>) -> syn::Result<Options> {
        let mut options =
            Options { optimizations: Optimizations::of_environment(), ..Options::default() };
        while !input.is_empty() {
            let name: Ident = if input.peek(Token![crate]) {
                let token: Token![crate] = input.parse()?;
                Ident::new("crate", token.span)
            } else {
                input.parse()?
            };
            match name.to_string().as_str() {
                "wrt" => {
                    if options.wrt.is_some() {
                        return Err(syn::Error::new(name.span(), "`wrt(..)` is given twice"));
                    }
                    let names;
                    parenthesized!(names in input);
                    let names = Punctuated::<Ident, Token![,]>::parse_terminated_with(
                        &names,
                        syn::ext::IdentExt::parse_any,
                    )?;
                    if names.is_empty() {
                        return Err(syn::Error::new(
                            name.span(),
                            "`wrt()` names no parameter; leave it out to differentiate with \
                             respect to every parameter that can carry a derivative",
                        ));
                    }
                    options.wrt = Some(names.into_iter().collect());
                }
                "skip" => options.skip = true,
                "partials" | "pullback" => {
                    if options.rule.is_some() {
                        return Err(syn::Error::new(
                            name.span(),
                            "the derivative is given twice; `partials(..)` or `pullback = ..`, once",
                        ));
                    }
                    options.rule = Some(if name == "partials" {
                        crate::custom::parse_partials(input, &name)?
                    } else {
                        input.parse::<Token![=]>()?;
                        Rule::Pullback(input.parse()?)
                    });
                }
                "check" => options.check = Some(Point::parse(input, name)?),
                "associated" => options.associated = true,
                "recursive" => options.recursive = true,
                "jvp" => options.jvp = Some(name),
                "explain" => options.explain = true,
                "unoptimized" => {
                    let mut names = Vec::new();
                    if input.peek(syn::token::Paren) {
                        let list;
                        parenthesized!(list in input);
                        names = Punctuated::<Ident, Token![,]>::parse_terminated(&list)?
                            .into_iter()
                            .collect();
                    }
                    options.optimizations = options.optimizations.listed(&names)?;
                }
                "crate" => {
                    input.parse::<Token![=]>()?;
                    options.krate = Some(input.call(syn::Path::parse_mod_style)?);
                }
                other => {
                    return Err(syn::Error::new(
                        name.span(),
                        format!(
                            "unknown option `{other}`; the options are `wrt(..)`, `partials(..)`, \
                             `pullback = ..`, `jvp`, `check(..)`, `associated`, `recursive`, \
                             `explain` and `crate = ..`"
                        ),
                    ));
                }
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        if let Some(Rule::Partials(partials)) = &options.rule {
            let listed = partials.iter().map(|partial| partial.parameter.clone()).collect();
            if let Some(wrt) = options.wrt.replace(listed) {
                return Err(syn::Error::new(
                    wrt[0].span(),
                    "`partials(..)` says itself which parameters have a derivative; leave out \
                     `wrt(..)`",
                ));
            }
        }
        Ok(options)
    }
}
