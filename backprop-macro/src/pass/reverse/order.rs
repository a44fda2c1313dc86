//! The order of a reversed loop's iterations.
//!
//! Adding to adjoints commutes. If that is all that the reverse of an iteration does to what other
//! iterations see, or if what it takes and reads belongs to that iteration alone (the element at the
//! loop's index), the iterations may run in any order: upwards, as the loop itself does.

use crate::maps::HashMap;

use super::Reverse;
use crate::graph::{Expr, Node, NodeOp, Op, Place, Region, Role, Step, VarId, Vars};
use crate::kind::Kind;

/// How a region uses the adjoints from outside.
#[derive(Default)]
struct Uses {
    /// Places that are only added to.
    added: HashMap<VarId, Vec<Place>>,
    read: HashMap<VarId, Vec<Place>>,
    written: HashMap<VarId, Vec<Place>>,
    /// Uses that are not understood, and nested stacks of residuals, which are read downwards.
    other: bool,
}

impl Reverse<'_> {
    /// Whether the iterations of a reversed loop, whose index is `index`, may run upwards.
    pub(super) fn runs_upwards(&self, body: &Region, index: VarId) -> bool {
        if !self.graph.optimizations.order {
            return false;
        }
        let mut uses = Uses::default();
        self.uses(body, &mut uses);
        let mut inner = Vars::new();
        body.declares_within(&mut inner);
        if uses.other {
            return false;
        }
        let roots: Vars = uses.added.keys().chain(uses.written.keys()).copied().collect();
        roots.into_iter().filter(|root| !inner.contains(root)).all(|root| {
            let of =
                |uses: &HashMap<VarId, Vec<Place>>| uses.get(&root).cloned().unwrap_or_default();
            let (added, read, written) = (of(&uses.added), of(&uses.read), of(&uses.written));
            if written.is_empty() && read.is_empty() {
                return true;
            }
            let all: Vec<Place> = [added, read, written].concat();
            let own = |depth: usize| {
                let mut told = None;
                all.iter().all(|place| {
                    let at = match place.path.get(depth) {
                        Some(Step::Index(at)) => self.tells(at, index),
                        _ => None,
                    };
                    let first = told.get_or_insert_with(|| at.clone());
                    at.is_some()
                        && *first == at
                        && !place.path[..depth]
                            .iter()
                            .any(|step| matches!(step, Step::Index(at) if at.is_range()))
                })
            };
            let depth = all.iter().map(|place| place.path.len()).max().unwrap_or(0);
            (0..depth).any(own)
        })
    }

    /// The text of an index that is another one for each value of the variable `index`: what does
    /// not depend on it plus or minus the variable.
    fn tells(&self, at: &Expr, index: VarId) -> Option<String> {
        let name = self.graph[index].ident.to_string();
        if self.is(at, index) {
            return Some(name);
        }
        let Expr::Code(code) = at else { return None };
        // A variable of the iteration's own is not the same in the next one.
        let fixed = |var: &VarId| {
            *var == index || self.analysis.declared(*var).is_some_and(|at| at < self.position)
        };
        let sum: syn::Expr = syn::parse2(code.tokens.clone()).ok()?;
        let text = code.tokens.to_string();
        (code.repeatable && code.reads.iter().all(fixed) && is_sum_with(&sum, &name)?)
            .then_some(text)
    }

    /// Whether an index is the variable `index`.
    pub(super) fn is(&self, at: &Expr, index: VarId) -> bool {
        match at {
            Expr::Place(place) => *place == Place::var(index),
            Expr::Code(code) => {
                let text = code.tokens.to_string();
                let whole = text.strip_suffix(" as usize").unwrap_or(&text);
                code.reads == [index] && self.graph[index].ident == whole
            }
            _ => false,
        }
    }

    fn uses(&self, region: &Region, uses: &mut Uses) {
        region.nodes.iter().for_each(|node| self.uses_of(node, uses));
    }

    fn uses_of(&self, node: &Node, uses: &mut Uses) {
        match &node.op {
            NodeOp::Let { value, .. } => self.reads_of(value, uses),
            NodeOp::Store { place, op, value } => {
                self.reads_of(value, uses);
                let list = match op {
                    Some(Op::Add | Op::Sub) => &mut uses.added,
                    _ => &mut uses.written,
                };
                list.entry(place.root).or_default().push(place.clone());
            }
            NodeOp::Take { place, .. } => {
                uses.written.entry(place.root).or_default().push(place.clone());
            }
            NodeOp::Zero { like, .. } => self.reads_of(like, uses),
            NodeOp::Rule { slot, operands, map, .. } => {
                operands.iter().for_each(|operand| self.reads_of(operand, uses));
                map.iter().for_each(|map| self.reads_of(&map.body, uses));
                uses.added.entry(slot.root).or_default().push(slot.clone());
            }
            NodeOp::Pull { adjoint, arguments, .. } => {
                self.reads_of(adjoint, uses);
                for argument in arguments {
                    let Some(slot) = &argument.slot else { continue };
                    // The adjoint of what a call changes is read and written.
                    let list = match argument.passing.changes() {
                        true => &mut uses.written,
                        false => &mut uses.added,
                    };
                    list.entry(slot.root).or_default().push(slot.clone());
                }
            }
            NodeOp::If(inner) => {
                inner.condition.iter().for_each(|condition| self.reads_of(condition, uses));
                self.uses(&inner.then, uses);
                self.uses(&inner.otherwise, uses);
            }
            NodeOp::Match(inner) => inner.arms.iter().for_each(|arm| self.uses(&arm.body, uses)),
            NodeOp::Loop(inner) => {
                uses.other |= inner.tape.is_some();
                self.uses(&inner.body, uses);
            }
            NodeOp::Lend { of, written, only_added, .. } => {
                let list = match (written, only_added) {
                    (false, _) => &mut uses.read,
                    (true, true) => &mut uses.added,
                    (true, false) => &mut uses.written,
                };
                list.entry(of.root).or_default().push(of.clone());
            }
            NodeOp::Code { effects, .. } => uses.other |= !effects.writes.is_empty(),
            _ => uses.other = true,
        }
    }

    fn reads_of(&self, value: &Expr, uses: &mut Uses) {
        match value {
            Expr::Place(place) => {
                if matches!(self.graph[place.root].role, Role::Adjoint | Role::Slot | Role::InOut) {
                    uses.read.entry(place.root).or_default().push(place.clone());
                }
                for step in &place.path {
                    if let Step::Index(index) = step {
                        self.reads_of(index, uses);
                    }
                }
            }
            Expr::Apply { op: Op::ReferenceMut, .. } => uses.other = true,
            Expr::Apply { args, .. } => args.iter().for_each(|arg| self.reads_of(arg, uses)),
            Expr::Code(_) | Expr::Number(_) | Expr::Name(_) => {}
        }
    }

    /// Whether a loop's header can be evaluated again when the reverse runs: it borrows elements of
    /// slices that are still there.
    pub(super) fn again(&self, iterable: &proc_macro2::TokenStream, reads: &[VarId]) -> bool {
        let stays = reads.iter().all(|var| {
            let root = self.graph.resolve(&Place::var(*var)).root;
            let kind = self.graph[*var].kind.peeled();
            matches!(kind, Kind::Indexed(..) | Kind::Discrete)
                && [*var, root].into_iter().all(|var| {
                    self.analysis.declared(var).is_some()
                        && self.analysis.intact(var, self.position)
                })
        });
        // What is iterated by value is given to a pullback as a reference.
        let by_reference = |name: &proc_macro2::Ident| {
            reads.iter().any(|var| {
                self.graph[*var].ident == *name
                    && matches!(self.graph[*var].kind, Kind::Ref(_) | Kind::Discrete)
            })
        };
        stays && syn::parse2(iterable.clone()).is_ok_and(|e| borrows_only(&e, &by_reference))
    }
}

/// Whether an expression is a sum with the variable `name` as one of its terms; `None` where the
/// variable may be part of another term.
fn is_sum_with(expr: &syn::Expr, name: &str) -> Option<bool> {
    match expr {
        syn::Expr::Paren(e) => is_sum_with(&e.expr, name),
        syn::Expr::Path(e) => Some(e.path.is_ident(name)),
        syn::Expr::Lit(_) => Some(false),
        syn::Expr::Binary(e) if matches!(e.op, syn::BinOp::Add(_) | syn::BinOp::Sub(_)) => {
            let (left, right) = (is_sum_with(&e.left, name)?, is_sum_with(&e.right, name)?);
            (!(left && right)).then_some(left || right)
        }
        _ => None,
    }
}

/// Whether an expression lends the elements of slices and nothing else.
fn borrows_only(expr: &syn::Expr, by_reference: &dyn Fn(&proc_macro2::Ident) -> bool) -> bool {
    let lends = |expr: &syn::Expr| borrows_only(expr, by_reference);
    match expr {
        syn::Expr::Path(path) => path.path.get_ident().is_some_and(by_reference),
        syn::Expr::Lit(_) => true,
        syn::Expr::Paren(e) => lends(&e.expr),
        syn::Expr::Group(e) => lends(&e.expr),
        syn::Expr::Reference(e) => e.mutability.is_none() && is_place(&e.expr),
        syn::Expr::Binary(e) => {
            let simple = matches!(
                e.op,
                syn::BinOp::Add(_) | syn::BinOp::Sub(_) | syn::BinOp::Mul(_) | syn::BinOp::Div(_)
            );
            simple && lends(&e.left) && lends(&e.right)
        }
        syn::Expr::MethodCall(e) => {
            let receiver = match e.method.to_string().as_str() {
                "iter" | "windows" | "chunks" | "chunks_exact" | "len" => is_place(&e.receiver),
                "zip" | "enumerate" | "skip" | "take" | "rev" | "copied" | "cloned" => {
                    matches!(&*e.receiver, syn::Expr::MethodCall(_)) && lends(&e.receiver)
                }
                _ => false,
            };
            receiver && e.args.iter().all(lends)
        }
        _ => false,
    }
}

fn is_place(expr: &syn::Expr) -> bool {
    match expr {
        syn::Expr::Path(_) | syn::Expr::Lit(_) => true,
        syn::Expr::Paren(e) => is_place(&e.expr),
        syn::Expr::Group(e) => is_place(&e.expr),
        syn::Expr::Index(e) => is_place(&e.expr) && is_place(&e.index),
        syn::Expr::Unary(e) => matches!(e.op, syn::UnOp::Deref(_)) && is_place(&e.expr),
        syn::Expr::Binary(e) => {
            let simple = matches!(
                e.op,
                syn::BinOp::Add(_) | syn::BinOp::Sub(_) | syn::BinOp::Mul(_) | syn::BinOp::Div(_)
            );
            simple && is_place(&e.left) && is_place(&e.right)
        }
        syn::Expr::Range(e) => {
            e.start.as_deref().is_none_or(is_place) && e.end.as_deref().is_none_or(is_place)
        }
        syn::Expr::MethodCall(e) => e.method == "len" && is_place(&e.receiver),
        _ => false,
    }
}
