//! From the syntax tree to the [`Graph`]: the last phase that can fail.
//!
//! Only what derivatives flow through is taken apart; a statement or an operand without active
//! values stays the user's own tokens ([`NodeOp::Code`], [`Code`]). After this phase every active
//! value has a name, every condition and index on the way is inert, and a function leaves only at
//! its end.

mod applied;
mod assign;
mod audit;
mod branches;
mod call;
mod closures;
mod code;
mod conditions;
mod edits;
mod exits;
mod expr;
mod gate;
mod locals;
mod loops;
mod names;
mod pattern;
mod place;
mod question;
mod shape;
mod split;
mod stmt;
mod sum_methods;
mod sums;
mod through;
mod views;

use crate::maps::{HashMap, HashSet};

use proc_macro2::{Span, TokenStream};
use syn::spanned::Spanned;

pub(crate) use branches::is_never;
pub(crate) use exits::{diverges, leaves};

use crate::closures::{Bound, Context, Lifted};
use crate::diagnostics::Errors;
use crate::graph::{Expr, Graph, Node, NodeOp, Op, Place, Region, Role, Var, VarId};
use crate::kind::Kind;
use crate::source::{Source, SourceVar};

/// A function, lowered.
pub(crate) struct Lowered {
    pub(crate) body: Region,
    /// The variables of the parameters, in order.
    pub(crate) parameters: Vec<VarId>,
}

pub(crate) fn lower<'a>(
    source: &'a Source,
    graph: &'a mut Graph,
    signature: &'a syn::Signature,
    body: &'a syn::Block,
    context: &'a Context,
    (lifted, inline): (&'a [Lifted], &'a HashSet<String>),
) -> syn::Result<Lowered> {
    let mut lowering = Lowering {
        source,
        graph,
        errors: Errors::default(),
        vars: HashMap::default(),
        closures: HashMap::default(),
        nodes: Vec::new(),
        frames: Vec::new(),
        returned: None,
        runtime: context.runtime.clone(),
        numbers: &context.numbers,
        context,
        lifted,
        inline,
        called: HashMap::default(),
        bounds: context
            .numbers
            .iter()
            .flat_map(|number| crate::numbers::traits(number, &signature.generics))
            .collect(),
        indexed: Vec::new(),
        expected: None,
        found: audit::Found::default(),
        spoilt: Vec::new(),
        nameless: HashSet::default(),
        walked: Vec::new(),
        output: match &signature.output {
            syn::ReturnType::Default => None,
            syn::ReturnType::Type(_, ty) => Some((**ty).clone()),
        },
    };
    let mut parameters = Vec::new();
    for (index, input) in signature.inputs.iter().enumerate() {
        let (var, kind) = match input {
            syn::FnArg::Receiver(receiver) => (source.receiver(receiver), None),
            syn::FnArg::Typed(typed) => match &*typed.pat {
                syn::Pat::Ident(pattern) => {
                    (source.binder(&pattern.ident), Some(Kind::of(&typed.ty)))
                }
                other => {
                    lowering.errors.push(crate::diagnostics::parameter_pattern(other));
                    continue;
                }
            },
        };
        let binding = source.binding(var);
        let kind = kind.unwrap_or_else(|| binding.kind.clone());
        let id = lowering.declare(var, kind, Role::Parameter(index));
        parameters.push(id);
        if let syn::FnArg::Typed(typed) = input {
            let bound = crate::closures::bound_of(&typed.ty, &signature.generics);
            lowering.called.extend(bound.map(|bound| (id, bound)));
        }
    }
    let block = body;
    let body = lowering.function(block);
    if lowering.errors.len() == 0 {
        lowering.check(&body);
    }
    lowering.report_leaks();
    if lowering.errors.len() == 0 {
        lowering.refuse_unsafe(block);
    }
    lowering.errors.into_result()?;
    Ok(Lowered { body, parameters })
}

struct Lowering<'a> {
    source: &'a Source,
    graph: &'a mut Graph,
    errors: Errors,
    vars: HashMap<SourceVar, VarId>,
    /// The local closures that derivatives flow through, to be written out where they are called.
    closures: HashMap<SourceVar, &'a syn::ExprClosure>,
    /// The nodes of the region that is being built.
    nodes: Vec<Node>,
    /// The loops around the current statement, innermost last.
    frames: Vec<exits::Frame>,
    /// Holds the value of a `return` inside a loop until the function ends.
    returned: Option<exits::Returned>,
    output: Option<syn::Type>,
    /// The parameters that are closures.
    called: HashMap<VarId, Bound>,
    /// The closures in arguments.
    lifted: &'a [Lifted],
    /// The labels of blocks whose statements belong to what surrounds them.
    inline: &'a HashSet<String>,
    context: &'a Context,
    /// The path to the runtime.
    runtime: TokenStream,
    /// The type parameters that stand for numbers.
    numbers: &'a [proc_macro2::Ident],
    /// The traits that these are bounded by.
    bounds: Vec<String>,
    /// The places of which rustc has been asked what an index means.
    indexed: Vec<Place>,
    /// The type that the value being lowered is annotated with.
    expected: Option<syn::Type>,
    /// Variables whose value could not be lowered: what is done with them is no mistake of its own.
    spoilt: Vec<SourceVar>,
    /// Names that patterns bind to parts of inert values: if they are references, it is not known
    /// to what.
    nameless: HashSet<VarId>,
    /// Variables of references over whose elements the loops around run.
    walked: Vec<VarId>,
    /// Where derivatives might leave the function's variables.
    found: audit::Found,
}

impl<'a> Lowering<'a> {
    /// What was left as the user's code must not change an active variable: its adjoint would be
    /// wrong.
    fn check(&mut self, region: &Region) {
        for node in &region.nodes {
            match &node.op {
                NodeOp::Code { tokens, effects, .. } => {
                    let changed = effects.writes.iter().find(|var| self.graph[**var].active);
                    if let Some(var) = changed {
                        let name = crate::names::spelled(&self.graph[*var].ident);
                        self.errors.push(crate::diagnostics::changed_in_code(tokens, &name));
                    }
                }
                NodeOp::If(inner) => {
                    self.check(&inner.then);
                    self.check(&inner.otherwise);
                }
                NodeOp::Match(inner) => inner.arms.iter().for_each(|arm| self.check(&arm.body)),
                NodeOp::Loop(inner) => self.check(&inner.body),
                _ => {}
            }
        }
    }

    /// Declares the graph's variable for a binding of the user's.
    fn declare(&mut self, var: SourceVar, kind: Kind, role: Role) -> VarId {
        let binding = self.source.binding(var);
        let kind = if binding.annotated { binding.kind.or(kind) } else { kind };
        let id = self.graph.add(Var {
            ident: binding.ident.clone(),
            active: self.source.is_active(var)
                && (!kind.is_discrete() || kind.is_text() || binding.bits),
            kind,
            role,
            mutable: binding.mutable,
            alias: None,
            shadowed: binding.shadowed,
            moved: binding.moved,
        });
        self.vars.insert(var, id);
        id
    }

    fn emit(&mut self, op: NodeOp, span: Span) {
        self.nodes.push(Node::new(op, span));
    }

    /// Runs `inside` on a region of its own.
    fn region(&mut self, inside: impl FnOnce(&mut Self) -> Option<Expr>) -> Region {
        let outer = std::mem::take(&mut self.nodes);
        let result = inside(self);
        // The reverse refers to the value of a region by name.
        let result = result.map(|value| self.atom(value, Span::mixed_site()));
        let nodes = std::mem::replace(&mut self.nodes, outer);
        Region { nodes, result, ..Region::default() }
    }

    /// Gives a value a name, unless it needs none.
    fn atom(&mut self, value: Expr, span: Span) -> Expr {
        let named = match &value {
            Expr::Apply { op: Op::Reference | Op::ReferenceMut | Op::Lent { .. }, .. } => true,
            // An active operand is a place, so that it has an adjoint.
            Expr::Apply { .. } => !self.is_active(&value),
            _ => true,
        };
        if named && value.is_atom() {
            return value;
        }
        Expr::Place(Place::var(self.temporary(value, span)))
    }

    /// `let t = value;`
    fn temporary(&mut self, value: Expr, span: Span) -> VarId {
        let kind = value.kind(self.graph);
        let base = match &value {
            Expr::Code(_) => "c",
            _ => "t",
        };
        let var = self.graph.fresh(base, kind, Role::Temporary);
        self.graph[var].active = self.is_active(&value);
        self.alias(var, &value);
        self.emit(NodeOp::Let { var, value }, span);
        var
    }

    /// Whether a derivative flows into the value of a lowered expression.
    fn is_active(&self, value: &Expr) -> bool {
        match value {
            Expr::Place(place) => self.graph[place.root].active,
            Expr::Number(_) | Expr::Code(_) | Expr::Name(_) => false,
            Expr::Apply { args, .. } => args.iter().any(|arg| self.is_active(arg)),
        }
    }

    /// The name of the parameter whose derivative flows into `expr`, for messages.
    fn origin(&self, expr: &'a syn::Expr) -> Option<String> {
        self.source.carrier(expr).and_then(|var| self.source.origin(var))
    }

    /// Runs `inside`; if it found a mistake, the variables that were to hold the value are spoilt.
    fn spoiling(&mut self, targets: &[SourceVar], inside: impl FnOnce(&mut Self)) {
        let before = self.errors.len();
        inside(self);
        if self.errors.len() > before {
            self.spoilt.extend(targets);
        }
    }

    fn refuse(&mut self, expr: &'a syn::Expr, what: &str, instead: &str) -> Expr {
        if self.mentioned(expr).iter().any(|var| self.spoilt.contains(var)) {
            return self.stand_in(expr);
        }
        let origin = self.origin(expr);
        self.errors.push(crate::diagnostics::not_differentiable(
            expr,
            what,
            origin.as_deref(),
            instead,
        ));
        self.stand_in(expr)
    }

    /// Stands for what was refused, so that the rest of the function is checked in the same build.
    fn stand_in(&self, expr: &'a syn::Expr) -> Expr {
        let tokens = quote::ToTokens::to_token_stream(expr);
        let kind = self.kind_by_sight(expr);
        Expr::Code(crate::graph::Code { tokens, reads: Vec::new(), kind, repeatable: true })
    }
}

fn span_of(tokens: &(impl Spanned + ?Sized)) -> Span {
    tokens.span()
}

/// The value `()`.
pub(crate) fn unit() -> Expr {
    Expr::Code(crate::graph::Code {
        tokens: quote::quote!(()),
        reads: Vec::new(),
        kind: Kind::Discrete,
        repeatable: true,
    })
}
