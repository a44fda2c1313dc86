//! Rows: what an innermost reversed loop needs of arrays and adjoints, sliced to its trip count.
//!
//! The loop itself ran, so that every element that an iteration mentions is there. The slices are
//! taken once, in front of the reversed loop; inside it no bound is left to check, and loops over
//! rows become vector code:
//!
//! ```text
//! let length = w.len();
//! let row = &x[i][0..][..length];
//! let d_row = &mut d_w[0..][..length];
//! for at in 0..length {
//!     d_row[at] += d_score * row[at];
//! }
//! ```

use std::collections::HashMap;

use proc_macro2::{Span, TokenStream};
use quote::{quote, ToTokens};

use super::Reverse;
use crate::graph::{
    Code, Expr, Header, If, Loop, Node, NodeOp, Op, Place, Region, Role, Step, VarId, Vars,
};
use crate::kind::{Container, Kind};

/// A row in the making.
struct Row {
    /// The places whose elements it holds: all but the last index.
    of: Place,
    /// The last index, as it is written.
    index: Expr,
    /// Where the row begins.
    start: Code,
    /// What is done to it.
    written: bool,
    only_added: bool,
}

/// A loop's own terms.
struct Terms<'a> {
    index: VarId,
    /// Where its index begins.
    from: TokenStream,
    reads: &'a [VarId],
    /// Indices that the body computes.
    lets: HashMap<VarId, Code>,
    inner: Vars,
}

impl Reverse<'_> {
    /// The reversed loop over rows, with what stands in front of it, if that is possible.
    pub(super) fn over_rows(
        &mut self,
        inner: Box<Loop>,
        span: Span,
    ) -> Result<Vec<Node>, Box<Loop>> {
        let mut seen = inner.clone();
        self.see_elements(&mut seen.body);
        let Some((rows, from, to)) = self.rows(&seen) else { return Err(inner) };
        let Loop { header, mut body, tape, .. } = *seen;
        let Header::RangeBack { index, range } = header else { unreachable!("rows have a range") };
        let position = self.position;
        let length = self.graph.fresh("length", Kind::Discrete, Role::Temporary);
        let offset = self.graph.fresh("at", Kind::Discrete, Role::Index);
        let at_zero = from.to_string() == "0";
        let count = if at_zero {
            quote!(#to)
        } else {
            quote!(::core::primitive::usize::saturating_sub(#to, #from))
        };
        let code = |tokens: TokenStream, reads: Vec<VarId>| Code {
            tokens,
            reads,
            kind: Kind::Discrete,
            repeatable: true,
        };
        let new = |op: NodeOp| {
            let mut new = Node::new(op, span);
            new.position = position;
            new
        };
        let mut before = Vec::new();
        let mut guarded = false;
        let several: Vars = rows
            .iter()
            .filter(|row| row.written)
            .map(|row| row.of.root)
            .filter(|root| rows.iter().filter(|row| row.of.root == *root).count() > 1)
            .collect();
        for row in rows {
            let element = row.of.clone().with([Step::Index(row.index.clone())]);
            let kind = element.kind(self.graph);
            let name = format!("{}_row", self.name(row.of.root));
            let slot = self.graph[row.of.root].role == Role::Slot;
            let role = if slot { Role::SlotRow } else { Role::Temporary };
            let kind = Kind::Indexed(Box::new(kind), Container::Slice);
            let var = self.graph.fresh(&name, kind, role);
            let place = Place::var(var).with([Step::Index(Expr::var(offset))]);
            exchange(&mut body, &element, &place);
            guarded |= row.start.tokens.to_string() != "0"
                || row.of.path.iter().any(|step| matches!(step, Step::Index(_)));
            before.push(new(NodeOp::Lend {
                row: var,
                of: row.of,
                start: row.start,
                length,
                written: row.written,
                only_added: row.only_added,
            }));
        }
        let mut reads = Vars::new();
        body.reads(&mut reads);
        // Indices that nothing mentions any more.
        for _ in 0..2 {
            let mut reads = Vars::new();
            body.reads(&mut reads);
            body.nodes.retain(|node| match &node.op {
                NodeOp::Let { var, value: Expr::Code(_) } => reads.contains(var),
                _ => true,
            });
        }
        reads.clear();
        body.reads(&mut reads);
        if reads.contains(&index) {
            let count = &self.graph[offset].ident;
            let value = if at_zero { quote!(#count) } else { quote!(#from + #count) };
            let mut needs = range.reads.clone();
            needs.push(offset);
            let value = Expr::Code(code(value, needs));
            body.nodes.insert(0, new(NodeOp::Let { var: index, value }));
        }
        let lent: Vars = before
            .iter()
            .filter_map(|node| match &node.op {
                NodeOp::Lend { row, written: false, .. } => Some(*row),
                _ => None,
            })
            .collect();
        // So few iterations are written out by the compiler.
        let short = count.to_string().parse::<usize>().is_ok_and(|count| count <= 16);
        spread_elements(&mut body, &lent, offset);
        let (zeros, mut sums) = self.sums_outside(&mut body, offset, &lent, short);
        if matches!(sums.as_slice(), [NodeOp::Rule { .. }]) {
            body.nodes.clear();
        }
        if !short {
            let scaled = self.scaled_rows(&mut body, &mut before, offset, &lent, &mut sums);
            sums.splice(0..0, scaled);
        }
        // Several parts of one adjoint cannot be lent at a time.
        let lent_twice = before
            .iter()
            .any(|node| matches!(&node.op, NodeOp::Lend { of, .. } if several.contains(&of.root)));
        if lent_twice {
            return Err(inner);
        }
        before.extend(zeros.into_iter().map(new));
        let name = &self.graph[length].ident;
        let range_again = code(quote!(0..#name), vec![length]);
        let condition = Expr::Code(code(quote!(#name > 0), vec![length]));
        let header = Header::RangeBack { index: offset, range: range_again };
        if !body.nodes.is_empty() || tape.is_some() {
            let reversed = Loop { header, body, tape, exit: None, upwards: true };
            before.push(new(NodeOp::Loop(Box::new(reversed))));
        }
        before.extend(sums.into_iter().map(new));
        let count = code(count, range.reads);
        let count = new(NodeOp::Let { var: length, value: Expr::Code(count) });
        if !guarded {
            before.insert(0, count);
            return Ok(before);
        }
        // Where the loop did not run, there may be no such slices.
        let then = Region { nodes: before, ..Region::default() };
        let guard = If {
            condition: Some(condition),
            then,
            otherwise: Region::default(),
            result: None,
            tapes: [None, None],
            reverse: true,
            checkpoint: false,
        };
        Ok(vec![count, new(NodeOp::If(Box::new(guard)))])
    }

    /// Makes places of the elements that inert code reads.
    pub(super) fn see_elements(&self, body: &mut Region) {
        fn place(named: &HashMap<String, VarId>, expr: &syn::Expr) -> Option<Place> {
            match expr {
                syn::Expr::Path(path) => {
                    let name = path.path.get_ident()?.to_string();
                    named.get(&name).map(|var| Place::var(*var))
                }
                syn::Expr::Index(e) => {
                    let index = &e.index;
                    let mut reads = Vec::new();
                    idents(index.to_token_stream(), &mut |name| reads.extend(named.get(&name)));
                    let tokens = index.to_token_stream();
                    let code = Code { tokens, reads, kind: Kind::Discrete, repeatable: true };
                    Some(place(named, &e.expr)?.with([Step::Index(Expr::Code(code))]))
                }
                _ => None,
            }
        }
        fn see(reverse: &Reverse<'_>, expr: &mut Expr) {
            match expr {
                Expr::Apply { args, .. } => args.iter_mut().for_each(|arg| see(reverse, arg)),
                Expr::Code(code) if code.repeatable => {
                    let Ok(syntax @ syn::Expr::Index(_)) = syn::parse2(code.tokens.clone()) else {
                        return;
                    };
                    let named = code
                        .reads
                        .iter()
                        .map(|var| (reverse.graph[*var].ident.to_string(), *var))
                        .collect();
                    let Some(place) = place(&named, &syntax) else { return };
                    let kind = place.kind(reverse.graph);
                    if kind.is_scalar() && !kind.is_reference() {
                        *expr = Expr::Place(place);
                    }
                }
                _ => {}
            }
        }
        for node in &mut body.nodes {
            match &mut node.op {
                // An index: places are looked up in it.
                NodeOp::Let { value: Expr::Code(_), .. } => {}
                NodeOp::Let { value, .. } | NodeOp::Store { value, .. } => see(self, value),
                _ => {}
            }
        }
    }

    /// Adds up in a local what the iterations add to one and the same element, and leaves products
    /// of rows to a function with several accumulators. Returns what stands in front of the loop
    /// and behind it.
    fn sums_outside(
        &mut self,
        body: &mut Region,
        offset: VarId,
        lent: &Vars,
        short: bool,
    ) -> (Vec<NodeOp>, Vec<NodeOp>) {
        let mut inside = Vars::new();
        body.declares(&mut inside);
        inside.extend(&body.residuals);
        inside.insert(offset);
        let (mut zeros, mut sums) = (Vec::new(), Vec::new());
        let mut gone = Vec::new();
        for at in 0..body.nodes.len() {
            let NodeOp::Store { place, op: Some(op @ (Op::Add | Op::Sub)), value } =
                &body.nodes[at].op
            else {
                continue;
            };
            let (place, op, value) = (place.clone(), op.clone(), value.clone());
            let kind = place.kind(self.graph);
            let mut reads = Vars::new();
            place.index_reads(&mut reads);
            let fixed = reads.is_disjoint(&inside)
                && !inside.contains(&place.root)
                && self.graph[place.root].role != Role::SlotRow
                && kind.is_scalar()
                && !kind.is_reference();
            let elsewhere = body.nodes.iter().enumerate().any(|(other, node)| {
                let mut found = Vars::new();
                node.reads(&mut found);
                other != at && found.contains(&place.root)
            });
            if !fixed || elsewhere {
                continue;
            }
            // Where something else is done with few elements, one pass over them is better.
            let alone = body.nodes.iter().filter(|node| !is_index(node)).count() == 1;
            let product = product_of_rows(&value, offset, &inside, lent);
            if let Some(value) = product.filter(|_| alone || !short) {
                sums.push(NodeOp::Store { place, op: Some(op), value });
                gone.push(at);
                continue;
            }
            let stores = |node: &&Node| !matches!(node.op, NodeOp::Let { .. });
            let one = body.nodes.iter().filter(stores).count() == 1;
            if place.is_whole() && one && body.residuals.is_empty() && !value.mentions(place.root) {
                let signed = if op == Op::Add { value.clone() } else { value.clone().neg() };
                if let Some(sum) = self.row_sum(body, &place, signed, offset, &inside, lent) {
                    return (zeros, [sums, vec![sum]].concat());
                }
            }
            if place.is_whole() {
                continue;
            }
            let sum = self.graph.fresh("sum", kind, Role::Adjoint);
            self.graph[sum].mutable = true;
            zeros.push(NodeOp::Let { var: sum, value: Expr::Number(0.0) });
            let value = Expr::var(sum);
            sums.push(NodeOp::Store { place, op: Some(Op::Add), value });
            if let NodeOp::Store { place, .. } = &mut body.nodes[at].op {
                *place = Place::var(sum);
            }
        }
        let mut at = 0;
        body.nodes.retain(|_| {
            at += 1;
            !gone.contains(&(at - 1))
        });
        (zeros, sums)
    }

    /// Leaves it to a function what adds the multiple of a row to another and does nothing else.
    /// Returns what takes its place; the rows in `before` that it makes of no use go.
    fn scaled_rows(
        &mut self,
        body: &mut Region,
        before: &mut Vec<Node>,
        offset: VarId,
        lent: &Vars,
        sums: &mut [NodeOp],
    ) -> Vec<NodeOp> {
        let mut inside = Vars::new();
        body.declares(&mut inside);
        inside.extend(&body.residuals);
        inside.insert(offset);
        let mut scaled = Vec::new();
        let mut gone = Vec::new();
        for (at, node) in body.nodes.iter().enumerate() {
            let NodeOp::Store { place, op: Some(op @ (Op::Add | Op::Sub)), value } = &node.op
            else {
                continue;
            };
            let row = place.root;
            let elsewhere = body.nodes.iter().enumerate().any(|(other, node)| {
                let mut found = Vars::new();
                node.reads(&mut found);
                other != at && found.contains(&row)
            });
            let lend = before.iter().position(|node| {
                matches!(
                    &node.op,
                    NodeOp::Lend { row: lent, only_added: true, .. } if *lent == row
                )
            });
            let factors = factors_of_rows(value, offset, &inside, lent);
            let (Some(lend), Some((rows, same, negative)), false) = (lend, factors, elsewhere)
            else {
                continue;
            };
            let own = place.path.as_slice() == [Step::Index(Expr::var(offset))];
            if !own || !matches!(rows.len(), 1 | 2) {
                continue;
            }
            let minus = negative != (*op == Op::Sub);
            let plain = rows.len() == 1 && same.is_empty() && !minus;
            let factor = same.into_iter().reduce(Expr::mul).unwrap_or(Expr::Number(1.0));
            let factor = if minus { factor.neg() } else { factor };
            gone.push(at);
            if rows.len() == 1
                && !plain
                && sums.iter_mut().any(|sum| with_product(sum, row, &factor, &rows[0]))
            {
                continue;
            }
            let NodeOp::Lend { of, start, length, .. } = before.remove(lend).op else {
                unreachable!("a row is lent")
            };
            let (from, count) = (&start.tokens, &self.graph[length].ident);
            let range = match from.to_string().as_str() {
                "0" => quote!(..#count),
                _ => quote!(#from..#from + #count),
            };
            let mut reads = start.reads.clone();
            reads.push(length);
            let range = Code { tokens: range, reads, kind: Kind::Range, repeatable: true };
            let (function, factor) = match rows.len() {
                1 if plain => ("add", None),
                1 => ("axpy", Some(factor)),
                _ => ("add_product", Some(factor)),
            };
            scaled.push(NodeOp::Rule {
                function,
                slot: of.with([Step::Index(Expr::Code(range))]),
                operands: factor.into_iter().chain(rows).collect(),
                map: None,
            });
        }
        let mut at = 0;
        body.nodes.retain(|_| {
            at += 1;
            !gone.contains(&(at - 1))
        });
        scaled
    }

    /// The rows of a loop, and the bounds of its range.
    fn rows(&self, inner: &Loop) -> Option<(Vec<Row>, TokenStream, TokenStream)> {
        let Header::RangeBack { index, range } = &inner.header else { return None };
        if !self.graph.optimizations.rows
            || !inner.upwards
            || inner.tape.is_some_and(|tape| tape.stack == *index)
        {
            return None;
        }
        let syn::ExprRange {
            start: Some(from),
            end: Some(to),
            limits: syn::RangeLimits::HalfOpen(_),
            ..
        } = syn::parse2(range.tokens.clone()).ok()?
        else {
            return None;
        };
        let mut inside = Vars::new();
        inner.body.declares(&mut inside);
        inside.extend(&inner.body.residuals);
        let covers = |var: &VarId| self.graph[*var].ident == self.graph[*index].ident;
        if inside.iter().any(covers) {
            return None;
        }
        let mut lets = HashMap::new();
        for node in &inner.body.nodes {
            if let NodeOp::Let { var, value: Expr::Code(code) } = &node.op {
                lets.insert(*var, code.clone());
            }
        }
        let from = from.to_token_stream();
        let terms =
            Terms { index: *index, from: from.clone(), reads: &range.reads, lets, inner: inside };
        let mut rows: Vec<Row> = Vec::new();
        let mut roots: HashMap<VarId, bool> = HashMap::new();
        for node in &inner.body.nodes {
            match &node.op {
                NodeOp::Let { value, .. } => self.read_rows(value, &terms, &mut rows, &mut roots),
                NodeOp::Store { place, op, value } => {
                    self.read_rows(value, &terms, &mut rows, &mut roots);
                    let added = matches!(op, Some(Op::Add | Op::Sub));
                    self.row(place, Some(added), &terms, &mut rows, &mut roots);
                }
                NodeOp::Take { place, old: None, .. } if place.kind(self.graph).is_scalar() => {
                    self.row(place, Some(false), &terms, &mut rows, &mut roots);
                }
                _ => return None,
            }
        }
        // An adjoint that is lent for writing is lent once.
        let lent = |root: VarId| rows.iter().filter(|row| row.of.root == root).count();
        let unclear: Vec<VarId> = rows
            .iter()
            .filter(|row| {
                let written =
                    rows.iter().any(|other| other.of.root == row.of.root && other.written);
                written && lent(row.of.root) > 1
            })
            .map(|row| row.of.root)
            .collect();
        // Those that are only added to may turn out not to be needed as rows.
        let added: Vec<VarId> = unclear
            .iter()
            .filter(|root| {
                let mut own = rows.iter().filter(|row| row.of.root == **root);
                own.all(|row| row.written && row.only_added)
            })
            .copied()
            .collect();
        rows.retain(|row| {
            let clear = !unclear.contains(&row.of.root) || added.contains(&row.of.root);
            clear && roots.get(&row.of.root) != Some(&true)
        });
        // What is cast to an index may be of any integer type; slices have `usize`.
        let counts = |code: &Code| code.tokens.to_string().split_whitespace().all(|t| t != "as");
        let direct = |index: &Expr| match index {
            Expr::Place(place) => terms.lets.get(&place.root).is_none_or(counts),
            Expr::Code(code) => counts(code),
            _ => false,
        };
        let to = to.to_token_stream();
        let text = to.to_string();
        let measured = text.contains("len()") || text.contains("len ()");
        if !measured && !rows.iter().any(|row| direct(&row.index)) {
            return None;
        }
        (!rows.is_empty()).then_some((rows, from, to))
    }

    fn read_rows(
        &self,
        value: &Expr,
        terms: &Terms<'_>,
        rows: &mut Vec<Row>,
        roots: &mut HashMap<VarId, bool>,
    ) {
        match value {
            Expr::Place(place) => self.row(place, None, terms, rows, roots),
            Expr::Apply { args, .. } => {
                args.iter().for_each(|arg| self.read_rows(arg, terms, rows, roots));
            }
            Expr::Code(code) => code.reads.iter().for_each(|var| {
                // Code reads as it is written.
                if !matches!(self.graph[*var].kind.peeled(), Kind::Discrete) {
                    let root = self.graph.resolve(&Place::var(*var)).root;
                    let adjoint =
                        matches!(self.graph[root].role, Role::Adjoint | Role::Slot | Role::InOut);
                    if adjoint {
                        roots.insert(root, true);
                    }
                }
            }),
            Expr::Number(_) | Expr::Name(_) => {}
        }
    }

    /// Notes a use of `place`; `change` tells of a write whether it only adds. `roots` holds the
    /// adjoints that cannot be lent for the time of the loop.
    fn row(
        &self,
        place: &Place,
        change: Option<bool>,
        terms: &Terms<'_>,
        rows: &mut Vec<Row>,
        roots: &mut HashMap<VarId, bool>,
    ) {
        let found = self.row_of(place, terms);
        let Some((of, index, start)) = found else {
            let indexed = place.path.iter().any(|step| matches!(step, Step::Index(_)));
            let adjoint =
                matches!(self.graph[place.root].role, Role::Adjoint | Role::Slot | Role::InOut);
            if adjoint && (indexed || change.is_some() || !place.kind(self.graph).is_scalar()) {
                roots.insert(place.root, true);
            }
            return;
        };
        let known = rows.iter_mut().find(|row| row.of == of && row.index == index);
        match known {
            Some(row) => {
                row.written |= change.is_some();
                row.only_added &= change == Some(true);
            }
            None => rows.push(Row {
                of,
                index,
                start,
                written: change.is_some(),
                only_added: change == Some(true),
            }),
        }
    }

    /// The row that holds a place at each iteration's own element.
    fn row_of(&self, place: &Place, terms: &Terms<'_>) -> Option<(Place, Expr, Code)> {
        let (Step::Index(index), prefix) = place.path.split_last()? else { return None };
        let of = Place { root: place.root, path: prefix.to_vec() };
        let container = of.kind(self.graph);
        if !matches!(container.peeled(), Kind::Indexed(..))
            || container.references() > 0 && !of.is_whole()
            || !place.kind(self.graph).is_scalar()
            || place.kind(self.graph).is_reference()
            || terms.inner.contains(&of.root)
            || self.graph[of.root].role == Role::SlotRow
        {
            return None;
        }
        let mut reads = Vars::new();
        of.index_reads(&mut reads);
        if reads.iter().any(|read| *read == terms.index || terms.inner.contains(read)) {
            return None;
        }
        let plain = |step: &Step| match step {
            Step::Index(_) | Step::Field(_) => true,
            Step::Deref | Step::Payload(_) => false,
        };
        if !prefix.iter().all(plain) {
            return None;
        }
        let mut needs = terms.reads.to_vec();
        let start = self.start(index, terms, &mut needs)?;
        needs.sort_unstable();
        needs.dedup();
        let start = Code { tokens: start, reads: needs, kind: Kind::Discrete, repeatable: true };
        Some((of, index.clone(), start))
    }

    /// The value of an index in the first iteration, if it grows by one with each.
    fn start(
        &self,
        index: &Expr,
        terms: &Terms<'_>,
        needs: &mut Vec<VarId>,
    ) -> Option<TokenStream> {
        match index {
            Expr::Place(place) if place.is_whole() => {
                if place.root == terms.index {
                    return Some(terms.from.clone());
                }
                self.start(&Expr::Code(terms.lets.get(&place.root)?.clone()), terms, needs)
            }
            Expr::Code(code) if code.repeatable => {
                let named: HashMap<String, VarId> = code
                    .reads
                    .iter()
                    .map(|var| (self.graph[*var].ident.to_string(), *var))
                    .collect();
                let expr: syn::Expr = syn::parse2(code.tokens.clone()).ok()?;
                let (start, grows) = self.started(&expr, &named, terms, needs)?;
                needs.extend(
                    code.reads
                        .iter()
                        .filter(|var| **var != terms.index && !terms.lets.contains_key(var)),
                );
                grows.then_some(start)
            }
            _ => None,
        }
    }

    fn started(
        &self,
        expr: &syn::Expr,
        named: &HashMap<String, VarId>,
        terms: &Terms<'_>,
        needs: &mut Vec<VarId>,
    ) -> Option<(TokenStream, bool)> {
        match expr {
            syn::Expr::Path(path) => {
                let var = path.path.get_ident().and_then(|name| named.get(&name.to_string()));
                let Some(var) = var else { return Some((quote!(#path), false)) };
                if *var == terms.index {
                    let from = &terms.from;
                    let start = if is_atom(from) { quote!(#from) } else { quote!((#from)) };
                    return Some((start, true));
                }
                if let Some(code) = terms.lets.get(var) {
                    let start = self.start(&Expr::Code(code.clone()), terms, needs)?;
                    return Some((quote!((#start)), true));
                }
                (!terms.inner.contains(var)).then(|| (quote!(#path), false))
            }
            syn::Expr::Lit(literal) => Some((quote!(#literal), false)),
            syn::Expr::Paren(e) => {
                let (inner, grows) = self.started(&e.expr, named, terms, needs)?;
                Some((if is_atom(&inner) { inner } else { quote!((#inner)) }, grows))
            }
            syn::Expr::Cast(e) => {
                let (inner, grows) = self.started(&e.expr, named, terms, needs)?;
                let ty = &e.ty;
                if inner.to_string() == "0" {
                    return Some((inner, grows));
                }
                Some((quote!((#inner) as #ty), grows))
            }
            syn::Expr::Binary(e) => {
                let (left, left_grows) = self.started(&e.left, named, terms, needs)?;
                let (right, right_grows) = self.started(&e.right, named, terms, needs)?;
                let op = &e.op;
                let none = |start: &TokenStream| start.to_string() == "0";
                if matches!(e.op, syn::BinOp::Sub(_)) && left_grows && !right_grows {
                    // `j - from`, as closed counters have it.
                    let text = |tokens: &TokenStream| {
                        let text = tokens.to_string();
                        let inner = text.strip_prefix('(').and_then(|t| t.strip_suffix(')'));
                        inner.map_or(text.clone(), |inner| inner.trim().to_owned())
                    };
                    if text(&left) == text(&right) {
                        return Some((quote!(0), true));
                    }
                }
                if matches!(e.op, syn::BinOp::Add(_)) && none(&right) {
                    return Some((left, left_grows || right_grows));
                }
                if matches!(e.op, syn::BinOp::Add(_)) && none(&left) {
                    return Some((right, left_grows || right_grows));
                }
                let grows = match e.op {
                    syn::BinOp::Add(_) if !(left_grows && right_grows) => left_grows || right_grows,
                    syn::BinOp::Sub(_) if !right_grows => left_grows,
                    _ if !left_grows && !right_grows => false,
                    _ => return None,
                };
                Some((quote!(#left #op #right), grows))
            }
            other => {
                let mut found = false;
                idents(other.to_token_stream(), &mut |name| {
                    found |= named
                        .get(&name)
                        .is_some_and(|var| *var == terms.index || terms.inner.contains(var));
                });
                (!found).then(|| (other.to_token_stream(), false))
            }
        }
    }
}

/// Lets a region read the elements of rows directly that it has given names.
fn spread_elements(body: &mut Region, lent: &Vars, offset: VarId) {
    let mut named = Vec::new();
    body.nodes.retain(|node| match &node.op {
        NodeOp::Let { var, value: Expr::Place(place) }
            if lent.contains(&place.root)
                && place.path.as_slice() == [Step::Index(Expr::var(offset))] =>
        {
            named.push((*var, place.clone()));
            false
        }
        _ => true,
    });
    for (var, place) in named {
        body.replace(&Place::var(var), &place);
    }
}

/// Whether a node only looks up an index.
fn is_index(node: &Node) -> bool {
    matches!(&node.op, NodeOp::Let { value: Expr::Code(_), .. })
}

/// `factors · dot(a, b)`, if an iteration's share of a sum is a product of elements of two rows and
/// of factors that stay the same.
fn product_of_rows(value: &Expr, offset: VarId, inside: &Vars, lent: &Vars) -> Option<Expr> {
    let (rows, same, negative) = factors_of_rows(value, offset, inside, lent)?;
    if rows.len() != 2 {
        return None;
    }
    let dot = Expr::runtime("dot", rows);
    let product = same.into_iter().fold(dot, |product, factor| product.mul(factor));
    Some(if negative { product.neg() } else { product })
}

/// Lets the inner product in `sum`, if `x` is one of its rows, add the multiple of `x` to the row
/// `d` on its way. Returns whether it does.
fn with_product(sum: &mut NodeOp, d: VarId, factor: &Expr, x: &Expr) -> bool {
    fn product(value: &mut Expr) -> Option<&mut Vec<Expr>> {
        match value {
            Expr::Apply { op: op @ Op::Runtime("dot"), args, .. } => {
                *op = Op::Runtime("axpy_dot");
                Some(args)
            }
            Expr::Apply { op: Op::Mul | Op::Neg, args, .. } => args.iter_mut().find_map(product),
            _ => None,
        }
    }
    let NodeOp::Store { value, .. } = sum else { return false };
    let mut changed = value.clone();
    let Some(args) = product(&mut changed) else { return false };
    let Some(at) = args.iter().position(|arg| arg == x) else { return false };
    let (x, y) = (args[at].clone(), args[1 - at].clone());
    *args = vec![Expr::var(d), factor.clone(), x, y];
    *value = changed;
    true
}

/// The factors of a product: the rows of which it takes an element each, those that stay the same,
/// and whether its sign changes. `None` if there are others.
fn factors_of_rows(
    value: &Expr,
    offset: VarId,
    inside: &Vars,
    lent: &Vars,
) -> Option<(Vec<Expr>, Vec<Expr>, bool)> {
    fn factors(value: &Expr, negative: &mut bool, out: &mut Vec<Expr>) {
        match value {
            Expr::Apply { op: Op::Mul, args, .. } => {
                args.iter().for_each(|arg| factors(arg, negative, out));
            }
            Expr::Apply { op: Op::Neg, args, .. } => {
                *negative = !*negative;
                factors(&args[0], negative, out);
            }
            other => out.push(other.clone()),
        }
    }
    let (mut all, mut negative) = (Vec::new(), false);
    factors(value, &mut negative, &mut all);
    let (mut rows, mut same) = (Vec::new(), Vec::new());
    for factor in all {
        let mut reads = Vars::new();
        factor.reads(&mut reads);
        match &factor {
            Expr::Place(place)
                if lent.contains(&place.root)
                    && place.path.as_slice() == [Step::Index(Expr::var(offset))] =>
            {
                rows.push(Expr::var(place.root));
            }
            _ if reads.is_disjoint(inside) => same.push(factor),
            _ => return None,
        }
    }
    Some((rows, same, negative))
}

fn is_atom(tokens: &TokenStream) -> bool {
    tokens.clone().into_iter().count() == 1
}

fn idents(tokens: TokenStream, found: &mut dyn FnMut(String)) {
    for token in tokens {
        match token {
            proc_macro2::TokenTree::Ident(ident) => found(ident.to_string()),
            proc_macro2::TokenTree::Group(group) => idents(group.stream(), found),
            _ => {}
        }
    }
}

/// Uses `to` for the place `from`, also where it is written.
fn exchange(body: &mut Region, from: &Place, to: &Place) {
    body.replace(from, to);
    for node in &mut body.nodes {
        if let NodeOp::Store { place, .. } | NodeOp::Take { place, .. } = &mut node.op {
            if place == from {
                *place = to.clone();
            }
        }
    }
}
