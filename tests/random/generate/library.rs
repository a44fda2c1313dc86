//! Items that generated programs use as they are: functions that change their arguments, types with
//! methods, traits.

use super::Generator;
use crate::random::program::{Name, Node, Sort, Ty};

/// An item: its name, its text, and the items that it needs itself.
struct Item(&'static str, &'static str, &'static [&'static str]);

const LIBRARY: &[Item] = &[
    Item("bump", "$Afn bump$S(a: &mut $F, by: $F) {\n    *a = *a * $[0.5$] + by.sin();\n}", &[]),
    Item(
        "smooth",
        "$Afn smooth$S(w: &mut [$F], by: $F) {\n    for i in 1..w.len() {\n        \
         w[i] = w[i] * $[0.5$] + (w[i - 1] * by).sin();\n    }\n}",
        &[],
    ),
    Item(
        "grow",
        "$Afn grow$S(w: &mut Vec<$F>, by: $F) {\n    let last = w[w.len() - 1];\n    \
         w.push((last * by).sin());\n}",
        &[],
    ),
    Item(
        "checked",
        "$Afn checked$S(a: $F) -> Option<$F> {\n    if a > $[1.2$] {\n        return None;\n    \
         }\n    Some(a.cos())\n}",
        &[],
    ),
    Item(
        "twice",
        "$Afn twice$S(a: $F, b: $F) -> Option<$F> {\n    let c = checked$S(a)?;\n    \
         let d = checked$S(b * c)?;\n    Some(c + d)\n}",
        &["checked"],
    ),
    Item(
        "taken",
        "$Afn taken$S(w: Vec<$F>) -> $F {\n    let mut s = $[0.1$];\n    for a in w {\n        \
         s = (s * a).sin() + a;\n    }\n    s.tanh()\n}",
        &[],
    ),
    Item(
        "norm",
        "$Afn norm$S<const N: usize>(w: &[$F; N]) -> $F {\n    let mut s = $[0.01$];\n    \
         for i in 0..N {\n        s += w[i] * w[i];\n    }\n    s.sqrt()\n}",
        &[],
    ),
    Item("Cell", "$Dstruct Cell$S {\n    p: $F,\n    q: $F,\n}", &[]),
    Item(
        "cell_methods",
        "$Aimpl Cell$S {\n    fn advance(&mut self, by: $F) {\n        \
         self.p += self.q * by * $[0.1$];\n        \
         self.q -= self.p.sin() * $[0.2$];\n    }\n\n    \
         fn energy(&self) -> $F {\n        self.p * self.p * $[0.5$] + (self.q * $[0.7$]).cos()\n    \
         }\n}",
        &["Cell"],
    ),
    Item(
        "Shape",
        "$Dstruct Disc$S {\n    r: $F,\n}\n\n\
         $Dstruct Band$S {\n    w: $F,\n    h: Vec<$F>,\n}\n\n\
         $Ntrait Shape$S {\n    fn area(&self, t: $F) -> $F;\n}\n\n\
         $Nimpl Shape$S for Disc$S {\n    fn area(&self, t: $F) -> $F {\n        \
         (self.r * self.r + t).sin()\n    }\n}\n\n\
         $Nimpl Shape$S for Band$S {\n    fn area(&self, t: $F) -> $F {\n        \
         (self.w * self.h[0] * t).tanh() + self.h[1]\n    }\n}",
        &[],
    ),
];

impl Generator {
    /// The items of the library that are used.
    pub(super) fn library(&self) -> Vec<Node> {
        let used = LIBRARY.iter().filter(|Item(name, ..)| self.called.contains(name));
        used.map(|Item(name, text, needs)| {
            let needs = needs.iter().map(|name| Name::new(name, Ty::Helper, false));
            let declared = Name::new(name, Ty::Helper, false);
            Node::new(Sort::Function, text, []).declaring([declared]).using(needs)
        })
        .collect()
    }

    /// Notes that an item is used.
    pub(super) fn calls(&mut self, name: &str) -> Name {
        let item = LIBRARY.iter().find(|Item(other, ..)| *other == name);
        let Item(name, _, needs) = item.expect("an item of the library");
        self.called.insert(name);
        for name in *needs {
            self.calls(name);
        }
        Name::new(name, Ty::Helper, false)
    }
}
