//! Where in its file an attribute stands.
//!
//! An associated function without `self` looks like a free one to an attribute, yet only a free
//! function may have an item beside it. What tells them apart is the text around them, which rustc
//! lets a macro look up. Where it does not (in an editor, in code that another macro made), the
//! function counts as free, and the option `associated` says otherwise.

use std::cell::RefCell;
use std::ops::Range;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::SystemTime;

use proc_macro::Span;

/// Whether the attribute that is being expanded stands directly inside an `impl` or a `trait`.
pub(crate) fn inside_impl() -> bool {
    if !proc_macro::is_available() {
        return false;
    }
    header().is_some()
}

/// The name of the type that the `impl` around the attribute is for.
pub(crate) fn owner() -> Option<String> {
    crate::surroundings::name_of_type(&impl_block()?.self_ty)
}

/// The parameters of the `impl` around the attribute.
pub(crate) fn generics() -> Option<syn::Generics> {
    impl_block().map(|block| block.generics)
}

fn impl_block() -> Option<syn::ItemImpl> {
    syn::parse_str(&format!("{} {{}}", header()?)).ok()
}

/// What stands before the brace of the `impl` or `trait` directly around the attribute that is
/// being expanded.
fn header() -> Option<String> {
    // The attributes of a file are expanded one after the other: it is read once for all.
    thread_local! { static LAST: RefCell<Option<(Rc<str>, Outline)>> = RefCell::default(); }
    let (_, text) = file()?;
    let start = Span::call_site().start();
    LAST.with(|last| {
        let mut last = last.borrow_mut();
        if !matches!(&*last, Some((known, _)) if Rc::ptr_eq(known, &text)) {
            *last = Some((Rc::clone(&text), Outline::read(&text)));
        }
        let (_, outline) = last.as_ref()?;
        let at = outline.offset(&text, start.line(), start.column())?;
        outline.innermost(at).map(|header| text[header].to_owned())
    })
}

/// The file in which the attribute that is being expanded stands, and its text.
pub(crate) fn file() -> Option<(PathBuf, Rc<str>)> {
    type Read = (PathBuf, Option<SystemTime>, Rc<str>);
    thread_local! { static LAST: RefCell<Option<Read>> = RefCell::default(); }
    if !proc_macro::is_available() {
        return None;
    }
    let path = Span::call_site().local_file()?;
    // An editor's macro server lives on while the file changes.
    let changed = std::fs::metadata(&path).and_then(|file| file.modified()).ok();
    LAST.with(|last| {
        let mut last = last.borrow_mut();
        match &*last {
            Some((known, at, text)) if *known == path && *at == changed => Some(Rc::clone(text)),
            _ => {
                let text: Rc<str> = std::fs::read_to_string(&path).ok()?.into();
                *last = Some((path.clone(), changed, Rc::clone(&text)));
                Some(text)
            }
        }
    })
    .map(|text| (path, text))
}

/// Where the lines of a text begin, and which `impl`s and `trait`s its braces belong to.
#[derive(Debug)]
struct Outline {
    lines: Vec<usize>,
    /// The byte after each brace, and the header of the innermost block from there on, if that is
    /// the block of an `impl` or a `trait`.
    blocks: Vec<(usize, Option<Range<usize>>)>,
}

impl Outline {
    fn read(text: &str) -> Self {
        let after_breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        Outline { lines: std::iter::once(0).chain(after_breaks).collect(), blocks: blocks(text) }
    }

    /// The byte at a line and column, both counted from 1; columns count characters.
    fn offset(&self, text: &str, line: usize, column: usize) -> Option<usize> {
        let before = *self.lines.get(line.checked_sub(1)?)?;
        let (at, _) = text.get(before..)?.char_indices().nth(column.checked_sub(1)?)?;
        Some(before + at)
    }

    fn innermost(&self, at: usize) -> Option<Range<usize>> {
        let braces = self.blocks.partition_point(|(after, _)| *after <= at);
        self.blocks[..braces].last()?.1.clone()
    }
}

/// The braces of a text outside its comments and literals, as [`Outline::blocks`].
fn blocks(text: &str) -> Vec<(usize, Option<Range<usize>>)> {
    let mut blocks = Vec::new();
    let mut open: Vec<Option<Range<usize>>> = Vec::new();
    // Where an item that starts with one of the keywords has begun since the last `;` or brace.
    let mut header: Option<usize> = None;
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let skipped = comment(rest).or_else(|| literal(rest));
        if let Some(length) = skipped {
            rest = &rest[length..];
            continue;
        }
        let at = text.len() - rest.len();
        if next.is_alphabetic() || next == '_' {
            let length = word(rest);
            // `impl Trait` in a signature is no header; a header starts its item.
            let begins = matches!(&rest[..length], "impl" | "trait") && open_item(&text[..at]);
            header = header.or(begins.then_some(at));
            rest = &rest[length..];
            continue;
        }
        match next {
            '{' => {
                open.push(header.take().map(|start| start..at));
                blocks.push((at + 1, open.last().cloned().flatten()));
            }
            '}' => {
                open.pop();
                header = None;
                blocks.push((at + 1, open.last().cloned().flatten()));
            }
            ';' => header = None,
            _ => {}
        }
        rest = &rest[next.len_utf8()..];
    }
    blocks
}

/// Whether what comes before a keyword lets an item begin there: nothing, the end of another item
/// or attribute, or a modifier.
fn open_item(before: &str) -> bool {
    let before = before.trim_end();
    before.is_empty()
        || before.ends_with(['{', '}', ';', ']', '/'])
        || ["pub", "unsafe", "default", "auto", ")"]
            .iter()
            .any(|word| before.ends_with(word) && !before.ends_with("->"))
        || before.rsplit('\n').next().is_some_and(|line| line.trim_start().starts_with("//"))
}

pub(crate) fn word(text: &str) -> usize {
    text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len())
}

/// The length of the comment at the start of `text`.
pub(crate) fn comment(text: &str) -> Option<usize> {
    if text.starts_with("//") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    if !text.starts_with("/*") {
        return None;
    }
    let (mut depth, mut at) = (0_usize, 0);
    while at < text.len() {
        if text[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return Some(at);
            }
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    Some(text.len())
}

/// The length of the string or character literal at the start of `text`.
pub(crate) fn literal(text: &str) -> Option<usize> {
    let raw = text.strip_prefix('b').unwrap_or(text).strip_prefix('r');
    if let Some(raw) = raw {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        if raw[hashes..].starts_with('"') {
            let close = format!("\"{}", "#".repeat(hashes));
            let start = text.len() - raw.len() + hashes + 1;
            return Some(
                text[start..].find(&close).map_or(text.len(), |at| start + at + close.len()),
            );
        }
    }
    let mut chars = text.char_indices();
    match chars.next()?.1 {
        '"' => {
            let mut escaped = false;
            for (at, c) in chars {
                match c {
                    _ if escaped => escaped = false,
                    '\\' => escaped = true,
                    '"' => return Some(at + 1),
                    _ => {}
                }
            }
            Some(text.len())
        }
        '\'' => {
            let rest = &text[1..];
            if let Some(escaped) = rest.strip_prefix('\\') {
                let end = escaped.char_indices().skip(1).find(|(_, c)| *c == '\'')?.0;
                return Some(2 + end + 1);
            }
            // `'a'` is a character, `'a` a lifetime.
            let first = rest.chars().next()?;
            rest[first.len_utf8()..].starts_with('\'').then_some(1 + first.len_utf8() + 1)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Outline;

    #[test]
    fn an_impl_is_told_from_a_module_and_a_function() {
        for (inside, text) in [
            (true, "struct A;\nimpl A {\n    "),
            (true, "impl<T: Into<f64>> A<T> where T: Copy {\n fn f() { let x = '{'; }\n "),
            (true, "/// docs\npub unsafe trait T {\n"),
            (true, "#[cfg(test)]\nimpl A { const B: &str = \"}\"; /* } */ // }\n"),
            (false, "mod m {\n use x;\n "),
            (false, "fn f(x: impl Fn()) {\n "),
            (false, "fn f() -> impl Fn() {\n "),
            (false, "impl A { fn f() {\n "),
            (false, "impl A {} \n"),
            (false, "impl A { const R: &str = r#\"{\"#; }\n"),
            (false, ""),
        ] {
            let innermost = |whole: &str| Outline::read(whole).innermost(text.len());
            assert_eq!(innermost(text).is_some(), inside, "{text}");
            // What follows makes no difference.
            let longer = format!("{text}fn g() {{}} }} impl B {{ fn h() {{}} }}");
            assert_eq!(innermost(&longer), innermost(text), "{longer}");
        }
    }

    #[test]
    fn lines_and_columns_count_from_one() {
        let offset = |text: &str, line, column| Outline::read(text).offset(text, line, column);
        assert_eq!(offset("ab\ncd", 2, 2), Some(4));
        assert_eq!(offset("ab", 1, 1), Some(0));
        assert_eq!(offset("ab", 3, 1), None);
    }
}
