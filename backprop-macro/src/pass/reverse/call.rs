//! The reverse of calls.

use proc_macro2::Span;
use quote::quote;

use super::Reverse;
use crate::graph::{Argument, Expr, Node, NodeOp, Op, Passing, Place, Pulled, Role, Step, VarId};
use crate::kind::{Float, Kind};

impl Reverse<'_> {
    pub(super) fn call(&mut self, node: &mut Node) {
        let NodeOp::Call(call) = &node.op else { unreachable!("asked for a call") };
        let mut call = call.clone();
        if self.early_call(&mut call, node) {
            node.op = NodeOp::Call(call);
            return;
        }
        let span = node.span;
        let changed: Vec<VarId> = call
            .arguments
            .iter()
            .filter(|argument| argument.active && argument.passing.changes())
            .filter_map(|argument| argument.value.place())
            .filter_map(|place| self.adjoint_place(place))
            .map(|target| target.root)
            .collect();
        let d = match self.adjoint_of(call.result) {
            Some(d) => d,
            None if changed.is_empty() => return,
            None => {
                let unused = self.graph.fresh("d_unused", Kind::Unknown, Role::Adjoint);
                let like = Expr::var(call.result);
                self.push(NodeOp::Zero { var: unused, like }, span);
                Expr::var(unused)
            }
        };
        let mut arguments = Vec::new();
        let mut afterwards = Vec::new();
        let mut roots = changed.clone();
        for argument in &call.arguments {
            let again = self.handed_again(argument);
            let (passing, span) = (argument.passing, argument.span);
            if !argument.active {
                arguments.push(Pulled { again, slot: None, passing, span });
                continue;
            }
            let place = argument.value.place().expect("an active operand is a place");
            let resolved = self.graph.resolve(place);
            let target = self.adjoint_place(&resolved);
            let direct = target.filter(|target| {
                let shared = resolved.kind(self.graph).is_scalar() || roots.contains(&target.root);
                passing.changes() || !shared
            });
            // Two elements of one variable: rustc does not tell that they are two.
            let several = passing.changes()
                && direct.as_ref().is_some_and(|target| {
                    let indexed = target.path.iter().any(|step| matches!(step, Step::Index(_)));
                    indexed && changed.iter().filter(|root| **root == target.root).count() > 1
                });
            match direct {
                Some(target) if several => {
                    let name = format!("d_{}", self.name(resolved.root));
                    let kind = resolved.kind(self.graph).peeled().clone();
                    let local = self.graph.fresh(&name, kind, Role::Adjoint);
                    self.graph[local].mutable = true;
                    self.push(NodeOp::Take { var: local, place: target, old: None }, span);
                    let slot = Some(Place::var(local));
                    arguments.push(Pulled { again, slot, passing, span });
                    afterwards.push((argument.value.clone(), local));
                }
                Some(target) => {
                    roots.push(target.root);
                    self.settle(target.root);
                    arguments.push(Pulled { again, slot: Some(target), passing, span });
                }
                None => {
                    // Numbers, and a second share in something that has one already.
                    let place = place.clone();
                    let local = self.share_of(argument, &place);
                    let slot = Some(Place::var(local));
                    arguments.push(Pulled { again, slot, passing, span });
                    afterwards.push((argument.value.clone(), local));
                }
            }
        }
        self.push(NodeOp::Pull { pullback: call.pullback, adjoint: d, arguments }, span);
        for (value, local) in afterwards {
            self.add(value.peeled(), Expr::var(local), span);
        }
    }

    /// A local adjoint of an argument, to be added to the argument's own afterwards.
    fn share_of(&mut self, argument: &Argument, place: &Place) -> VarId {
        let name = format!("d_{}", self.name(self.graph.resolve(place).root));
        let kind = place.kind(self.graph).peeled().clone();
        let float = kind.float();
        let local = self.graph.fresh(&name, kind, Role::Adjoint);
        self.graph[local].mutable = true;
        let root = self.graph.resolve(place).root;
        if matches!(float, Some(Float::F64 | Float::F32)) {
            // Its zero is like any other.
            self.push(NodeOp::Zero { var: local, like: Expr::Number(0.0) }, argument.span);
        } else if float.is_some() || argument.passing == Passing::Lent || self.readable(root) {
            let like = self.recalled(&Expr::Place(place.clone()));
            self.push(NodeOp::Zero { var: local, like }, argument.span);
        } else {
            self.insert(NodeOp::Zero { var: local, like: Expr::Place(place.clone()) });
        }
        local
    }

    /// What the pullback is given for an argument.
    fn handed_again(&mut self, argument: &Argument) -> Expr {
        let value = argument.value.peeled();
        match argument.passing {
            // An environment is given again under the name that it has.
            Passing::Environment { .. } => value.clone(),
            Passing::Closure(_) => crate::lower::unit(),
            Passing::Exclusive => Expr::runtime("callee_keeps", Vec::new()),
            Passing::Lent => {
                let again = self.recalled(value);
                Expr::reference(self.behind(again))
            }
            Passing::Value if is_number(&value.kind(self.graph)) => {
                let again = self.recalled(value);
                Expr::runtime("again", vec![Expr::reference(again)])
            }
            Passing::Value => match self.still_there(value) {
                Some(again) => Expr::apply(Op::PassedAgain, vec![again], argument.span),
                None => {
                    let kept = self.kept_by_callee(Op::PassedKept, value, argument.span);
                    Expr::reference(Expr::Place(Place::var(kept).with([Step::Deref])))
                }
            },
            Passing::Receiver { .. } => match self.still_there(value) {
                Some(again) => {
                    let again = Expr::apply(Op::Reference, vec![self.behind(again)], argument.span);
                    Expr::apply(Op::Runtime("again"), vec![again], argument.span)
                }
                None => {
                    let receiver = vec![self.behind(value.clone())];
                    let receiver = Expr::apply(Op::Reference, receiver, argument.span);
                    let kept = self.kept_by_callee(Op::Runtime("keep"), &receiver, argument.span);
                    Expr::reference(Expr::var(kept))
                }
            },
        }
    }

    /// What the pullback is given for an argument if it runs right after the call.
    pub(super) fn given_again(&self, argument: &Argument) -> Expr {
        let value = argument.value.peeled();
        let kept = || Expr::runtime("callee_keeps", Vec::new());
        match argument.passing {
            Passing::Environment { .. } => value.clone(),
            Passing::Closure(_) => crate::lower::unit(),
            Passing::Exclusive | Passing::Receiver { .. } => kept(),
            Passing::Lent => Expr::reference(self.behind(value.clone())),
            Passing::Value if is_number(&value.kind(self.graph)) => {
                Expr::runtime("again", vec![Expr::reference(value.clone())])
            }
            Passing::Value if value.kind(self.graph) == Kind::Unknown => {
                Expr::apply(Op::PassedAgain, vec![value.clone()], argument.span)
            }
            Passing::Value => kept(),
        }
    }

    /// `&*w` of a reference `w`, so that an array may be passed for a slice.
    fn behind(&self, value: Expr) -> Expr {
        match value {
            Expr::Place(place) => {
                let behind = (0..place.kind(self.graph).references()).map(|_| Step::Deref);
                Expr::Place(place.clone().with(behind))
            }
            Expr::Code(mut code) => {
                while let Kind::Ref(inner) = &code.kind {
                    let (tokens, kind) = (&code.tokens, (**inner).clone());
                    (code.tokens, code.kind) = (quote!(*#tokens), kind);
                }
                Expr::Code(code)
            }
            other => other,
        }
    }

    /// The value of an argument, if it is what it was when the reverse runs.
    fn still_there(&self, value: &Expr) -> Option<Expr> {
        match value {
            Expr::Place(place) => {
                let place = self.graph.resolve(place);
                self.readable(place.root).then_some(Expr::Place(place))
            }
            Expr::Code(code) => self.found_again(code).then(|| value.clone()),
            other => Some(other.clone()),
        }
    }

    /// Keeps of an argument what the called function has not kept itself.
    fn kept_by_callee(&mut self, op: Op, value: &Expr, span: Span) -> VarId {
        let name = match value.peeled().place() {
            Some(place) => format!("kept_{}", self.name(place.root)),
            None => "kept".to_owned(),
        };
        let kept = self.graph.fresh(&name, Kind::Unknown, Role::Kept);
        let value = Expr::apply(op, vec![value.clone()], span);
        self.insert(NodeOp::Let { var: kept, value });
        kept
    }
}

/// Whether a value of this kind is copied when it is passed.
fn is_number(kind: &Kind) -> bool {
    matches!(kind, Kind::Scalar(_) | Kind::Discrete)
}
