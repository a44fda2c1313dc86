//! How values of the forward part reach the reverse part of their region.
//!
//! A reverse region refers to variables of the forward region as if they were still there. When
//! the two do not share a scope (an arm, a loop's body), each such variable is either computed
//! again, if that is cheap and what it needs is at hand, or handed over: it becomes a *residual*
//! of the region. The rules: index arithmetic, additions, products and borrows are computed again;
//! divisions, elementary functions, calls and code with effects never are.

use crate::maps::{HashMap, HashSet};

use proc_macro2::{Ident, Span, TokenStream, TokenTree};

use super::analysis::Analysis;
use crate::graph::{Code, Expr, Graph, Node, NodeOp, Op, Place, Region, Role, Step, VarId, Vars};
use crate::kind::Kind;

/// Decides for every variable of `forward` that `reverse` reads, and fills in the residuals of
/// both. `binds` are variables that the region's header binds; those in `free` are known to the
/// reverse anyhow, like the index of a loop that counts back.
pub(crate) fn hand_over(
    graph: &mut Graph,
    analysis: &Analysis,
    forward: &mut Region,
    reverse: &mut Region,
    binds: &[VarId],
    free: &[VarId],
) {
    hand_over_with(graph, analysis, forward, reverse, binds, free, None);
}

/// Arrays that the reverse of a loop can have as they were when the loop ran, if they are kept in
/// front of it.
#[derive(Debug, Default)]
pub(crate) struct Lent {
    pub(crate) roots: Vars,
    /// The arrays that a variable's definition reads, by number.
    pub(crate) spans_of: HashMap<VarId, Vec<usize>>,
    /// The variables whose definitions read the arrays otherwise.
    pub(crate) unusable: Vars,
}

/// [`hand_over`] where the arrays of `lent` may be kept. Returns the variables that are computed
/// again, by the first nodes of the reverse region, if that takes such arrays and less is handed
/// over for it.
pub(crate) fn hand_over_with(
    graph: &mut Graph,
    analysis: &Analysis,
    forward: &mut Region,
    reverse: &mut Region,
    binds: &[VarId],
    free: &[VarId],
    lent: Option<&Lent>,
) -> Vec<VarId> {
    let free: HashSet<VarId> = free.iter().copied().collect();
    let renamed = unshadow(graph, analysis, forward, reverse, binds);
    let mut own = Vars::new();
    forward.declares(&mut own);
    own.extend(&renamed);
    own.extend(binds.iter().filter(|var| !free.contains(var)));
    let mut needed = needed(reverse);
    needed.retain(|var| own.contains(var));

    let mut again = Vec::new();
    let mut plan = Plan::new(graph, analysis, false, forward, &own, &free);
    let all = needed.clone();
    plan.choose(&mut needed, &mut again);
    let mut from_lent = false;
    if let Some(lent) = lent {
        let (mut fewer, mut more) = (all, Vec::new());
        plan.lent = Some(lent);
        plan.choose(&mut fewer, &mut more);
        let kept: HashSet<usize> =
            more.iter().filter_map(|var| lent.spans_of.get(var)).flatten().copied().collect();
        let saved = needed.len().saturating_sub(fewer.len());
        // An array is one number per iteration, as a residual is, but leaves the loop as it was.
        from_lent = saved > kept.len() || saved > 0 && saved == kept.len() && fewer.is_empty();
        if from_lent {
            (needed, again) = (fewer, more);
        }
    }
    prepend(reverse, forward, graph, &again);
    let mut residuals: Vec<VarId> = needed.into_iter().filter(|var| own.contains(var)).collect();
    super::shapes::as_lengths(graph, forward, reverse, &mut residuals, again.len());
    if !from_lent {
        super::held::hold(graph, forward, reverse, &mut residuals, &renamed);
    }
    forward.residuals.clone_from(&residuals);
    reverse.residuals = residuals;
    if from_lent {
        again
    } else {
        Vec::new()
    }
}

/// The same for a function's body, whose variables the reverse shares or captures: only borrows
/// and inert arithmetic are computed again, so that a pullback holds no reference to arguments.
///
/// Returns the number of nodes at the start of `reverse` that only repeat what is still in scope
/// where forward and reverse part share one, and for each parameter whose
/// name the function gives to something else the name under which the reverse reads it.
pub(crate) fn recompute(
    graph: &mut Graph,
    analysis: &Analysis,
    forward: &mut Region,
    reverse: &mut Region,
    parameters: &[VarId],
    seeded: bool,
) -> (usize, Vec<Option<VarId>>) {
    let looked_up = unshadow(graph, analysis, forward, reverse, &[]);
    let renaming = !looked_up.is_empty();
    let mut own = Vars::new();
    own.extend(&looked_up);
    forward.declares(&mut own);
    let mut missing = needed(reverse);
    missing.retain(|var| own.contains(var));
    let mut again = Vec::new();
    let free = HashSet::default();
    let plan = Plan::new(graph, analysis, true, forward, &own, &free);
    plan.choose(&mut missing, &mut again);
    prepend(reverse, forward, graph, &again);
    let captured: Vec<VarId> =
        needed(reverse).into_iter().filter(|var| own.contains(var)).collect();
    let before = reverse.nodes.len();
    super::held::hold_captured(graph, analysis, forward, reverse, captured, (&looked_up, seeded));
    let held = reverse.nodes.len() > before;
    let read = needed(reverse);
    let renamed = parameters
        .iter()
        .map(|parameter| {
            let var = graph[*parameter].clone();
            if !var.shadowed || !read.contains(parameter) {
                return None;
            }
            let copy = graph.fresh(&var.ident.to_string(), var.kind.clone(), Role::Kept);
            let names = (var.ident, graph[copy].ident.clone());
            Renaming { from: *parameter, to: copy, names }.region(reverse);
            if !var.mutable {
                return Some(copy);
            }
            // Its last value: earlier ones are kept where they are used.
            let value = Expr::apply(Op::Clone, vec![Expr::var(*parameter)], Span::mixed_site());
            let node = Node::new(NodeOp::Let { var: copy, value }, Span::mixed_site());
            let at = copy_position(graph, forward, *parameter);
            forward.nodes.insert(at, node);
            None
        })
        .collect();
    // Under another name nothing is shared with the forward part.
    let shared = if renaming || held { 0 } else { again.len() };
    (shared, renamed)
}

/// The same for a region whose reverse runs in its scope as soon as it has run: there is only to
/// find what its names no longer mean. `binds` are variables that the region's header binds.
pub(crate) fn together(
    graph: &mut Graph,
    analysis: &Analysis,
    forward: &mut Region,
    reverse: &mut Region,
    binds: &[VarId],
) {
    let renamed = unshadow(graph, analysis, forward, reverse, binds);
    let own: Vars = renamed.into_iter().collect();
    let mut missing = needed(reverse);
    missing.retain(|var| own.contains(var));
    let mut again = Vec::new();
    let free = HashSet::default();
    let plan = Plan::new(graph, analysis, false, forward, &own, &free);
    plan.choose(&mut missing, &mut again);
    prepend(reverse, forward, graph, &again);
}

/// What a reverse region reads without declaring it.
pub(super) fn needed(reverse: &Region) -> Vars {
    let mut reads = Vars::new();
    reverse.reads(&mut reads);
    let mut own = Vars::new();
    reverse.declares(&mut own);
    reads.retain(|var| !own.contains(var));
    reads
}

struct Plan<'a> {
    graph: &'a Graph,
    analysis: &'a Analysis,
    /// At the level of a function values need not be saved: only what must not be captured is
    /// computed again.
    whole: bool,
    forward: &'a Region,
    own: &'a Vars,
    free: &'a HashSet<VarId>,
    /// The node of `forward` that declares a variable, itself or inside.
    definitions: HashMap<VarId, usize>,
    /// Arrays that count as unchanged.
    lent: Option<&'a Lent>,
}

impl<'a> Plan<'a> {
    fn new(
        graph: &'a Graph,
        analysis: &'a Analysis,
        whole: bool,
        forward: &'a Region,
        own: &'a Vars,
        free: &'a HashSet<VarId>,
    ) -> Self {
        let mut definitions = HashMap::default();
        for (index, node) in forward.nodes.iter().enumerate() {
            let mut declares = Vars::new();
            node.declares(&mut declares);
            for var in declares {
                definitions.entry(var).or_insert(index);
            }
        }
        Plan { graph, analysis, whole, forward, own, free, definitions, lent: None }
    }

    /// Moves what is to be computed again from `needed` to `again`. A borrow that cannot be computed
    /// from what is at hand is computed from values that are handed over in its place: a reference
    /// may not outlive what it refers to.
    fn choose(&self, needed: &mut Vars, again: &mut Vec<VarId>) {
        // Later definitions first: what they read may then be computed again too.
        let mut pending: Vec<VarId> = needed.iter().rev().copied().collect();
        pending.sort_by_key(|var| std::cmp::Reverse(self.order(*var)));
        for var in pending {
            let mut extra = Vars::new();
            let mut handed = Vars::new();
            let found = self.free_of_cost(var, needed, &mut extra, None, 0)
                || self.borrows(var) && {
                    extra.clear();
                    self.free_of_cost(var, needed, &mut extra, Some(&mut handed), 0)
                };
            if found {
                needed.remove(&var);
                needed.extend(handed);
                again.push(var);
                again.extend(extra.iter().filter(|var| !needed.contains(var)));
                extra.iter().for_each(|var| {
                    needed.remove(var);
                });
            }
        }
        again.sort_by_key(|var| self.order(*var));
        again.dedup();
    }

    /// Where it is defined; a variable that the region finds comes first.
    fn order(&self, var: VarId) -> usize {
        self.definition(var).map_or(0, |index| index + 1)
    }

    fn definition(&self, var: VarId) -> Option<usize> {
        self.definitions.get(&var).copied()
    }

    /// Whether a variable is a reference, as far as it shows.
    fn borrows(&self, var: VarId) -> bool {
        let by_definition = || {
            let node = &self.forward.nodes[self.definition(var)?];
            match &node.op {
                NodeOp::Code { tokens, repeatable: true, .. } => {
                    let mut rest = tokens.clone().into_iter().skip_while(
                        |token| !matches!(token, TokenTree::Punct(punct) if punct.as_char() == '='),
                    );
                    rest.next();
                    rest.next().map(
                        |first| matches!(first, TokenTree::Punct(punct) if punct.as_char() == '&'),
                    )
                }
                _ => None,
            }
        };
        self.graph[var].kind.is_reference() || by_definition().unwrap_or(false)
    }

    /// Whether `var` can be computed again from what the reverse has; `extra` collects the
    /// variables that must then be computed again with it, and `handed`, if there is one, those
    /// that must then be handed over.
    fn free_of_cost(
        &self,
        var: VarId,
        needed: &Vars,
        extra: &mut Vars,
        mut handed: Option<&mut Vars>,
        depth: usize,
    ) -> bool {
        if depth > 8 || self.graph[var].mutable {
            return false;
        }
        let lent = self.lent.filter(|lent| lent.spans_of.contains_key(&var));
        if lent.is_some_and(|lent| lent.unusable.contains(&var)) {
            return false;
        }
        let mut reads = Vars::new();
        let position;
        match self.definition(var) {
            Some(index) => {
                let node = &self.forward.nodes[index];
                position = node.position;
                match &node.op {
                    NodeOp::Let { var: defined, value } => {
                        let copies = lent.is_some() && matches!(value, Expr::Place(_));
                        if !copies && !self.is_cheap(*defined, value) {
                            return false;
                        }
                        value.reads(&mut reads);
                    }
                    NodeOp::Code { effects, repeatable: true, .. } => {
                        reads.extend(&effects.reads);
                    }
                    // A part of something: the name alone is bound again.
                    NodeOp::Code { .. } => match &self.graph[var].alias {
                        Some(place) => place.reads(&mut reads),
                        None => return false,
                    },
                    // Names for what lies behind a reference.
                    NodeOp::Bind { value, .. } if self.graph[var].alias.is_some() => {
                        value.reads(&mut reads);
                    }
                    _ => return false,
                }
            }
            None => match &self.graph[var].alias {
                // A loop's variable: an element whose place is known.
                Some(place) => {
                    place.reads(&mut reads);
                    position = usize::MAX;
                }
                None => return false,
            },
        }
        // An element is what it was when the loop began, or when it was defined.
        let at = match position {
            usize::MAX => self.analysis.declared(var).unwrap_or(0),
            position => position,
        };
        reads.iter().all(|read| {
            if self.free.contains(read) || lent.is_some_and(|lent| lent.roots.contains(read)) {
                return true;
            }
            // A local map may have references for its keys.
            let local = matches!(self.graph[*read].role, Role::User | Role::Temporary);
            if local && !self.graph[*read].active && self.graph[*read].kind == Kind::Map {
                return false;
            }
            // What has changed since cannot be computed from, also if it is handed over: that is
            // its last value.
            let root = self.graph.resolve(&Place::var(*read)).root;
            if !self.analysis.intact(root, at) || !self.analysis.intact(*read, at) {
                return false;
            }
            if !self.own.contains(read) {
                return true;
            }
            if self.graph[*read].shadowed {
                // Where the reverse runs, the name means something else.
                return false;
            }
            if needed.contains(read) || extra.contains(read) {
                return true;
            }
            if self.free_of_cost(*read, needed, extra, handed.as_deref_mut(), depth + 1) {
                extra.insert(*read);
                return true;
            }
            match &mut handed {
                Some(handed) if !self.borrows(*read) => {
                    if !self.whole {
                        handed.insert(*read);
                    }
                    true
                }
                _ => false,
            }
        })
    }

    fn is_cheap(&self, var: VarId, value: &Expr) -> bool {
        if self.graph[var].role == Role::Kept {
            return false;
        }
        match value {
            Expr::Code(code) => code.repeatable,
            Expr::Place(_) if self.whole => self.graph[var].alias.is_some(),
            Expr::Place(place) => {
                place.kind(self.graph).is_scalar() || self.graph[var].alias.is_some()
            }
            Expr::Apply { op: Op::Reference, .. } => true,
            // Several references side by side.
            Expr::Apply { op: Op::Array | Op::Tuple, args, .. } => {
                args.iter().all(|arg| arg.is_atom() && matches!(arg.kind(self.graph), Kind::Ref(_)))
            }
            Expr::Apply { op: Op::Typed(_), args, .. } => self.is_cheap(var, &args[0]),
            Expr::Apply { op: Op::Neg | Op::Add | Op::Sub | Op::Mul, args, .. } => {
                args.iter().all(|arg| arg.peeled().kind(self.graph).is_scalar())
            }
            _ => false,
        }
    }
}

/// Puts the definitions of `again` in front of the reverse region.
fn prepend(reverse: &mut Region, forward: &Region, graph: &Graph, again: &[VarId]) {
    let mut nodes: Vec<Node> = Vec::new();
    for var in again {
        let defined = forward.nodes.iter().find(|node| {
            let mut declares = Vars::new();
            node.declares(&mut declares);
            declares.contains(var)
        });
        let whole = |node: &&Node| match &node.op {
            NodeOp::Code { repeatable, .. } => *repeatable,
            _ => true,
        };
        match defined.filter(whole) {
            Some(node) => nodes.push(node.clone()),
            None => {
                let place =
                    graph[*var].alias.clone().expect("only parts have no definition of their own");
                let value = Expr::Place(place);
                let value = if graph[*var].kind.is_reference() {
                    Expr::apply(Op::Reference, vec![value], Span::mixed_site())
                } else {
                    value
                };
                nodes.push(Node::new(NodeOp::Let { var: *var, value }, Span::mixed_site()));
            }
        }
    }
    reverse.nodes.splice(0..0, nodes);
}

/// Gives a second name to variables whose own name means something else when the reverse runs.
/// Returns those names.
fn unshadow(
    graph: &mut Graph,
    analysis: &Analysis,
    forward: &mut Region,
    reverse: &mut Region,
    binds: &[VarId],
) -> Vec<VarId> {
    let mut renamed = Vec::new();
    let mut own = Vars::new();
    forward.declares(&mut own);
    own.extend(binds);
    for var in needed(reverse) {
        if !graph[var].shadowed || !own.contains(&var) {
            continue;
        }
        let kind = graph[var].kind.clone();
        let ident = graph[var].ident.clone();
        let copy = graph.fresh(&ident.to_string(), kind.clone(), Role::Kept);
        graph[copy].alias = graph[var].alias.clone();
        renamed.push(copy);
        let names = (ident, graph[copy].ident.clone());
        Renaming { from: var, to: copy, names }.region(reverse);
        let place = graph[var].alias.as_ref().map(|place| graph.resolve(place));
        let found = place.is_some_and(|place| {
            let hidden = graph[place.root].shadowed && own.contains(&place.root);
            analysis.intact(place.root, 0) && !hidden
        });
        if found {
            // What is known to lie at a place that does not change is looked up again.
            continue;
        }
        let value = if kind.is_copy() {
            Expr::var(var)
        } else {
            Expr::apply(Op::Clone, vec![Expr::var(var)], Span::mixed_site())
        };
        let node = Node::new(NodeOp::Let { var: copy, value }, Span::mixed_site());
        let at = copy_position(graph, forward, var);
        forward.nodes.insert(at, node);
    }
    renamed
}

/// Where a variable can be copied: after its declaration, or where it has its last value and still
/// its name.
pub(super) fn copy_position(graph: &Graph, forward: &Region, var: VarId) -> usize {
    let declares = |node: &Node| {
        let mut declares = Vars::new();
        node.declares(&mut declares);
        declares
    };
    let declared = forward.nodes.iter().position(|node| declares(node).contains(&var));
    let after = declared.map_or(0, |index| index + 1);
    if !graph[var].mutable {
        return after;
    }
    let last = forward.nodes.iter().rposition(|node| {
        let mut mentioned = Vars::new();
        node.reads(&mut mentioned);
        let single = Region { nodes: vec![node.clone()], ..Region::default() };
        crate::graph::writes(&single, &mut |written, _| {
            mentioned.insert(written);
        });
        mentioned.contains(&var)
    });
    let Some(last) = last else { return after };
    // `let d = 2.0 * d;` reads one variable and names another.
    let renames = declares(&forward.nodes[last])
        .iter()
        .any(|other| *other != var && graph[*other].ident == graph[var].ident);
    if renames {
        last.max(after)
    } else {
        (last + 1).max(after)
    }
}

/// Lets `region` read `copy` where it reads `var`.
pub(crate) fn rename(graph: &Graph, var: VarId, copy: VarId, region: &mut Region) {
    let names = (graph[var].ident.clone(), graph[copy].ident.clone());
    Renaming { from: var, to: copy, names }.region(region);
}

struct Renaming {
    from: VarId,
    to: VarId,
    names: (Ident, Ident),
}

impl Renaming {
    fn region(&self, region: &mut Region) {
        for node in &mut region.nodes {
            self.node(node);
        }
    }

    fn node(&self, node: &mut Node) {
        match &mut node.op {
            NodeOp::Let { value, .. } | NodeOp::Bind { value, .. } => self.expr(value),
            NodeOp::Store { place, value, .. } => {
                self.place(place);
                self.expr(value);
            }
            NodeOp::Code { tokens, effects, .. } => {
                if effects.reads.contains(&self.from) {
                    self.vars(&mut effects.reads);
                    // `let n = 2 * n;`: the pattern names another variable.
                    let mut bound = false;
                    let (pattern, value): (Vec<_>, Vec<_>) =
                        std::mem::take(tokens).into_iter().partition(|token| {
                            bound |= matches!(token, TokenTree::Punct(p) if p.as_char() == '=');
                            !bound
                        });
                    *tokens = pattern.into_iter().collect();
                    tokens.extend(self.tokens(value.into_iter().collect()));
                }
            }
            NodeOp::If(inner) => {
                inner.condition.iter_mut().for_each(|condition| self.expr(condition));
                self.region(&mut inner.then);
                self.region(&mut inner.otherwise);
            }
            NodeOp::Match(inner) => {
                inner.arms.iter_mut().for_each(|arm| self.region(&mut arm.body));
            }
            NodeOp::Loop(inner) => {
                match &mut inner.header {
                    crate::graph::Header::RangeBack { range, .. } => self.code(range),
                    crate::graph::Header::Each { iterable, effects, .. }
                        if effects.reads.contains(&self.from) =>
                    {
                        self.vars(&mut effects.reads);
                        *iterable = self.tokens(std::mem::take(iterable));
                    }
                    _ => {}
                }
                self.region(&mut inner.body);
            }
            NodeOp::Zero { like, .. } => self.expr(like),
            NodeOp::Lend { of, start, .. } => {
                self.place(of);
                self.code(start);
            }
            NodeOp::Take { place, .. } => self.place(place),
            NodeOp::Edit { place, operands, .. } | NodeOp::Unedit { place, operands, .. } => {
                self.place(place);
                operands.iter_mut().for_each(|operand| self.expr(operand));
            }
            NodeOp::Swap { first, second } => {
                self.place(first);
                self.place(second);
            }
            NodeOp::Rule { slot, operands, map, .. } => {
                self.place(slot);
                operands.iter_mut().for_each(|operand| self.expr(operand));
                if let Some(map) = map {
                    self.expr(&mut map.body);
                }
            }
            NodeOp::Replay(inner) => {
                self.region(&mut inner.forward);
                self.region(&mut inner.reverse);
            }
            NodeOp::Pull { adjoint, arguments, .. } => {
                self.expr(adjoint);
                for argument in arguments {
                    self.expr(&mut argument.again);
                    argument.slot.iter_mut().for_each(|slot| self.place(slot));
                }
            }
            NodeOp::Give { value, .. } => self.expr(value),
            NodeOp::Call(call) => {
                call.arguments.iter_mut().for_each(|argument| self.expr(&mut argument.value));
            }
            NodeOp::Declare { .. } => {}
        }
    }

    fn vars(&self, vars: &mut [VarId]) {
        vars.iter_mut().filter(|var| **var == self.from).for_each(|var| *var = self.to);
    }

    fn place(&self, place: &mut Place) {
        if place.root == self.from {
            place.root = self.to;
        }
        for step in &mut place.path {
            if let Step::Index(index) = step {
                self.expr(index);
            }
        }
    }

    fn code(&self, code: &mut Code) {
        if code.reads.contains(&self.from) {
            self.vars(&mut code.reads);
            code.tokens = self.tokens(std::mem::take(&mut code.tokens));
        }
    }

    fn expr(&self, expr: &mut Expr) {
        match expr {
            Expr::Place(place) => self.place(place),
            Expr::Code(code) => self.code(code),
            Expr::Apply { args, .. } => args.iter_mut().for_each(|arg| self.expr(arg)),
            Expr::Number(_) | Expr::Name(_) => {}
        }
    }

    /// Repeatable code has no macros and no bindings, so a name is a variable unless it follows a
    /// dot or stands in a path.
    fn tokens(&self, tokens: TokenStream) -> TokenStream {
        let (from, to) = &self.names;
        let mut after_dot = false;
        let mut out = Vec::new();
        for token in tokens {
            let replaced = match token {
                TokenTree::Ident(ident) if !after_dot && ident == *from => {
                    TokenTree::Ident(to.clone())
                }
                TokenTree::Group(group) => {
                    let mut inner =
                        proc_macro2::Group::new(group.delimiter(), self.tokens(group.stream()));
                    inner.set_span(group.span());
                    TokenTree::Group(inner)
                }
                other => other,
            };
            after_dot = matches!(&replaced, TokenTree::Punct(punct) if punct.as_char() == '.');
            out.push(replaced);
        }
        out.into_iter().collect()
    }
}
