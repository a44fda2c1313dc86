//! Expressions and places as tokens, with only the parentheses that are needed.

use crate::maps::HashMap;

use proc_macro2::{Ident, Literal, Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned, ToTokens};

use crate::graph::{Expr, Graph, Op, Payload, Place, Role, Step, VarId};
use crate::kind::Kind;

/// How tightly an expression binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Lowest,
    Sum,
    Product,
    Cast,
    Prefix,
    Postfix,
}

/// How names are spelled in one part of the generated code.
pub(super) struct Spelling<'g> {
    pub(super) graph: &'g Graph,
    /// Temporaries that are written where they are used.
    pub(super) inline: HashMap<VarId, Expr>,
    /// In the reverse part, places are followed through borrows and read as numbers.
    pub(super) reverse: bool,
    /// What `self` is called, where it cannot be called that.
    pub(super) receiver: Option<Ident>,
    /// The path to the runtime.
    pub(super) runtime: TokenStream,
}

impl<'g> Spelling<'g> {
    pub(super) fn forward(graph: &'g Graph) -> Spelling<'g> {
        Spelling {
            graph,
            inline: HashMap::default(),
            reverse: false,
            receiver: None,
            runtime: TokenStream::new(),
        }
    }

    pub(super) fn name(&self, var: VarId) -> TokenStream {
        let ident = &self.graph[var].ident;
        match &self.receiver {
            Some(receiver) if ident == "self" => receiver.to_token_stream(),
            _ => ident.to_token_stream(),
        }
    }

    /// Inert code, with `self` under its name here.
    pub(super) fn code(&self, tokens: &TokenStream) -> TokenStream {
        match &self.receiver {
            None => tokens.clone(),
            Some(receiver) => rename_self(tokens.clone(), receiver),
        }
    }

    pub(super) fn place(&self, place: &Place) -> TokenStream {
        self.place_to(place, false)
    }

    /// A place that is written to, or of which an exclusive reference is made.
    pub(super) fn place_mut(&self, place: &Place) -> TokenStream {
        self.place_to(place, true)
    }

    fn place_to(&self, place: &Place, exclusive: bool) -> TokenStream {
        let mut tokens = self.name(place.root);
        if place.is_whole() && self.graph[place.root].role == Role::InOut {
            return quote!(*#tokens);
        }
        let mut prefixed = false;
        let held = matches!(place.path.first(), Some(Step::Payload(_)));
        if held && self.graph[place.root].role == Role::Slot {
            // The name is that of a reference.
            tokens = quote!(*#tokens);
        }
        for step in &place.path {
            if prefixed {
                tokens = quote!((#tokens));
                prefixed = false;
            }
            tokens = match step {
                Step::Field(member) => quote!(#tokens.#member),
                Step::Index(index) => {
                    let index = self.expr(index, Level::Lowest);
                    quote!(#tokens[#index])
                }
                Step::Deref => {
                    prefixed = true;
                    quote!(*#tokens)
                }
                Step::Payload(payload) => {
                    prefixed = true;
                    let runtime = &self.runtime;
                    let mutable = exclusive.then(|| quote!(mut));
                    let held = Ident::new("held", Span::mixed_site());
                    match payload {
                        Payload::Variant { path, member } => quote! {
                            *match &#mutable #tokens {
                                #path { #member: #held, .. } => #held,
                                _ => #runtime::sums::other_variant(),
                            }
                        },
                        Payload::Success if exclusive => {
                            quote!(*#runtime::sums::success_mut(&mut #tokens))
                        }
                        Payload::Success => quote!(*#runtime::sums::success(&#tokens)),
                    }
                }
            };
        }
        tokens
    }

    fn is_prefixed(&self, place: &Place) -> bool {
        matches!(place.path.last(), Some(Step::Deref | Step::Payload(_)))
            || place.is_whole() && self.graph[place.root].role == Role::InOut
    }

    pub(super) fn expr(&self, expr: &Expr, level: Level) -> TokenStream {
        let (tokens, own) = self.leveled(expr);
        if own < level {
            quote!((#tokens))
        } else {
            tokens
        }
    }

    fn leveled(&self, expr: &Expr) -> (TokenStream, Level) {
        match expr {
            Expr::Place(place) => {
                if place.is_whole() {
                    if let Some(value) = self.inline.get(&place.root) {
                        return self.leveled(value);
                    }
                }
                let tokens = self.place(place);
                let kind = place.kind(self.graph);
                let stars = if self.reverse && kind.is_scalar() { kind.references() } else { 0 };
                let star = vec![quote!(*); stars];
                let prefixed = stars > 0 || self.is_prefixed(place);
                (quote!(#(#star)*#tokens), if prefixed { Level::Prefix } else { Level::Postfix })
            }
            Expr::Number(number) => {
                let literal = Literal::f64_unsuffixed(number.abs());
                if number.is_sign_negative() {
                    (quote!(-#literal), Level::Prefix)
                } else {
                    (quote!(#literal), Level::Postfix)
                }
            }
            Expr::Name(name) => (name.to_token_stream(), Level::Postfix),
            Expr::Code(code) => {
                let level = if is_postfix(&code.tokens) { Level::Postfix } else { Level::Lowest };
                (self.code(&code.tokens), level)
            }
            Expr::Apply { op, args, span } => self.apply(op, args, span.0),
        }
    }

    fn apply(&self, op: &Op, args: &[Expr], span: Span) -> (TokenStream, Level) {
        let binary = |symbol: TokenStream, level: Level, right: Level| {
            let (a, b) = (self.expr(&args[0], level), self.expr(&args[1], right));
            (quote!(#a #symbol #b), level)
        };
        let runtime = &self.runtime;
        match op {
            Op::Neg => {
                let a = self.expr(&args[0], Level::Prefix);
                let minus = quote_spanned!(span=> -);
                (quote!(#minus #a), Level::Prefix)
            }
            Op::Add => binary(quote_spanned!(span=> +), Level::Sum, Level::Product),
            Op::Sub => binary(quote_spanned!(span=> -), Level::Sum, Level::Product),
            Op::Mul => binary(quote_spanned!(span=> *), Level::Product, Level::Cast),
            Op::Div => binary(quote_spanned!(span=> /), Level::Product, Level::Cast),
            Op::Rem => binary(quote_spanned!(span=> %), Level::Product, Level::Cast),
            Op::Elementary(_, Some(path)) => {
                let args = args.iter().map(|arg| self.expr(arg, Level::Lowest));
                (quote!(#path(#(#args),*)), Level::Postfix)
            }
            Op::Elementary(rule, None) => {
                let method = Ident::new(rule.name, span);
                self.method(&method, args)
            }
            Op::Method(_, method)
            | Op::Copied(method)
            | Op::Unwrapped(method)
            | Op::Kept(method)
            | Op::Lent { method, .. } => self.method(method, args),
            Op::Rebuilt => {
                let a = self.expr(&args[0], Level::Lowest);
                (quote!(#runtime::sums::rebuild(#a)), Level::Postfix)
            }
            Op::Runtime(function) => {
                let path = runtime_path(function);
                let args = args.iter().map(|arg| self.expr(arg, Level::Lowest));
                // What rustc finds wrong with it is shown at the user's expression.
                let runtime = runtime.clone().into_iter().map(|mut token| {
                    token.set_span(span.resolved_at(token.span()));
                    token
                });
                let runtime = TokenStream::from_iter(runtime);
                (quote_spanned!(span=> #runtime::#path(#(#args),*)), Level::Postfix)
            }
            Op::PassedAgain | Op::PassedKept => {
                let a = self.expr(&args[0], Level::Prefix);
                let method = if matches!(op, Op::PassedAgain) { "again" } else { "keep" };
                let method = Ident::new(method, Span::mixed_site());
                (quote!(#runtime::Passed(&#a).#method()), Level::Postfix)
            }
            Op::Held => {
                let a = self.place(args[0].place().expect("what is held has a name"));
                (quote!(#runtime::hold!(#a)), Level::Postfix)
            }
            Op::HeldAgain => {
                let a = self.place(args[0].place().expect("what is held has a name"));
                (quote!(#a.again()), Level::Postfix)
            }
            Op::Cast(ty) => {
                let a = self.expr(&args[0], Level::Cast);
                if Kind::of(ty).is_scalar() {
                    (quote!(#a as #ty), Level::Cast)
                } else {
                    // An alias: rustc checks that it means a float.
                    (quote_spanned!(span=> #runtime::float(#a as #ty)), Level::Postfix)
                }
            }
            Op::Typed(_) => self.leveled(&args[0]),
            Op::Reference => {
                let a = match &args[0] {
                    // A scalar behind references is a place again under `&*`.
                    Expr::Place(place) if !self.inline.contains_key(&place.root) => {
                        let place_tokens = self.place(place);
                        if self.is_prefixed(place) {
                            quote!(#place_tokens)
                        } else {
                            place_tokens
                        }
                    }
                    other => self.expr(other, Level::Prefix),
                };
                (quote_spanned!(span=> &#a), Level::Prefix)
            }
            Op::ReferenceMut => {
                let a = match &args[0] {
                    Expr::Place(place) => self.place_mut(place),
                    other => self.expr(other, Level::Prefix),
                };
                (quote!(&mut #a), Level::Prefix)
            }
            Op::Clone => {
                let a = self.expr(&args[0], Level::Prefix);
                (quote!(::core::clone::Clone::clone(&#a)), Level::Postfix)
            }
            // In this form it is no function's call, whatever the name.
            Op::TupleStruct(path) if !is_std_variant(path) => {
                let members = (0..args.len()).map(syn::Index::from);
                let args = args.iter().map(|arg| self.expr(arg, Level::Lowest));
                (quote!(#path { #(#members: #args),* }), Level::Postfix)
            }
            Op::Converted(path) | Op::TupleStruct(path) | Op::Boxed(path) => {
                let args = args.iter().map(|arg| self.expr(arg, Level::Lowest));
                (quote!(#path(#(#args),*)), Level::Postfix)
            }
            Op::Tuple => {
                let args = args.iter().map(|arg| self.expr(arg, Level::Lowest));
                (quote!((#(#args,)*)), Level::Postfix)
            }
            Op::Array => {
                let args = args.iter().map(|arg| self.expr(arg, Level::Lowest));
                (quote!([#(#args),*]), Level::Postfix)
            }
            Op::Vec => {
                let args = args.iter().map(|arg| self.expr(arg, Level::Lowest));
                (quote!(::std::vec![#(#args),*]), Level::Postfix)
            }
            Op::Repeat { vec } => {
                let value = self.expr(&args[0], Level::Lowest);
                let length = self.expr(&args[1], Level::Lowest);
                if *vec {
                    (quote!(::std::vec![#value; #length]), Level::Postfix)
                } else {
                    (quote!([#value; #length]), Level::Postfix)
                }
            }
            Op::Struct { path, fields, rest } => {
                let values =
                    args.iter().take(fields.len()).map(|arg| self.expr(arg, Level::Lowest));
                let rest = rest.then(|| {
                    let rest = self.expr(&args[fields.len()], Level::Lowest);
                    quote!(..#rest)
                });
                (quote!(#path { #(#fields: #values,)* #rest }), Level::Postfix)
            }
        }
    }

    fn method(&self, method: &Ident, args: &[Expr]) -> (TokenStream, Level) {
        let receiver = match &args[0] {
            // A method sees through references; `(&x).f()` and `x.f()` are the same.
            Expr::Apply { op: Op::Reference, args, .. } => &args[0],
            other => other,
        };
        let receiver = self.expr(receiver, Level::Postfix);
        let rest = args[1..].iter().map(|arg| self.expr(arg, Level::Lowest));
        (quote!(#receiver.#method(#(#rest),*)), Level::Postfix)
    }
}

fn is_std_variant(path: &syn::ExprPath) -> bool {
    path.path.get_ident().is_some_and(|name| name == "Some" || name == "Ok" || name == "Err")
}

/// `partial::tanh` as a path.
pub(super) fn runtime_path(name: &str) -> TokenStream {
    let segments = name.split("::").map(|segment| Ident::new(segment, Span::mixed_site()));
    quote!(#(#segments)::*)
}

/// Whether code stands for itself in front of a `.` or an operator: a literal, a name, a path, a
/// chain of fields, indices and calls.
fn is_postfix(tokens: &TokenStream) -> bool {
    tokens.clone().into_iter().enumerate().all(|(index, token)| match token {
        TokenTree::Ident(ident) => {
            !matches!(ident.to_string().as_str(), "as" | "if" | "match" | "move" | "unsafe")
        }
        TokenTree::Literal(_) => true,
        TokenTree::Punct(punct) => index > 0 && matches!(punct.as_char(), '.' | ':' | '!'),
        TokenTree::Group(group) => group.delimiter() != proc_macro2::Delimiter::Brace,
    }) && !tokens.to_string().contains("..")
}

fn rename_self(tokens: TokenStream, receiver: &Ident) -> TokenStream {
    tokens
        .into_iter()
        .map(|token| match token {
            TokenTree::Ident(ident) if ident == "self" => TokenTree::Ident(receiver.clone()),
            TokenTree::Group(group) => {
                let mut renamed = proc_macro2::Group::new(
                    group.delimiter(),
                    rename_self(group.stream(), receiver),
                );
                renamed.set_span(group.span());
                TokenTree::Group(renamed)
            }
            other => other,
        })
        .collect()
}
