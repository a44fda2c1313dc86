//! How often a region mentions its variables.

use crate::maps::HashMap;

use crate::graph::{Expr, NodeOp, Op, Region, VarId, Vars};

/// How often a region reads each variable.
pub(super) fn count_uses(region: &Region, uses: &mut HashMap<VarId, usize>) {
    for node in &region.nodes {
        if node.early {
            let mut reads = Vars::new();
            node.reads(&mut reads);
            reads.into_iter().for_each(|var| *uses.entry(var).or_default() += 2);
            continue;
        }
        match &node.op {
            NodeOp::If(inner) => {
                inner.condition.iter().for_each(|condition| count_expr(condition, uses));
                count_uses(&inner.then, uses);
                count_uses(&inner.otherwise, uses);
            }
            NodeOp::Match(inner) => {
                if let Some((parts, _)) = &inner.parts {
                    parts.iter().for_each(|part| count_expr(part, uses));
                }
                for arm in &inner.arms {
                    arm.guard_reads.iter().for_each(|var| *uses.entry(*var).or_default() += 1);
                    count_uses(&arm.body, uses);
                }
            }
            NodeOp::Loop(inner) => {
                let mut within = HashMap::default();
                count_uses(&inner.body, &mut within);
                let mut own = Vars::new();
                inner.body.declares_within(&mut own);
                for (var, count) in within {
                    // A use inside a loop of what comes from outside happens more than once.
                    *uses.entry(var).or_default() += if own.contains(&var) { count } else { 2 };
                }
            }
            NodeOp::Let { value, .. } | NodeOp::Bind { value, .. } => count_expr(value, uses),
            NodeOp::Store { place, value, .. } => {
                count_expr(&Expr::Place(place.clone()), uses);
                count_expr(value, uses);
            }
            NodeOp::Edit { place, operands, .. } => {
                count_expr(&Expr::Place(place.clone()), uses);
                operands.iter().for_each(|operand| count_expr(operand, uses));
            }
            NodeOp::Call(call) => {
                call.arguments.iter().for_each(|argument| {
                    count_expr(&argument.value, uses);
                    // A call stays where it is; its operands are evaluated before it.
                    count_expr(&argument.value, uses);
                });
            }
            _ => {
                let mut reads = Vars::new();
                node.reads(&mut reads);
                reads.into_iter().for_each(|var| *uses.entry(var).or_default() += 2);
            }
        }
    }
    if let Some(result) = &region.result {
        count_expr(result, uses);
    }
}

fn count_expr(expr: &Expr, uses: &mut HashMap<VarId, usize>) {
    match expr {
        Expr::Place(place) => {
            // A part of a value needs the value under a name.
            *uses.entry(place.root).or_default() += if place.is_whole() { 1 } else { 2 };
            let mut reads = Vars::new();
            place.index_reads(&mut reads);
            reads.into_iter().for_each(|var| *uses.entry(var).or_default() += 2);
        }
        Expr::Code(code) => {
            code.reads.iter().for_each(|var| *uses.entry(*var).or_default() += 2);
        }
        // What is lent has a name.
        Expr::Apply {
            op: Op::Reference | Op::ReferenceMut | Op::Lent { .. } | Op::Kept(_),
            args,
            ..
        } => {
            count_expr(&args[0], uses);
            count_expr(&args[0], uses);
        }
        Expr::Apply { args, .. } => args.iter().for_each(|arg| count_expr(arg, uses)),
        Expr::Number(_) | Expr::Name(_) => {}
    }
}
