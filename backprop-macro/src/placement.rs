//! Where in its file an attribute stands.
//!
//! An associated function without `self` looks like a free one to an attribute, yet only a free
//! function may have an item beside it. What tells them apart is the text around them, which rustc
//! lets a macro look up. Where it does not (in an editor, in code that another macro made), the
//! function counts as free, and the option `associated` says otherwise.

use proc_macro::Span;

/// Whether the attribute that is being expanded stands directly inside an `impl` or a `trait`.
pub(crate) fn inside_impl() -> bool {
    let span = Span::call_site();
    let text = span.local_file().and_then(|path| std::fs::read_to_string(path).ok());
    let start = span.start();
    text.and_then(|text| {
        offset(&text, start.line(), start.column()).map(|at| ends_inside(&text[..at]))
    })
    .unwrap_or(false)
}

/// The byte at a line and column, both counted from 1; columns count characters.
fn offset(text: &str, line: usize, column: usize) -> Option<usize> {
    let before: usize = text.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum();
    let (at, _) = text.get(before..)?.char_indices().nth(column.checked_sub(1)?)?;
    Some(before + at)
}

/// Whether the innermost brace that `text` leaves open belongs to an `impl` or a `trait`.
fn ends_inside(text: &str) -> bool {
    let mut open = Vec::new();
    // Whether an item that starts with one of the keywords has begun since the last `;` or brace.
    let mut header = false;
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let skipped = comment(rest).or_else(|| literal(rest));
        if let Some(length) = skipped {
            rest = &rest[length..];
            continue;
        }
        if next.is_alphabetic() || next == '_' {
            let length = word(rest);
            // `impl Trait` in a signature is no header; a header starts its item.
            header |= matches!(&rest[..length], "impl" | "trait")
                && open_item(&text[..text.len() - rest.len()]);
            rest = &rest[length..];
            continue;
        }
        match next {
            '{' => open.push(std::mem::take(&mut header)),
            '}' => {
                open.pop();
                header = false;
            }
            ';' => header = false,
            _ => {}
        }
        rest = &rest[next.len_utf8()..];
    }
    open.last().copied().unwrap_or(false)
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

fn word(text: &str) -> usize {
    text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len())
}

/// The length of the comment at the start of `text`.
fn comment(text: &str) -> Option<usize> {
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
fn literal(text: &str) -> Option<usize> {
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
    use super::{ends_inside, offset};

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
            assert_eq!(ends_inside(text), inside, "{text}");
        }
    }

    #[test]
    fn lines_and_columns_count_from_one() {
        assert_eq!(offset("ab\ncd", 2, 2), Some(4));
        assert_eq!(offset("ab", 1, 1), Some(0));
        assert_eq!(offset("ab", 3, 1), None);
    }
}
