//! The expression graph: what every phase between the user's syntax tree and the emitted tokens
//! works on.
//!
//! A [`Graph`] owns its variables; a [`Region`] is a list of nodes in execution order, which is a
//! topological order of the data flow. Nodes are in three-address form: operands are places,
//! literals or inert user code; control flow holds nested regions. The forward part and the
//! reverse part of a derivative are regions over the same variables, so what the reverse needs of
//! the forward is simply a use, and [`schedule`](crate::pass::schedule) decides how it gets there.

mod expr;
mod flat;
mod print;
mod walk;

use proc_macro2::{Ident, Span, TokenStream};

pub(crate) use expr::{Code, Expr, Op};
pub(crate) use walk::{writes, Effects, Vars};

use crate::kind::Kind;
use crate::names::Namer;
use crate::pass::optimizations::Optimizations;
use crate::rules::Edit;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct VarId(u32);

/// Where a variable comes from, which decides how it is declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// A parameter of the function, by position.
    Parameter(usize),
    /// A binding of the user's.
    User,
    /// A subexpression's value.
    Temporary,
    /// The number of the current iteration.
    Index,
    /// A copy for the reverse of a value that changes later.
    Kept,
    /// An adjoint that is a local variable.
    Adjoint,
    /// A parameter that holds the caller's adjoint, if the caller wants it.
    Slot,
    /// A part of a slot, empty if the caller does not want it.
    SlotRow,
    /// A parameter that refers to the caller's adjoint of what the function changes: it comes as
    /// that of the last value and leaves as that of the first.
    InOut,
    /// The iterations' residuals, or an arm's.
    Tape,
    /// The function that runs the reverse of a call.
    Pullback,
}

#[derive(Debug, Clone)]
pub(crate) struct Var {
    pub(crate) ident: Ident,
    pub(crate) kind: Kind,
    pub(crate) role: Role,
    /// Declared or to be declared `mut`.
    pub(crate) mutable: bool,
    pub(crate) active: bool,
    /// What it stands for, if it is a borrow of, or a view into, something that has a name.
    pub(crate) alias: Option<Place>,
    /// Another variable takes the name while this one's value may still be needed.
    pub(crate) shadowed: bool,
    /// Taken somewhere, by sight.
    pub(crate) moved: bool,
}

/// A variable or a part of one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Place {
    pub(crate) root: VarId,
    pub(crate) path: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Step {
    Field(syn::Member),
    Index(Expr),
    Deref,
    /// What the variant holds that the value is of.
    Payload(Payload),
}

/// A part of an enum's value that is there only in one variant.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Payload {
    /// A field of the variant that a path names, as the user wrote it.
    Variant { path: Box<syn::Path>, member: syn::Member },
    /// What `Some` or `Ok` holds, where it does not show which of them it is.
    Success,
}

impl Payload {
    /// Whether it is what `Some` or `Ok` holds.
    pub(crate) fn is_success(&self) -> bool {
        match self {
            Payload::Success => true,
            Payload::Variant { path, .. } => {
                path.segments.last().is_some_and(|last| last.ident == "Some" || last.ident == "Ok")
            }
        }
    }
}

/// What a variant holds in one of its fields.
pub(crate) fn payload_of(path: &syn::Path, member: syn::Member) -> Step {
    let payload = Payload::Variant { path: Box::new(path.clone()), member };
    Step::Payload(if payload.is_success() { Payload::Success } else { payload })
}

/// Whether a path names a variant rather than a type, as far as its spelling tells.
pub(crate) fn is_variant(path: &syn::Path) -> bool {
    let last = path.segments.last().map(|last| last.ident.to_string());
    let owner = path.segments.iter().rev().nth(1);
    matches!(last.as_deref(), Some("Some" | "Ok" | "Err" | "None"))
        || owner
            .is_some_and(|owner| !owner.ident.to_string().starts_with(|c: char| c.is_lowercase()))
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Region {
    pub(crate) nodes: Vec<Node>,
    /// The value of the region as an expression.
    pub(crate) result: Option<Expr>,
    /// Variables of this region that its reverse needs, handed over when the region ends.
    pub(crate) residuals: Vec<VarId>,
    /// The position of the region's end in execution order, once the analysis has numbered it.
    pub(crate) end: usize,
}

#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) op: NodeOp,
    /// The user's expression that this node stems from.
    pub(crate) span: Span,
    /// The position in the forward part, in execution order.
    pub(crate) position: usize,
    /// Belongs to the reverse, but runs in the forward part: see [`early`](crate::pass::reverse).
    pub(crate) early: bool,
}

#[derive(Debug, Clone)]
pub(crate) enum NodeOp {
    /// `let var = value;`
    Let {
        var: VarId,
        value: Expr,
    },
    /// `let var;`, assigned later.
    Declare {
        var: VarId,
        ty: Option<syn::Type>,
    },
    /// `let pattern = value;` with the part of the value that each variable is bound to.
    Bind {
        pattern: TokenStream,
        parts: Vec<(VarId, Vec<Step>)>,
        value: Expr,
    },
    /// `place = value;` or `place op= value;`
    Store {
        place: Place,
        op: Option<Op>,
        value: Expr,
    },
    /// Statements that no derivative flows through, as the user wrote them.
    Code {
        tokens: TokenStream,
        effects: Effects,
        declares: Vec<VarId>,
        repeatable: bool,
    },
    /// Moves elements of a collection without computing on them.
    Edit {
        edit: &'static Edit,
        place: Place,
        operands: Vec<Expr>,
        /// The value of the operation.
        result: Option<VarId>,
        /// What the operation itself tells the reverse.
        note: Option<VarId>,
    },
    /// `mem::swap(&mut first, &mut second);`
    Swap {
        first: Place,
        second: Place,
    },
    /// A call of another differentiable function.
    Call(Call),
    If(Box<If>),
    Match(Box<Match>),
    Loop(Box<Loop>),
    /// `var` becomes the zero adjoint of `like`.
    Zero {
        var: VarId,
        like: Expr,
    },
    /// `var` takes the adjoint in `place`, where the value was overwritten; what is left is zero,
    /// of the shape that `old` holds if that may be another.
    Take {
        var: VarId,
        place: Place,
        old: Option<VarId>,
    },
    /// `var` takes the adjoint of what an edit put into the collection whose adjoint is `place`:
    /// the value of `function(&mut place, operands…)`.
    Unedit {
        function: &'static str,
        var: VarId,
        place: Place,
        operands: Vec<Expr>,
    },
    /// `let row = &of[start..][..length];`, lent for writing if it is `written`. What is `checked`
    /// stands in front of the loop itself, not of its reverse: a missing element is one that the
    /// loop would look for in vain.
    Lend {
        row: VarId,
        of: Place,
        start: Code,
        length: VarId,
        written: bool,
        only_added: bool,
        checked: bool,
    },
    /// A rule of the runtime adds to an adjoint: `function(&mut slot, &operands…)`.
    Rule {
        function: &'static str,
        slot: Place,
        operands: Vec<Expr>,
        map: Option<Map>,
    },
    /// The reverse of a call: `pullback(adjoint, arguments…)`.
    Pull {
        pullback: VarId,
        adjoint: Expr,
        arguments: Vec<Pulled>,
    },
    /// Only in the reverse.
    Replay(Box<Replay>),
    /// Hands a local adjoint to the caller: adds `value` to the slot, if there is one.
    Give {
        slot: VarId,
        value: Expr,
        scalar: bool,
    },
}

/// An elementwise formula over closure parameters.
#[derive(Debug, Clone)]
pub(crate) struct Map {
    pub(crate) parameters: Vec<Ident>,
    pub(crate) body: Expr,
}

#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) callee: Callee,
    pub(crate) arguments: Vec<Argument>,
    pub(crate) result: VarId,
    pub(crate) pullback: VarId,
    /// The adjoint of the result and where those of the arguments go, if the call is reversed at
    /// once.
    pub(crate) seeded: Option<(Expr, Vec<Pulled>)>,
    /// In forward mode, the tangent of the result and those of the arguments that have one.
    pub(crate) tangents: Option<(VarId, Vec<Option<Place>>)>,
}

#[derive(Debug, Clone)]
pub(crate) enum Callee {
    /// `path(arguments)`.
    Function(syn::ExprPath),
    /// `arguments[0].name::<turbofish>(arguments[1..])`.
    Method { name: Ident, turbofish: Option<syn::AngleBracketedGenericArguments> },
    /// A parameter that is a closure; `arguments[0]` is its environment.
    Parameter(VarId),
}

#[derive(Debug, Clone)]
pub(crate) struct Argument {
    pub(crate) value: Expr,
    pub(crate) span: Span,
    pub(crate) active: bool,
    pub(crate) passing: Passing,
}

/// How an argument is passed, as far as the call shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Passing {
    /// By a shared reference.
    Lent,
    /// By an exclusive reference: the call may change it.
    Exclusive,
    /// By value, or so it seems: it may be gone after the call.
    Value,
    /// A parameter that is a closure, as its derivative and its environment; what it captures may
    /// change if it is exclusive.
    Environment { exclusive: bool },
    /// A closure, as its derivative; as many arguments after it are what it captures.
    Closure(usize),
    /// As the receiver of a method, in one of these ways: it may change if it is mutable, and be
    /// gone if methods of that name take it by value.
    Receiver { mutable: bool, taken: bool },
}

impl Passing {
    /// Whether the call may change the argument.
    pub(crate) fn changes(self) -> bool {
        matches!(
            self,
            Passing::Exclusive
                | Passing::Environment { exclusive: true }
                | Passing::Receiver { mutable: true, .. }
        )
    }
}

/// What a pullback gets for one parameter of the callee.
#[derive(Debug, Clone)]
pub(crate) struct Pulled {
    /// The argument again, unchanged since the call.
    pub(crate) again: Expr,
    /// Where its adjoint goes; `None` for an argument without one.
    pub(crate) slot: Option<Place>,
    pub(crate) passing: Passing,
    /// The user's argument.
    pub(crate) span: Span,
}

#[derive(Debug, Clone)]
pub(crate) struct If {
    /// `None` for a plain block, which always runs its first arm.
    pub(crate) condition: Option<Expr>,
    pub(crate) then: Region,
    pub(crate) otherwise: Region,
    pub(crate) result: Option<VarId>,
    /// The variables that carry the arms' residuals from the forward to the reverse part.
    pub(crate) tapes: [Option<VarId>; 2],
    /// Whether this is the reverse of an `if`: its arms read the residuals.
    pub(crate) reverse: bool,
    /// A block that the reverse computes again instead of keeping what it needs of it.
    pub(crate) checkpoint: bool,
}

/// In the reverse, a block that runs again from what was kept in front of it, and its reverse.
#[derive(Debug, Clone)]
pub(crate) struct Replay {
    /// Variables with the values that they had, and the copies of these.
    pub(crate) restored: Vec<(VarId, VarId)>,
    /// The stacks of the loops inside.
    pub(crate) tapes: Vec<VarId>,
    pub(crate) forward: Region,
    pub(crate) reverse: Region,
}

#[derive(Debug, Clone)]
pub(crate) struct Match {
    pub(crate) scrutinee: TokenStream,
    pub(crate) scrutinee_effects: Effects,
    /// The operands of an active scrutinee, and whether there is just the one.
    pub(crate) parts: Option<(Vec<Expr>, bool)>,
    /// Whether the scrutinee is an `Option` or a `Result`, it does not show which, and the arms
    /// are those of a `Result`.
    pub(crate) outcome: bool,
    pub(crate) arms: Vec<MatchArm>,
    pub(crate) result: Option<VarId>,
    /// The number of the arm that was taken.
    pub(crate) taken: VarId,
    pub(crate) reverse: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct MatchArm {
    /// The pattern with its guard.
    pub(crate) pattern: TokenStream,
    /// A statement that binds the pattern's names a second time, for an inert scrutinee behind a
    /// shared reference.
    pub(crate) again: Option<TokenStream>,
    pub(crate) guard_reads: Vec<VarId>,
    pub(crate) binds: Vec<VarId>,
    pub(crate) body: Region,
    pub(crate) tape: Option<VarId>,
}

#[derive(Debug, Clone)]
pub(crate) struct Loop {
    pub(crate) header: Header,
    pub(crate) body: Region,
    /// Not 0 where an iteration ended by `continue` (1) or `break` (2).
    pub(crate) exit: Option<VarId>,
    /// One tuple of residuals per iteration.
    pub(crate) tape: Option<Tape>,
    /// A reversed loop whose iterations run in the order of the loop itself.
    pub(crate) upwards: bool,
}

/// Where a loop keeps its residuals.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tape {
    pub(crate) stack: VarId,
    /// The length of the stack when the loop began, for a loop inside a loop.
    pub(crate) base: Option<VarId>,
}

#[derive(Debug, Clone)]
pub(crate) enum Header {
    /// `for index in range`.
    Range {
        index: VarId,
        range: Code,
    },
    /// `for pattern in iterable`, with `counter` numbering the iterations if it is used.
    Each {
        pattern: TokenStream,
        binds: Vec<VarId>,
        iterable: TokenStream,
        effects: Effects,
        counter: VarId,
        /// What the loop moves away by iterating over it.
        consumes: Vec<Place>,
    },
    While {
        condition: TokenStream,
        effects: Effects,
        binds: Vec<VarId>,
    },
    /// The iterations of a range again, last to first.
    RangeBack {
        index: VarId,
        range: Code,
    },
    /// The iterations of any loop, last to first, from its tape alone.
    TapeBack {
        counter: Option<VarId>,
    },
}

/// A function in the form that all phases share.
#[derive(Debug, Clone, Default)]
pub(crate) struct Graph {
    vars: Vec<Var>,
    pub(crate) names: Namer,
    pub(crate) optimizations: Optimizations,
}

impl Graph {
    pub(crate) fn add(&mut self, var: Var) -> VarId {
        let id = VarId(u32::try_from(self.vars.len()).expect("fewer than 2³² variables"));
        self.vars.push(var);
        id
    }

    /// A new variable with a name of its own, built on `base`.
    pub(crate) fn fresh(&mut self, base: &str, kind: Kind, role: Role) -> VarId {
        let ident = self.names.fresh(base);
        // An adjoint owns what its value may only refer to.
        let kind = if role == Role::Adjoint { kind.owned() } else { kind };
        self.add(Var {
            ident,
            kind,
            role,
            mutable: false,
            active: false,
            alias: None,
            shadowed: false,
            moved: false,
        })
    }

    /// The place with borrows followed to what they borrow from, and parts of arrays to the arrays.
    pub(crate) fn resolve(&self, place: &Place) -> Place {
        let Some(target) = &self[place.root].alias else { return self.flat(place.clone()) };
        let mut path = place.path.as_slice();
        // A borrow is followed by itself: `(*row)[j]` and `row[j]` are the same element.
        while let [Step::Deref, rest @ ..] = path {
            path = rest;
        }
        self.flat(self.resolve(target).with(path.iter().cloned()))
    }
}

impl std::ops::Index<VarId> for Graph {
    type Output = Var;
    fn index(&self, id: VarId) -> &Var {
        &self.vars[id.0 as usize]
    }
}

impl std::ops::IndexMut<VarId> for Graph {
    fn index_mut(&mut self, id: VarId) -> &mut Var {
        &mut self.vars[id.0 as usize]
    }
}

impl Place {
    pub(crate) fn var(root: VarId) -> Place {
        Place { root, path: Vec::new() }
    }

    /// Adds the variables that the place reads to a list.
    pub(crate) fn reads_into(&self, out: &mut Vec<VarId>) {
        let mut reads = walk::Vars::new();
        self.reads(&mut reads);
        out.extend(reads);
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.path.is_empty()
    }

    /// The kind of what lies at this place.
    pub(crate) fn kind(&self, graph: &Graph) -> Kind {
        let mut kind = graph[self.root].kind.clone();
        for step in &self.path {
            kind = match step {
                Step::Field(member) => kind.member(member),
                Step::Index(index) => kind.at(index.is_range()),
                Step::Deref => match kind {
                    Kind::Ref(inner) | Kind::RefMut(inner) => *inner,
                    _ => Kind::Unknown,
                },
                Step::Payload(payload) if payload.is_success() => kind.peeled().success(),
                Step::Payload(Payload::Variant { path, member }) => {
                    crate::surroundings::kind_of_payload(path, member)
                }
                Step::Payload(Payload::Success) => Kind::Unknown,
            };
        }
        kind
    }

    pub(crate) fn with(mut self, steps: impl IntoIterator<Item = Step>) -> Place {
        self.path.extend(steps);
        self
    }
}

impl Node {
    pub(crate) fn new(op: NodeOp, span: Span) -> Node {
        Node { op, span, position: 0, early: false }
    }
}
