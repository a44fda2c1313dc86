//! What names mean in the file around an attribute.
//!
//! An attribute sees its function alone. Some names in it cannot be understood from that: whether
//! a function that is called has the attribute too, whether `vec!` is std's. rustc lets a macro
//! look up the text of its file, and what stands there is believed; where it does not, rustc's own
//! errors have to do.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use crate::placement::{comment, file, literal, word};

/// Whether the function that a name means at the attribute being expanded is declared in the same
/// file without an attribute that could give it a derivative.
pub(crate) fn is_plain_function(name: &str) -> bool {
    let Some((index, at)) = here() else { return false };
    index.function(name, at) == Some(true)
}

/// Whether the file declares a function of this name anywhere.
pub(crate) fn declares_function(name: &str) -> bool {
    here().is_some_and(|(index, _)| index.functions.iter().any(|function| function.name == name))
}

/// Whether the file declares a macro of this name around the attribute.
pub(crate) fn declares_macro(name: &str) -> bool {
    here().is_some_and(|(index, at)| index.sees_macro(name, at))
}

/// Whether the file declares or imports a module under this name that need not be std's.
pub(crate) fn declares_module(name: &str) -> bool {
    here().is_some_and(|(index, _)| index.modules.contains(name))
}

/// The declarations of the file that is being compiled, and the place of the attribute in it.
fn here() -> Option<(Rc<Index>, usize)> {
    thread_local! { static LAST: RefCell<Option<(Rc<str>, Rc<Index>)>> = RefCell::default(); }
    let (_, text) = file()?;
    let start = proc_macro::Span::call_site().start();
    let index = LAST.with(|last| {
        let mut last = last.borrow_mut();
        match &*last {
            Some((known, index)) if Rc::ptr_eq(known, &text) => Rc::clone(index),
            _ => {
                let index = Rc::new(Index::read(&text));
                *last = Some((Rc::clone(&text), Rc::clone(&index)));
                index
            }
        }
    });
    let (line, column) = (start.line().checked_sub(1)?, start.column().checked_sub(1)?);
    let before = *index.lines.get(line)?;
    let at = before + text[before..].char_indices().nth(column)?.0;
    text[at..].starts_with('#').then_some((index, at))
}

/// The declarations in a text.
#[derive(Debug, Default)]
struct Index {
    /// Where the lines begin.
    lines: Vec<usize>,
    scopes: Vec<Scope>,
    functions: Vec<Function>,
    /// With the start of the scope that declares each.
    macros: BTreeSet<(String, usize)>,
    modules: BTreeSet<String>,
}

#[derive(Debug)]
struct Scope {
    start: usize,
    end: usize,
    kind: ScopeKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ScopeKind {
    Module,
    /// The functions of an `impl` or a `trait` are not called by their names alone.
    Type,
    Other,
}

#[derive(Debug)]
struct Function {
    name: String,
    /// Where the scope that declares it starts.
    scope: usize,
    plain: bool,
}

impl Index {
    fn read(text: &str) -> Index {
        let breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        let lines = std::iter::once(0).chain(breaks).collect();
        let mut index = Index { lines, ..Index::default() };
        let mut open: Vec<(usize, ScopeKind)> = Vec::new();
        let mut header = ScopeKind::Other;
        let mut plain = true;
        let mut signature = false;
        let mut before = "";
        let mut at = 0;
        while let Some(next) = text[at..].chars().next() {
            let rest = &text[at..];
            if let Some(length) = comment(rest).or_else(|| literal(rest)) {
                at += length;
                continue;
            }
            if next.is_alphabetic() || next == '_' {
                let name = &rest[..word(rest)];
                let scope = open.last().map_or(0, |(start, _)| *start);
                match before {
                    "fn" => {
                        signature = true;
                        index.functions.push(Function { name: name.to_owned(), scope, plain });
                    }
                    "mod" => {
                        index.modules.insert(name.to_owned());
                        header = ScopeKind::Module;
                    }
                    "as" => {
                        index.modules.insert(name.to_owned());
                    }
                    "macro_rules" => {
                        index.macros.insert((name.to_owned(), scope));
                    }
                    // `-> impl Fn` begins nothing.
                    _ if matches!(name, "impl" | "trait") && !signature => {
                        header = ScopeKind::Type;
                    }
                    _ => {}
                }
                before = name;
                at += name.len();
                continue;
            }
            match next {
                '#' if rest[1..].trim_start().starts_with('[') => {
                    let end = attribute_end(rest);
                    plain &= is_plain(&rest[..end]);
                    at += end;
                    continue;
                }
                '{' => {
                    open.push((at, std::mem::replace(&mut header, ScopeKind::Other)));
                    (plain, signature) = (true, false);
                }
                '}' => {
                    if let Some((start, kind)) = open.pop() {
                        index.scopes.push(Scope { start, end: at, kind });
                    }
                    header = ScopeKind::Other;
                    (plain, signature) = (true, false);
                }
                ';' => {
                    header = ScopeKind::Other;
                    (plain, signature) = (true, false);
                }
                _ => {}
            }
            if !next.is_whitespace() && next != '!' {
                before = "";
            }
            at += next.len_utf8();
        }
        index
    }

    fn sees_macro(&self, name: &str, at: usize) -> bool {
        let around = self.scopes.iter().filter(|scope| scope.start < at && at < scope.end);
        around
            .map(|scope| scope.start)
            .chain([0])
            .any(|scope| self.macros.contains(&(name.to_owned(), scope)))
    }

    /// Whether the function that `name` means at a position is plain.
    fn function(&self, name: &str, at: usize) -> Option<bool> {
        let mut around: Vec<&Scope> =
            self.scopes.iter().filter(|scope| scope.start < at && at < scope.end).collect();
        around.sort_by_key(|scope| std::cmp::Reverse(scope.start));
        let mut searched: Vec<usize> = Vec::new();
        let mut inside = false;
        for scope in around {
            if scope.kind != ScopeKind::Type {
                searched.push(scope.start);
            }
            if scope.kind == ScopeKind::Module {
                inside = true;
                break;
            }
        }
        if !inside {
            searched.push(0);
        }
        searched.into_iter().find_map(|scope| {
            let mut found = self
                .functions
                .iter()
                .filter(|function| function.scope == scope && function.name == name)
                .peekable();
            found.peek()?;
            Some(found.all(|function| function.plain))
        })
    }
}

/// The length of the attribute at the start of `text`.
fn attribute_end(text: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(next) = text[at..].chars().next() {
        if let Some(length) = comment(&text[at..]).or_else(|| literal(&text[at..])) {
            at += length;
            continue;
        }
        at += next.len_utf8();
        match next {
            '[' => depth += 1,
            ']' => {
                depth -= 1;
                if depth == 0 {
                    break;
                }
            }
            _ => {}
        }
    }
    at
}

/// Whether an attribute is one of rustc's that give a function no derivative.
fn is_plain(attribute: &str) -> bool {
    let name = attribute.trim_start_matches(['#', '[', ' ']);
    matches!(
        &name[..word(name)],
        "doc"
            | "inline"
            | "allow"
            | "expect"
            | "warn"
            | "deny"
            | "must_use"
            | "cold"
            | "track_caller"
            | "rustfmt"
    )
}

#[cfg(test)]
mod tests {
    use super::Index;

    const TEXT: &str = "
        mod layers { #[differentiable] pub fn dense(x: f64) -> f64 { x } }
        use layers::*;
        /// Says { nothing.
        #[inline]
        fn plain(x: f64) -> f64 { x }
        #[differentiable(wrt(x))]
        #[inline]
        fn active(x: f64) -> f64 { fn inner() {} x }
        fn dense(f: impl Fn(f64) -> f64) -> f64 { HERE }
        impl Model { fn method(&self) -> f64 { HERE_TOO } }
        macro_rules! line { ($a:expr) => { $a } }
        mod deeper { fn own() -> f64 { DEEPER } }
    ";

    fn function(name: &str, marker: &str) -> Option<bool> {
        Index::read(TEXT).function(name, TEXT.find(marker).expect("a marker of the text"))
    }

    #[test]
    fn functions_of_the_scopes_around() {
        assert_eq!(function("plain", "HERE"), Some(true));
        assert_eq!(function("active", "HERE"), Some(false));
        assert_eq!(function("dense", "HERE"), Some(true));
        assert_eq!(function("plain", "HERE_TOO"), Some(true));
        assert_eq!(function("method", "HERE_TOO"), None);
        assert_eq!(function("inner", "HERE"), None);
        assert_eq!(function("own", "DEEPER"), Some(true));
        assert_eq!(function("plain", "DEEPER"), None);
    }

    #[test]
    fn macros_and_modules() {
        let index = Index::read(TEXT);
        assert!(index.sees_macro("line", TEXT.len()));
        assert!(index.modules.contains("layers") && !index.modules.contains("mem"));
    }
}
