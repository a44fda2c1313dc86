//! The text of a file without what declares nothing.
//!
//! Most of a file is bodies of functions, and most of these declare no item of their own. Parsing
//! them would take longer than everything else that is read of the file. What a body says matters
//! where a trait is implemented ([`OwnMethods`](crate::own_methods::OwnMethods)) and inside macros;
//! these stay.

use crate::placement::{comment, literal};

/// The text with empty bodies for functions, where what stands in the body declares nothing.
pub(super) fn skeleton(text: &str) -> String {
    let mut scan = Scan { text, at: 0 };
    let mut out = String::with_capacity(text.len() / 2);
    // Up to where the text is in `out`.
    let mut copied = 0;
    // Of the blocks around: whether bodies of functions in them stay.
    let mut around: Vec<bool> = Vec::new();
    let mut item = Item::Other;
    while let Some(token) = scan.next() {
        match token {
            Token::Word("fn") if scan.names_a_function() => {
                let stays = around.last().copied().unwrap_or(false);
                if !scan.body() {
                    continue;
                }
                let start = scan.at;
                if scan.group_declares() || stays {
                    continue;
                }
                out.push_str(&text[copied..start]);
                out.push_str("{}");
                copied = scan.at;
            }
            Token::Word("impl") => item = Item::Impl,
            Token::Word("trait") => item = Item::Trait,
            Token::Word("for") if item == Item::Impl => item = Item::Trait,
            Token::Word(_) => {}
            // A macro's arguments, or an attribute.
            Token::Sign(b'!') => {
                if scan.delimiter() {
                    scan.group_declares();
                }
            }
            Token::Sign(b'{') => {
                around.push(std::mem::replace(&mut item, Item::Other) == Item::Trait);
            }
            Token::Sign(b'}') => {
                around.pop();
                item = Item::Other;
            }
            Token::Sign(b';') => item = Item::Other,
            Token::Sign(_) => {}
        }
    }
    out.push_str(&text[copied..]);
    out
}

/// What the block that follows belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Item {
    Impl,
    /// A trait, or an implementation of one.
    Trait,
    Other,
}

enum Token<'t> {
    Word(&'t str),
    Sign(u8),
}

struct Scan<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Scan<'t> {
    /// The next word or sign that is not part of a comment or a literal.
    fn next(&mut self) -> Option<Token<'t>> {
        let bytes = self.text.as_bytes();
        while self.at < bytes.len() {
            let byte = bytes[self.at];
            let skipped = match byte {
                b'/' => comment(&self.text[self.at..]),
                b'"' | b'\'' | b'r' | b'b' => literal(&self.text[self.at..]),
                _ => None,
            };
            if let Some(length) = skipped {
                self.at += length;
            } else if byte.is_ascii_whitespace() {
                self.at += 1;
            } else if is_part_of_word(byte) {
                let start = self.at;
                while self.at < bytes.len() && is_part_of_word(bytes[self.at]) {
                    self.at += 1;
                }
                return Some(Token::Word(&self.text[start..self.at]));
            } else {
                self.at += 1;
                return Some(Token::Sign(byte));
            }
        }
        None
    }

    /// Whether the word `fn` that has just been read begins a function rather than its type.
    fn names_a_function(&self) -> bool {
        let rest = self.text[self.at..].trim_start();
        rest.bytes().next().is_some_and(is_part_of_word)
    }

    /// Goes to the brace of the body of the function whose signature begins here, if it has one.
    fn body(&mut self) -> bool {
        let (mut depth, mut before) = (0_usize, b' ');
        loop {
            let sign = match self.next() {
                None => return false,
                Some(Token::Word(_)) => b'a',
                Some(Token::Sign(sign)) => sign,
            };
            match sign {
                b';' if depth == 0 => return false,
                // `Grid<{ N }>` has an argument in braces.
                b'{' if depth == 0 && !matches!(before, b'<' | b',' | b'=') => {
                    self.at -= 1;
                    return true;
                }
                b'(' | b'[' | b'{' => depth += 1,
                b')' | b']' | b'}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            before = sign;
        }
    }

    /// Goes to the delimiter that opens the arguments of the macro whose `!` has just been read;
    /// there is none after a `!` of another meaning.
    fn delimiter(&mut self) -> bool {
        let start = self.at;
        loop {
            match self.next() {
                // `macro_rules! name`
                Some(Token::Word(_)) => {}
                Some(Token::Sign(b'(' | b'[' | b'{')) => {
                    self.at -= 1;
                    return true;
                }
                _ => {
                    self.at = start;
                    return false;
                }
            }
        }
    }

    /// Reads the group that begins here. Returns whether it may declare items.
    fn group_declares(&mut self) -> bool {
        let (mut depth, mut declares) = (0_usize, false);
        while let Some(token) = self.next() {
            match token {
                Token::Word(word) => declares |= begins_item(word),
                Token::Sign(b'(' | b'[' | b'{') => depth += 1,
                Token::Sign(b')' | b']' | b'}') => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        break;
                    }
                }
                Token::Sign(_) => {}
            }
        }
        declares
    }
}

fn is_part_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

/// Whether a word can begin an item, or a macro that declares some.
fn begins_item(word: &str) -> bool {
    matches!(
        word,
        "fn" | "struct"
            | "enum"
            | "union"
            | "trait"
            | "impl"
            | "type"
            | "const"
            | "static"
            | "use"
            | "mod"
            | "extern"
            | "macro_rules"
    )
}

#[cfg(test)]
mod tests {
    use super::skeleton;

    #[test]
    fn bodies_without_declarations_are_empty() {
        for (text, expected) in [
            ("fn f(x: f64) -> f64 { x * { 2.0 } } struct A;", "fn f(x: f64) -> f64 {} struct A;"),
            ("impl A { fn f(&self) -> f64 { self.x } }", "impl A { fn f(&self) -> f64 {} }"),
            ("fn f() { g('}', \"}\", '{'); /* } */ } fn g();", "fn f() {} fn g();"),
            (
                "fn f() -> Grid<{ N }> where [(); { N }]: { 0 }",
                "fn f() -> Grid<{ N }> where [(); { N }]: {}",
            ),
            (
                "mod m { pub fn f<'a>(x: &'a str) -> fn(f64) { x } }",
                "mod m { pub fn f<'a>(x: &'a str) -> fn(f64) {} }",
            ),
            ("impl<T> A<T> { fn f() {} } fn g() { 1 }", "impl<T> A<T> { fn f() {} } fn g() {}"),
        ] {
            assert_eq!(skeleton(text), expected);
            assert!(syn::parse_file(text).is_ok() && syn::parse_file(expected).is_ok(), "{text}");
        }
    }

    #[test]
    fn what_says_something_stays() {
        for text in [
            "fn f() -> f64 { const A: f64 = 1.0; A }",
            "fn f() { fn inner() -> f64 { 2.0 } }",
            "impl Wave for f64 { fn sin(&self) -> f64 { f64::sin(*self) } }",
            "impl<T: Copy> m::Wave<T> for A { fn sin(&self) -> f64 { self.0 } }",
            "trait Wave { fn sin(&self) -> f64 { 1.0 } }",
            "macro_rules! give { ($t:ty) => { fn sin(x: $t) -> $t { x.sin() } }; }",
            "give!(fn sin(x: f64) -> f64 { x });",
            "#![allow(unused)]",
            "const F: fn(f64) -> f64 = { f64::sin };",
        ] {
            assert_eq!(skeleton(text), text);
        }
    }
}
