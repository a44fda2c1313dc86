//! Projects of generated programs: written, built and run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::print::{Program, module};

/// What became of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Everything agrees, but for this many derivatives where a kink was met exactly.
    Right { kinks: usize },
    /// The program fails without any differentiation: the tester's own mistake.
    Invalid(String),
    /// A derivative, or even a value, is not the true one; or a companion panics.
    Wrong(String),
    /// `#[differentiable]` says that it does not differentiate this, as it is meant to.
    Declined(String),
    /// It does not compile.
    Refused(String),
    /// A companion does not end, or ends the process.
    Lost(String),
}

impl Outcome {
    /// Whether the outcome says nothing about a derivative: rustc refuses the program, or it fails
    /// by itself.
    pub(crate) fn is_gap(&self) -> bool {
        match self {
            Outcome::Refused(why) => why.starts_with("[E"),
            Outcome::Invalid(_) => true,
            _ => false,
        }
    }

    /// What a smaller program has to do to count as the same failure.
    pub(crate) fn class(&self) -> String {
        match self {
            Outcome::Right { .. } => "right".to_owned(),
            Outcome::Invalid(_) => "invalid".to_owned(),
            Outcome::Wrong(why) if why.contains(" panics: ") => "panics".to_owned(),
            Outcome::Wrong(why) if why.contains(" returns ") => "another value".to_owned(),
            Outcome::Wrong(_) => "wrong".to_owned(),
            // The message without what it quotes.
            Outcome::Declined(why) | Outcome::Refused(why) => why.split('`').step_by(2).collect(),
            Outcome::Lost(why) => why.clone(),
        }
    }
}

/// A scratch project, to be filled again and again.
pub(crate) struct Project {
    name: String,
    directory: PathBuf,
    target: PathBuf,
}

/// The number of binaries a batch is split into, so that a second core is of use.
const BINARIES: usize = 2;

/// More than a batch ever takes.
const PATIENCE: Duration = Duration::from_secs(60);

impl Project {
    /// Creates the project in a directory below `scratch`, which cargo made for the tests.
    pub(crate) fn new(scratch: &Path, name: &str) -> Project {
        let directory = scratch.join(name);
        let _ = fs::remove_dir_all(&directory);
        fs::create_dir_all(directory.join("src/bin")).expect("the directory can be created");
        let facade = env!("CARGO_MANIFEST_DIR");
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
             [dependencies]\nbackprop = {{ path = {facade:?} }}\n\n\
             [workspace]\n\n[profile.dev]\nopt-level = 0\ndebug = 0\n"
        );
        // The same versions as here: they are at hand, and they are built already.
        let lock = Path::new(facade).join("Cargo.lock");
        if lock.exists() {
            fs::copy(lock, directory.join("Cargo.lock")).expect("the lock file can be copied");
        }
        let project = Project {
            name: name.to_owned(),
            target: scratch.parent().expect("the target directory").to_owned(),
            directory,
        };
        project.write("Cargo.toml", &manifest);
        project.write("src/dual.rs", include_str!("dual.rs"));
        project.write("src/harness.rs", include_str!("harness.rs"));
        project
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.directory.join(path);
        fs::write(&path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }

    /// Builds and runs programs; their names have to differ.
    pub(crate) fn run(&self, programs: &[Program]) -> Vec<Outcome> {
        let _ = fs::remove_dir_all(self.directory.join("src/programs"));
        fs::create_dir_all(self.directory.join("src/programs")).expect("it can be created");
        for program in programs {
            self.write(&format!("src/programs/{}.rs", program.name), &module(program));
        }
        let mut outcomes: Vec<Option<Outcome>> = vec![None; programs.len()];
        loop {
            let left: Vec<usize> = (0..programs.len()).filter(|i| outcomes[*i].is_none()).collect();
            let parts: Vec<&[usize]> = left.chunks(left.len().div_ceil(BINARIES).max(1)).collect();
            for number in 0..BINARIES {
                self.write_binary(number, programs, parts.get(number).unwrap_or(&&[][..]));
            }
            let refused = self.build();
            if refused.is_empty() {
                for (number, part) in parts.iter().enumerate() {
                    self.execute(number, programs, part, &mut outcomes);
                }
                break;
            }
            for (name, message) in refused {
                let at = programs.iter().position(|program| program.name == name);
                let at = at.unwrap_or_else(|| panic!("the project does not compile: {message}"));
                // An error of rustc's in generated code has a number.
                let meant = message.starts_with(": ") && !message.contains("a bug in backprop");
                let outcome =
                    if meant { Outcome::Declined(message) } else { Outcome::Refused(message) };
                outcomes[at].get_or_insert(outcome);
            }
        }
        outcomes.into_iter().map(|outcome| outcome.expect("every program has one")).collect()
    }

    fn write_binary(&self, number: usize, programs: &[Program], part: &[usize]) {
        let mut text = "#![allow(warnings)]\n\n#[path = \"../dual.rs\"]\nmod dual;\n\
                        #[path = \"../harness.rs\"]\nmod harness;\n"
            .to_owned();
        let mut cases = String::new();
        for &index in part {
            let name = &programs[index].name;
            text.push_str(&format!("#[path = \"../programs/{name}.rs\"]\nmod {name};\n"));
            cases.push_str(&format!("{name}::CASE, "));
        }
        text.push_str(&format!("\nfn main() {{\n    harness::run(&[{cases}]);\n}}\n"));
        self.write(&format!("src/bin/{}_{number}.rs", self.name), &text);
    }

    /// The names of the programs that do not compile, with the first error of each.
    fn build(&self) -> Vec<(String, String)> {
        let output = Command::new(env!("CARGO"))
            .args(["build", "--offline", "--keep-going", "--message-format=short", "--quiet"])
            .current_dir(&self.directory)
            .env("CARGO_TARGET_DIR", &self.target)
            .output()
            .expect("cargo can be started");
        if output.status.success() {
            return Vec::new();
        }
        let text = String::from_utf8_lossy(&output.stderr);
        let mut refused: Vec<(String, String)> = Vec::new();
        for line in text.lines() {
            let Some((_, rest)) = line.split_once("programs/") else { continue };
            let Some((name, rest)) = rest.split_once(".rs:") else { continue };
            let Some((_, message)) = rest.split_once(": error") else { continue };
            if !refused.iter().any(|(other, _)| other == name) {
                refused.push((name.to_owned(), message.to_owned()));
            }
        }
        assert!(!refused.is_empty(), "cargo build fails:\n{text}");
        refused
    }

    fn execute(
        &self,
        number: usize,
        programs: &[Program],
        part: &[usize],
        outcomes: &mut [Option<Outcome>],
    ) {
        let binary = self.target.join("debug").join(format!("{}_{number}", self.name));
        let report = self.directory.join(format!("{number}.txt"));
        let mut start = 0;
        while start < part.len() {
            let output = fs::File::create(&report).expect("the report can be created");
            let mut child = Command::new(&binary)
                .arg(start.to_string())
                .stdout(output)
                .stderr(Stdio::null())
                .spawn()
                .expect("the programs can be started");
            let began = Instant::now();
            let status = loop {
                match child.try_wait().expect("the programs can be waited for") {
                    Some(status) => break Some(status),
                    None if began.elapsed() > PATIENCE => {
                        child.kill().expect("the programs can be ended");
                        child.wait().expect("the programs end");
                        break None;
                    }
                    None => std::thread::sleep(Duration::from_millis(20)),
                }
            };
            let text = fs::read_to_string(&report).expect("the report is there");
            let mut done = start;
            for line in text.lines() {
                let mut words = line.splitn(3, ' ');
                let mut word = || words.next().unwrap_or_default().to_owned();
                let (verdict, name, why) = (word(), word(), word());
                if verdict == "run" {
                    continue;
                }
                assert_eq!(name, programs[part[done]].name, "the reports come in order");
                outcomes[part[done]] = Some(match verdict.as_str() {
                    "ok" => Outcome::Right { kinks: why.parse().expect("a number") },
                    "invalid" => Outcome::Invalid(why),
                    _ => Outcome::Wrong(why),
                });
                done += 1;
            }
            if done < part.len() {
                let why = match status {
                    None => "does not end".to_owned(),
                    Some(status) => format!("ends the process: {status}"),
                };
                outcomes[part[done]] = Some(Outcome::Lost(why));
                done += 1;
            }
            start = done;
        }
    }
}
