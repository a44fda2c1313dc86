//! How often a loop over the elements of slices runs, told by the lengths of these.
//!
//! Where the slices themselves have changed by the time that the reverse runs, their adjoints have
//! the same lengths.

use crate::maps::HashMap;

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::Expr as Syntax;

use super::Reverse;
use crate::graph::{Code, Header, Place, Role, VarId};
use crate::kind::Kind;
use crate::tokens;

/// A loop's header, looked at.
struct Look<'a, 'g> {
    reverse: &'a Reverse<'g>,
    named: HashMap<String, VarId>,
    /// Whether the number is wanted where the loop stands, not in its reverse.
    here: bool,
    reads: Vec<VarId>,
}

impl Reverse<'_> {
    /// Whether what a loop moves by iterating over it are shared references.
    pub(super) fn only_lent(&self, consumes: &[Place]) -> bool {
        consumes.iter().all(|place| matches!(place.kind(self.graph), Kind::Ref(_)))
    }

    /// The number of iterations of a loop that runs to its end, as the reverse can know it or, if
    /// it is wanted `here`, in front of the loop.
    pub(super) fn trips(&self, header: &Header, here: bool) -> Option<Code> {
        let Header::Each { iterable, effects, consumes, .. } = header else { return None };
        if !self.graph.optimizations.lengths || !self.only_lent(consumes) {
            return None;
        }
        let vars = effects.reads.iter().chain(&effects.writes);
        let named = vars.map(|var| (self.graph[*var].ident.to_string(), *var)).collect();
        let syntax: Syntax = syn::parse2(iterable.clone()).ok()?;
        let mut look = Look { reverse: self, named, here, reads: Vec::new() };
        let tokens = look.length(&syntax)?;
        let mut reads = look.reads;
        reads.sort_unstable();
        reads.dedup();
        Some(Code { tokens, reads, kind: Kind::Discrete, repeatable: true })
    }
}

impl Look<'_, '_> {
    fn length(&mut self, header: &Syntax) -> Option<TokenStream> {
        match header {
            Syntax::Paren(e) => self.length(&e.expr),
            Syntax::Group(e) => self.length(&e.expr),
            Syntax::MethodCall(e)
                if matches!(e.method.to_string().as_str(), "iter" | "iter_mut")
                    && e.args.is_empty() =>
            {
                let slice = self.slice(&e.receiver)?;
                Some(quote!(#slice.len()))
            }
            Syntax::MethodCall(e) if e.method == "enumerate" && e.args.is_empty() => {
                self.length(&e.receiver)
            }
            Syntax::MethodCall(_) => {
                let iterator = self.iterator(header)?;
                Some(quote!(::core::iter::Iterator::size_hint(&#iterator).0))
            }
            Syntax::Reference(e) => {
                let slice = self.slice(&e.expr)?;
                Some(quote!(#slice.len()))
            }
            Syntax::Path(_) => {
                let slice = self.lent(header)?;
                Some(quote!(#slice.len()))
            }
            _ => None,
        }
    }

    /// An iterator over shared slices that is as long as `e`, an iterator over slices.
    fn iterator(&mut self, e: &Syntax) -> Option<TokenStream> {
        let Syntax::MethodCall(e) = e else { return None };
        let (method, args) = (&e.method, &e.args);
        let name = method.to_string();
        match (name.as_str(), args.len()) {
            ("iter" | "iter_mut", 0) => {
                let slice = self.slice(&e.receiver)?;
                Some(quote!(#slice.iter()))
            }
            ("enumerate" | "rev" | "copied" | "cloned", 0) => self.iterator(&e.receiver),
            ("skip" | "take", 1) if is_simple(&args[0]) => {
                let receiver = self.iterator(&e.receiver)?;
                self.indices(&args[0])?;
                Some(quote!(#receiver.#method(#args)))
            }
            ("windows" | "chunks" | "chunks_exact", 1) if is_simple(&args[0]) => {
                let slice = self.slice(&e.receiver)?;
                self.indices(&args[0])?;
                Some(quote!(#slice.#method(#args)))
            }
            ("zip", 1) => {
                let receiver = self.iterator(&e.receiver)?;
                let other = match &args[0] {
                    call @ Syntax::MethodCall(_) => self.iterator(call)?,
                    Syntax::Reference(e) => {
                        let slice = self.slice(&e.expr)?;
                        quote!(#slice.iter())
                    }
                    path @ Syntax::Path(_) => {
                        let slice = self.lent(path)?;
                        quote!(#slice.iter())
                    }
                    _ => return None,
                };
                Some(quote!(#receiver.zip(#other)))
            }
            _ => None,
        }
    }

    /// The name of a reference to a slice.
    fn lent(&mut self, path: &Syntax) -> Option<TokenStream> {
        let Syntax::Path(e) = path else { return None };
        let var = self.named.get(&e.path.get_ident()?.to_string())?;
        if !self.reverse.graph[*var].kind.is_reference() {
            return None;
        }
        self.slice(path)
    }

    /// A place of slices, or the place of its adjoint.
    fn slice(&mut self, place: &Syntax) -> Option<TokenStream> {
        let (tokens, kind) = self.place(place)?;
        matches!(kind.peeled(), Kind::Indexed(..)).then_some(tokens)
    }

    fn place(&mut self, place: &Syntax) -> Option<(TokenStream, Kind)> {
        match place {
            Syntax::Paren(e) => self.place(&e.expr),
            Syntax::Group(e) => self.place(&e.expr),
            Syntax::Path(e) => {
                let ident = e.path.get_ident()?;
                let var = *self.named.get(&ident.to_string())?;
                let name = self.name(ident, var)?;
                Some((quote!(#name), self.reverse.graph[var].kind.clone()))
            }
            Syntax::Unary(e) if matches!(e.op, syn::UnOp::Deref(_)) => {
                let (base, kind) = self.place(&e.expr)?;
                match kind {
                    Kind::Ref(of) | Kind::RefMut(of) => Some((base, *of)),
                    _ => None,
                }
            }
            Syntax::Field(e) => {
                let (base, kind) = self.place(&e.base)?;
                let member = &e.member;
                let kind = kind.peeled().member(member);
                Some((quote!(#base.#member), kind))
            }
            Syntax::Index(e) if is_simple(&e.index) => {
                let (base, kind) = self.place(&e.expr)?;
                if !matches!(kind.peeled(), Kind::Indexed(..)) {
                    return None;
                }
                self.indices(&e.index)?;
                let index = &e.index;
                let range = matches!(unwrapped(index), Syntax::Range(_));
                Some((quote!(#base[#index]), kind.peeled().at(range)))
            }
            _ => None,
        }
    }

    /// The name of what has the lengths that `var` has at the loop.
    fn name(&mut self, ident: &Ident, var: VarId) -> Option<Ident> {
        if self.here || self.stays(var) {
            self.reads.push(var);
            return Some(ident.clone());
        }
        let graph = &self.reverse.graph;
        let info = &graph[var];
        let adjoint = *self.reverse.adjoints.get(&var)?;
        let local = graph[adjoint].role == Role::Adjoint;
        if info.alias.is_some() || info.kind.is_reference() || !local {
            return None;
        }
        self.reads.push(adjoint);
        Some(graph[adjoint].ident.clone())
    }

    fn stays(&self, var: VarId) -> bool {
        let graph = &self.reverse.graph;
        let root = graph.resolve(&Place::var(var)).root;
        [var, root].into_iter().all(|var| {
            // Another name for what is covered is found later; what has changed by then is gone.
            !(graph[var].shadowed && graph[var].mutable)
                && self.reverse.analysis.declared(var).is_some()
                && self.reverse.analysis.intact(var, self.reverse.position)
        })
    }

    /// Notes what an index reads, if it has the same value in the reverse.
    fn indices(&mut self, index: &Syntax) -> Option<()> {
        for name in tokens::names(index) {
            let Some(var) = self.named.get(&name).copied() else { continue };
            if !(self.here || self.stays(var)) {
                return None;
            }
            self.reads.push(var);
        }
        Some(())
    }
}

/// Whether evaluating an expression again is as good as its value.
fn is_simple(e: &Syntax) -> bool {
    match e {
        Syntax::Path(_) | Syntax::Lit(_) => true,
        Syntax::Paren(e) => is_simple(&e.expr),
        Syntax::Group(e) => is_simple(&e.expr),
        Syntax::Binary(e) => {
            matches!(
                e.op,
                syn::BinOp::Add(_) | syn::BinOp::Sub(_) | syn::BinOp::Mul(_) | syn::BinOp::Div(_)
            ) && is_simple(&e.left)
                && is_simple(&e.right)
        }
        Syntax::Range(e) => {
            e.start.as_deref().is_none_or(is_simple) && e.end.as_deref().is_none_or(is_simple)
        }
        Syntax::MethodCall(e) => e.method == "len" && e.args.is_empty() && is_simple(&e.receiver),
        _ => false,
    }
}

fn unwrapped(e: &Syntax) -> &Syntax {
    match e {
        Syntax::Paren(inner) => unwrapped(&inner.expr),
        Syntax::Group(inner) => unwrapped(&inner.expr),
        other => other,
    }
}
