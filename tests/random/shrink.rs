//! From a failing program to a small one that fails in the same way.
//!
//! Delta debugging on the tree: statements are removed, compound statements replaced by what is in
//! them, expressions by parts of themselves or by a number. Whatever leaves a name without its
//! declaration is dropped; the compiler judges the rest. Building is what takes the time, so that
//! the candidates are tried by the dozen.

use super::print::Program;
use super::program::{Node, Piece, Sort};
use super::project::{Outcome, Project};

/// How many candidates are built together.
const BATCH: usize = 24;

/// Shrinks a program that fails with `outcome`, for at most `rounds` builds.
pub(crate) fn shrink(
    project: &Project,
    program: &Program,
    outcome: &Outcome,
    rounds: usize,
) -> (Program, Outcome) {
    let class = outcome.class();
    let mut best = (program.clone(), outcome.clone());
    let mut rounds = rounds;
    'smaller: loop {
        let mut candidates = candidates(&best.0.root);
        candidates.retain(|root| {
            root.size() < best.0.root.size() && root.is_well_scoped(&mut Vec::new())
        });
        candidates.sort_by_key(Node::size);
        for batch in candidates.chunks(BATCH) {
            if rounds == 0 {
                return best;
            }
            rounds -= 1;
            let programs: Vec<Program> = batch
                .iter()
                .enumerate()
                .map(|(i, root)| Program {
                    name: format!("c{i}"),
                    root: root.clone(),
                    parameters: program.parameters.clone(),
                })
                .collect();
            let outcomes = project.run(&programs);
            let found = programs.into_iter().zip(outcomes).find(|(_, o)| o.class() == class);
            if let Some((smaller, outcome)) = found {
                best = (Program { name: program.name.clone(), ..smaller }, outcome);
                continue 'smaller;
            }
        }
        return best;
    }
}

/// Every program that is one step smaller.
fn candidates(root: &Node) -> Vec<Node> {
    let mut found = Vec::new();
    visit(root, &mut Vec::new(), &mut |path, node| {
        for pieces in reductions(node) {
            let mut smaller = root.clone();
            at(&mut smaller, path).pieces = pieces;
            found.push(smaller);
        }
    });
    found
}

fn visit<'n>(node: &'n Node, path: &mut Vec<usize>, seen: &mut impl FnMut(&[usize], &'n Node)) {
    seen(path, node);
    for (index, piece) in node.pieces.iter().enumerate() {
        if let Piece::Child { node, .. } = piece {
            path.push(index);
            visit(node, path, seen);
            path.pop();
        }
    }
}

fn at<'n>(node: &'n mut Node, path: &[usize]) -> &'n mut Node {
    path.iter().fold(node, |node, index| match &mut node.pieces[*index] {
        Piece::Child { node, .. } => node,
        _ => unreachable!("paths lead from child to child"),
    })
}

/// What a node's pieces could be replaced by.
fn reductions(node: &Node) -> Vec<Vec<Piece>> {
    let mut found = Vec::new();
    let mut with = |range: std::ops::Range<usize>, pieces: Vec<Piece>| {
        let mut all = node.pieces.clone();
        all.splice(range, pieces);
        found.push(all);
    };
    let statements = node.children().filter(|child| child.sort == Sort::Statement).count();
    if node.sort == Sort::Block && statements > 2 {
        let half = statements / 2;
        with(0..half, vec![]);
        with(half..statements, vec![]);
    }
    for (index, piece) in node.pieces.iter().enumerate() {
        let Piece::Child { node: child, tight } = piece else { continue };
        match child.sort {
            Sort::Statement => {
                with(index..index + 1, vec![]);
                for block in blocks(child) {
                    with(index..index + 1, block.pieces.clone());
                }
            }
            Sort::Function if !child.declares.is_empty() => with(index..index + 1, vec![]),
            Sort::Float => {
                let replace = |node: Node| vec![Piece::Child { node, tight: *tight }];
                if child.children().next().is_some() {
                    with(index..index + 1, replace(Node::float("$[0.5_f64$]", [])));
                    with(index..index + 1, replace(Node::float("x", [])));
                }
                for part in parts(child, Sort::Float) {
                    with(index..index + 1, replace(part.clone()));
                }
            }
            Sort::Bool => {
                for part in parts(child, Sort::Bool) {
                    let node = part.clone();
                    with(index..index + 1, vec![Piece::Child { node, tight: *tight }]);
                }
                if child.children().next().is_some() {
                    for text in ["true", "false"] {
                        let node = Node::new(Sort::Bool, text, []);
                        with(index..index + 1, vec![Piece::Child { node, tight: *tight }]);
                    }
                }
            }
            Sort::Int if child.children().next().is_some() => {
                for text in ["0", "1"] {
                    let node = Node::new(Sort::Int, text, []);
                    with(index..index + 1, vec![Piece::Child { node, tight: *tight }]);
                }
            }
            _ => {}
        }
    }
    found
}

/// The nearest blocks of statements inside a statement.
fn blocks(node: &Node) -> Vec<&Node> {
    node.children()
        .flat_map(|child| {
            let plain = child.sort == Sort::Block
                && child.children().all(|inner| inner.sort == Sort::Statement);
            if plain { vec![child] } else { blocks(child) }
        })
        .collect()
}

/// The nearest nodes of a sort inside a node.
fn parts(node: &Node, sort: Sort) -> Vec<&Node> {
    node.children()
        .flat_map(|child| if child.sort == sort { vec![child] } else { parts(child, sort) })
        .collect()
}
