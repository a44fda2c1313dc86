//! Statements as programs have them, each as one text: with structs, collections, traits, closures,
//! patterns and labels.

use super::Generator;
use crate::random::program::Node;

/// What a number and a sequence are used for. `#a` is the number, `#w` the sequence, `#1` to `#5`
/// are new names, `~` is a value; the items of the library that are needed stand beside it.
const FORMS: &[(&str, &[&str])] = &[
    (
        "{ let mut #1 = Cell$S { p: #a, q: ~ }; #1.advance(~); #1.advance(#1.q); \
         #a = #1.energy(); }",
        &["Cell", "cell_methods"],
    ),
    (
        "{ let mut #1: Vec<Cell$S> = #w.iter().map(|t| Cell$S { p: *t, q: t.sin() }).collect(); \
         for #2 in #1.iter_mut() { #2.advance(~); } \
         for #2 in 1..#1.len() { let #3 = #1[#2 - 1].p; #1[#2].q += #3 * $[0.5$]; } \
         #a += #1.iter().map(|c| c.energy()).sum::<$F>().tanh(); }",
        &["Cell", "cell_methods"],
    ),
    (
        "{ let #1 = Cell$S { p: ~, q: #a }; let #2 = Cell$S { p: ~, ..#1.clone() }; \
         let Cell$S { p: #3, q: #4 } = #2; #a = (#3 * #4 + #1.p).sin(); }",
        &["Cell"],
    ),
    (
        "{ let mut #1: Vec<Vec<$F>> = Vec::new(); \
         for _ in 0..2 { let mut #3 = #w.to_vec(); #3[0] = (#3[0] * ~).sin(); #1.push(#3); } \
         for #3 in &#1 { for (#4, #5) in #3.iter().zip(#w.iter()) { #a = (#a + #4 * #5).sin(); } } }",
        &[],
    ),
    ("#a = norm$S(&[#a, ~, ~]).tanh();", &["norm"]),
    (
        "{ let #1 = Disc$S { r: ~ }; let #2 = Band$S { w: ~, h: vec![#a, #w[0]] }; \
         #a = (#1.area(~) - #2.area(~)).tanh(); }",
        &["Shape"],
    ),
    (
        "{ let mut #1 = vec![Choice$S::One(#a), Choice$S::Two { p: ~, q: #w[0] }, Choice$S::Nothing]; \
         for #2 in #1.iter_mut() { match #2 { Choice$S::One(t) => *t *= $[0.7$], \
         Choice$S::Two { p, q } => { *p += *q; } _ => {} } } \
         for #2 in &#1 { #a = match #2 { Choice$S::One(t) => (#a + *t).sin(), \
         Choice$S::Two { p, q } => (*p * *q).cos(), _ => #a * $[0.9$] }; } }",
        &[],
    ),
    (
        "#a += #w.iter().zip(#w.iter().skip(1)).map(|(s, t)| (*s * *t).sin())\
         .fold($[0.1$], |s, t| s * $[0.5$] + t).tanh();",
        &[],
    ),
    (
        "{ let #1: Vec<$F> = #w.iter().chain([~, ~].iter()).copied()\
         .filter(|t| *t > $[0.2$]).collect(); \
         #a += #1.iter().rev().enumerate().map(|(i, t)| *t * $[i as f64$]).sum::<$F>().sin(); }",
        &[],
    ),
    (
        "'#1: for #2 in #w.iter() { for #3 in #w.iter().rev() { \
         if *#2 * *#3 > $[0.8$] { continue '#1; } if *#3 > $[1.4$] { break '#1; } \
         #a = (#a * *#2 + *#3).sin(); } }",
        &[],
    ),
    (
        "{ let mut #1 = &#w[..]; while let [#2, ..] = #1 { \
         #a = (#a * *#2).sin() + $[0.1$]; #1 = &#1[1..]; } }",
        &[],
    ),
    (
        "{ let mut #1 = #w.to_vec(); let (#2, #3) = #1.split_at_mut(2); \
         #2[0] += #3[0] * ~; #3[0] = #2[1] * $[0.5$]; #a += (#1[0] * #1[2]).sin(); }",
        &[],
    ),
    (
        "{ let mut #1: std::collections::VecDeque<$F> = std::collections::VecDeque::from(vec![#a, ~]); \
         let mut #2 = 0; while let Some(#3) = #1.pop_front() { #2 += 1; \
         if #2 < 5 { #1.push_back((#3 * ~).sin()); } else { #a += #3; break; } } #a = #a.tanh(); }",
        &[],
    ),
    (
        "{ let mut #1: [[$F; 2]; 2] = [[#a, ~], [~, $[0.3$]]]; for #2 in 0..2 { for #3 in 0..2 { \
         #1[#2][#3] = (#1[1 - #2][#3] * #1[#2][1 - #3]).sin(); } } #a = #1[0][0] + #1[1][1]; }",
        &[],
    ),
    (
        "if let Some(mut #1) = (if #w.len() > 2 { Some($[0.7_f64$]) } else { None }) { \
         #1 *= ~; #a += #1.sin(); }",
        &[],
    ),
    (
        "#a += #w.iter().scan($[1.0_f64$], |s, t| { *s = *s * $[0.5$] + *t; Some(*s) })\
         .map(|t| t.sin()).sum::<$F>().tanh();",
        &[],
    ),
    (
        "{ let mut #1 = #w.to_vec(); #1.sort_by(|s, t| s.partial_cmp(t).unwrap()); \
         #a += (#1[0] * #1[#1.len() - 1]).sin(); }",
        &[],
    ),
    (
        "{ let mut #1 = #w.to_vec(); let mut #2 = #1.clone(); for _ in 0..2 { \
         for #3 in 1..#1.len() { #2[#3] = (#1[#3] + #1[#3 - 1] * ~).sin(); } \
         std::mem::swap(&mut #1, &mut #2); } #a += #1[1] - #2[2]; }",
        &[],
    ),
    (
        "{ let #1: Vec<($F, $F)> = #w.iter().map(|t| (*t, t.cos())).collect(); \
         for &(#2, #3) in &#1 { #a = (#a * #2).sin() + #3 * $[0.3$]; } }",
        &[],
    ),
    (
        "#a = match &#w[..] { [] => $[0.3$], [#1] => *#1, \
         [#1, #2, ..] => (*#1 * *#2 + #a).sin() };",
        &[],
    ),
    (
        "{ let mut #1 = |#2: $F| { #a = (#a * $[0.5$] + #2).sin(); #a }; \
         let #3 = #1(~); #1(#3 * $[0.3$]); }",
        &[],
    ),
    (
        "{ let mut #1 = Vec::new(); for #2 in #w.iter() { \
         if *#2 > $[0.4$] { #1.push(#2.sin()); } else if let Some(#3) = #1.last_mut() { *#3 *= ~; } } \
         #a += #1.iter().sum::<$F>().tanh(); }",
        &[],
    ),
];

impl Generator {
    /// One of the forms, with a number that can change and a sequence.
    pub(super) fn form(&mut self) -> Option<Node> {
        let (target, source) = self.target_and_source()?;
        let (text, needs) = *self.rng.pick(FORMS);
        let mut text = text.replace("#a", &target.name).replace("#w", &source.name);
        for digit in 1..=5 {
            let hole = format!("#{digit}");
            if text.contains(&hole) {
                text = text.replace(&hole, &self.fresh_name("part"));
            }
        }
        let holes = text.matches('~').count();
        let values: Vec<Node> = (0..holes).map(|_| self.beside(&target)).collect();
        let mut uses = vec![target.as_name(), source.read()];
        uses.extend(needs.iter().map(|name| self.calls(name)));
        Some(Node::statement(&text, values).using(uses))
    }
}
