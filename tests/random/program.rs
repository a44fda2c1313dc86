//! Programs as trees of source text.
//!
//! A node is text with holes. It does not say what its text means, only what is needed to take a
//! program apart without breaking it: what sort of thing it is, which names it needs, which ones
//! it introduces and where. That keeps the generator short (a new construct is one line of Rust)
//! and the shrinker ignorant of the language.

use std::rc::Rc;

/// What a node can stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    /// An expression of the scalar type.
    Float,
    /// An expression that only some places accept: never replaced by another.
    Other,
    Int,
    Bool,
    Statement,
    /// Statements, and possibly a value, without the braces around them.
    Block,
    Function,
}

/// The types of variables, and of the other names that a scope has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ty {
    Float,
    /// A shared or exclusive reference to a scalar.
    Ref,
    RefMut,
    /// `[f64; 3]`.
    Array,
    Vec,
    Slice,
    /// `&mut [f64]`.
    SliceMut,
    Pair,
    /// The struct `Point`.
    Record,
    /// `Option<f64>`.
    Option,
    /// `[[f64; 2]; 2]` or rows of rows.
    Grid,
    Int,
    Bool,
    Closure,
    Label,
    Helper,
}

/// A name in a scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) name: Rc<str>,
    pub(crate) ty: Ty,
    pub(crate) mutable: bool,
}

impl Name {
    pub(crate) fn new(name: &str, ty: Ty, mutable: bool) -> Name {
        Name { name: name.into(), ty, mutable }
    }
}

#[derive(Debug, Clone)]
pub(crate) enum Piece {
    Text(Rc<str>),
    /// The scalar type.
    Scalar,
    /// What distinguishes the names of items.
    Suffix,
    /// `#[differentiable]`, on the one version of a function that gets it.
    Attribute(&'static str),
    /// `#[derive(..)]` of a struct.
    Derive,
    /// Around an `f64` that is to become a scalar.
    OpenConstant,
    CloseConstant,
    /// From a scalar to the `f64` in it.
    Value,
    /// `tight`: in parentheses unless the node is a single operand.
    Child {
        node: Node,
        tight: bool,
    },
}

#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) sort: Sort,
    pub(crate) pieces: Vec<Piece>,
    /// Names that have to be in scope; `mutable` if they have to be.
    pub(crate) uses: Vec<Name>,
    /// Names for the statements that follow.
    pub(crate) declares: Vec<Name>,
    /// Names for the node's own children.
    pub(crate) binds: Vec<Name>,
    /// An expression whose text falls apart beside an operator.
    pub(crate) loose: bool,
    /// The largest absolute value, roughly.
    pub(crate) bound: f64,
    /// Whether rustc can tell the scalar type from the text, or needs a suffix for a method call.
    pub(crate) typed: bool,
}

impl Node {
    /// Reads a template: `@` is the next child (in parentheses if need be), `~` the next child as
    /// it is, `$F` the scalar type, `$S` the suffix of items, `$A` the attribute (`$M` and `$N` on
    /// methods of one and two parameters), `$D` the derive, `$[` … `$]`
    /// wraps a constant, `$V` takes a scalar's value.
    pub(crate) fn new(
        sort: Sort,
        template: &str,
        children: impl IntoIterator<Item = Node>,
    ) -> Node {
        let mut children = children.into_iter();
        let mut pieces = Vec::new();
        let mut text = String::new();
        let mut chars = template.chars();
        while let Some(c) = chars.next() {
            let piece = match c {
                '@' | '~' => {
                    let node = children.next().expect("a child per hole");
                    Piece::Child { node, tight: c == '@' }
                }
                '$' => match chars.next() {
                    Some('F') => Piece::Scalar,
                    Some('S') => Piece::Suffix,
                    Some('A') => Piece::Attribute("(jvp)"),
                    Some('M') => Piece::Attribute("(jvp, wrt(self))"),
                    Some('N') => Piece::Attribute("(jvp, wrt(self, t))"),
                    Some('D') => Piece::Derive,
                    Some('[') => Piece::OpenConstant,
                    Some(']') => Piece::CloseConstant,
                    Some('V') => Piece::Value,
                    other => unreachable!("${other:?} in {template}"),
                },
                c => {
                    text.push(c);
                    continue;
                }
            };
            if !text.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut text).into()));
            }
            pieces.push(piece);
        }
        if !text.is_empty() {
            pieces.push(Piece::Text(text.into()));
        }
        assert!(children.next().is_none(), "a hole per child: {template}");
        let typed = pieces.iter().any(|piece| match piece {
            Piece::Child { node, .. } => node.sort == Sort::Float && node.typed,
            _ => false,
        });
        Node {
            sort,
            pieces,
            uses: Vec::new(),
            declares: Vec::new(),
            binds: Vec::new(),
            loose: false,
            bound: 1.0,
            typed,
        }
    }

    pub(crate) fn statement(template: &str, children: impl IntoIterator<Item = Node>) -> Node {
        Node::new(Sort::Statement, template, children)
    }

    pub(crate) fn float(template: &str, children: impl IntoIterator<Item = Node>) -> Node {
        Node::new(Sort::Float, template, children)
    }

    pub(crate) fn block(statements: Vec<Node>, value: Option<Node>) -> Node {
        let typed = value.as_ref().is_some_and(|value| value.typed);
        let bound = value.as_ref().map_or(0.0, |value| value.bound);
        let mut block = Node::new(Sort::Block, "", []);
        block.pieces = statements
            .into_iter()
            .chain(value)
            .map(|node| Piece::Child { node, tight: false })
            .collect();
        Node { typed, bound, ..block }
    }

    pub(crate) fn using(mut self, names: impl IntoIterator<Item = Name>) -> Node {
        self.uses.extend(names);
        self
    }

    pub(crate) fn declaring(mut self, names: impl IntoIterator<Item = Name>) -> Node {
        self.declares.extend(names);
        self
    }

    pub(crate) fn binding(mut self, names: impl IntoIterator<Item = Name>) -> Node {
        self.binds.extend(names);
        self
    }

    pub(crate) fn loose(mut self) -> Node {
        self.loose = true;
        self
    }

    pub(crate) fn bounded(mut self, bound: f64) -> Node {
        self.bound = bound;
        self
    }

    pub(crate) fn typed(mut self, typed: bool) -> Node {
        self.typed = typed;
        self
    }

    pub(crate) fn children(&self) -> impl Iterator<Item = &Node> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Child { node, .. } => Some(node),
            _ => None,
        })
    }

    /// Whether a name is used here.
    pub(crate) fn names(&self, name: &str) -> bool {
        self.uses.iter().any(|used| &*used.name == name)
            || self.children().any(|child| child.names(name))
    }

    pub(crate) fn size(&self) -> usize {
        1 + self.children().map(Node::size).sum::<usize>()
    }

    /// Whether every name is in scope, with the type it is used at.
    pub(crate) fn is_well_scoped(&self, scope: &mut Vec<Name>) -> bool {
        let found = self.uses.iter().all(|wanted| {
            let nearest = scope.iter().rev().find(|name| name.name == wanted.name);
            nearest.is_some_and(|name| name.ty == wanted.ty && (name.mutable || !wanted.mutable))
        });
        if !found {
            return false;
        }
        let mark = scope.len();
        scope.extend(self.binds.iter().cloned());
        let sound = self.children().all(|child| child.is_well_scoped(scope));
        scope.truncate(mark);
        scope.extend(self.declares.iter().cloned());
        sound
    }
}
