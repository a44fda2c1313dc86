//! Sums over rows: what all iterations of a loop over rows add to one number, left to a function
//! with several accumulators.

use crate::maps::HashMap;

use quote::format_ident;

use super::Reverse;
use crate::graph::{Expr, Map, NodeOp, Op, Place, Region, Step, VarId, Vars};

/// The functions of the runtime, by the number of rows.
const FUNCTIONS: [&str; 6] =
    ["add_sum_1", "add_sum_2", "add_sum_3", "add_sum_4", "add_sum_5", "add_sum_6"];

/// The most operations of one term.
const OPERATIONS: usize = 32;

/// A term in the making.
struct Term<'a> {
    values: HashMap<VarId, &'a Expr>,
    inside: &'a Vars,
    lent: &'a Vars,
    offset: VarId,
    rows: Vec<VarId>,
    operations: usize,
}

impl Reverse<'_> {
    /// The whole of a loop over rows whose body only adds `value` to `place`, which stays the same.
    pub(super) fn row_sum(
        &self,
        body: &Region,
        place: &Place,
        value: Expr,
        offset: VarId,
        inside: &Vars,
        lent: &Vars,
    ) -> Option<NodeOp> {
        let mut values = HashMap::default();
        for node in &body.nodes {
            match &node.op {
                NodeOp::Let { var, value } => {
                    values.insert(*var, value);
                }
                NodeOp::Store { .. } => {}
                _ => return None,
            }
        }
        let mut term =
            Term { values, inside, lent, offset, rows: Vec::new(), operations: OPERATIONS };
        let body = self.term(&value, &mut term)?;
        let function = FUNCTIONS.get(term.rows.len().checked_sub(1)?)?;
        let parameters = (0..term.rows.len()).map(parameter).collect();
        let operands = term.rows.iter().map(|row| Expr::var(*row)).collect();
        let map = Some(Map { parameters, body });
        Some(NodeOp::Rule { function, slot: place.clone(), operands, map })
    }

    fn term(&self, value: &Expr, term: &mut Term<'_>) -> Option<Expr> {
        match value {
            Expr::Apply { op: op @ (Op::Neg | Op::Add | Op::Sub | Op::Mul), args, span } => {
                term.operations = term.operations.checked_sub(1)?;
                let args: Option<Vec<Expr>> = args.iter().map(|arg| self.term(arg, term)).collect();
                Some(Expr::Apply { op: op.clone(), args: args?, span: *span })
            }
            Expr::Place(place) if term.lent.contains(&place.root) => {
                if place.path.as_slice() != [Step::Index(Expr::var(term.offset))] {
                    return None;
                }
                let known = term.rows.iter().position(|row| *row == place.root);
                let at = known.unwrap_or_else(|| {
                    term.rows.push(place.root);
                    term.rows.len() - 1
                });
                Some(Expr::Name(parameter(at)))
            }
            Expr::Place(place) if place.is_whole() && term.values.contains_key(&place.root) => {
                self.term(term.values[&place.root], term)
            }
            Expr::Number(_) => Some(value.clone()),
            Expr::Place(place) if !place.kind(self.graph).is_scalar() => None,
            Expr::Place(_) | Expr::Code(_) => {
                let mut reads = Vars::new();
                value.reads(&mut reads);
                reads.is_disjoint(term.inside).then(|| value.clone())
            }
            Expr::Apply { .. } | Expr::Name(_) => None,
        }
    }
}

fn parameter(at: usize) -> proc_macro2::Ident {
    format_ident!("x{}", at, span = proc_macro2::Span::mixed_site())
}
