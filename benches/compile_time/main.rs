//! What `#[differentiable]` costs at compile time.
//!
//!     cargo bench --bench compile_time
//!     cargo bench --bench compile_time -- --optimized-macros
//!
//! Compiles crates of 1, 10 and 100 annotated functions beside crates that hold the same functions
//! and gradients written by hand, and single functions of up to 1000 lines. Each is compiled three
//! times; the median is printed, less what the crate without functions takes. Times are of the
//! processor, all threads of rustc together. The option asks Cargo for optimised procedural macros
//! (`build-override`), which it compiles without optimisation otherwise, in every profile.

mod sources;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::{env, fs};

use sources::Source;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const REPETITIONS: usize = 3;

fn main() -> ExitCode {
    // Without Cargo's `--bench`, in a test, this would take too long.
    if !env::args().any(|argument| argument == "--bench") {
        println!("compiles nothing unless it is run by `cargo bench`");
        return ExitCode::SUCCESS;
    }
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let project = Project::create()?;
    let empty = project.measure(&Source::empty())?;
    println!(
        "| crate                       |  lines |  check | debug build | release build |  expansion | per 100 lines |"
    );
    println!(
        "|-----------------------------|-------:|-------:|------------:|--------------:|-----------:|--------------:|"
    );
    for functions in [1, 10, 100] {
        let annotated = Source::functions(functions, true);
        let by_hand = Source::functions(functions, false);
        let (a, h) = (project.measure(&annotated)?, project.measure(&by_hand)?);
        row(&format!("{functions} functions by hand"), &by_hand, &h.less(&empty));
        row(&format!("{functions} functions annotated"), &annotated, &a.less(&empty));
        let (a, h) = (a.less(&empty), h.less(&empty));
        println!(
            "| {:<27} |        | {:>6.2} | {:>11.2} | {:>13.2} |            |               |",
            "annotated ÷ by hand",
            a.check / h.check,
            a.debug / h.debug,
            a.release / h.release
        );
    }
    for lines in [250, 500, 1000] {
        let source = Source::long_function(lines);
        let times = project.measure(&source)?.less(&empty);
        row(&format!("a function of {lines} lines"), &source, &times);
    }
    Ok(())
}

fn row(name: &str, source: &Source, times: &Times) {
    let lines = source.annotated_lines;
    let per_line = if lines > 0 {
        format!("{:.2} ms", 1e5 * times.expansion / lines as f64)
    } else {
        String::new()
    };
    println!(
        "| {name:<27} | {:>6} | {:>4.2} s | {:>9.2} s | {:>11.2} s | {:>7.1} ms | {per_line:>13} |",
        source.text.lines().count(),
        times.check,
        times.debug,
        times.release,
        1e3 * times.expansion,
    );
}

/// Seconds.
struct Times {
    check: f64,
    debug: f64,
    release: f64,
    /// Of rustc's phase that runs macros and resolves names, on the wall.
    expansion: f64,
}

impl Times {
    fn less(&self, empty: &Times) -> Times {
        Times {
            check: self.check - empty.check,
            debug: self.debug - empty.debug,
            release: self.release - empty.release,
            expansion: self.expansion - empty.expansion,
        }
    }
}

/// A crate in the target directory whose source is replaced again and again.
struct Project {
    root: PathBuf,
    optimized_macros: bool,
}

impl Project {
    fn create() -> Result<Self> {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compile_time");
        fs::create_dir_all(root.join("src"))?;
        let manifest = format!(
            "[package]\nname = \"compile_time\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
             [dependencies]\nbackprop = {{ path = {:?} }}\n\n[workspace]\n",
            env!("CARGO_MANIFEST_DIR")
        );
        fs::write(root.join("Cargo.toml"), manifest)?;
        fs::copy(
            Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock"),
            root.join("Cargo.lock"),
        )?;
        let optimized_macros = env::args().any(|argument| argument == "--optimized-macros");
        let project = Self { root, optimized_macros };
        // The dependencies, once.
        fs::write(project.source(), Source::empty().text)?;
        for options in [&["check"][..], &["build"], &["build", "--release"]] {
            project.cargo(options, false)?;
        }
        Ok(project)
    }

    fn source(&self) -> PathBuf {
        self.root.join("src/lib.rs")
    }

    /// Runs Cargo; returns the seconds of processor time, and what rustc printed.
    fn cargo(&self, options: &[&str], passes: bool) -> Result<(f64, String)> {
        let before = children()?;
        let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command
            .args(if passes { &["rustc", "--profile=check", "--lib"] } else { options })
            .arg("--offline")
            .arg("--quiet")
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", self.root.join("target"))
            .env("CARGO_INCREMENTAL", "0");
        if self.optimized_macros {
            command
                .env("CARGO_PROFILE_DEV_BUILD_OVERRIDE_OPT_LEVEL", "3")
                .env("CARGO_PROFILE_RELEASE_BUILD_OVERRIDE_OPT_LEVEL", "3");
        }
        if passes {
            // The stable compiler hides how long its phases take.
            command.args(["--", "-Ztime-passes"]).env("RUSTC_BOOTSTRAP", "compile_time");
        }
        let output = command.output()?;
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        if !output.status.success() {
            return Err(format!("cargo {options:?}: {errors}").into());
        }
        Ok((children()? - before, errors))
    }

    fn measure(&self, source: &Source) -> Result<Times> {
        let median = |options: &[&str], passes: bool| {
            let mut times = Vec::new();
            for _ in 0..REPETITIONS {
                fs::write(self.source(), &source.text)?;
                let (time, printed) = self.cargo(options, passes)?;
                times.push(if passes { expansion(&printed)? } else { time });
            }
            times.sort_by(f64::total_cmp);
            Result::Ok(times[REPETITIONS / 2])
        };
        Ok(Times {
            check: median(&["check"], false)?,
            debug: median(&["build"], false)?,
            release: median(&["build", "--release"], false)?,
            expansion: median(&[], true)?,
        })
    }
}

/// The line `time:   0.013; rss:  45MB ->  60MB (  +15MB)  macro_expand_crate`.
fn expansion(printed: &str) -> Result<f64> {
    let line = printed.lines().find(|line| line.trim_end().ends_with("\tmacro_expand_crate"));
    let line = line.ok_or_else(|| format!("rustc prints no time of the expansion:\n{printed}"))?;
    let (time, _) = line.trim_start_matches("time:").split_once(';').ok_or("no time")?;
    Ok(time.trim().parse()?)
}

/// The processor time of all programs that this one has started and waited for, in seconds.
fn children() -> Result<f64> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let (_, fields) = stat.rsplit_once(')').ok_or("an unknown /proc/self/stat")?;
    let ticks = |n: usize| -> Result<f64> {
        Ok(fields.split_whitespace().nth(n).ok_or("too short a /proc/self/stat")?.parse()?)
    };
    // Of children, in user and in system mode; a tick is a hundredth of a second.
    Ok((ticks(13)? + ticks(14)?) / 100.0)
}
