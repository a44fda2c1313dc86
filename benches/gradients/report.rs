//! The table, and the machine that it was measured on.

use std::fs;
use std::process::Command;

use crate::harness::Row;

/// What the numbers depend on besides the sources.
pub(crate) fn machine() -> String {
    let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        let line = cpuinfo.lines().find(|line| line.starts_with(name))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let model = field("model name").unwrap_or_else(|| "unknown processor".to_owned());
    let flags = field("flags").unwrap_or_default();
    let widest = ["avx512f", "avx2", "avx", "sse2"];
    let vectors = widest.into_iter().find(|&f| flags.split(' ').any(|flag| flag == f));
    let rustc = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
        .arg("--version")
        .output();
    let rustc = rustc.map(|o| String::from_utf8_lossy(&o.stdout).trim().to_owned());
    let built = if cfg!(target_feature = "avx512f") {
        "AVX-512"
    } else if cfg!(target_feature = "avx2") {
        "AVX2"
    } else {
        "the target's default features"
    };
    format!(
        "{} {}, {model} (has {}), {}; built for {built}{}",
        std::env::consts::OS,
        std::env::consts::ARCH,
        vectors.unwrap_or("unknown vectors"),
        rustc.unwrap_or_else(|_| "unknown rustc".to_owned()),
        if cfg!(debug_assertions) { ", with debug assertions" } else { "" },
    )
}

/// A Markdown table, one line per gradient.
pub(crate) fn table(rows: &[Row]) -> String {
    let header =
        ["problem", "gradient", "objective", "÷ objective", "÷ hand", "allocations", "bytes"];
    let mut lines = vec![header.map(str::to_owned)];
    let mut previous = "";
    for row in rows {
        let name = if row.problem == previous { "" } else { &row.problem };
        previous = &row.problem;
        let [mut objective, mut per_objective, mut per_hand] = [const { String::new() }; 3];
        if let Some(times) = row.times {
            objective = seconds(times.objective);
            per_objective = format!("{:.2}", times.per_objective);
            per_hand = format!("{:.2}", times.per_hand);
        }
        lines.push([
            name.to_owned(),
            row.style.clone(),
            objective,
            per_objective,
            per_hand,
            row.allocations.count.to_string(),
            bytes(row.allocations.peak as i64 - row.objective_peak as i64),
        ]);
    }
    let width = |column: usize| lines.iter().map(|l| l[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..header.len()).map(width).collect();
    let mut text = String::new();
    for (k, line) in lines.iter().enumerate() {
        for (column, cell) in line.iter().enumerate() {
            let padding = " ".repeat(widths[column] - cell.chars().count());
            let (left, right) = if column < 2 { ("", &*padding) } else { (&*padding, "") };
            text += &format!("| {left}{cell}{right} ");
        }
        text += "|\n";
        if k == 0 {
            for (column, width) in widths.iter().enumerate() {
                let dashes = "-".repeat(width + 1);
                text += &if column < 2 { format!("|{dashes}-") } else { format!("|{dashes}:") };
            }
            text += "|\n";
        }
    }
    text
}

/// The geometric mean of time ÷ hand over the generated gradients.
pub(crate) fn summary(rows: &[Row]) -> String {
    let generated = rows.iter().filter(|row| row.style != "hand");
    let ratios: Vec<f64> = generated.filter_map(|row| Some(row.times?.per_hand)).collect();
    if ratios.is_empty() {
        return String::new();
    }
    let mean = ratios.iter().map(|r| r.ln()).sum::<f64>() / ratios.len() as f64;
    let met = ratios.iter().filter(|&&r| r <= 1.05).count();
    format!(
        "÷ hand: geometric mean {:.2} over {} gradients, at most 1.05 for {met} of them\n",
        mean.exp(),
        ratios.len()
    )
}

fn seconds(time: f64) -> String {
    match time {
        t if t < 1e-6 => format!("{:.1} ns", t * 1e9),
        t if t < 1e-3 => format!("{:.2} µs", t * 1e6),
        t => format!("{:.2} ms", t * 1e3),
    }
}

/// Bytes, with a sign only where a gradient holds less than the objective.
fn bytes(count: i64) -> String {
    match count.abs() {
        c if c < 10_000 => format!("{count}"),
        c if c < 10_000_000 => format!("{} k", count / 1000),
        _ => format!("{} M", count / 1_000_000),
    }
}
