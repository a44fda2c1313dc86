//! Kinds of numbers that the operations around a variable tell.

use crate::graph::{Expr, Graph, NodeOp, Op, Place, Region, Step};
use crate::kind::{Float, Kind};

/// Completes the kinds of variables by the sums that they take part in: what is added to a number
/// is one.
pub(super) fn infer(graph: &mut Graph, region: &Region, output: &Kind) {
    for _ in 0..2 {
        backwards(graph, region, output);
        forwards(graph, region);
    }
}

/// From what a value is used for.
fn backwards(graph: &mut Graph, region: &Region, output: &Kind) {
    if let (Some(value), Some(float)) = (&region.result, output.float()) {
        learn(graph, value, float);
    }
    for node in region.nodes.iter().rev() {
        match &node.op {
            NodeOp::Let { var, value } => {
                if let Some(float) = graph[*var].kind.float() {
                    learn(graph, value, float);
                }
            }
            NodeOp::Store { place, op: None | Some(Op::Add | Op::Sub), value } => {
                if let Some(float) = place.kind(graph).float() {
                    learn(graph, value, float);
                }
            }
            NodeOp::If(inner) => {
                let output = inner.result.map_or(Kind::Unknown, |var| graph[var].kind.clone());
                backwards(graph, &inner.then, &output);
                backwards(graph, &inner.otherwise, &output);
            }
            NodeOp::Match(inner) => {
                let output = inner.result.map_or(Kind::Unknown, |var| graph[var].kind.clone());
                inner.arms.iter().for_each(|arm| backwards(graph, &arm.body, &output));
            }
            NodeOp::Loop(inner) => backwards(graph, &inner.body, &Kind::Unknown),
            _ => {}
        }
    }
}

/// From what a value is made of.
fn forwards(graph: &mut Graph, region: &Region) {
    for node in &region.nodes {
        match &node.op {
            NodeOp::Let { var, value } => {
                if let Some(float @ (Float::F64 | Float::F32)) = value.kind(graph).float() {
                    learn(graph, &Expr::var(*var), float);
                }
            }
            NodeOp::Store { place, op: None | Some(Op::Add | Op::Sub), value } => {
                let kind = value.kind(graph);
                learn_elements(graph, place, kind.peeled());
                if let Some(float @ (Float::F64 | Float::F32)) = kind.float() {
                    if place.kind(graph).is_scalar() {
                        learn(graph, &Expr::Place(place.clone()), float);
                    }
                }
            }
            NodeOp::If(inner) => {
                forwards(graph, &inner.then);
                forwards(graph, &inner.otherwise);
            }
            NodeOp::Match(inner) => inner.arms.iter().for_each(|arm| forwards(graph, &arm.body)),
            NodeOp::Loop(inner) => forwards(graph, &inner.body),
            _ => {}
        }
    }
}

/// What lies at `place` has been written as `0.0` and is given a value of the kind `given`.
fn learn_elements(graph: &mut Graph, place: &Place, given: &Kind) {
    fn merge(kind: &mut Kind, given: &Kind) {
        match (kind, given) {
            (kind @ Kind::Scalar(Float::Literal), Kind::Scalar(Float::F64 | Float::F32)) => {
                *kind = given.clone();
            }
            (Kind::Indexed(of, _), Kind::Indexed(given, _)) => merge(of, given),
            _ => {}
        }
    }
    let place = graph.resolve(place);
    let mut kind = &mut graph[place.root].kind;
    for step in &place.path {
        match (step, kind) {
            (Step::Index(index), Kind::Indexed(of, _)) if !index.is_range() => kind = of,
            _ => return,
        }
    }
    merge(kind, given);
}

/// `value` is a number of the type `float`.
fn learn(graph: &mut Graph, value: &Expr, float: Float) {
    match value {
        Expr::Place(place) if place.is_whole() && graph[place.root].alias.is_none() => {
            let kind = &mut graph[place.root].kind;
            if matches!(kind, Kind::Unknown | Kind::Scalar(Float::Literal)) {
                *kind = Kind::Scalar(float);
            }
        }
        Expr::Apply {
            op: op @ (Op::Neg | Op::Add | Op::Sub | Op::Mul | Op::Div), args, ..
        } => {
            // Products of what is no number can be numbers, sums cannot.
            let sum = matches!(op, Op::Neg | Op::Add | Op::Sub);
            for (index, arg) in args.iter().enumerate() {
                let mut others = args.iter().enumerate().filter(|(other, _)| *other != index);
                let numbers = others.all(|(_, arg)| arg.kind(graph).is_scalar());
                if sum || numbers || arg.kind(graph).is_scalar() {
                    learn(graph, arg, float);
                }
            }
        }
        Expr::Apply { op: Op::Typed(_), args, .. } => learn(graph, &args[0], float),
        _ => {}
    }
}
