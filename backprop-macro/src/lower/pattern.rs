//! Patterns: which parts of a value their names are bound to.

use syn::Pat;

use super::Lowering;
use crate::graph::{is_variant, payload_of, Step};
use crate::source::{bound, SourceVar};

/// A name that a pattern binds.
pub(super) struct Bound {
    pub(super) var: SourceVar,
    /// The part of the value that it is bound to.
    pub(super) path: Vec<Step>,
    pub(super) mode: Mode,
}

/// How a name is bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// By reference if what is matched is a reference.
    Default,
    /// The pattern says `&`: a copy of what lies behind a reference.
    Copy,
    /// The pattern says `ref`.
    Reference,
}

impl<'a> Lowering<'a> {
    /// The parts of a value that an irrefutable pattern binds, with their paths.
    pub(super) fn parts(&self, pattern: &'a Pat) -> Option<Vec<(SourceVar, Vec<Step>)>> {
        let bound = self.bindings(pattern, false)?;
        Some(bound.into_iter().map(|bound| (bound.var, bound.path)).collect())
    }

    /// The names that a pattern binds; `None` if it is not understood. In a pattern that is
    /// `refutable`, `Name(x)` may be a variant.
    pub(super) fn bindings(&self, pattern: &'a Pat, refutable: bool) -> Option<Vec<Bound>> {
        let (path, found) = (Vec::new(), Vec::new());
        let mut reader = Reader { lowering: self, refutable, path, copies: false, found };
        reader.pattern(pattern).then_some(reader.found)
    }
}

struct Reader<'r, 'a> {
    lowering: &'r Lowering<'a>,
    refutable: bool,
    path: Vec<Step>,
    /// Inside a `&` of the pattern.
    copies: bool,
    found: Vec<Bound>,
}

impl<'a> Reader<'_, 'a> {
    fn step(&mut self, step: Step, pattern: &'a Pat) -> bool {
        self.path.push(step);
        let understood = self.pattern(pattern);
        self.path.pop();
        understood
    }

    fn pattern(&mut self, pattern: &'a Pat) -> bool {
        match pattern {
            Pat::Ident(ident) => {
                // The name of a constant binds nothing.
                if let Some(var) = self.lowering.source.bound_by(&ident.ident) {
                    let mode = match (ident.by_ref.is_some(), self.copies) {
                        (true, _) => Mode::Reference,
                        (false, true) => Mode::Copy,
                        (false, false) => Mode::Default,
                    };
                    self.found.push(Bound { var, path: self.path.clone(), mode });
                }
                ident.subpat.as_ref().is_none_or(|(_, inner)| self.pattern(inner))
            }
            Pat::Wild(_) | Pat::Rest(_) | Pat::Lit(_) | Pat::Path(_) | Pat::Range(_) => true,
            Pat::Paren(inner) => self.pattern(&inner.pat),
            Pat::Guard(inner) => self.pattern(&inner.pat),
            Pat::Type(inner) => self.pattern(&inner.pat),
            Pat::Reference(inner) => {
                let outer = std::mem::replace(&mut self.copies, true);
                let understood = self.pattern(&inner.pat);
                self.copies = outer;
                understood
            }
            Pat::Tuple(tuple) => self.counted(tuple.elems.iter(), |index| {
                Step::Field(syn::Member::Unnamed(index.into()))
            }),
            Pat::TupleStruct(tuple) => {
                let payload = self.refutable || is_variant(&tuple.path);
                let path = &tuple.path;
                self.counted(tuple.elems.iter(), |index| {
                    let member = syn::Member::Unnamed(index.into());
                    if payload {
                        payload_of(path, member)
                    } else {
                        Step::Field(member)
                    }
                })
            }
            Pat::Struct(record) => {
                let payload = self.refutable || is_variant(&record.path);
                record.fields.iter().all(|field| {
                    let member = field.member.clone();
                    let step = if payload {
                        payload_of(&record.path, member)
                    } else {
                        Step::Field(member)
                    };
                    self.step(step, &field.pat)
                })
            }
            Pat::Slice(slice) => self.slice(slice),
            Pat::Or(_) => self.binds_nothing(pattern),
            _ => false,
        }
    }

    /// Fields by number. Those after `..` count from the end, whose number is not known here.
    fn counted<'p>(
        &mut self,
        fields: impl Iterator<Item = &'a Pat>,
        step: impl Fn(usize) -> Step + 'p,
    ) -> bool {
        let mut rest = false;
        for (index, field) in fields.enumerate() {
            rest |= matches!(field, Pat::Rest(_));
            let understood =
                if rest { self.binds_nothing(field) } else { self.step(step(index), field) };
            if !understood {
                return false;
            }
        }
        true
    }

    fn binds_nothing(&self, pattern: &'a Pat) -> bool {
        let mut names = Vec::new();
        bound(self.lowering.source, pattern, &mut names);
        names.is_empty()
    }

    fn slice(&mut self, slice: &'a syn::PatSlice) -> bool {
        let count = slice.elems.len();
        let rest = slice.elems.iter().position(is_rest);
        let inside = self.path.iter().any(|step| matches!(step, Step::Payload(_)));
        slice.elems.iter().enumerate().all(|(index, part)| {
            let at = match rest {
                Some(at) if index >= at => {
                    if self.binds_nothing(part) {
                        return true;
                    }
                    if inside {
                        return false;
                    }
                    // Counted from the end, wherever that is.
                    if index == at {
                        super::views::middle(index, count - 1 - index)
                    } else {
                        super::views::from_end(count - index)
                    }
                }
                _ => super::views::number(index),
            };
            let step = Step::Index(at);
            match part {
                Pat::Ident(ident) if is_rest(part) => {
                    let Some(var) = self.lowering.source.bound_by(&ident.ident) else {
                        return false;
                    };
                    let mut path = self.path.clone();
                    path.push(step);
                    self.found.push(Bound { var, path, mode: Mode::Default });
                    true
                }
                part => self.step(step, part),
            }
        })
    }
}

/// `..`, also as `name @ ..`.
fn is_rest(pattern: &Pat) -> bool {
    match pattern {
        Pat::Rest(_) => true,
        Pat::Ident(ident) => {
            ident.subpat.as_ref().is_some_and(|(_, inner)| matches!(**inner, Pat::Rest(_)))
        }
        _ => false,
    }
}
