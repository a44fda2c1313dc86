//! What the iterations of a loop are over: which places an iterator yields, one after another.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Expr as Syntax, Pat};

use super::Lowering;
use crate::graph::{Code, Expr, Place, Role, Step, VarId};
use crate::kind::Kind;
use crate::source::{bound, unwrapped};

impl<'a> Lowering<'a> {
    pub(super) fn shape(&mut self, expr: &'a Syntax) -> Option<Shape> {
        match unwrapped(expr) {
            Syntax::Reference(e) => {
                Some(self.elements(&e.expr, false).exclusively(e.mutability.is_some()))
            }
            Syntax::Range(_) => Some(Shape::Inert),
            // A user's own method may be called `skip`.
            Syntax::MethodCall(e) if !yields_items(e) => None,
            Syntax::MethodCall(e) => {
                let argument = e.args.first();
                match (e.method.to_string().as_str(), argument) {
                    ("iter" | "iter_mut", None) => {
                        let elements = self.elements(&e.receiver, false);
                        Some(elements.exclusively(e.method == "iter_mut"))
                    }
                    ("into_iter", None) => self.shape(&e.receiver),
                    ("copied" | "cloned", None) => {
                        let mut shape = self.shape(&e.receiver)?;
                        if let Shape::Elements { by_value, .. } = &mut shape {
                            *by_value = true;
                        }
                        Some(shape)
                    }
                    ("enumerate", None) => Some(Shape::Pair(
                        Box::new(Shape::Inert),
                        Box::new(self.shape(&e.receiver)?),
                    )),
                    ("zip", Some(other)) => {
                        let left = self.shape(&e.receiver)?;
                        let right = self.shape(other)?;
                        Some(Shape::Pair(Box::new(left), Box::new(right)))
                    }
                    ("take", Some(_)) => self.shape(&e.receiver),
                    ("skip", Some(count)) => {
                        let count = self.fixed(count);
                        Some(self.shape(&e.receiver)?.at(&Offset::Skip(count)))
                    }
                    ("step_by", Some(step)) => {
                        let step = self.fixed(step);
                        Some(self.shape(&e.receiver)?.at(&Offset::Step(step)))
                    }
                    ("rev", None) => {
                        let shape = self.shape(&e.receiver)?;
                        if matches!(shape, Shape::Inert) {
                            return Some(shape);
                        }
                        let count = self.count(&e.receiver)?;
                        let count = self.fixed_value(count, super::span_of(&e.method));
                        Some(shape.at(&Offset::Back(count)))
                    }
                    ("windows", Some(width)) => {
                        let width = self.fixed(width);
                        self.parts_of(&e.receiver, Element::Window(width))
                    }
                    ("chunks_exact" | "chunks_exact_mut", Some(width)) => {
                        let width = self.fixed(width);
                        self.parts_of(&e.receiver, Element::Chunk(width, None))
                    }
                    ("chunks" | "chunks_mut", Some(width)) => {
                        let width = self.fixed(width);
                        let length = self.count_of_place(&e.receiver);
                        let length = self.fixed_value(length, super::span_of(&e.method));
                        self.parts_of(&e.receiver, Element::Chunk(width, Some(length)))
                    }
                    _ => None,
                }
            }
            Syntax::Path(_) | Syntax::Field(_) | Syntax::Index(_) => {
                // Nothing tells of what is unknown whether it is lent.
                let kind = self.kind_by_sight(expr);
                let owned = matches!(kind, Kind::Indexed(..) | Kind::Unknown)
                    || self.source.is_made(unwrapped(expr));
                Some(self.elements(expr, owned))
            }
            _ => None,
        }
    }

    fn parts_of(&mut self, expr: &'a Syntax, element: Element) -> Option<Shape> {
        let place = self.sequence(expr);
        Some(Shape::Elements {
            place,
            element,
            offsets: Vec::new(),
            by_value: false,
            exclusive: false,
        })
    }

    /// The place of something that is iterated. Unless it shows, rustc checks that it is one whose
    /// items are its elements in order.
    fn sequence(&mut self, expr: &'a Syntax) -> Place {
        let place = self.place(expr);
        self.check_sequence(&place, super::span_of(expr));
        place
    }

    pub(super) fn check_sequence(&mut self, place: &Place, span: proc_macro2::Span) {
        let kind = place.kind(self.graph);
        let known = matches!(kind.peeled(), Kind::Indexed(..));
        if !known {
            let runtime = &self.runtime;
            let base = crate::emit::place_tokens(self.graph, place);
            let tokens = crate::emit::at(quote!(#runtime::select::is_sequence(&#base);), span);
            let mut reads = Vec::new();
            place.reads_into(&mut reads);
            let effects = crate::graph::Effects { reads, writes: Vec::new() };
            let declares = Vec::new();
            self.emit(
                crate::graph::NodeOp::Code { tokens, effects, declares, repeatable: false },
                span,
            );
        }
    }

    /// Has rustc check that an index means an element of that number: a type of the user's own may
    /// compute which one it means.
    pub(super) fn check_indexed(&mut self, place: &Place, span: proc_macro2::Span) {
        let kind = place.kind(self.graph);
        let doubtful = match kind.peeled() {
            Kind::Record(_) => true,
            Kind::Unknown => crate::surroundings::own_methods(|own| own.may_index()),
            _ => false,
        };
        let active = self.graph[self.graph.resolve(place).root].active;
        if !doubtful || !active || self.indexed.contains(place) {
            return;
        }
        self.indexed.push(place.clone());
        let runtime = &self.runtime;
        let base = crate::emit::place_tokens(self.graph, place);
        let tokens = crate::emit::at(quote!(#runtime::names::is_indexed(&#base);), span);
        let mut reads = Vec::new();
        place.reads_into(&mut reads);
        let effects = crate::graph::Effects { reads, writes: Vec::new() };
        let declares = Vec::new();
        let code = crate::graph::NodeOp::Code { tokens, effects, declares, repeatable: false };
        self.emit(code, span);
    }

    /// How many items an iterator has.
    fn count(&mut self, expr: &'a Syntax) -> Option<Code> {
        let both = |a: Code, b: Code, tokens: TokenStream| Code {
            tokens,
            reads: a.reads.into_iter().chain(b.reads).collect(),
            kind: Kind::Discrete,
            repeatable: true,
        };
        match unwrapped(expr) {
            Syntax::Reference(e) => Some(self.count_of_place(&e.expr)),
            Syntax::Range(e) if e.end.is_some() => {
                let Expr::Code(range) = self.code_of(expr) else { return None };
                let tokens = &range.tokens;
                let tokens = quote!(::core::iter::ExactSizeIterator::len(&(#tokens)));
                Some(Code { tokens, repeatable: true, ..range })
            }
            Syntax::MethodCall(e) => {
                let argument = e.args.first();
                match (e.method.to_string().as_str(), argument) {
                    ("iter" | "iter_mut", None) => Some(self.count_of_place(&e.receiver)),
                    ("into_iter" | "copied" | "cloned" | "enumerate" | "rev", None) => {
                        self.count(&e.receiver)
                    }
                    ("zip", Some(other)) => {
                        let left = self.count(&e.receiver)?;
                        if matches!(unwrapped(other), Syntax::Range(range) if range.end.is_none()) {
                            return Some(left);
                        }
                        let right = self.count(other)?;
                        let (a, b) = (&left.tokens, &right.tokens);
                        let tokens = quote!(::core::cmp::Ord::min(#a, #b));
                        Some(both(left, right, tokens))
                    }
                    (name, Some(argument)) => {
                        let of_place = matches!(
                            name,
                            "windows"
                                | "chunks"
                                | "chunks_mut"
                                | "chunks_exact"
                                | "chunks_exact_mut"
                        );
                        let inner = if of_place {
                            self.count_of_place(&e.receiver)
                        } else {
                            self.count(&e.receiver)?
                        };
                        let by = self.fixed(argument);
                        let (n, m) = (&inner.tokens, &by.tokens);
                        let tokens = match name {
                            "take" => quote!(::core::cmp::Ord::min(#n, #m)),
                            "skip" => quote!((#n).saturating_sub(#m)),
                            "step_by" | "chunks" | "chunks_mut" => quote!((#n).div_ceil(#m)),
                            "chunks_exact" | "chunks_exact_mut" => quote!((#n) / (#m)),
                            "windows" => quote!((#n + 1).saturating_sub(#m)),
                            _ => return None,
                        };
                        Some(both(inner, by, tokens))
                    }
                    _ => None,
                }
            }
            Syntax::Path(_) | Syntax::Field(_) | Syntax::Index(_) => {
                Some(self.count_of_place(expr))
            }
            _ => None,
        }
    }

    fn count_of_place(&mut self, expr: &'a Syntax) -> Code {
        let place = self.place(expr);
        let base = crate::emit::place_tokens(self.graph, &place);
        let mut reads = Vec::new();
        place.reads_into(&mut reads);
        let kind = Kind::Discrete;
        Code { tokens: quote!(#base.len()), reads, kind, repeatable: true }
    }

    pub(super) fn elements(&mut self, expr: &'a Syntax, by_value: bool) -> Shape {
        let place = self.place(expr);
        let active = self.graph[self.graph.resolve(&place).root].active;
        if !active && matches!(place.kind(self.graph).peeled(), Kind::Map | Kind::Range) {
            // What a map or a range yields has no index.
            return Shape::Inert;
        }
        self.check_sequence(&place, super::span_of(expr));
        Shape::Elements {
            place,
            element: Element::One,
            offsets: Vec::new(),
            by_value,
            exclusive: false,
        }
    }

    pub(super) fn bind_shape(
        &mut self,
        pattern: &'a Pat,
        shape: &Shape,
        counter: VarId,
        binds: &mut Vec<VarId>,
    ) {
        match (shape, pattern) {
            (Shape::Pair(left, right), Pat::Tuple(tuple)) if tuple.elems.len() == 2 => {
                self.bind_shape(&tuple.elems[0], left, counter, binds);
                self.bind_shape(&tuple.elems[1], right, counter, binds);
            }
            (Shape::Elements { by_value, exclusive, .. }, _) => {
                let lent = |kind: Kind| match exclusive {
                    true => Kind::RefMut(Box::new(kind)),
                    false => Kind::Ref(Box::new(kind)),
                };
                let target = shape.place(self, counter);
                let Some(paths) = self.parts(pattern) else {
                    self.errors.push(crate::diagnostics::not_differentiable(
                        pattern,
                        "this pattern",
                        None,
                        "bind the element to a name",
                    ));
                    self.declare_pattern(pattern);
                    return;
                };
                let explicit = *by_value || matches!(pattern, Pat::Reference(_));
                for (source, path) in paths {
                    let path = self.measured(Some(&target), path, None);
                    let element = target.kind(self.graph);
                    let kind = if path.is_empty() {
                        if explicit {
                            element
                        } else {
                            lent(element)
                        }
                    } else {
                        super::locals::kind_along(&lent(element), &path, explicit)
                    };
                    let var = self.declare(source, kind, Role::User);
                    self.graph[var].alias = Some(target.clone().with(path));
                    // An element may be active although nothing is known of the variable alone.
                    self.graph[var].active = self.graph[target.root].active;
                    binds.push(var);
                }
            }
            _ => {
                let mut names = Vec::new();
                bound(self.source, pattern, &mut names);
                let vars = self.declare_all(&names, &Kind::Unknown);
                if matches!(shape, Shape::Inert) {
                    self.without_derivative(&names, &vars);
                } else if !vars.is_empty() {
                    self.errors.push(crate::diagnostics::not_differentiable(
                        pattern,
                        "this pattern",
                        None,
                        "bind each part of the item to a name",
                    ));
                    vars.iter().for_each(|var| self.graph[*var].active = false);
                }
                binds.extend(vars);
            }
        }
    }
}

/// What one iteration of an iterator yields.
#[allow(clippy::large_enum_variant)] // A handful per loop.
pub(super) enum Shape {
    Inert,
    Elements {
        place: Place,
        element: Element,
        offsets: Vec<Offset>,
        by_value: bool,
        /// Lent to be changed.
        exclusive: bool,
    },
    Pair(Box<Shape>, Box<Shape>),
}

pub(super) enum Element {
    One,
    Window(Code),
    /// Of this width, and at the end of a sequence of that length perhaps shorter.
    Chunk(Code, Option<Code>),
}

/// Which item of the iterator below it an adapter yields as its number `k`.
#[derive(Clone)]
pub(super) enum Offset {
    /// `k + count`.
    Skip(Code),
    /// `k · step`.
    Step(Code),
    /// `count − 1 − k`.
    Back(Code),
}

impl Shape {
    fn exclusively(mut self, lent: bool) -> Shape {
        if let Shape::Elements { exclusive, .. } = &mut self {
            *exclusive = lent;
        }
        self
    }

    /// The shape under one more adapter.
    fn at(self, offset: &Offset) -> Shape {
        match self {
            Shape::Inert => Shape::Inert,
            Shape::Elements { place, element, mut offsets, by_value, exclusive } => {
                offsets.push(offset.clone());
                Shape::Elements { place, element, offsets, by_value, exclusive }
            }
            Shape::Pair(left, right) => {
                Shape::Pair(Box::new(left.at(offset)), Box::new(right.at(offset)))
            }
        }
    }

    /// The place of the element in iteration `counter`.
    pub(super) fn place(&self, lowering: &Lowering<'_>, counter: VarId) -> Place {
        let Shape::Elements { place, element, offsets, .. } = self else {
            unreachable!("only elements have a place")
        };
        let k = &lowering.graph[counter].ident;
        let mut reads = vec![counter];
        let mut at = quote!(#k);
        for offset in offsets.iter().rev() {
            let (Offset::Skip(code) | Offset::Step(code) | Offset::Back(code)) = offset;
            reads.extend(&code.reads);
            let by = &code.tokens;
            let simple = by.clone().into_iter().count() == 1;
            let by = if simple { by.clone() } else { quote!((#by)) };
            at = match offset {
                Offset::Skip(_) => quote!((#at + #by)),
                Offset::Step(_) => quote!((#at * #by)),
                Offset::Back(_) => quote!((#by - 1 - #at)),
            };
        }
        let tokens = match element {
            Element::One => at,
            Element::Window(width) => {
                reads.extend(&width.reads);
                let width = &width.tokens;
                quote!(#at..#at + (#width))
            }
            Element::Chunk(width, length) => {
                reads.extend(&width.reads);
                let width = &width.tokens;
                match length {
                    None => quote!(#at * (#width)..(#at + 1) * (#width)),
                    Some(length) => {
                        reads.extend(&length.reads);
                        let length = &length.tokens;
                        quote!(#at * (#width)..::core::cmp::Ord::min((#at + 1) * (#width), #length))
                    }
                }
            }
        };
        let kind = if matches!(element, Element::One) { Kind::Discrete } else { Kind::Range };
        let index = Expr::Code(Code { tokens, reads, kind, repeatable: true });
        place.clone().with([Step::Index(index)])
    }
}

/// Whether a method yields the items of its receiver as far as its name tells: what an iterator
/// has been made of, or an adapter of an iterator.
fn yields_items(call: &syn::ExprMethodCall) -> bool {
    let name = call.method.to_string();
    let adapts = crate::source::passes_items_on(&name) || name == "enumerate" || name == "zip";
    !adapts || crate::source::is_iterator(&call.receiver, &|_| false)
}
