//! Where a row starts: the index of its first element, in front of the loop.

use crate::maps::HashMap;

use proc_macro2::TokenStream;
use quote::{quote, ToTokens};

use super::rows::{Row, Terms};
use crate::graph::{
    Code, Expr, Graph, Header, Loop, NodeOp, Op, Place, Region, Role, Step, VarId, Vars,
};
use crate::kind::Kind;
use crate::tokens::{any_ident, each_ident};

/// Looks for rows in the loops of a graph.
pub(super) struct Finder<'g> {
    pub(super) graph: &'g Graph,
}

impl Finder<'_> {
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
                    each_ident(index, |name| reads.extend(named.get(&name.to_string())));
                    let tokens = index.to_token_stream();
                    let code = Code { tokens, reads, kind: Kind::Discrete, repeatable: true };
                    Some(place(named, &e.expr)?.with([Step::Index(Expr::Code(code))]))
                }
                _ => None,
            }
        }
        fn see(graph: &Graph, expr: &mut Expr) {
            match expr {
                Expr::Apply { args, .. } => args.iter_mut().for_each(|arg| see(graph, arg)),
                Expr::Code(code) if code.repeatable => {
                    let Ok(syntax @ syn::Expr::Index(_)) = syn::parse2(code.tokens.clone()) else {
                        return;
                    };
                    let named = code
                        .reads
                        .iter()
                        .map(|var| (graph[*var].ident.to_string(), *var))
                        .collect();
                    let Some(place) = place(&named, &syntax) else { return };
                    let kind = place.kind(graph);
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
                NodeOp::Let { var, value: Expr::Code(_) } if !self.graph[*var].kind.is_scalar() => {
                }
                NodeOp::Let { value, .. } | NodeOp::Store { value, .. } => see(self.graph, value),
                _ => {}
            }
        }
    }

    /// The rows of a loop, and the bounds of its range.
    pub(super) fn rows(&self, inner: &Loop) -> Option<(Vec<Row>, TokenStream, TokenStream)> {
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
        let mut lets = HashMap::default();
        for node in &inner.body.nodes {
            if let NodeOp::Let { var, value: Expr::Code(code) } = &node.op {
                lets.insert(*var, code.clone());
            }
        }
        let from = from.to_token_stream();
        let terms =
            Terms { index: *index, from: from.clone(), reads: &range.reads, lets, inner: inside };
        let mut rows: Vec<Row> = Vec::new();
        let mut roots: HashMap<VarId, bool> = HashMap::default();
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
                let found = any_ident(other, |name| {
                    named
                        .get(&name.to_string())
                        .is_some_and(|var| *var == terms.index || terms.inner.contains(var))
                });
                (!found).then(|| (other.to_token_stream(), false))
            }
        }
    }
}

fn is_atom(tokens: &TokenStream) -> bool {
    tokens.clone().into_iter().count() == 1
}
