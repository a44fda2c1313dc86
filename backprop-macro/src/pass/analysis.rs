//! Facts about the forward part that the reverse relies on: where variables are written, and
//! which scalars have a single definition whose uses all stand beside it.

use crate::maps::{HashMap, HashSet};

use proc_macro2::{TokenStream, TokenTree};

use crate::graph::{
    writes, Expr, Graph, Header, Node, NodeOp, Op, Passing, Place, Region, Step, VarId, Vars,
};
use crate::kind::Kind;

#[derive(Debug, Default)]
pub(crate) struct Analysis {
    /// The positions at which a variable is assigned, borrowed mutably or moved away.
    ends: HashMap<VarId, Vec<usize>>,
    /// The positions at which a variable may be moved away.
    moves: HashMap<VarId, Vec<usize>>,
    /// The positions at which a variable as a whole gets a new value.
    renewals: HashMap<VarId, Vec<usize>>,
    /// The first and the last position of each loop.
    loops: Vec<(usize, usize)>,
    /// The position of each branch, and the first and the last position of each of its arms.
    branches: Vec<(usize, Vec<(usize, usize)>)>,
    /// Where each variable is declared.
    declared: HashMap<VarId, usize>,
    /// Parameters of which nothing is there when the reverse runs.
    lost: HashSet<VarId>,
    /// Scalars whose adjoint is a sum of terms: one definition, and every use in its region. Also
    /// what is only handed on, whose adjoint is a single term.
    single: HashSet<VarId>,
    /// The first and the last position of what is being reversed, if its reverse runs as soon as
    /// it has run: what happens elsewhere does not matter to it.
    within: Option<(usize, usize)>,
}

impl Analysis {
    /// Numbers the nodes of `body` in execution order and collects the facts.
    ///
    /// What the `lost` parameters refer to is in the caller's hands when the reverse runs.
    pub(crate) fn of(
        graph: &Graph,
        body: &mut Region,
        parameters: &[VarId],
        lost: &[VarId],
    ) -> Analysis {
        let mut analysis = Analysis::default();
        let mut next = 1;
        analysis.number(body, &mut next);
        for parameter in parameters {
            analysis.declared.insert(*parameter, 0);
        }
        analysis.find_renewals(body);
        writes(body, &mut |var, at| {
            let root = graph.resolve(&Place::var(var)).root;
            for var in [var, root] {
                // Nothing is written through a shared reference, but a variable may come to hold
                // another.
                if matches!(graph[var].kind, Kind::Ref(_)) && !graph[var].mutable {
                    continue;
                }
                analysis.ends.entry(var).or_default().push(at);
            }
        });
        analysis.lost.extend(lost);
        analysis.find_moves(graph, body);
        let mut copied = HashSet::default();
        analysis.find_copied(body, None, &mut copied);
        for (var, at) in copied {
            let keep = |positions: Option<&mut Vec<usize>>| {
                let index = positions.as_ref().and_then(|p| p.iter().position(|p| *p == at));
                if let (Some(positions), Some(index)) = (positions, index) {
                    positions.remove(index);
                }
            };
            keep(analysis.moves.get_mut(&var));
            keep(analysis.ends.get_mut(&var));
        }
        analysis.find_handed_on(graph, body);
        let mut homes: HashMap<VarId, usize> = parameters.iter().map(|var| (*var, 0)).collect();
        let mut scattered = HashSet::default();
        let mut regions = 0;
        find_homes(graph, body, &mut regions, &mut homes, &mut scattered);
        for (var, _) in homes {
            let info = &graph[var];
            if info.kind.is_scalar()
                && !info.mutable
                && info.alias.is_none()
                && !scattered.contains(&var)
                && !analysis.assigned(var)
            {
                analysis.single.insert(var);
            }
        }
        analysis
    }

    fn number(&mut self, region: &mut Region, next: &mut usize) {
        for node in &mut region.nodes {
            node.position = *next;
            *next += 1;
            let mut declares = Vars::new();
            node.declares(&mut declares);
            for var in declares {
                self.declared.insert(var, node.position);
            }
            match &mut node.op {
                NodeOp::If(inner) => {
                    let mut arms = Vec::new();
                    for arm in [&mut inner.then, &mut inner.otherwise] {
                        let first = *next;
                        self.number(arm, next);
                        arms.push((first, arm.end));
                    }
                    self.branches.push((node.position, arms));
                }
                NodeOp::Match(inner) => {
                    let mut arms = Vec::new();
                    for arm in &mut inner.arms {
                        for var in &arm.binds {
                            self.declared.insert(*var, node.position);
                        }
                        let first = *next;
                        self.number(&mut arm.body, next);
                        arms.push((first, arm.body.end));
                    }
                    self.branches.push((node.position, arms));
                }
                NodeOp::Loop(inner) => {
                    let first = node.position;
                    for var in inner.header.binds() {
                        self.declared.insert(var, first);
                    }
                    self.number(&mut inner.body, next);
                    self.loops.push((first, *next));
                    *next += 1;
                }
                _ => {}
            }
        }
        region.end = *next;
        *next += 1;
    }

    fn assigned(&self, var: VarId) -> bool {
        let moves = self.moves.get(&var).map_or(0, Vec::len);
        self.ends.get(&var).map_or(0, Vec::len) > moves
    }

    /// Whether what `var` holds when the code at `position` reads it is still there at the end.
    pub(crate) fn intact(&self, var: VarId, position: usize) -> bool {
        if self.lost.contains(&var) {
            return false;
        }
        let declared = self.declared.get(&var).copied().unwrap_or(0);
        let (begin, end_of_all) = self.within.unwrap_or((0, usize::MAX));
        self.ends.get(&var).into_iter().flatten().all(|&end| {
            if end < begin || end > end_of_all {
                return true;
            }
            // rustc does not see that only the other arm moved it.
            let gone = self.is_moved_at(var, end)
                && !self.renewals.contains_key(&var)
                && self.in_another_arm(end, position);
            end < position
                && !gone
                && !self.loops.iter().any(|&(first, last)| {
                    let inside = |at: usize| first <= at && at <= last;
                    let around = self.within.is_some() && first <= begin;
                    !around && inside(end) && inside(position) && declared < first
                })
        })
    }

    /// Whether a loop that extends from the first to the last of two positions, and runs at most
    /// once for each declaration of `var`, is the first to change it, by its node at `position`
    /// alone.
    pub(crate) fn filled_by(
        &self,
        var: VarId,
        position: usize,
        (first, last): (usize, usize),
    ) -> bool {
        let Some(declared) = self.declared(var) else { return false };
        let alone = self
            .ends
            .get(&var)
            .into_iter()
            .flatten()
            .all(|&end| end == position || end <= declared || end > last);
        // A loop around both declares the variable anew.
        let again = self.loops.iter().any(|&(begin, end)| {
            begin < first && last < end && !(begin < declared && declared < end)
        });
        alone && declared < first && !again
    }

    /// Sets what is being reversed as soon as it has run; returns what was before.
    pub(crate) fn reversed_within(
        &mut self,
        extent: Option<(usize, usize)>,
    ) -> Option<(usize, usize)> {
        std::mem::replace(&mut self.within, extent)
    }

    /// The position at which a variable is declared.
    pub(crate) fn declared(&self, var: VarId) -> Option<usize> {
        self.declared.get(&var).copied()
    }

    /// Whether the name of `var` may mean another variable at `position`.
    pub(crate) fn hidden(&self, graph: &Graph, var: VarId, position: usize) -> bool {
        let own = self.declared.get(&var).copied().unwrap_or(0);
        graph[var].shadowed
            && self.declared.iter().any(|(other, at)| {
                *other != var
                    && own <= *at
                    && *at < position
                    && graph[*other].ident == graph[var].ident
            })
    }

    /// Whether a variable is assigned, lent out for writing or moved away at `position` or later.
    pub(crate) fn changes_from(&self, var: VarId, position: usize) -> bool {
        self.ends.get(&var).into_iter().flatten().any(|end| *end >= position)
    }

    /// Whether a variable is assigned, lent out for writing or moved away between two positions.
    pub(crate) fn changes_within(&self, var: VarId, first: usize, last: usize) -> bool {
        self.ends.get(&var).into_iter().flatten().any(|end| first <= *end && *end <= last)
    }

    /// The first and the last position of a node and what is nested in it.
    pub(crate) fn extent(&self, node: &Node) -> (usize, usize) {
        let first = node.position;
        let last = match &node.op {
            NodeOp::If(inner) => inner.then.end.max(inner.otherwise.end),
            NodeOp::Match(inner) => {
                inner.arms.iter().map(|arm| arm.body.end).max().unwrap_or(first)
            }
            NodeOp::Loop(_) => {
                let last = self.loops.iter().find(|(begin, _)| *begin == first);
                last.map_or(first, |(_, last)| *last)
            }
            _ => first,
        };
        (first, last.max(first))
    }

    /// Where a variable may have been moved away for good, so that it is gone when its region
    /// ends.
    pub(crate) fn last_move(&self, var: VarId) -> Option<usize> {
        let moved = *self.moves.get(&var)?.iter().max()?;
        let renewed = self.renewals.get(&var).and_then(|renewals| renewals.iter().max());
        renewed.is_none_or(|renewed| *renewed < moved).then_some(moved)
    }

    /// Whether the code at `position` may move the variable away.
    pub(crate) fn is_moved_at(&self, var: VarId, position: usize) -> bool {
        self.moves.get(&var).is_some_and(|moves| moves.contains(&position))
    }

    /// Where a variable may have been moved away before it gets a new value at `position`: at a node
    /// of a region around `position`, or inside it.
    pub(crate) fn moved_before(&self, var: VarId, position: usize) -> Option<usize> {
        let last = |positions: Option<&Vec<usize>>| {
            let before = positions.into_iter().flatten().copied().filter(|at| *at < position);
            before.filter(|at| !self.in_another_arm(*at, position)).max()
        };
        let moved = last(self.moves.get(&var))?;
        let gone = last(self.renewals.get(&var)).is_none_or(|renewed| renewed < moved);
        gone.then(|| self.around(moved, position))
    }

    /// Whether two positions are in different arms of a branch.
    fn in_another_arm(&self, at: usize, position: usize) -> bool {
        self.branches.iter().any(|(_, arms)| {
            let arm =
                |at: usize| arms.iter().position(|(first, last)| (*first..=*last).contains(&at));
            matches!((arm(at), arm(position)), (Some(one), Some(other)) if one != other)
        })
    }

    /// The position of the outermost node that has `at` inside it, or at it, and not `position`.
    fn around(&self, at: usize, position: usize) -> usize {
        let branches = self
            .branches
            .iter()
            .map(|(first, arms)| (*first, arms.last().map_or(*first, |(_, last)| *last)));
        let nodes = branches.chain(self.loops.iter().copied());
        let apart = nodes.filter(|(first, last)| {
            let inside = |at: usize| *first <= at && at <= *last;
            inside(at) && !inside(position)
        });
        apart.map(|(first, _)| first).min().unwrap_or(at)
    }

    fn find_renewals(&mut self, region: &Region) {
        for node in &region.nodes {
            match &node.op {
                NodeOp::Store { place, op: None, .. } if place.is_whole() => {
                    self.renewals.entry(place.root).or_default().push(node.position);
                }
                NodeOp::If(inner) => {
                    self.find_renewals(&inner.then);
                    self.find_renewals(&inner.otherwise);
                }
                NodeOp::Match(inner) => {
                    inner.arms.iter().for_each(|arm| self.find_renewals(&arm.body));
                }
                NodeOp::Loop(inner) => self.find_renewals(&inner.body),
                _ => {}
            }
        }
    }

    pub(crate) fn is_single(&self, var: VarId) -> bool {
        self.single.contains(&var)
    }

    /// Where the innermost loop around `position` begins.
    pub(crate) fn innermost_loop(&self, position: usize) -> Option<usize> {
        let around = |&&(first, last): &&(usize, usize)| first <= position && position <= last;
        self.loops.iter().filter(around).map(|(first, _)| *first).max()
    }

    /// Whether the variable is written after its declaration.
    pub(crate) fn is_written(&self, var: VarId) -> bool {
        self.assigned(var)
    }

    fn find_moves(&mut self, graph: &Graph, region: &Region) {
        for node in &region.nodes {
            let at = node.position;
            match &node.op {
                NodeOp::Let { value, .. } | NodeOp::Bind { value, .. } => {
                    self.moves_of(graph, value, at);
                }
                NodeOp::Store { value, .. } => self.moves_of(graph, value, at),
                NodeOp::Edit { operands, .. } => {
                    operands.iter().for_each(|operand| self.moves_of(graph, operand, at));
                }
                NodeOp::Call(call) => {
                    for argument in &call.arguments {
                        if matches!(
                            argument.passing,
                            Passing::Receiver { taken: false, .. }
                                | Passing::Environment { .. }
                                | Passing::Closure(_)
                        ) {
                            continue;
                        }
                        match &argument.value {
                            // A variable that no derivative flows through.
                            Expr::Code(code) if is_name(&code.tokens) => {
                                code.reads.iter().for_each(|var| {
                                    self.moves_of(graph, &Expr::var(*var), at);
                                });
                            }
                            value => self.moves_of(graph, value, at),
                        }
                    }
                }
                NodeOp::If(node) => {
                    self.find_moves(graph, &node.then);
                    self.find_moves(graph, &node.otherwise);
                }
                NodeOp::Match(node) => {
                    // What an arm binds without a derivative is moved by its pattern.
                    let moves = node.arms.iter().any(|arm| {
                        arm.binds.iter().any(|var| {
                            let var = &graph[*var];
                            let kind = &var.kind;
                            let known = *kind != Kind::Unknown && !kind.is_discrete();
                            !var.active && known && !kind.is_reference() && !kind.is_copy()
                        })
                    });
                    if let (true, Some((parts, _))) = (moves, &node.parts) {
                        parts.iter().for_each(|part| self.moves_of(graph, part, at));
                    }
                    let fails = node.arms.iter().any(|arm| binds_error(&arm.pattern));
                    if let (true, Some((parts, _))) = (fails, &node.parts) {
                        // Not in the other arms, but for whatever is after them.
                        let end = node.arms.iter().map(|arm| arm.body.end).max().unwrap_or(at);
                        parts.iter().for_each(|part| self.moves_of(graph, part, end));
                    }
                    node.arms.iter().for_each(|arm| self.find_moves(graph, &arm.body));
                }
                NodeOp::Loop(node) => {
                    if let Header::Each { consumes, .. } = &node.header {
                        for place in consumes {
                            self.moves_of(graph, &Expr::Place(place.clone()), at);
                        }
                    }
                    self.find_moves(graph, &node.body);
                }
                _ => {}
            }
        }
        if let Some(result) = &region.result {
            self.moves_of(graph, result, region.end);
        }
    }

    /// Finds the results of calls that are only handed on, as `t` in `v = t`: their adjoint is that
    /// of what they become.
    fn find_handed_on(&mut self, graph: &Graph, region: &Region) {
        let mut uses: HashMap<VarId, usize> = HashMap::default();
        let mut count =
            |reads: Vars| reads.into_iter().for_each(|var| *uses.entry(var).or_default() += 1);
        let mut handed_on = Vec::new();
        for node in &region.nodes {
            count(reads_of(node));
            match &node.op {
                NodeOp::Let { value, .. } | NodeOp::Store { op: None, value, .. } => {
                    handed_on.push(value);
                }
                NodeOp::If(inner) => {
                    self.find_handed_on(graph, &inner.then);
                    self.find_handed_on(graph, &inner.otherwise);
                }
                NodeOp::Match(inner) => {
                    inner.arms.iter().for_each(|arm| self.find_handed_on(graph, &arm.body));
                }
                NodeOp::Loop(inner) => self.find_handed_on(graph, &inner.body),
                _ => {}
            }
        }
        if let Some(result) = &region.result {
            let mut reads = Vars::new();
            result.reads(&mut reads);
            count(reads);
            handed_on.push(result);
        }
        let results = region.nodes.iter().filter_map(|node| match &node.op {
            NodeOp::Call(call) => Some(call.result),
            _ => None,
        });
        for var in results {
            let whole = Expr::var(var);
            let once = uses.get(&var) == Some(&1) && handed_on.contains(&&whole);
            if once && graph[var].active && graph[var].alias.is_none() {
                self.single.insert(var);
            }
        }
    }

    /// Finds the moves that must be copies or borrows, because the variable is read after them:
    /// rustc would refuse a move there.
    fn find_copied(
        &self,
        region: &Region,
        steady_loop: Option<usize>,
        copied: &mut HashSet<(VarId, usize)>,
    ) {
        let mut read_later = Vars::new();
        if let Some(result) = &region.result {
            result.reads(&mut read_later);
        }
        for node in region.nodes.iter().rev() {
            let at = node.position;
            for (var, moves) in &self.moves {
                let never_renewed = !self.renewals.contains_key(var);
                let declared = self.declared.get(var).copied().unwrap_or(0);
                let again = steady_loop.is_some_and(|first| declared < first);
                if moves.contains(&at) && never_renewed && (again || read_later.contains(var)) {
                    copied.insert((*var, at));
                }
            }
            node.reads(&mut read_later);
            match &node.op {
                NodeOp::If(inner) => {
                    self.find_copied(&inner.then, steady_loop, copied);
                    self.find_copied(&inner.otherwise, steady_loop, copied);
                }
                NodeOp::Match(inner) => {
                    for arm in &inner.arms {
                        self.find_copied(&arm.body, steady_loop, copied);
                    }
                }
                NodeOp::Loop(inner) => {
                    // A loop that nothing leaves may run again.
                    let steady = inner.exit.is_none().then_some(at);
                    self.find_copied(&inner.body, steady, copied);
                }
                _ => {}
            }
        }
    }

    fn moves_of(&mut self, graph: &Graph, value: &Expr, at: usize) {
        match value {
            Expr::Place(place) => {
                // Out of an index nothing can be moved.
                let indexed = place.path.iter().any(|step| matches!(step, Step::Index(_)));
                let owned = !graph[place.root].kind.is_reference() && !indexed;
                if owned && !place.kind(graph).is_copy() {
                    self.moves.entry(place.root).or_default().push(at);
                    self.ends.entry(place.root).or_default().push(at);
                }
            }
            Expr::Apply { op, args, .. } => match op {
                // These take their operands by reference.
                Op::Reference
                | Op::ReferenceMut
                | Op::Lent { .. }
                | Op::Copied(_)
                | Op::Clone
                | Op::Method(..) => {}
                Op::PassedAgain | Op::PassedKept | Op::Held | Op::HeldAgain => {}
                Op::Elementary(..) => {}
                Op::Neg
                | Op::Add
                | Op::Sub
                | Op::Mul
                | Op::Div
                | Op::Rem
                | Op::Runtime(_)
                | Op::Converted(_)
                | Op::Cast(_)
                | Op::Typed(_)
                | Op::Tuple
                | Op::Array
                | Op::Repeat { .. }
                | Op::Vec
                | Op::Struct { .. }
                | Op::Boxed(_)
                | Op::Unwrapped(_)
                | Op::Kept(_)
                | Op::Rebuilt
                | Op::TupleStruct(_) => {
                    args.iter().for_each(|arg| self.moves_of(graph, arg, at));
                }
            },
            Expr::Number(_) | Expr::Code(_) | Expr::Name(_) => {}
        }
    }
}

impl Header {
    /// The variables that each iteration binds.
    pub(crate) fn binds(&self) -> Vec<VarId> {
        match self {
            Header::Range { index, .. } | Header::RangeBack { index, .. } => vec![*index],
            Header::Each { binds, counter, .. } => {
                binds.iter().copied().chain([*counter]).collect()
            }
            Header::While { binds, .. } => binds.clone(),
            Header::TapeBack { counter } => counter.iter().copied().collect(),
        }
    }
}

/// Finds the region in which each variable is declared, and those used in another.
fn find_homes(
    graph: &Graph,
    region: &Region,
    regions: &mut usize,
    homes: &mut HashMap<VarId, usize>,
    scattered: &mut HashSet<VarId>,
) {
    let here = *regions;
    let mut nested =
        |inner: &Region, homes: &mut HashMap<VarId, usize>, scattered: &mut HashSet<VarId>| {
            *regions += 1;
            find_homes(graph, inner, regions, homes, scattered);
        };
    let check = |reads: Vars, homes: &HashMap<VarId, usize>, scattered: &mut HashSet<VarId>| {
        for var in reads {
            let root = graph.resolve(&Place::var(var)).root;
            if homes.get(&root).is_some_and(|home| *home != here) {
                scattered.insert(root);
            }
        }
    };
    for node in &region.nodes {
        let mut declares = Vars::new();
        node.declares(&mut declares);
        for var in declares {
            homes.insert(var, here);
        }
        match &node.op {
            NodeOp::If(inner) => {
                nested(&inner.then, homes, scattered);
                nested(&inner.otherwise, homes, scattered);
            }
            NodeOp::Match(inner) => {
                if let Some((parts, _)) = &inner.parts {
                    for part in parts {
                        // The arms see the operands under the names they bind.
                        let mut reads = Vars::new();
                        part.reads(&mut reads);
                        scattered.extend(reads);
                    }
                }
                inner.arms.iter().for_each(|arm| nested(&arm.body, homes, scattered));
            }
            NodeOp::Loop(inner) => nested(&inner.body, homes, scattered),
            _ => check(reads_of(node), homes, scattered),
        }
    }
    if let Some(result) = &region.result {
        let mut reads = Vars::new();
        result.reads(&mut reads);
        check(reads, homes, scattered);
    }
}

fn reads_of(node: &Node) -> Vars {
    let mut reads = Vars::new();
    node.reads(&mut reads);
    reads
}

/// Whether a pattern binds what an `Err` holds: most errors are not `Copy`.
fn binds_error(pattern: &TokenStream) -> bool {
    let mut named = false;
    pattern.clone().into_iter().any(|token| match token {
        TokenTree::Group(held) if named => {
            let name = |token: &TokenTree| matches!(token, TokenTree::Ident(name) if name != "_");
            held.stream().into_iter().any(|token| name(&token))
        }
        token => {
            named = matches!(&token, TokenTree::Ident(name) if name == "Err");
            false
        }
    })
}

/// Whether code is the name of a variable.
fn is_name(tokens: &proc_macro2::TokenStream) -> bool {
    let mut tokens = tokens.clone().into_iter();
    matches!((tokens.next(), tokens.next()), (Some(proc_macro2::TokenTree::Ident(_)), None))
}
