//! What the iterations of a loop are over: which places an iterator yields, one after another.

use quote::quote;
use syn::{Expr as Syntax, Pat};

use super::Lowering;
use crate::graph::{Code, Expr, Place, Role, Step, VarId};
use crate::kind::Kind;
use crate::source::{bound, unwrapped};

impl<'a> Lowering<'a> {
    pub(super) fn shape(&mut self, expr: &'a Syntax) -> Option<Shape> {
        match unwrapped(expr) {
            Syntax::Reference(e) => Some(self.elements(&e.expr, false)),
            Syntax::MethodCall(e) => {
                let argument = e.args.first();
                match (e.method.to_string().as_str(), argument) {
                    ("iter" | "iter_mut", None) => Some(self.elements(&e.receiver, false)),
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
                        self.shape(&e.receiver)?.skipped(&count)
                    }
                    ("step_by", Some(step)) => {
                        let step = self.fixed(step);
                        self.shape(&e.receiver)?.stepped(step)
                    }
                    ("rev", None) if contains_take(&e.receiver) => None,
                    ("rev", None) => self.shape(&e.receiver)?.reversed(),
                    ("windows", Some(width)) => {
                        let width = self.fixed(width);
                        let place = self.place(&e.receiver);
                        Some(Shape::Elements {
                            place,
                            element: Element::Window(width),
                            offset: Offset::None,
                            by_value: false,
                        })
                    }
                    (
                        "chunks" | "chunks_exact" | "chunks_mut" | "chunks_exact_mut",
                        Some(width),
                    ) => {
                        let width = self.fixed(width);
                        let place = self.place(&e.receiver);
                        Some(Shape::Elements {
                            place,
                            element: Element::Chunk(width),
                            offset: Offset::None,
                            by_value: false,
                        })
                    }
                    _ => None,
                }
            }
            Syntax::Path(_) | Syntax::Field(_) | Syntax::Index(_) => {
                let owned = matches!(self.kind_by_sight(expr), Kind::Indexed(..));
                Some(self.elements(expr, owned))
            }
            _ => None,
        }
    }

    pub(super) fn elements(&mut self, expr: &'a Syntax, by_value: bool) -> Shape {
        let place = self.place(expr);
        Shape::Elements { place, element: Element::One, offset: Offset::None, by_value }
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
            (Shape::Elements { by_value, .. }, _) => {
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
                    let element = target.kind(self.graph);
                    let kind = if path.is_empty() {
                        if explicit {
                            element
                        } else {
                            Kind::Ref(Box::new(element))
                        }
                    } else {
                        super::stmt::kind_along(&Kind::Ref(Box::new(element)), &path, explicit)
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
    Elements { place: Place, element: Element, offset: Offset, by_value: bool },
    Pair(Box<Shape>, Box<Shape>),
}

pub(super) enum Element {
    One,
    Window(Code),
    Chunk(Code),
}

/// Which element iteration `k` yields.
pub(super) enum Offset {
    None,
    Skip(Vec<Code>),
    /// Element `k · step`.
    Step(Code),
    /// Element `len − 1 − k`.
    Reversed,
}

impl Shape {
    pub(super) fn skipped(self, count: &Code) -> Option<Shape> {
        match self {
            Shape::Inert => Some(Shape::Inert),
            Shape::Elements { place, element, offset, by_value } => {
                let offset = match offset {
                    Offset::None => Offset::Skip(vec![count.clone()]),
                    Offset::Skip(mut counts) => {
                        counts.push(count.clone());
                        Offset::Skip(counts)
                    }
                    Offset::Step(_) | Offset::Reversed => return None,
                };
                Some(Shape::Elements { place, element, offset, by_value })
            }
            Shape::Pair(left, right) => {
                Some(Shape::Pair(Box::new(left.skipped(count)?), Box::new(right.skipped(count)?)))
            }
        }
    }

    pub(super) fn stepped(self, step: Code) -> Option<Shape> {
        match self {
            Shape::Elements { place, element: Element::One, offset: Offset::None, by_value } => {
                let offset = Offset::Step(step);
                Some(Shape::Elements { place, element: Element::One, offset, by_value })
            }
            _ => None,
        }
    }

    pub(super) fn reversed(self) -> Option<Shape> {
        match self {
            Shape::Elements { place, element: Element::One, offset: Offset::None, by_value } => {
                Some(Shape::Elements {
                    place,
                    element: Element::One,
                    offset: Offset::Reversed,
                    by_value,
                })
            }
            _ => None,
        }
    }

    /// The place of the element in iteration `counter`.
    pub(super) fn place(&self, lowering: &Lowering<'_>, counter: VarId) -> Place {
        let Shape::Elements { place, element, offset, .. } = self else {
            unreachable!("only elements have a place")
        };
        let k = &lowering.graph[counter].ident;
        let mut reads = vec![counter];
        let at = match offset {
            Offset::None => quote!(#k),
            Offset::Skip(counts) => {
                reads.extend(counts.iter().flat_map(|count| &count.reads));
                let counts = counts.iter().map(|count| &count.tokens);
                quote!((#k #(+ (#counts))*))
            }
            Offset::Step(step) => {
                reads.extend(&step.reads);
                let step = &step.tokens;
                quote!((#k * (#step)))
            }
            Offset::Reversed => {
                // The container is borrowed by the loop, so its length is still the same.
                let base = crate::emit::place_tokens(lowering.graph, place);
                place.reads_into(&mut reads);
                quote!((#base.len() - 1 - #k))
            }
        };
        let tokens = match element {
            Element::One => at,
            Element::Window(width) => {
                reads.extend(&width.reads);
                let width = &width.tokens;
                quote!(#at..#at + (#width))
            }
            Element::Chunk(width) => {
                reads.extend(&width.reads);
                place.reads_into(&mut reads);
                let base = crate::emit::place_tokens(lowering.graph, place);
                let width = &width.tokens;
                quote!(#at * (#width)..::core::cmp::Ord::min((#at + 1) * (#width), #base.len()))
            }
        };
        let kind = if matches!(element, Element::One) { Kind::Discrete } else { Kind::Range };
        let index = Expr::Code(Code { tokens, reads, kind, repeatable: true });
        place.clone().with([Step::Index(index)])
    }
}

/// Whether an iterator is cut short, so that its last item is not its container's.
fn contains_take(expr: &Syntax) -> bool {
    match unwrapped(expr) {
        Syntax::MethodCall(call) => call.method == "take" || contains_take(&call.receiver),
        _ => false,
    }
}
