//! Calls: the called function computes the tangent of its value beside it.

use proc_macro2::Span;

use super::Tangents;
use crate::graph::{Call, Expr, NodeOp, Passing, Place, Role, Step};

impl Tangents<'_> {
    pub(super) fn call(&mut self, mut call: Call, span: Span) {
        let closure =
            |passing| matches!(passing, Passing::Environment { .. } | Passing::Closure(_));
        if call.arguments.iter().any(|argument| closure(argument.passing)) {
            self.errors.push(crate::diagnostics::closure_with_jvp(span));
        }
        let places: Vec<Option<Place>> = call
            .arguments
            .iter()
            .map(|argument| {
                let place = argument.value.place().filter(|_| argument.active)?;
                self.tangent_place(place)
            })
            .collect();
        let changed: Vec<_> = call
            .arguments
            .iter()
            .zip(&places)
            .enumerate()
            .filter(|(_, (argument, _))| argument.passing.changes())
            .filter_map(|(index, (_, place))| Some((index, place.as_ref()?.root)))
            .collect();
        let mut tangents = Vec::new();
        let mut afterwards = Vec::new();
        for (index, (argument, place)) in call.arguments.iter().zip(places).enumerate() {
            let Some(place) = place else {
                tangents.push(None);
                continue;
            };
            // A part of what the call changes: the original is copied, or it is another element.
            let shared = changed.iter().any(|(other, root)| *other != index && *root == place.root);
            let apart = argument.passing == Passing::Exclusive
                && !place.path.iter().any(|step| matches!(step, Step::Index(_)));
            if !shared || apart {
                tangents.push(Some(place));
                continue;
            }
            let kind = place.kind(self.graph);
            let own = self.graph.fresh("t", kind.adjoint(), Role::Adjoint);
            self.graph[own].mutable = true;
            let value = self.copied(&place);
            self.push(NodeOp::Let { var: own, value }, span);
            tangents.push(Some(Place::var(own)));
            if argument.passing.changes() {
                afterwards.push((place, own));
            }
        }
        let result = call.result;
        let own = self.fresh(result);
        call.tangents = Some((own, tangents));
        // Its own nodes are the function's, but for the tangents.
        self.keep(NodeOp::Call(call), span);
        self.tangents.insert(result, own);
        for (place, own) in afterwards {
            let operands = vec![Expr::reference(Expr::var(own))];
            self.rule("tangent::put", &place, operands, span);
        }
    }
}
